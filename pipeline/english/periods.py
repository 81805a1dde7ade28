"""Whether an answer is the value of another time in its sentence than is asked for. Pure.

"12 branches in 2023 and 15 in 2024", "rose from 3 to 5 million between 2019 and 2022", "50 euros
for the first offence and 150 for the second": asked for one of them, a reader gives the other, or
both. So the times of a sentence are put beside its values: a time behind its value belongs to
that, one before to all values up to the next time, and several in a row to as many values in a
row. A value of another time is another's if the sentence has one of the time that is asked for.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...core.expressions import expression
from ...core.records import Passage
from .lexicon import MONTHS, NUMBERS, WEEKDAYS, words
from .sentences import sentences_of
from .values import NUMBER, rows_of
from .words import EMPTY, folded_passage, stem

__all__ = ["Periods", "Times"]

_SEASONS = {"spring": 0, "summer": 1, "autumn": 2, "fall": 2, "winter": 3}
_BEFORE_YEAR = expression(
    r"(?:^|[(,]\s?|\b(?:in|of|for|since|by|until|till|from|to|and|or|between|during|through|year"
    r"|early|mid|late|end|the|spring|summer|autumn|fall|winter|than|after|before|quarter|half"
    rf"|{'|'.join(MONTHS)}|{'|'.join(month[:3] for month in MONTHS)}|q[1-4]|h[12]),?[ (])$"
)
"""What stands before a number of four digits that is a year."""
_REACH = 14
_TIME = expression(
    r"(?P<decade>\b(?:1[0-9]|20)\d0s\b)"
    r"|(?<![\w$€£.])(?P<year>1[0-9]\d\d|20\d\d)(?:[/–-]\d\d(?!\d))?(?![\w%]|[.,]\d|:\d)"
    rf"|\b(?P<month>{'|'.join(MONTHS)})\b(?: (?P<day>\d{{1,2}})(?!\d))?"
    r"|\b(?P<quarter>(?:first|second|third|fourth|last) (?:quarter|half|semester|term|trimester))\b"
    r"|\b(?P<coded>[qh][1-4])\b"
    r"|\b(?P<season>spring|summer|autumn|fall|winter)s?\b"
    rf"|\b(?P<weekday>{'|'.join(WEEKDAYS)})s?\b"
    r"|\b(?P<relative>(?:last|this|next|previous|current) (?:year|season|month|week|quarter|term)"
    r")\b"
    r"|\b(?P<rank>first|second|third|fourth|fifth|sixth)(?: (?!of\b|in\b|and\b|half\b|quarter\b)"
    r"(?P<ranked>[a-z]+))?\b"
)  # fmt: skip
_MERGED = expression(r",? ?(?:of |in |the ){0,2}")
_VALUE = expression(
    rf"(?<![\w.,:/-])[$€£]?(?:{NUMBER})"
    r"(?:(?P<time>[:.]\d\d)(?!\d))?(?![\w/:]|[.,]\d|-[^\W\d])"
)
_UNIT = expression(r"[ -]?([^\W\d_]+|[%°€$£])")
_SCALES = words("million billion thousand m bn k")
_BREAK = expression(r"[,;:]\s|\b(?:and|but|while|whereas|compared|versus|than)\b")
_STOP = expression(r";\s|\b(?:but|while|whereas)\b")
_LINK = expression(
    r" ?(?:[^\W\d_]+ ){0,3}?(?:and|to|from|or|,|–|-)(?: from)? ?[$€£]?", re.IGNORECASE
)
_TURNED = expression(r" ?(?:[^\W\d_]+ ){0,3}?from [$€£]?")
_TIMES_LINK = expression(r",? ?(?:and|to|or|–|-)? ?(?:in |the )?")
_CONTRASTS = expression(
    r"\b(?:compared|up|down|from|versus|vs|against|after|than|over|following)\b"
)
_NOT_UNITS = EMPTY | words("last next previous current compared")
_NEAR = 60
"""Characters between a value and its time at most."""
_LONGEST = 1200
"""Characters of a sentence that is taken apart."""


@dataclass(frozen=True, slots=True)
class _Time:
    start: int
    end: int
    parts: tuple[tuple[str, int | str], ...]

    def matches(self, asked: Mapping[str, int | str]) -> bool:
        shared = [(asked[name], value) for name, value in self.parts if name in asked]
        return bool(shared) and all(one == other for one, other in shared)

    def differs(self, asked: Mapping[str, int | str]) -> bool:
        return any(asked[name] != value for name, value in self.parts if name in asked)


@dataclass(frozen=True, slots=True)
class _Value:
    start: int
    end: int
    unit: str


class Periods:
    """The time that one question asks about."""

    def __init__(self, question: str) -> None:
        asked: dict[str, int | str] = {}
        for time in _times(folded_passage(question).text.lower()):
            for name, value in time.parts:
                if asked.setdefault(name, value) != value:
                    asked = {}  # from one time to another
                    break
            else:
                continue
            break
        self._asked = asked

    def __bool__(self) -> bool:
        return bool(self._asked)

    def in_passage(self, passage: Passage) -> Times:
        """The times of a passage; made once for all answers in the passage."""
        return Times(self._asked, passage)


class Times:
    """The times and values of one passage, looked at from the places of answers in it."""

    def __init__(self, asked: Mapping[str, int | str], passage: Passage) -> None:
        self._asked = asked
        self._sentences = sentences_of(passage.text)

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is the value of another time."""
        first, last = self._sentences.place(start, end)
        begin, sentence = self._sentences.low_around(first, last, _LONGEST)
        bound = _bound(sentence)
        if len(bound) < 2:
            return False
        given = [v for v in bound if first - begin < v.end and v.start < last - begin]
        wanted = [v for v, time in bound.items() if time is not None and time.matches(self._asked)]
        return any(self._is_another(sentence, bound, value, wanted) for value in given)

    def _is_another(
        self,
        sentence: str,
        bound: Mapping[_Value, _Time | None],
        value: _Value,
        wanted: Sequence[_Value],
    ) -> bool:
        alike = [other for other in wanted if _same_unit(value, other)]
        if not alike:
            return False
        time = bound[value]
        if time is not None:
            return time.differs(self._asked)
        return any(
            value.end <= other.start
            and other.start - value.end <= _NEAR
            and _CONTRASTS.search(sentence, value.end, other.start)
            for other in alike
        )


def _same_unit(one: _Value, other: _Value) -> bool:
    return one.unit == other.unit or not one.unit or not other.unit


@lru_cache(maxsize=512)
def _times(text: str) -> tuple[_Time, ...]:
    """The times of a folded text in small letters; those that stand together are one."""
    times: list[_Time] = []
    kind = ""
    for match in _TIME.finditer(text):
        start = match.start()
        if match["year"] and not _BEFORE_YEAR.search(text[max(0, start - _REACH) : start]):
            continue
        parts = tuple(_parts(match))
        if match["rank"] and not match["ranked"] and kind:  # "in the first quarter and the second"
            parts = ((kind, parts[0][1]),)
        kind = parts[0][0] if match["quarter"] else kind
        time = _Time(start, match.end(), parts)
        if times and _is_one(text, times[-1], time):
            latest = times.pop()
            time = _Time(latest.start, time.end, (*latest.parts, *time.parts))
        times.append(time)
    return tuple(times)


def _is_one(text: str, before: _Time, after: _Time) -> bool:
    """Whether two times tell one: "autumn 2022", "the first quarter of 2020"."""
    told = {name for name, _ in before.parts}
    return told.isdisjoint(name for name, _ in after.parts) and bool(
        _MERGED.fullmatch(text, before.end, after.start)
    )


def _parts(match: re.Match[str]) -> list[tuple[str, int | str]]:
    parts: list[tuple[str, int | str]] = []
    if match["year"]:
        parts.append(("year", int(match["year"])))
    if match["month"]:
        parts.append(("month", MONTHS.index(match["month"])))
        if match["day"]:
            parts.append(("day", int(match["day"])))
    if match["season"]:
        parts.append(("season", _SEASONS[match["season"]]))
    if match["weekday"]:
        parts.append(("weekday", WEEKDAYS.index(match["weekday"])))
    if match["coded"]:
        kind = "quarter" if match["coded"][0] == "q" else "half"
        parts.append((kind, f"{match['coded'][1]}th"))
    if match["quarter"]:
        rank, kind = match["quarter"].split()
        parts.append((kind, NUMBERS.get(rank, rank)))
    if match["rank"]:
        parts.append(("rank", NUMBERS[match["rank"]]))
    if match["relative"]:
        rank, kind = match["relative"].split()
        same = {"current": "this", "previous": "last"}
        parts.append((f"relative {kind}", same.get(rank, rank)))
    if match["decade"]:
        parts.append(("decade", match["decade"]))
    return parts


@lru_cache(maxsize=512)
def _bound(sentence: str) -> dict[_Value, _Time | None]:
    """The values of a sentence in small letters, each with its time, None where it has none."""
    times = list(_times(sentence))
    values = [
        _Value(*match.span(), _unit_at(sentence, match))
        for match in _VALUE.finditer(sentence)
        if not any(time.start < match.end() and match.start() < time.end for time in times)
    ]
    bound: dict[_Value, _Time | None] = dict.fromkeys(values)
    left = _bind_rows(sentence, times, values, bound)
    before = _bind_behind(sentence, left, values, bound)
    starts = [time.start for time in times]
    for time in before:
        follows = bisect(starts, time.start)
        limit = starts[follows] if follows < len(starts) else len(sentence)
        stop = _STOP.search(sentence, time.end, limit)
        limit = stop.start() if stop else limit
        for value in values:
            if time.end <= value.start < limit and bound[value] is None:
                bound[value] = time
    return bound


def _unit_at(sentence: str, match: re.Match[str]) -> str:
    if match["time"]:
        return ":"
    at = match.end()
    for _ in range(2):
        word = _UNIT.match(sentence, at)
        if word is None or word[1] in _NOT_UNITS:
            break
        if word[1] not in _SCALES:
            return stem(word[1])
        at = word.end()
    return match[0][0] if match[0][0] in "$€£" else ""


def _bind_rows(
    sentence: str,
    times: Sequence[_Time],
    values: Sequence[_Value],
    bound: dict[_Value, _Time | None],
) -> list[_Time]:
    """Bind times in a row to as many values in a row; the times that are left."""
    of_values = rows_of(sentence, values, _LINK)
    taken: set[_Time] = set()
    for row in rows_of(sentence, times, _TIMES_LINK):
        for others in of_values:
            if len(others) == len(row) and not any(bound[value] for value in others):
                turned = len(row) == 2 and _TURNED.fullmatch(
                    sentence, others[0].end, others[1].start
                )
                ordered = list(reversed(others)) if turned else others
                bound.update(zip(ordered, row, strict=True))
                taken.update(row)
                break
    return [time for time in times if time not in taken]


def _bind_behind(
    sentence: str,
    times: Sequence[_Time],
    values: Sequence[_Value],
    bound: dict[_Value, _Time | None],
) -> list[_Time]:
    """Bind each time to the value that it follows in one breath; the times that follow none."""
    ends = [value.end for value in values]
    left: list[_Time] = []
    for time in times:
        at = bisect(ends, time.start)
        value = values[at - 1] if at else None
        if (
            value is not None
            and bound[value] is None
            and time.start - value.end <= _NEAR
            and not _BREAK.search(sentence, value.end, time.start)
        ):
            bound[value] = time
        else:
            left.append(time)
    return left
