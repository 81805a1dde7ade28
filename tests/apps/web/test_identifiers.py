"""Identifiers sort by time."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.web.identifiers import ALPHABET, base32, new_id


def test_what_is_made_later_sorts_later() -> None:
    earlier = new_id()
    time.sleep(0.002)
    assert earlier < new_id()
    assert len(earlier) == 26
    assert set(earlier) <= set(ALPHABET)


def test_no_two_are_the_same() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


@given(st.integers(0, 2**50 - 1), st.integers(0, 2**50 - 1))
def test_base_32_keeps_order_and_tells_numbers_apart(first: int, second: int) -> None:
    assert (base32(first, 10) < base32(second, 10)) == (first < second)
    assert (base32(first, 10) == base32(second, 10)) == (first == second)
