"""Numbers in tables: what is an amount, and what is a name made of digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.numbers import number_columns, typed


def columns(name: str, cells: list[str]) -> frozenset[str]:
    rows = [{name: cell} for cell in cells]
    numbers, again = number_columns(rows, lambda row: row)
    assert list(again) == rows
    return numbers


@given(st.lists(st.integers(-(10**14), 10**14), min_size=1))
def test_whole_numbers_are_numbers(values: list[int]) -> None:
    assert columns("n", list(map(str, values))) == {"n"}
    assert [typed(str(value)) for value in values] == values


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1), st.integers(1, 4))
def test_amounts_are_rounded_alike(values: list[int], places: int) -> None:
    cells = [f"{value / 10**places:.{places}f}" for value in values]
    assert columns("price", cells) == {"price"}
    assert [typed(cell) for cell in cells] == list(map(float, cells))


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("code", ["01067", "10115"]), ("zip", ["90210"]), ("Postal Code", ["90210"]),
        ("PLZ", ["10115"]), ("phone", ["5550101"]), ("Tel", ["5550101"]), ("a", ["+4930123"]),
        ("version", ["2"]), ("python", ["3.9", "3.10"]), ("v", ["1.2.3"]), ("n", ["3,5"]),
        ("n", ["1e5"]), ("n", ["5", "n/a"]), ("n", ["", ""]), ("n", ["12345678901234567890"]),
        ("n", ["0x1F"]), ("n", ["٣"]), ("isbn", ["9783161484100"]), ("n", ["2024-01-31"]),
    ],
)  # fmt: skip
def test_names_made_of_digits_stay_texts(name: str, cells: list[str]) -> None:
    assert columns(name, cells) == frozenset()


def test_an_empty_cell_says_nothing_and_a_late_text_stays_one() -> None:
    assert columns("n", ["1", "", "2"]) == {"n"}
    assert columns("n", [*map(str, range(500)), "none"]) == {"n"}
    assert [typed(cell) for cell in ("", " 7 ", "none")] == [None, 7, "none"]
