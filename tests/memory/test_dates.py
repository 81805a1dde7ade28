"""Dates of any notation, against what Python writes for them."""

from __future__ import annotations

from datetime import date, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.memory.dates import dates_in, day_comes_first

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
WRITTEN = [
    "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b. %d, %Y",
    "%A, %d %B %Y", "%Y-%m-%dT10:00:00Z", "%Y-%m-%d 10:00", "%d-%b-%Y", "%a %b %d 10:00:00 %Y",
    "%dth of %B %Y", "%d %B %Y at 10:00",
]  # fmt: skip


@given(DAYS, st.sampled_from(WRITTEN))
def test_a_day_is_read_however_it_is_written(day: date, form: str) -> None:
    assert dates_in(day.strftime(form)) == (day.isoformat(),)
    assert dates_in(day.strftime(form).upper()) == (day.isoformat(),)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))
def test_the_date_of_a_mail_is_read(when: datetime) -> None:
    assert dates_in(format_datetime(when)) == (when.date().isoformat(),)


@given(DAYS, st.sampled_from("/-"))
def test_two_numbers_are_read_both_ways_unless_one_is_no_month(day: date, sign: str) -> None:
    text = day.strftime(f"%d{sign}%m{sign}%Y")
    assert day.isoformat() in dates_in(text)
    assert dates_in(text, day_first=True) == (day.isoformat(),)
    known = day_comes_first(text)
    assert known is (True if day.day > 12 else None)
    assert len(dates_in(text)) == (1 if day.day > 12 or day.day == day.month else 2)


@pytest.mark.parametrize(
    "text",
    ["", "spring", "n/a", "1200", "1.10", "2024", "31.02.2024", "13/13/2024", "99999999", "12 May",
     "3 Maybe 2024", "version 3.5.2024", "2024-13-01", "3 May 2024 and later", "x" * 200],
)  # fmt: skip
def test_other_texts_are_no_dates(text: str) -> None:
    assert dates_in(text) == ()


def test_a_month_is_a_date_without_a_day() -> None:
    assert dates_in("May 2024") == dates_in("2024-05") == ("2024-05",)
