"""Whether an answer stands in the twin of the sentence that a question is about. Pure.

"A tyre change for the Lyra costs 88 euros. A tyre change for the Vega costs 104 euros", "Elin won
the sprint and Petra won the relay": sentences that differ in their names, numbers and a word or
two tell the same of several things. Asked for one of them, a reader gives another's. So an answer
is another's if a twin of its sentence, or of its clause, names all that this names of the question,
and more; or denies as the question does what this affirms, or affirms what this denies.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from ...core.records import Passage
from ...core.sentences import borders
from .lexicon import words
from .parse import key_of
from .sides import is_not
from .words import AUXILIARY, EMPTY, folded_passage

__all__ = ["Alike", "Twins"]

_TOKEN = re.compile(r"[^\W_]+(?:[-'.&:,][^\W_]+){0,6}")
_CLAUSE = re.compile(r"(?:[;,]\s|\s)(?:and|but|while|whereas)\s|[;,]\s")
_NEGATIONS = words("not no never neither nor without none")
_LONGEST = 30
"""Words of a sentence that is compared; what is longer has no twin."""
_REACH = 12
"""Sentences or clauses before and behind one among which its twins are looked for."""
_SLOT = "*"
_key_of = lru_cache(maxsize=1 << 14)(key_of)
_NOT_COMPARED = (
    AUXILIARY | _NEGATIONS | words("a an the also then later only and but while whereas")
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence or a clause at `start:end`."""

    start: int
    end: int
    tokens: tuple[tuple[str, bool], ...]
    """Its words but the smallest, in plain forms, each with whether it is a name or a number."""
    keys: frozenset[str]
    """The plain forms of its words of meaning."""
    denies: bool

    def form(self, other: _Unit) -> list[str]:
        """Its words in order, with a slot for what is named and for what the other lacks."""
        held = {key for key, named in other.tokens if not named}
        slots = (
            _SLOT if named or (key in self.keys and key not in held) else key
            for key, named in self.tokens
        )
        return [key for key, _ in groupby(slots)]


class Twins:
    """The words of one question by which sentences of the same form are told apart."""

    def __init__(self, question: str) -> None:
        unit = _unit(folded_passage(question).text, 0, 1 << 30)
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
        self._fold = folded_passage(passage.text)
        self._levels = _units(self._fold.text)

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text begins in another's twin."""
        first, _ = self._fold.place(start, end)
        return any(self._has_nearer_twin(units, first) for units in self._levels)

    def _has_nearer_twin(self, units: Sequence[_Unit], first: int) -> bool:
        at = bisect(units, first, key=lambda unit: unit.start) - 1
        if at < 0 or not units[at].tokens:
            return False
        own = units[at]
        near = units[max(0, at - _REACH) : at + _REACH + 1]
        return any(self._is_nearer(own, other) for other in near if other is not own)

    def _is_nearer(self, own: _Unit, other: _Unit) -> bool:
        """Whether the question is about the other, if both are of one form."""
        if not other.tokens:
            return False
        here, there = self._asked & own.keys, self._asked & other.keys
        if not here or not here <= there or not other.keys - self._asked:
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
    placed = {key for key, _ in other.tokens[: len(own.tokens)]}
    return more <= placed and any(key in own.keys for key in short)


@lru_cache(maxsize=256)
def _units(text: str) -> tuple[tuple[_Unit, ...], ...]:
    """The sentences of a folded text, and its clauses."""
    ends = [0, *(end for _, end in borders(text, lines=True)), len(text)]
    sentences = sorted(set(ends))
    clauses = sorted({*sentences, *(match.end() for match in _CLAUSE.finditer(text))})
    return tuple(
        tuple(_unit(text, begin, end) for begin, end in pairwise(bounds))
        for bounds in (sentences, clauses)
    )


def _unit(text: str, begin: int, end: int) -> _Unit:
    raw = [match[0] for match in _TOKEN.finditer(text, begin, min(end, len(text)))]
    if len(raw) > _LONGEST:
        return _Unit(begin, end, (), frozenset(), denies=False)
    low = [word.lower().removesuffix("'s") for word in raw]
    tokens = tuple(
        (_key_of(word), _is_named(shown, word))
        for shown, word in zip(raw, low, strict=True)
        if word not in _NOT_COMPARED or shown == "May"
    )
    keys = frozenset(_key_of(word) for word in low if word not in EMPTY)
    return _Unit(begin, end, tokens, keys, denies=any(w in _NEGATIONS or is_not(w) for w in low))


def _is_named(shown: str, low: str) -> bool:
    return shown == "May" or (
        low not in EMPTY and (shown[0].isupper() or any(map(str.isdigit, shown)))
    )
