"""Parts of mails: quotations apart from what was written, and invitations (iCalendar)."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["event_lines", "without_block_quotes", "without_quotes"]

_DIVIDER = re.compile(
    r"-{3,20}\s{0,3}(?:original|forwarded|urspr\S{1,12}|weitergeleitete|message|mensaje)\b"
    r"[^\n]{0,40}?-{3,20}|begin forwarded message:",
    re.IGNORECASE,
)
"""The line with which programs put the mail below that is answered or handed on."""
_QUOTES = "div.gmail_quote, div.yahoo_quoted, blockquote"
_ASKED = 400
"""Characters of a quotation at most that is a question, and read with its answer."""
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
    first kind are answered one by one, and a short one that asks is answered by the text: these
    stay where they are. Linear.
    """
    own: list[str] = []
    quotation: list[str] | None = None
    blocks = 0
    within = False
    lines = text.split("\n")
    end = next((at for at, line in enumerate(lines) if _DIVIDER.match(line.strip()[:120])), None)
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
    if quotation is None or blocks > 1 or _asks(quotation):
        return "\n".join(lines), rest
    return "\n".join(own), ["\n".join(quotation).strip(), *rest]


def _asks(quotation: list[str]) -> bool:
    return any("?" in line for line in quotation) and sum(map(len, quotation)) <= _ASKED


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
    if "<blockquote" not in markup.lower() and "_quote" not in markup.lower():
        return markup, []
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(markup)
    quotations: list[str] = []
    while (node := page.css_first(_QUOTES)) is not None and len(quotations) < 100:
        quotations.append(node.html or "")
        node.decompose()
    body = page.body
    left = body is not None and bool(body.text(strip=True))
    return (page.html if left else None), quotations


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
