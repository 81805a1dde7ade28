"""Sheets: cells anywhere -> lines and tables, none lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.documents.extracted import TextBuilder
from spanmem.indexer.documents.sheets import Sheet, SheetCell, add_sheet

PLACES = st.tuples(st.integers(1, 12), st.integers(1, 8))


def text_of(
    cells: dict[tuple[int, int], str],
    heads: frozenset[int] = frozenset(),
    hidden: frozenset[int] = frozenset(),
) -> str:
    sheet = Sheet("Name", heads=set(heads), hidden=set(hidden))
    for (row, column), text in cells.items():
        sheet.rows.setdefault(row, []).append(SheetCell(column, text, text.isdigit()))
    builder = TextBuilder()
    add_sheet(builder, sheet)
    return builder.extracted().text


@given(st.dictionaries(PLACES, st.text("123", min_size=1, max_size=3), max_size=30))
def test_no_value_is_lost(cells: dict[tuple[int, int], str]) -> None:
    text = text_of(cells)
    assert all(value in text for value in cells.values())


def test_empty_rows_divide_tables_and_hidden_rows_do_not() -> None:
    rows = {
        (1, 1): "Van",
        (1, 2): "Rate",
        (2, 1): "Uhu",
        (2, 2): "89",
        (4, 1): "Falk",
        (4, 2): "64",
    }
    assert text_of(rows, heads=frozenset({1})) == "Name\n\nUhu. Rate: 89.\n\nFalk: 64."
    assert (
        text_of(rows, heads=frozenset({1}), hidden=frozenset({3}))
        == "Name\n\nUhu. Rate: 89.\nFalk. Rate: 64."
    )


def test_rows_that_the_file_names_are_headings() -> None:
    rows = {(1, 1): "Key", (1, 2): "Value", (2, 1): "Colour", (2, 2): "red"}
    assert text_of(rows) == "Name\n\nKey: Value.\nColour: red."
    assert text_of(rows, heads=frozenset({1})) == "Name\n\nColour. Value: red."


def test_nothing_is_said_of_an_empty_sheet() -> None:
    assert text_of({}) == ""
