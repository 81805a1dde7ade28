"""A document -> passages of about a hundred words, on sentence borders. Pure, lazy and linear.

Passages are slices of the document's text. Neighbors share up to `overlap` words of whole
sentences, so that what refers back to the sentence before is read with it. A heading stays with
what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..core.records import Document, Passage

__all__ = ["split"]

_CJK = "\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_BORDER = re.compile(
    r"\n[^\S\n]*\n\s*"  # a blank line
    r"|\n(?=[^\S\n]{0,8}(?:\#{1,6}\s|[-*•+]\s|\d{1,3}[.)]\s|\|))"  # a heading, an item, a table row
    r"|(?<=[.!?…])[\"')\]”’»]{0,3}\s+"  # the end of a sentence
    r"|(?<=[。！？])"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|No|Nr|Fig|Vol|pp|ca|approx|Inc|Ltd|Co|Gen|"
    r"Col|Capt|Lt|Mt|Ave|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)|\be\.g|\bi\.e|\b[A-Z]\.[A-Z])\.$"
)
_UNIT = re.compile(rf"[{_CJK}]|[^\s{_CJK}]{{1,60}}")
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_CHARACTERS = 20
"""Of one word at most: longer ones (addresses, tables of digits) count as several."""
_HEADING_WORDS = 12


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, a heading or a part of an overlong sentence: `start:end` of the text."""

    start: int
    end: int
    words: int
    heading: bool


def split(document: Document, *, words: int = 100, overlap: int = 20) -> Iterator[Passage]:
    """Passages of at most `words` words, in order; every character but space is in one of them.

    Two characters of a script without spaces count as a word. Raises ValueError unless
    ``0 <= overlap < words``.
    """
    if not 0 <= overlap < words:
        raise ValueError(f"overlap must lie in 0..{words - 1}, got {overlap}")
    text = document.text
    held: list[_Piece] = []
    fresh = 0  # pieces of `held` that no passage holds yet
    for piece in _pieces(text, words):
        total = sum(p.words for p in held)
        # A heading opens a new passage, unless the one at hand is still short.
        if fresh and (total + piece.words > words or (piece.heading and 2 * total >= words)):
            kept = _without_last_headings(held)
            yield _passage(document, kept)
            carried = held[len(kept) :]
            held = carried or _last(kept, min(overlap, words - piece.words), before=piece)
            fresh = len(carried)
            while held and sum(p.words for p in held) + piece.words > words:
                if fresh == len(held):  # headings alone, with no room for what follows
                    yield _passage(document, held)
                    held, fresh = [], 0
                else:
                    held = held[1:]
        held.append(piece)
        fresh += 1
    if fresh:
        yield _passage(document, held)


def _passage(document: Document, pieces: list[_Piece]) -> Passage:
    start, end = pieces[0].start, pieces[-1].end
    return Passage(
        document=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        title=document.title,
    )


def _without_last_headings(pieces: list[_Piece]) -> list[_Piece]:
    """All but the headings at the end, which belong to what follows; never nothing."""
    end = len(pieces)
    while end > 1 and pieces[end - 1].heading:
        end -= 1
    return pieces[:end] if not pieces[end - 1].heading else pieces


def _last(pieces: list[_Piece], room: int, *, before: _Piece) -> list[_Piece]:
    """The last pieces that fit in `room` words; none across a heading."""
    at, total = len(pieces), 0
    if before.heading:
        return []
    while at > 1 and total + pieces[at - 1].words <= room and not pieces[at - 1].heading:
        at -= 1
        total += pieces[at].words
    return pieces[at:]


def _pieces(text: str, words: int) -> Iterator[_Piece]:
    at = 0
    for border in _BORDER.finditer(text):
        blank = "\n" in border.group()
        if not blank and _ABBREVIATION.search(text, max(at, border.start() - 8), border.start()):
            continue
        yield from _fitted(text, at, border.end(), words, blank=blank)
        at = border.end()
    yield from _fitted(text, at, len(text), words, blank=False)


def _fitted(text: str, start: int, end: int, words: int, *, blank: bool) -> Iterator[_Piece]:
    """The stretch without its outer space; in parts, on word borders, if it is too long."""
    stripped = text[start:end]
    begin = start + len(stripped) - len(stripped.lstrip())
    stripped = stripped.strip()
    if not stripped:
        return
    count = _words(stripped)
    if count <= words:
        sign = stripped.startswith("#") or (blank and stripped[-1] not in ".!?…。！？:;,|")
        heading = sign and count <= _HEADING_WORDS
        yield _Piece(begin, begin + len(stripped), count, heading)
        return
    first = last = begin
    weight = 0.0
    for unit in _UNIT.finditer(text, begin, begin + len(stripped)):
        cost = (
            0.5 if _CJK_CHARACTER.match(unit.group()) else max(1.0, len(unit.group()) / _CHARACTERS)
        )
        if weight and weight + cost > words:
            yield _Piece(first, last, _words(text[first:last]), heading=False)
            first, weight = unit.start(), 0.0
        last = unit.end()
        weight += cost
    yield _Piece(first, last, _words(text[first:last]), heading=False)


def _words(text: str) -> int:
    """Words, at least one: by spaces, by characters where there are none.

    Halves count as wholes, so that many short sentences are not more together than one by one.
    """
    spaced = len(text.split()) + -(-len(_CJK_CHARACTER.findall(text)) // 2)
    return max(1, spaced, len(text) // _CHARACTERS)
