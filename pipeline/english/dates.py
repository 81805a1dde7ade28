"""Days, months and years in a text, by what they may be. Pure. English names of months."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ...core.expressions import expression
from .lexicon import MONTHS, words

__all__ = ["MONTH_FORM", "MONTH_NUMBERS", "Date", "Dated", "dates_in"]

_LONG = {name: number for number, name in enumerate(MONTHS, start=1)}
MONTH_NUMBERS = _LONG | {name[:3]: number for name, number in _LONG.items()} | {"sept": 9}
"""The months, written out and shortened, each with its number."""
MONTH_FORM = "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True))
_MONTH = rf"(?P<month>{MONTH_FORM})\.?"
_YEAR = r"(?P<year>1\d{3}|20\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = tuple(
    expression(rf"(?<![\w.,-])(?<!\d/){pattern}(?![\w/-]|[.,]\d)", re.IGNORECASE)
    for pattern in (
        rf"{_DAY}\.?(?: of)? {_MONTH}(?:,? {_YEAR})?",
        rf"{_MONTH} (?:the )?{_DAY}(?:,? {_YEAR})?",
        rf"{_MONTH},? (?:of )?{_YEAR}",
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\. ?(?P<year>\d{4})",
        r"(?P<first>\d{1,2})(?P<mark>[/-])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)",
        r"(?P<year>1\d{3}|20\d\d) ?(?:-|–|to|until|through) ?(?P<last>1\d{3}|20\d\d|\d\d)",
        r"between (?P<year>1\d{3}|20\d\d) and (?P<last>1\d{3}|20\d\d)",
        r"(?P<decade>1\d\d0|20\d0)'?s",
    )
)
_YEAR_ALONE = expression(rf"(?<![\w.,$€£#/-]){_YEAR}(?![\w%/-]|[.,]\d)")
_BEFORE_YEAR = words(
    """in since of by until till from before after during between to year years for early late mid
    around circa about spring summer autumn fall winter season"""
)
_OPEN_ENDED = words("since before after until till by from through between")
"""Words before a year that make a span of time of it, whose ends are not named."""


@dataclass(frozen=True, slots=True)
class Date:
    """A day, month or year, or what else it may be: the ends of a span, two orders of a day."""

    years: tuple[int, int] | None
    """First and last year; None: not said."""
    days: frozenset[tuple[int, int | None]]
    """Months, each with its day; empty: the year alone."""
    slashed: tuple[str, str] | None = None
    """The two numbers of 03/07/2024, of which nobody can say which is the month."""

    @property
    def exact(self) -> bool:
        """Whether it names a day."""
        return any(day is not None for _, day in self.days)

    def agrees(self, other: Date) -> bool:
        """Whether both may be the same: nothing that both say differs."""
        own, others = self.years, other.years
        if own and others and (own[1] < others[0] or others[1] < own[0]):
            return False
        if self.slashed and other.slashed:
            return self.slashed == other.slashed
        if not self.days or not other.days:
            return True
        return any(
            month == other_month and (day is None or other_day is None or day == other_day)
            for month, day in self.days
            for other_month, other_day in other.days
        )


class Dated(NamedTuple):
    """A date at `start:end`."""

    start: int
    end: int
    date: Date
    open_ended: bool = False
    """Whether it bounds a span of time that reaches beyond it."""


def dates_in(text: str) -> Iterator[Dated]:
    """The dates of a folded text: those with a month or a span first, then years alone."""
    if not any(map(str.isdecimal, text)):
        return
    taken: list[tuple[int, int]] = []
    dates: list[Dated] = []
    for pattern in _DATES:
        matches = pattern.finditer(text)
        dates += [
            Dated(*match.span(), date)
            for match in matches
            if (date := _date(match.groupdict())) is not None
        ]
    dates.sort(key=lambda m: (m.start, -m.end))
    end = -1
    for dated in dates:
        if dated.start >= end:
            end = dated.end
            taken.append((dated.start, dated.end))
            yield dated
    at = 0
    for match in _YEAR_ALONE.finditer(text):
        while at < len(taken) and taken[at][1] <= match.start():
            at += 1
        if at < len(taken) and taken[at][0] < match.end():
            continue
        before = _word_before(text, match.start())
        if before in _BEFORE_YEAR or text[max(0, match.start() - 1) : match.start()] == "(":
            year = int(match["year"])
            date = Date((year, year), frozenset())
            yield Dated(*match.span(), date, before in _OPEN_ENDED)


def _date(parts: dict[str, str | None]) -> Date | None:
    """The date of a match's groups; None where no such day is."""
    if decade := parts.get("decade"):
        return Date((int(decade), int(decade) + 9), frozenset())
    year = parts.get("year")
    if (last := parts.get("last")) and year:
        end = int(last) if len(last) == 4 else int(year[:2] + last)
        return Date((int(year), end), frozenset()) if end >= int(year) else None
    years = None
    if year:
        full = int(year) if len(year) == 4 else 2000 + int(year)
        years = (full, full)
    if (first := parts.get("first")) and (second := parts.get("second")):
        a, b = int(first), int(second)
        days = frozenset((m, d) for m, d in ((a, b), (b, a)) if 0 < m <= 12 and 0 < d <= 31)
        return Date(years, days, (str(a), str(b))) if days else None
    name = (parts.get("month") or "").lower()
    month = MONTH_NUMBERS.get(name) or (int(name) if name.isdigit() else 0)
    day = int(number) if (number := parts.get("day")) else None
    if not 0 < month <= 12 or (day is not None and not 0 < day <= 31):
        return None
    return Date(years, frozenset([(month, day)]))


_WORD_BEFORE = expression(r"([^\W\d_]{1,30})[-\s]{1,2}$")


def _word_before(text: str, at: int) -> str:
    word = _WORD_BEFORE.search(text[max(0, at - 32) : at])
    return word[1].lower() if word else ""
