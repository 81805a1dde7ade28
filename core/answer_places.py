"""Answers found again in their context, where a row's `answer_start` does not say where. Pure.

Tools count positions differently: JavaScript in UTF-16 units, Go and Rust in bytes, annotation
tools in a text that was since trimmed. A position that fits in one of these units is taken so;
else the nearest place with the same words counts. What stands nowhere is not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .answers import AnswerTexts

__all__ = ["LOST", "PlacedAnswers", "place_answers"]

LOST = "no answer stands in the context"
_UTF16 = "an answer_start counted UTF-16 units"
_BYTES = "an answer_start counted bytes"
_MOVED = "an answer stood elsewhere: the nearest place counts"
_FIRST = "an answer_start was not given: the first place counts"
_SPELLED = "an answer was spelled otherwise: as the context has it"
_DROPPED = "an answer that the context lacks was left out beside others"
_MOST_SEARCHED = 100
"""Answers of a row that are searched for; each search goes through the whole context."""


@dataclass(frozen=True, slots=True)
class PlacedAnswers:
    """Answers that stand in the context: `context[start:start + len(text)] == text` for each."""

    texts: tuple[str, ...]
    starts: tuple[int, ...]
    """Code points."""
    mended: frozenset[str]
    """What was done, in plain words; empty where all stood at their starts."""


def place_answers(context: str, answers: AnswerTexts) -> PlacedAnswers:
    """The answers that stand in `context`, each distinct place once, in the order given."""
    text = _Context(context)
    places: dict[tuple[str, int], None] = {}
    mended: set[str] = set()
    searches = 0
    starts = answers.starts or (None,) * len(answers.texts)
    for answer, start in zip(answers.texts, starts, strict=True):
        if start is not None and start >= 0 and context.startswith(answer, start):
            places[answer, start] = None
            continue
        searches += 1
        found = text.find(answer, start) if searches <= _MOST_SEARCHED else None
        if found is None:
            mended.add(_DROPPED)
            continue
        at, length, how = found
        mended |= how
        places[context[at : at + length], at] = None
    return PlacedAnswers(
        tuple(text for text, _ in places), tuple(at for _, at in places), frozenset(mended)
    )


class _Context:
    """A context in which answers are looked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _codes(self) -> npt.NDArray[np.uint32]:
        raw = self.text.encode("utf-32-le", "surrogatepass")
        return np.frombuffer(raw, dtype="<u4")

    @cached_property
    def _utf16(self) -> npt.NDArray[np.int64]:
        """Of each code point, the number of UTF-16 units before it."""
        return _before(1 + (self._codes > 0xFFFF).astype(np.int64))

    @cached_property
    def _bytes(self) -> npt.NDArray[np.int64]:
        """Of each code point, the number of UTF-8 bytes before it."""
        sizes = 1 + sum((self._codes > last).astype(np.int64) for last in (0x7F, 0x7FF, 0xFFFF))
        return _before(np.asarray(sizes))

    def find(self, answer: str, start: int | None) -> tuple[int, int, set[str]] | None:
        """Where an answer stands, its length there, and what was mended."""
        if start is not None and start > 0:
            for units, what in ((self._utf16, _UTF16), (self._bytes, _BYTES)):
                at = int(np.searchsorted(units, start))
                if at < len(units) and units[at] == start and self.text.startswith(answer, at):
                    return at, len(answer), {what}
        moved = _FIRST if start is None or start < 0 else _MOVED
        near = min(max(start or 0, 0), len(self.text))
        for words in dict.fromkeys((answer, answer.strip())):
            if (place := self._nearest(words, near)) is not None:
                return place, len(words), {moved}
        return self._otherwise_spelled(answer, near, moved)

    def _nearest(self, words: str, near: int) -> int | None:
        """The nearest place of the words by themselves, or, failing that, within others.

        Within others only where writing has no spaces: 2 does not stand in 12.
        """
        for free in (_by_itself, _not_within_ascii):
            nearest = (
                next((at for at in places if free(self.text, at, words)), None)
                for places in (self._before(words, near), self._after(words, near))
            )
            if places := [at for at in nearest if at is not None]:
                return min(places, key=lambda at: (abs(at - near), at))
        return None

    def _after(self, words: str, near: int) -> Iterator[int]:
        at = self.text.find(words, near)
        while at >= 0:
            yield at
            at = self.text.find(words, at + len(words))  # so that all of them take linear time

    def _before(self, words: str, near: int) -> Iterator[int]:
        at = self.text.rfind(words, 0, near + len(words) - 1)
        while at >= 0:
            yield at
            at = self.text.rfind(words, 0, at)

    def _otherwise_spelled(
        self, answer: str, near: int, moved: str
    ) -> tuple[int, int, set[str]] | None:
        """The nearest place of the same words in other cases or with other blanks between them."""
        words = answer.split()
        if not words or len(answer) > 1000:
            return None
        pattern = re.compile(r"\s{1,20}".join(map(re.escape, words)), re.IGNORECASE)
        places = [
            (match.start(), match.end() - match.start())
            for match in pattern.finditer(self.text)
            if _by_itself(self.text, match.start(), match[0])
        ]
        if not places:
            return None
        at, length = min(places, key=lambda place: (abs(place[0] - near), place[0]))
        return at, length, {moved, _SPELLED}


def _before(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))


def _by_itself(text: str, at: int, words: str) -> bool:
    """Whether no letter or digit adjoins the words' own ends."""
    end = at + len(words)
    before, after = text[max(0, at - 1) : at], text[end : end + 1]
    return not (
        (before.isalnum() and words[:1].isalnum()) or (after.isalnum() and words[-1:].isalnum())
    )


def _not_within_ascii(text: str, at: int, words: str) -> bool:
    end = at + len(words)
    edges = ((text[max(0, at - 1) : at], words[:1]), (words[-1:], text[end : end + 1]))
    return not any(all(c.isascii() and c.isalnum() for c in pair) for pair in edges)
