"""A time is a place in the order of turns: where dates ascend, theirs; else by what came when."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spanmem.memory.database import Database
from spanmem.memory.turns import TurnRows
from tests.memory.conftest import DIM, vector
from tests.memory.test_turns import turn

_names = count()


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TurnRows]:
    """The turns of a memory, of which each example has a scope."""
    database = Database.create(tmp_path_factory.mktemp("m"), encoder="test", dim=DIM)
    yield TurnRows(database)
    database.close()


@settings(max_examples=25, deadline=None)
@given(minutes=st.lists(st.integers(0, 9), min_size=1, max_size=6), minute=st.integers(0, 9))
@example(minutes=[1, 5, 2], minute=3)
@example(minutes=[1, 2, 5], minute=3)
def test_a_time_cuts_the_order_in_two(rows: TurnRows, minutes: list[int], minute: int) -> None:
    scope, time = f"s{next(_names)}", f"2026-01-01T10:{minute:02}"
    for number, at in enumerate(minutes):
        asked = turn(f"{scope} {number}", "Q?", scope=scope, minute=at, answer=f"{scope} {number}")
        rows.add(asked, vector("Q"), keep=None)

    known = len(rows.of(scope, as_of=time))
    assert [t.id for t in rows.of(scope, as_of=time)] == [f"{scope} {n}" for n in range(known)]
    assert all(at > minute for at in minutes[known:])
    assert not known or minutes[known - 1] <= minute

    told = len(rows.notices)
    gone = rows.forget(scope, turn=None, before=time)
    left = minutes[gone:]
    assert [t.id for t in rows.of(scope)] == [f"{scope} {gone + n}" for n in range(len(left))]
    assert all(at < minute for at in minutes[:gone])
    assert not left or left[0] >= minute  # what is dated earlier came after what stays
    assert (len(rows.notices) > told) == any(at < minute for at in left)
    if minutes == sorted(minutes):
        assert (known, gone) == (
            sum(m <= minute for m in minutes),
            sum(m < minute for m in minutes),
        )
