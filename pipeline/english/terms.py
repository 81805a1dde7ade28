"""Whether an answer is the beginning of what is asked for the end of, or the end for the beginning.

Asked until when a pass is valid, a reader gives the day from which it is; asked when quiet hours
end, "22:00-6:00". So a time is looked at with what stands before it: "from", "since", "until", the
two ends of a span, and the verb of its clause. A time of the other end, or both ends where one is
asked for, is not the answer. What nothing tells to be an end stands. Pure.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from ...core.expressions import expression
from ...core.records import Passage
from .dates import MONTH_FORM
from .lexicon import WEEKDAYS
from .sentences import sentences_of
from .words import folded_passage

__all__ = ["Spans", "Terms"]

_End: TypeAlias = Literal["first", "last"]
_MONTH = rf"(?:{MONTH_FORM})\.?"
_DAY = rf"(?:{'|'.join(WEEKDAYS)})s?"
_AT = expression(
    r"\b\d{4}-\d\d-\d\d\b"
    rf"|(?<![\w.,])(?:\d{{1,2}}(?:st|nd|rd|th)?\.? (?:of )?)?{_MONTH}(?: \d{{1,2}}(?!\d)(?:st|nd|rd"
    rf"|th)?)?(?:,? \d{{4}})?\b|\b{_DAY}\b"
    r"|(?<![\w.,:])\d{1,2}(?:[:.]\d\d)?(?: ?[ap]\.?m\b\.?| ?o'clock)|(?<![\w.,:])\d{1,2}[:.]\d\d"
    r"(?![\w%]|[.,:]\d)|(?<![\w.,:$€£])(?:1\d{3}|20\d\d)(?![\w%]|[.,:]\d)|\b(?:noon|midnight)\b"
    r"|(?<![\w.,:$€£/-])\d{1,2}(?=(?: to | till | until | ?[-–] ?)\d)"
    r"|(?:(?<=\d to )|(?<=\d[-–])|(?<=\d [-–] ))\d{1,2}(?![\w%/]|[.,:]\d)"
    r"|\b\d{1,2}/\d{1,2}/\d{2,4}\b"
)
"""A time of day, a day, a month, a year; bare numbers as the ends of a span alone."""
_RANGE = expression(
    r"(?: ?[ap]\.?m\.?)?(?: (?:to|till|until|through|up to)(?: the)? | ?[-–—] ?)(?:the )?"
)
_BETWEEN = expression(r" (?:and|to) ")
_FIRST = expression(
    r"\b(?:from|since|starting|beginning|as of|effective)(?: on| at| in| the)?(?: [^\W\d]+day,?)? $"
)
_LAST = expression(
    r"\b(?:until|till|through|up to|no later than|by|ending)(?: on| at| the)?"
    r"(?: (?:early|mid|late|end of|the end of))?(?: [^\W\d]+day,?)? $"
)
_BETWEEN_BEFORE = expression(r"\bbetween(?: the)? $")
_BEGINS = expression(
    r"\b(?:begins?|began|begun|starts?|started|opens|opened|commences?|commenced|launch(?:es|ed)?"
    r"|takes? effect|comes? into force)\b"
)
_ENDS = expression(
    r"\b(?:ends?|ended|finish(?:es|ed)?|closes?|closed|expires?|expired|concludes?|concluded"
    r"|runs? out|ran out|stops?|stopped|lasts? until)\b"
)
_OPENS = expression(r"\b(?:does|do|did|will)\b.{1,200}\bopen\b")
"""Not "is open", which it is from one end to the other."""
_ASKS_FIRST = expression(
    r"\b(?:from when|since when|from (?:what|which) (?:day|date|time|year|month|hour)"
    r"|since (?:what|which) (?:day|date|year|month)|(?:start|starting|opening) (?:date|time|day)"
    r"|starting when|as of when)\b"
)
_ASKS_LAST = expression(
    r"\b(?:(?:until|till|up to) (?:when|what|which)|how late|(?:end|ending|closing|expiry"
    r"|expiration) (?:date|time|day)|(?:by|before) (?:when|what|which) (?:date |day |time )?"
    r"(?:must|do|does|should|have|has|is|are))\b"
)
_ASKS_TIME = expression(
    r"(?:at |on |in )?(?:when|(?:what|which) (?:time|day|date|year|month|hour))\b"
)
_HELPERS = expression(r"\b(?:does|do|did|will|is|are|was|were|has|have|had)\b")
_CLAUSE = expression(r"[;:]\s|,\s|\b(?:and|but|while|whereas|which|who)\b")
_LONGEST = 600
_WINDOW = 40
"""Characters before a time in which its preposition stands."""


@dataclass(frozen=True, slots=True)
class _Time:
    start: int
    end: int
    which: _End | None
    """Which end of a span it is."""


class Terms:
    """The end of a span of time that one question asks for."""

    def __init__(self, question: str) -> None:
        self._asked: _End | None = _asked(folded_passage(question).text.lower())

    def __bool__(self) -> bool:
        return self._asked is not None

    def in_passage(self, passage: Passage) -> Spans:
        """The spans of time of a passage; made once for all answers in the passage."""
        return Spans(self._asked or "last", passage)


class Spans:
    """The spans of time of one passage, looked at from the places of answers in it."""

    def __init__(self, asked: _End, passage: Passage) -> None:
        self._asked: _End = asked
        self._sentences = sentences_of(passage.text)

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is a time of the other end."""
        first, last = self._sentences.place(start, end)
        begin, sentence = self._sentences.low_around(first, last, _LONGEST)
        times = _times(sentence)
        given = [t for t in times if first - begin < t.end and t.start < last - begin]
        if len(given) == 2 and given[1].start - given[0].end == 1:
            return False  # "22:00-6:00" is one word, of which no part is given
        return any(time.which not in (None, self._asked) for time in given)


def _asked(question: str) -> _End | None:
    if _ASKS_FIRST.search(question):
        return "first"
    if _ASKS_LAST.search(question):
        return "last"
    asks = _ASKS_TIME.match(question)
    if asks is None or not _HELPERS.search(question):
        return None
    begins = _BEGINS.search(question, asks.end()) or _OPENS.search(question, asks.end())
    ends = _ENDS.search(question, asks.end())
    if bool(begins) == bool(ends):
        return None
    return "first" if begins else "last"


@lru_cache(maxsize=512)
def _times(sentence: str) -> tuple[_Time, ...]:
    """The times of a sentence in small letters, each with the end that it is, if it is one."""
    places = [match.span() for match in _AT.finditer(sentence)]
    ends: dict[int, _End] = {}
    for at, (start, end) in enumerate(places):
        if at + 1 < len(places):
            after = places[at + 1][0]
            joined = _BETWEEN_BEFORE.search(sentence, max(0, start - _WINDOW), start)
            link = _BETWEEN if joined else _RANGE
            if link.fullmatch(sentence, end, after):
                ends[at], ends[at + 1] = "first", "last"
    clauses = [0, *(m.start() for m in _CLAUSE.finditer(sentence))]
    return tuple(
        _Time(start, end, ends.get(at) or _told(sentence, clauses, start))
        for at, (start, end) in enumerate(places)
    )


def _told(sentence: str, clauses: list[int], start: int) -> _End | None:
    """The end that the words before a time say it is."""
    before = sentence[max(0, start - _WINDOW) : start]
    if _FIRST.search(before):
        return "first"
    if _LAST.search(before):
        return "last"
    clause = sentence[clauses[bisect(clauses, start) - 1] : start]
    said = sorted(_verbs(clause))
    return said[-1][1] if said else None


def _verbs(clause: str) -> Iterator[tuple[int, _End]]:
    for match in _BEGINS.finditer(clause):
        yield match.start(), "first"
    for match in _ENDS.finditer(clause):
        yield match.start(), "last"
