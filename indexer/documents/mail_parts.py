"""Parts of mails: quotations apart from what was written, and invitations (iCalendar)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

__all__ = ["event_lines", "quotation_rows", "without_block_quotes", "without_quotes"]

_DIVIDER = re.compile(
    r"-{3,20}\s{0,3}(?:original|forwarded|urspr\S{1,12}|weitergeleitete|message|mensaje)\b"
    r"[^\n]{0,40}?-{3,20}|begin forwarded message:",
    re.IGNORECASE,
)
"""The line with which programs put the mail below that is answered or handed on."""
_HEAD = re.compile(
    r"(?m)^(?:_{5,80}[^\S\n]*\n\s{0,9})?"
    r"\*?(?:From|Von|De|Da|Fra|Från|Van)\*?:\*?[^\S\n]{0,9}(?P<sender>\S[^\n]{0,300})\n"
    r"(?:[A-Z][^\n]{0,300}\n){0,3}?"
    r"\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado|Inviato|Verzonden|Skickat|Sendt)\*?:\*?"
    r"[^\S\n]{0,9}(?P<day>\S[^\n]{0,100})\n"
)
"""The head of an older mail, as Outlook writes it above the text."""
_QUOTES = "div.gmail_quote, div.yahoo_quoted, blockquote"
_BELOW = "#divRplyFwdMsg, #appendonsend, #mail-editor-reference-message-container"
"""Outlook's marks: what follows them is the older mail."""
_UNKNOWN = "Quoted mail:"
_ROW = 60
"""Words of a quotation in one passage; more would be cut, and lose who wrote them."""
_ASKED = 400
"""Characters of a quotation at most that is a question, and read with its answer."""
_ENOUGH = 12
"""Words of an answer that says itself what it is about."""
_INTRODUCTION = 4
"""Lines above a quotation at most that say whose it is: programs break long ones."""
_SHOWN = {
    "SUMMARY": "Event", "DTSTART": "Begins", "DTEND": "Ends", "LOCATION": "Place",
    "DESCRIPTION": "About",
}  # fmt: skip
_ESCAPED = re.compile(r"\\([\\;,nN])")
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")


def without_quotes(text: str) -> tuple[str, list[str]]:
    """What was written, and what is quoted, each quotation with the line that leads to it.

    Quotations are lines that begin with `>`, and all below a line that says so. Several of the
    first kind are answered one by one, and a short one that asks is answered by a text of a few
    words: these stay where they are. Linear.
    """
    own: list[str] = []
    quotation: list[str] | None = None
    blocks = 0
    within = False
    lines = text.split("\n")
    end = next((at for at, line in enumerate(lines) if _DIVIDER.match(line.strip()[:120])), None)
    if head := _HEAD.search(text):
        at = text.count("\n", 0, head.start())
        end = at if end is None else min(at, end)
    rest = [] if end is None else ["\n".join(lines[end:]).strip()]
    lines = lines[:end]
    for line in lines:
        if line.startswith(">"):
            blocks += not within
            if quotation is None:
                quotation = _introduction(own)
            quotation.append(line)
            within = True
        else:
            own.append(line)
            within = within and not line.strip()
    if quotation is None or blocks > 1 or (_asks(quotation) and not _says_enough(own)):
        return "\n".join(lines), rest
    return "\n".join(own), ["\n".join(quotation).strip(), *rest]


def quotation_rows(text: str) -> Iterator[str]:
    """A quotation in parts to be read by themselves: who wrote it, and below that lines with `>`.

    What is quoted in it bears more of them.
    """
    lines = text.strip().split("\n")
    above = list(takewhile(lambda line: not line.startswith(">"), lines[:_INTRODUCTION]))
    head = _HEAD.search(text)
    if head is not None:
        introduction = f"Quoted mail of {head['sender'].strip()}, {head['day'].strip()}:"
    elif any(above) and above[-1].rstrip().endswith(":") and len(above) < len(lines):
        introduction, lines = " ".join(above), lines[len(above) :]
    elif lines[0].rstrip().endswith(":") and len(lines) > 1:
        introduction, lines = lines[0], lines[1:]
    else:
        introduction = _UNKNOWN
    part: list[str] = []
    words = 0
    for line in _sentences(lines):
        count = len(line.lstrip("> ").split())
        if part and words + count > _ROW:
            yield "\n".join((introduction, *part))
            part, words = [], 0
        part.append(line if line.startswith(">") else f"> {line}")
        words += count
    if part:
        yield "\n".join((introduction, *part))


def _sentences(lines: list[str]) -> Iterator[str]:
    """Lines without the blank ones, long ones cut behind a sentence."""
    for line in filter(str.strip, lines):
        yield from re.split(r"(?<=[.!?])\s+", line) if len(line.split()) > _ROW else [line]


def _asks(quotation: list[str]) -> bool:
    return any("?" in line for line in quotation) and sum(map(len, quotation)) <= _ASKED


def _says_enough(own: list[str]) -> bool:
    """Whether what was written can be understood without what it answers."""
    return sum(len(line.split()) for line in own) >= _ENOUGH


def _introduction(own: list[str]) -> list[str]:
    """The line that says who wrote what follows, taken off the text above it."""
    lines: list[str] = []
    at = len(own)
    while at and not own[at - 1].strip():
        at -= 1
    if not at or not own[at - 1].rstrip().endswith(":"):
        return []
    while at and own[at - 1].strip() and len(lines) < _INTRODUCTION:
        at -= 1
        lines.append(own[at])
    if at and own[at - 1].strip():  # it goes on above, and is a paragraph that ends in a colon
        return []
    del own[at:]
    return lines[::-1]


def without_block_quotes(markup: str) -> tuple[str | None, list[str]]:
    """A page without what it quotes, None where nothing is left; and the outermost quotations."""
    small = markup.lower()
    if not any(
        mark in small
        for mark in ("<blockquote", "_quote", "divrplyfwd", "appendonsend", "reference-message")
    ):
        return markup, []
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(markup)
    quotations: list[str] = []
    while (node := page.css_first(_QUOTES)) is not None and len(quotations) < 100:
        quotations.append(node.html or "")
        node.decompose()
    if (node := page.css_first(_BELOW)) is not None:
        quotations += _cut_from(node)
    body = page.body
    left = body is not None and bool(body.text(strip=True))
    return (page.html if left else None), quotations


def _cut_from(node: Any) -> list[str]:
    """Takes an element and all that follows it off its page."""
    below: list[Any] = []
    following = node
    while following is not None:
        below.append(following)
        following = following.next
    markup = "".join(part.html or "" for part in below)
    for part in below:
        part.decompose()
    return [markup]


def event_lines(text: str) -> Iterator[str]:
    """What an invitation says: what, when, where (RFC 5545, 3.1 and 3.6.1)."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    inside = False
    for line in unfolded.splitlines():
        name, _, value = line.partition(":")
        name = name.partition(";")[0].upper()
        if name in ("BEGIN", "END"):
            inside = name == "BEGIN" and value.strip().upper() == "VEVENT"
        elif inside and name in _SHOWN and value.strip():
            yield f"{_SHOWN[name]}: {_time(value) if name.startswith('DT') else _plain(value)}"


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], value).strip()


def _time(value: str) -> str:
    """`20250603T193000` as `2025-06-03 19:30`."""
    stamp = _STAMP.fullmatch(value.strip())
    if stamp is None:
        return value.strip()
    day = "-".join(stamp.group(1, 2, 3))
    return f"{day} {stamp[4]}:{stamp[5]}{' UTC' if stamp[6] else ''}" if stamp[4] else day
