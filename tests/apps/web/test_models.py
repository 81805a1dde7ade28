"""Lists in parts, and what a request may hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from spanmem.apps.web.models import Body, page, read_cursor
from spanmem.core.errors import InputError


@given(st.lists(st.text(max_size=8), unique=True, max_size=30), st.integers(1, 7))
def test_the_parts_of_a_list_are_the_list(places: list[str], limit: int) -> None:
    places, shown, cursor = sorted(places), list[str](), None
    while True:
        after = read_cursor(cursor)
        rest = [place for place in places if after is None or place > after]
        part = page(rest[: limit + 1], limit, str, str)
        assert len(part["items"]) <= limit
        shown += part["items"]
        cursor = part["next"]
        if cursor is None:
            break
    assert shown == places


@pytest.mark.parametrize("cursor", ["ab cd", "!", "_w", "é"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InputError, match="as it is"):
        read_cursor(cursor)


@given(st.text(max_size=50))
def test_no_cursor_is_a_fault(cursor: str) -> None:
    try:
        assert isinstance(read_cursor(cursor), str)
    except InputError:
        return


class Kettle(Body):
    litres: float
    name: str = ""


def test_nothing_unknown_is_taken_and_nothing_converted() -> None:
    assert Kettle.model_validate({"litres": 1.5}).name == ""
    for table in ({"litres": "1"}, {"litres": float("nan")}, {"litres": 1, "name": None}):
        with pytest.raises(ValidationError):
            Kettle.model_validate(table)
    with pytest.raises(ValidationError, match="did you mean 'litres'"):
        Kettle.model_validate({"liters": 1})
    with pytest.raises(ValidationError, match="known are litres, name"):
        Kettle.model_validate({"volume_in_cups": 1})
