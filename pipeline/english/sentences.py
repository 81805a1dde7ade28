"""The sentences of a passage as all rules on its answers see them: folded, cut at line breaks, too.

Each passage is looked at by many rules, so the latest are remembered.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from ...core.sentences import sentence_starts, stretch
from .words import folded_passage

__all__ = ["Sentences", "sentences_of"]


class Sentences:
    """The sentences of a text, looked at from the places of answers in it; see `sentences_of`."""

    def __init__(self, text: str) -> None:
        self._fold = folded_passage(text)
        self.text = self._fold.text
        """The folded text; all places but those given to `place` are in it."""
        self.starts = sentence_starts(self.text, lines=True)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the folded text that come from `start:end` of the passage's own."""
        return self._fold.place(start, end)

    def around(self, first: int, last: int) -> tuple[int, int]:
        """From where the sentence with `first` begins to where the one with `last` ends."""
        begin, stop = stretch(self.starts, first, last)
        return begin, min(stop, len(self.text))

    def low_around(self, first: int, last: int, longest: int) -> tuple[int, str]:
        """The same in small letters, with where it begins; "" if it has more characters."""
        begin, stop = self.around(first, last)
        return begin, self.text[begin:stop].lower() if stop - begin <= longest else ""

    def pieces(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """What an answer at `first:last` has of each sentence that it runs over."""
        low, high = bisect(self.starts, first), bisect(self.starts, last - 1)
        return pairwise([first, *self.starts[low:high], last])

    def parts(self, cuts: Iterable[int]) -> list[int]:
        """Where parts begin that end with their sentence and at `cuts`; ascending from 0."""
        return sorted({*self.starts, *cuts})


@lru_cache(maxsize=128)
def sentences_of(text: str) -> Sentences:
    """The sentences of a passage's text."""
    return Sentences(text)
