"""Date parsing: what texts of documents' metadata say of a day, in the order of ISO 8601. Pure.

    3 May 2024, May 3rd, 2024, 03.05.2024, 2024/5/3, 20240503, Fri, 03 May 2024 10:00 GMT

are 2024-05-03. Of 05/03/2024 the two first numbers may be a day and a month or a month and a day:
both are said, and where other dates of its column show which comes first, the right one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ..core.expressions import expression

__all__ = ["dates_in", "day_comes_first"]

_MONTHS = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_REST = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december", "sept",
)  # fmt: skip
_MONTH = rf"(?P<name>{'|'.join((*_REST, *_MONTHS))})\.?"
_TIME = r"(?:[ ,T]{1,3}(?:at )?\d{1,2}:\d{2}[^\n]{0,40})?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?[ ]{1,3})?"
_YEAR = r"(?P<year>(?:1[0-9]|20|21)[0-9]{2})"
_FORMS = tuple(
    expression(form, re.IGNORECASE)
    for form in (
        rf"{_YEAR}([-/.])(?P<month>\d{{1,2}})(?:\2(?P<day>\d{{1,2}}){_TIME})?",
        rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)(?:T\d{{4,6}}Z?)?",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?[ -]{{0,2}}(?:of )?{_MONTH},?[ -]{{0,2}}"
        rf"{_YEAR}{_TIME}",
        rf"{_WEEKDAY}{_MONTH}[ ](?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[ ]{{1,3}}{_YEAR}{_TIME}",
        rf"{_WEEKDAY}{_MONTH}[ ]{{1,3}}(?P<day>\d{{1,2}})[ ]\d\d:\d\d:\d\d[ ](?:[a-z]{{3,4}}[ ])?"
        rf"{_YEAR}",
        rf"{_MONTH},?[ -]{{1,2}}{_YEAR}",
    )
)
_EITHER = expression(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2((?:19|20)?\d\d){_TIME}", re.IGNORECASE)
"""Two numbers before the year; with full stops between them the day comes first everywhere."""
_CENTURY = 69
"""Years of two digits from here on are of the twentieth century, as POSIX reads them."""
_LONGEST = 80


def dates_in(text: str, day_first: bool | None = None) -> tuple[str, ...]:
    """The dates that a text may wholly be: none, one, or two where day and month could change.

    As `2024-05-03`, or `2024-05` where it says no day. `day_first` says what is known of the order.
    """
    text = " ".join(text[: _LONGEST + 1].split())
    if len(text) > _LONGEST:
        return ()
    if (either := _EITHER.fullmatch(text)) is not None:
        return tuple(dict.fromkeys(_either(either, day_first)))
    for form in _FORMS:
        if (match := form.fullmatch(text)) is not None:
            parts = match.groupdict()
            name = parts.get("name")
            month = _MONTHS.index(name[:3].lower()) + 1 if name else int(parts["month"])
            day = _day(int(parts["year"]), month, parts.get("day"))
            return () if day is None else (day,)
    return ()


def day_comes_first(text: str) -> bool | None:
    """Whether the first number of a date is a day for certain, or a month; None: it tells not."""
    either = _EITHER.fullmatch(" ".join(text[: _LONGEST + 1].split()))
    if either is None or either[2] == ".":
        return None
    readings = [_day(_year(either[4]), int(m), d) for m, d in _orders(either)]
    if (readings[0] is None) == (readings[1] is None):
        return None
    return readings[0] is not None


def _orders(either: re.Match[str]) -> tuple[tuple[str, str], tuple[str, str]]:
    """Month and day, if the day comes first, and if the month does."""
    return (either[3], either[1]), (either[1], either[3])


def _either(either: re.Match[str], day_first: bool | None) -> Iterator[str]:
    day_first = True if either[2] == "." else day_first
    for first, (month, day) in zip((True, False), _orders(either), strict=True):
        read = _day(_year(either[4]), int(month), day)
        if read is not None and day_first in (None, first):
            yield read


def _year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (1900 if int(digits) >= _CENTURY else 2000)


def _day(year: int, month: int, day: str | None) -> str | None:
    try:
        whole = date(year, month, int(day) if day else 1)
    except ValueError:
        return None
    return whole.isoformat() if day else whole.isoformat()[:7]
