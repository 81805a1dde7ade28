"""Whether an answer stands in the twin of the sentence that a question is about. Pure.

"A tyre change for the Lyra costs 88 euros. A tyre change for the Vega costs 104 euros", "Elin won
the sprint and Petra won the relay": sentences that differ in their names, numbers and a word or
two tell the same of several things. Asked for one of them, a reader gives another's. So an answer
is another's if a twin of its sentence, or of its clause, names all that this names of the question,
and more; or denies as the question does what this affirms, or affirms what this denies.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

from ...core.expressions import expression
from ...core.records import Passage
from .lexicon import words
from .parse import key_of
from .sentences import Sentences, sentences_of
from .words import AUXILIARY, EMPTY, NEGATIONS, folded_passage, is_not

__all__ = ["Alike", "Twins"]

_TOKEN = expression(r"[^\W_]+(?:[-'.&:,][^\W_]+){0,6}")
_CLAUSE = expression(r"(?:[;,]\s|\s)(?:and|but|while|whereas)\s|[;,]\s")
_LONGEST = 30
"""Words of a sentence that is compared; what is longer has no twin."""
_REACH = 12
"""Sentences or clauses before and behind one among which its twins are looked for."""
_SLOT = "*"
_NOT_COMPARED = AUXILIARY | NEGATIONS | words("a an the also then later only and but while whereas")


class _Word(NamedTuple):
    """A word as it is compared: in its plain form."""

    key: str
    carries: bool
    """Whether it carries meaning."""
    named: bool
    """Whether it is a name or a number."""
    compared: bool
    """Whether it is none of the smallest."""
    denies: bool


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence or a clause that begins at `start`."""

    start: int
    words: tuple[_Word, ...]
    """Those that are compared; none where it is too long."""
    keys: frozenset[str]
    """The plain forms of its words of meaning."""
    denies: bool

    @classmethod
    def of(cls, start: int, words: Sequence[_Word]) -> _Unit:
        if len(words) > _LONGEST:
            return cls(start, (), frozenset(), denies=False)
        return cls(
            start,
            tuple([word for word in words if word.compared]),
            frozenset([word.key for word in words if word.carries]),
            any(word.denies for word in words),
        )

    def form(self, other: _Unit) -> list[str]:
        """Its words in order, with a slot for what is named and for what the other lacks."""
        held = {word.key for word in other.words if not word.named}
        slots = (
            _SLOT if named or (key in self.keys and key not in held) else key
            for key, _, named, *_ in self.words
        )
        return [key for key, _ in groupby(slots)]


class Twins:
    """The words of one question by which sentences of the same form are told apart."""

    def __init__(self, question: str) -> None:
        unit = _Unit.of(0, [*map(_word, _TOKEN.findall(folded_passage(question).text))])
        self._asked, self._denies = unit.keys, unit.denies

    def __bool__(self) -> bool:
        return bool(self._asked)

    def in_passage(self, passage: Passage) -> Alike:
        """The sentences of a passage; made once for all answers in the passage."""
        return Alike(self._asked, self._denies, passage)


class Alike:
    """The sentences and clauses of one passage, looked at from the places of answers in it."""

    def __init__(self, asked: frozenset[str], denies: bool, passage: Passage) -> None:
        self._asked, self._denies = asked, denies
        self._sentences = sentences_of(passage.text)
        self._levels = _units(self._sentences)

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text begins in another's twin."""
        first, _ = self._sentences.place(start, end)
        return any(self._has_nearer_twin(units, first) for units in self._levels)

    def _has_nearer_twin(self, units: Sequence[_Unit], first: int) -> bool:
        at = bisect(units, first, key=lambda unit: unit.start) - 1
        if at < 0 or units[at].keys.isdisjoint(self._asked):
            return False
        own = units[at]
        near = units[max(0, at - _REACH) : at + _REACH + 1]
        return any(self._is_nearer(own, other) for other in near if other is not own)

    def _is_nearer(self, own: _Unit, other: _Unit) -> bool:
        """Whether the question is about the other, if both are of one form."""
        here, there = self._asked & own.keys, self._asked & other.keys
        if not here <= there or other.keys <= self._asked:
            return False
        if other.denies != self._denies or (here == there and own.denies == other.denies):
            return False
        return _are_twins(own, other, there - here)


def _are_twins(own: _Unit, other: _Unit, more: frozenset[str]) -> bool:
    """Whether the words of one are those of the other, but for names, numbers and a word or two.

    One may say more behind, but what the question names `more` must have something in its place.
    """
    first, second = own.form(other), other.form(own)
    short, long = sorted((first, second), key=len)
    if len(short) < 3 or len(long) - len(short) > 3 or long[: len(short)] != short:
        return False
    placed = {word.key for word in other.words[: len(own.words)]}
    return more <= placed and any(key in own.keys for key in short)


@lru_cache(maxsize=256)
def _units(whole: Sentences) -> tuple[tuple[_Unit, ...], ...]:
    """The sentences of a text, and its clauses."""
    words = [(match.start(), _word(match[0])) for match in _TOKEN.finditer(whole.text)]
    sentences = whole.parts([len(whole.text)])
    clauses = sorted({*sentences, *(match.end() for match in _CLAUSE.finditer(whole.text))})
    return tuple(tuple(_cut(words, bounds)) for bounds in (sentences, clauses))


def _cut(words: Sequence[tuple[int, _Word]], bounds: Sequence[int]) -> Iterator[_Unit]:
    """The units between these bounds, of the words with their places."""
    places = [bisect(words, (bound,)) for bound in bounds]
    for start, (low, high) in zip(bounds, pairwise(places), strict=False):
        yield _Unit.of(start, [word for _, word in words[low:high]])


@lru_cache(maxsize=1 << 14)
def _word(raw: str) -> _Word:
    low = raw.lower().removesuffix("'s")
    carries = low not in EMPTY
    month = raw == "May"
    named = month or (carries and (raw[0].isupper() or any(map(str.isdigit, raw))))
    denies = low in NEGATIONS or is_not(low)
    return _Word(key_of(low), carries, named, month or low not in _NOT_COMPARED, denies)
