"""Moments: one form, whatever was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.core.times import moment, now, utc

ZONES = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(
    lambda shift: timezone(timedelta(minutes=shift // timedelta(minutes=1)))
)
TIMES = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES)


@pytest.mark.parametrize(
    "text", ["2026-11-23T20", "2026-11-23T20:00Z", "2026-11-23T21:00+01:00", " 2026-11-23 20:00\n"]
)
def test_times_are_brought_into_one_form(text: str) -> None:
    assert moment(text) == "2026-11-23T20:00:00.000000+00:00"


@pytest.mark.parametrize("text", ["yesterday", "", "2027-13-01", "9999-12-31T23:59-05:00"])
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match=r"is no time; write one in UTC, such as 2026-"):
        moment(text)


@given(TIMES, TIMES)
def test_moments_sort_as_text(first: datetime, second: datetime) -> None:
    assert (utc(first) < utc(second)) == (first < second)
    assert datetime.fromisoformat(utc(first)) == first
    assert moment(utc(first)) == utc(first)


def test_a_time_without_a_zone_is_in_utc() -> None:
    assert utc(datetime(2026, 1, 2)) == "2026-01-02T00:00:00.000000+00:00"


def test_now_is_the_clocks_time() -> None:
    before = datetime.now(UTC)
    assert before <= datetime.fromisoformat(now()) <= datetime.now(UTC)
