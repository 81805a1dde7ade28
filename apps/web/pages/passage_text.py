"""A document's text in parts of a screen's size, and these in pieces: plain, marked, by pages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Part", "Piece", "parts", "pieces", "read_mark"]

_PART = 30_000
"""Characters of a part, about ten printed pages."""
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a document's text, characters `start:end`."""

    number: int
    """From 1."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters as they are shown."""

    text: str
    start: int
    """Of the document's text."""
    marked: bool = False
    page: int | None = None
    """The page that begins before it, if one does."""

    @property
    def end(self) -> int:
        """Behind its last character."""
        return self.start + len(self.text)


def parts(text: str, pages: Sequence[int] = (), size: int = _PART) -> list[Part]:
    """Stretches of at most `size` characters that make up the text, one at least.

    A part ends before a page of `pages`, where these begin, or behind a line, else anywhere.
    """
    cuts = [0]
    while len(text) - cuts[-1] > size:
        begin, limit = cuts[-1], cuts[-1] + size
        at = bisect_right(pages, limit) - 1
        if at < 0 or pages[at] <= begin:
            line = text.rfind("\n", begin + size // 2, limit)
            cuts.append(limit if line < 0 else line + 1)
        else:
            cuts.append(pages[at])
    cuts.append(len(text))
    return [Part(number, *span) for number, span in enumerate(pairwise(cuts), 1)]


def pieces(
    text: str,
    part: Part,
    marks: Sequence[tuple[int, int]],
    pages: Sequence[tuple[int, int]] = (),
) -> Iterator[Piece]:
    """The part in order; joined, the pieces' texts are the text of the part.

    `marks` are stretches of the document's text, `pages` where pages begin, with their numbers.
    """
    inside = [(max(a, part.start), min(b, part.end)) for a, b in sorted(marks)]
    spans = [(a, b) for a, b in inside if a < b]
    begins = {at: number for at, number in pages if part.start <= at < part.end}
    cuts = sorted({part.start, part.end, *begins, *(at for span in spans for at in span)})
    for start, end in pairwise(cuts):
        marked = any(a <= start < b for a, b in spans)
        yield Piece(text[start:end], start, marked, begins.get(start))


def read_mark(value: str) -> tuple[int, int] | None:
    """The stretch that `198-220` names; None for what names none."""
    first, dash, last = value.partition("-")
    if not dash or not all(
        n.isascii() and n.isdigit() and len(n) <= _DIGITS for n in (first, last)
    ):
        return None
    return (int(first), int(last)) if int(first) < int(last) else None
