"""Whether an answer is that for the opposite direction of the one a question names. Pure.

Asked what the train from Brakel to Aldham costs, a reader gives the fare from Aldham to Brakel. So
the legs of a question are looked for where an answer stands: in its clause, then in its sentence,
then before it. A leg the other way round, and none that goes as the question does, makes it another
journey's; where a text says "the way back", that is the latest leg turned round.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...core.expressions import expression
from ...core.records import Passage
from ...core.sentences import sentence_starts, stretch
from .lexicon import words
from .sentences import sentences_of
from .words import CLAUSE, DETERMINERS, EMPTY, folded_passage, stem

__all__ = ["Directions", "Legs"]

_TOKEN = expression(r"[^\W_]+(?:[-'.&][^\W_]+){0,6}|->|[→,;:.!?()|\n–—]")
_SYMMETRIC = expression(
    r"\b(?:how far|distances?|how many (?:kilometers?|kilometres?|km|miles?|metres?|meters?))\b"
)
_BACK = expression(
    r"\b(?:ways? back|return (?:trips?|journeys?|flights?|ways?|fares?|legs?|crossings?)|the return"
    r"|(?:opposite|other|reverse) (?:direction|way)|vice versa|in reverse|back again)\b"
)
_TO = words("to into towards toward onto -> →")
_LEAVES = words("leave leaves left leaving depart departs departed departing")
_ARTICLES = DETERMINERS | words("this that")
_PLACE = 5
"""Words of one end of a leg at most."""


@dataclass(frozen=True, slots=True)
class _Leg:
    """A way from one end to another, at `start:end`; its ends in the plain forms of their words."""

    start: int
    end: int
    source: frozenset[str]
    target: frozenset[str]

    def same(self, other: _Leg) -> bool:
        return bool(self.source & other.source and self.target & other.target)

    def reverse(self, other: _Leg) -> bool:
        return bool(self.source & other.target and self.target & other.source)


class Directions:
    """The legs that one question names."""

    def __init__(self, question: str) -> None:
        text = folded_passage(question).text
        self._legs = () if _SYMMETRIC.search(text.lower()) else _legs(text)

    def __bool__(self) -> bool:
        return bool(self._legs)

    def in_passage(self, passage: Passage) -> Legs:
        """The legs of a passage; made once for all answers in the passage."""
        return Legs(self._legs, passage)


class Legs:
    """The legs of one passage, looked at from the places of answers in it."""

    def __init__(self, asked: Sequence[_Leg], passage: Passage) -> None:
        self._sentences = sentences_of(passage.text)
        text = self._sentences.text
        legs = _with_ways_back(_legs(text), text)
        self._ways = [
            {leg: _way(wanted, leg) for leg in legs if _way(wanted, leg)} for wanted in asked
        ]
        self._clauses = [0, *(clause.start() for clause in CLAUSE.finditer(text))]

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is that of the way back."""
        first, last = self._sentences.place(start, end)
        return any(self._turned(ways, first, last) for ways in self._ways)

    def _turned(self, ways: dict[_Leg, int], first: int, last: int) -> bool:
        clause = stretch(self._clauses, first, last)
        sentence = self._sentences.around(first, last)
        inner = (max(clause[0], sentence[0]), min(clause[1], sentence[1]))
        for begin, end in (inner, sentence):
            near = {way for leg, way in ways.items() if begin <= leg.start < end}
            if near:
                return near == {-1}
        before = [way for leg, way in ways.items() if leg.end <= first]
        return bool(before) and before[-1] == -1


def _way(asked: _Leg, leg: _Leg) -> int:
    """1 for a leg that goes as the asked one, -1 for the way back, 0 for one elsewhere."""
    return 1 if asked.same(leg) else -1 if asked.reverse(leg) else 0


@lru_cache(maxsize=1024)
def _legs(text: str) -> tuple[_Leg, ...]:
    """The legs of a folded text, in order: "from A to B", "to B from A", "A to B", "leave A for B".

    A few words are looked at around each preposition, so that it is linear.
    """
    tokens = list(_TOKEN.finditer(text))
    legs: list[_Leg] = []
    taken = -1
    for i, token in enumerate(tokens):
        low = token[0].lower()
        if i <= taken:
            continue
        ends: tuple[range, range] | None = None
        if low == "from":
            ends = _joined(tokens, i, _TO)
        elif low in _TO:
            turned = _joined(tokens, i, frozenset(["from"]))
            named = _named(tokens, i)
            ends = (turned[1], turned[0]) if turned else named
        elif low == "for" and any(t[0].lower() in _LEAVES for t in tokens[max(0, i - 4) : i]):
            ends = _named(tokens, i)
        if ends is None:
            continue
        source, target = (_plain(tokens, end) for end in ends)
        source, target = source - target, target - source
        if source and target:
            bounds = [tokens[j] for end in ends for j in (end.start, end.stop - 1)]
            begin = min(t.start() for t in bounds)
            legs.append(_Leg(begin, max(t.end() for t in bounds), source, target))
            taken = max(end.stop - 1 for end in ends)
    return tuple(legs)


def _joined(
    tokens: Sequence[re.Match[str]], at: int, by: frozenset[str]
) -> tuple[range, range] | None:
    """The tokens behind a preposition and those behind the next one, of `by`."""
    for j in range(at + 2, min(at + 2 + _PLACE, len(tokens) - 1)):
        if tokens[j][0].lower() in by:
            end = j + 1
            while end < min(j + 1 + _PLACE, len(tokens)) and _goes_on(tokens[end]):
                end += 1
            return (range(at + 1, j), range(j + 1, end)) if end > j + 1 else None
        if not _goes_on(tokens[j]):
            return None
    return None


def _goes_on(token: re.Match[str]) -> bool:
    low = token[0].lower()
    return token[0][0].isalnum() and (low in _ARTICLES or low not in EMPTY)


def _named(tokens: Sequence[re.Match[str]], at: int) -> tuple[range, range] | None:
    """The names right before and behind a preposition."""
    first, end = at, at + 1
    while first and tokens[first - 1][0][0].isupper() and at - first < _PLACE:
        first -= 1
    while end < len(tokens) and tokens[end][0][0].isupper() and end - at <= _PLACE:
        end += 1
    return (range(first, at), range(at + 1, end)) if first < at and end > at + 1 else None


def _plain(tokens: Sequence[re.Match[str]], place: range) -> frozenset[str]:
    low = [tokens[i][0].lower() for i in place]
    return frozenset(stem(word) for word in low if word not in EMPTY and not word[0].isdigit())


def _with_ways_back(legs: Sequence[_Leg], text: str) -> list[_Leg]:
    """The legs and, where a clause speaks of the way back and names none, the latest turned."""
    every = list(legs)
    starts = [leg.start for leg in legs]
    clauses = sorted({*sentence_starts(text), *(m.start() for m in CLAUSE.finditer(text))})
    for cue in _BACK.finditer(text.lower()):
        begin, end = stretch(clauses, *cue.span())
        before = bisect(starts, cue.start())
        if not before or bisect(starts, begin - 1) < bisect(starts, min(end, cue.end() + 40)):
            continue
        latest = legs[before - 1]
        every.append(_Leg(cue.start(), cue.end(), latest.target, latest.source))
    return sorted(every, key=lambda leg: leg.start)
