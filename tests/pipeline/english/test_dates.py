"""Days, months and years, and which may be the same."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.english.dates import Date, dates_in


def the_date(text: str) -> Date:
    (dated,) = dates_in(text)
    return dated.date


def forms(day: date) -> list[str]:
    name = day.strftime("%B")
    return [
        f"{day.day} {name} {day.year}",
        f"{name} {day.day}, {day.year}",
        f"{day.day}th of {name} {day.year}",
        f"{name[:3]}. {day.day}, {day.year}",
        f"{day.day} {name[:3].lower()} {day.year}",
        day.isoformat(),
        f"{day.day}.{day.month}.{day.year}",
        f"{day:%d.%m.%Y}",
        f"{day:%d/%m/%Y}",
        f"{day:%m/%d/%Y}",
    ]


DAYS = st.dates(date(1600, 1, 1), date(2090, 1, 1))


@given(DAYS, st.integers(0, 9), st.integers(0, 7))
def test_a_day_is_the_same_in_all_its_forms(day: date, one: int, other: int) -> None:
    assert the_date(f"On {forms(day)[one]} it fell").agrees(the_date(forms(day)[other]))


@given(DAYS, st.integers(1, 4000), st.integers(0, 7), st.integers(0, 7))
def test_another_day_is_not(day: date, later: int, one: int, other: int) -> None:
    another = day + timedelta(days=later)
    assert not the_date(forms(day)[one]).agrees(the_date(forms(another)[other]))


@given(DAYS)
def test_slashed_dates_are_compared_in_order(day: date) -> None:
    swapped = the_date(f"{day:%d/%m/%Y}").agrees(the_date(f"{day:%m/%d/%Y}"))
    assert swapped is (day.day == day.month)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("in 2021", "3 March 2021", True),
        ("March 2021", "3 March 2021", True),
        ("3 March", "March 3, 2021", True),
        ("in 2012", "1990–2015", True),
        ("in 1994", "the 1990s", True),
        ("in 2018", "between 2019 and 2021", False),
        ("April 2021", "3 March 2021", False),
        ("in 1989", "the 1990s", False),
    ],
)
def test_what_one_does_not_say_does_not_part_them(one: str, other: str, same: bool) -> None:
    assert the_date(one).agrees(the_date(other)) is same
