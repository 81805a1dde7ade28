"""Where sentences end, in text and Markdown: the borders that passages and citations are cut at."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence

__all__ = ["around", "borders", "is_abbreviation", "sentence_starts", "stretch"]

_SENTENCE = r"(?<=[.!?…])[\"')\]”’»]{0,3}\s+|(?<=[。！？])"
_BLOCK = (
    r"\n[^\S\n]*\n\s*"  # a blank line
    r"|\n(?=[^\S\n]{0,8}(?:\#{1,6}\s|[-*•+]\s|\d{1,3}[.)]\s|\|))"  # a heading, an item, a table row
)
_IN_BLOCKS = re.compile(f"{_BLOCK}|{_SENTENCE}")
_IN_LINES = re.compile(rf"\n+|{_SENTENCE}")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|No|Nr|Fig|Vol|pp|ca|approx|Inc|Ltd|Co|Gen|"
    r"Col|Capt|Lt|Mt|Ave|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)|\be\.g|\bi\.e|\b[A-Z]\.[A-Z])\.$"
)
_LONGEST = 8
"""Characters before a border in which an abbreviation is looked for."""


def borders(text: str, *, lines: bool = False) -> Iterator[tuple[int, int]]:
    """The space between two sentences, as `start, end`; empty in scripts that leave none.

    Sentences end at `.!?…` before space, but for common English abbreviations and initials, at
    `。！？`, at blank lines, and before headings, items and table rows. With `lines` they end at
    each line break.
    """
    begin = 0
    for border in (_IN_LINES if lines else _IN_BLOCKS).finditer(text):
        start, end = border.span()
        breaks = "\n" in border.group()
        if breaks or not is_abbreviation(text, start, begin):
            yield start, end
            begin = end


def sentence_starts(text: str, *, lines: bool = False) -> tuple[int, ...]:
    """Where sentences begin, ascending from 0; with `lines`, lines too."""
    return (0, *(end for _, end in borders(text, lines=lines)))


def stretch(starts: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """From where the stretch with `start` begins to where the one with `end` ends.

    `starts` are where stretches begin, ascending from 0; behind the last one there is no end.
    """
    after = bisect(starts, max(start, end - 1))
    return starts[bisect(starts, start) - 1], starts[after] if after < len(starts) else 1 << 60


def is_abbreviation(text: str, end: int, begin: int = 0) -> bool:
    """Whether a common English abbreviation or an initial stands right before `end`."""
    return bool(_ABBREVIATION.search(text, max(begin, end - _LONGEST), end))


def around(text: str, start: int, stop: int) -> tuple[str, str, str]:
    """The sentences that hold `text[start:stop]`: what stands before it, itself, what follows.

    A line break ends a sentence, too.
    """
    ends = [*sentence_starts(text, lines=True), len(text)]
    begin = max(end for end in ends if end <= start)
    end = min(end for end in ends if end >= stop)
    return text[begin:start], text[start:stop], text[stop:end]
