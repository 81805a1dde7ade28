"""Tables: each row by itself, with the names of its columns, whatever its cells span."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.documents.grids import Cell, row_texts


def heading(*texts: str) -> list[Cell]:
    return [Cell(text, header=True) for text in texts]


def cells(*texts: str) -> list[Cell]:
    return [Cell(text) for text in texts]


def texts(*rows: list[Cell]) -> list[str]:
    return list(row_texts(rows))


HEAD = heading("Van", "Rate", "Seats")


def test_each_row_bears_the_names_of_its_columns() -> None:
    assert texts(HEAD, cells("Uhu", "89 euros", "9")) == ["Uhu. Rate: 89 euros. Seats: 9."]


def test_an_empty_cell_keeps_its_column() -> None:
    assert texts(HEAD, cells("Uhu", "", "9")) == ["Uhu. Seats: 9."]
    assert texts(HEAD, cells("Uhu", "9")) == ["Uhu. Rate: 9."]  # a row that ends early


def test_a_cell_that_reaches_down_is_read_in_each_row() -> None:
    rows = [cells("Uhu", "89", "9"), [Cell("Falk"), Cell("64", rows=3), Cell("3")]]
    rows += [cells("Merle", "2"), cells("Dohle", "5")]
    assert texts(HEAD, *rows)[1:] == [
        "Falk. Rate: 64. Seats: 3.",
        "Merle. Rate: 64. Seats: 2.",
        "Dohle. Rate: 64. Seats: 5.",
    ]


def test_a_cell_that_reaches_across_is_read_in_each_column() -> None:
    row = [Cell("Monday"), Cell("closed", columns=2)]
    assert texts(heading("Day", "Morning", "Evening"), row) == [
        "Monday. Morning: closed. Evening: closed."
    ]


def test_headings_of_two_rows_are_one_name() -> None:
    above = [Cell("Model", rows=2, header=True), Cell("Price", columns=2, header=True)]
    rows = [above, heading("2023", "2024"), cells("Uhu", "5", "6")]
    assert texts(*rows) == ["Uhu. Price 2023: 5. Price 2024: 6."]


def test_a_row_across_the_table_names_those_below_it() -> None:
    group = [Cell("Buses", columns=3)]
    assert texts(HEAD, group, cells("Uhu", "89", "9")) == [
        "Buses",
        "Buses. Uhu. Rate: 89. Seats: 9.",
    ]


def test_two_columns_without_headings_are_names_and_values() -> None:
    rows = [cells("Colour", "red"), cells("Weight:", "5 kg"), cells("Note", "")]
    assert texts(*rows) == ["Colour: red.", "Weight: 5 kg.", "Note."]


def test_a_first_row_without_numbers_names_the_columns_of_numbers() -> None:
    rows = [cells("Van", "Rate", "Seats"), cells("Uhu", "89", "9")]
    assert texts(*rows) == ["Uhu. Rate: 89. Seats: 9."]
    words = [cells("Uhu", "big", "blue"), cells("Falk", "small", "red")]
    assert texts(*words) == ["Uhu. big. blue.", "Falk. small. red."]


def test_a_long_row_goes_on_with_its_name() -> None:
    names = heading("Van", *(f"Feature {n}" for n in range(30)))
    first, second, *_ = texts(names, cells("Uhu", *(f"value {n} of it" for n in range(30))))
    assert first.startswith("Uhu. Feature 0: value 0 of it.")
    assert second.startswith("Uhu. Feature")
    assert len(first) <= 500


def test_a_few_cells_that_claim_millions_of_places_stay_few() -> None:
    greedy = [[Cell("a", columns=1000, rows=65534)] * 20] * 50
    assert sum(map(len, texts(*greedy))) < 500_000
    vast = [[Cell("a" * 10_000, columns=1000, rows=65534)], cells("b")]
    assert sum(map(len, texts(*vast))) < 500_000


def test_a_long_text_is_not_repeated_with_each_row() -> None:
    long = "word " * 2_000
    rows = [cells("b", "c")] * 100
    assert sum(map(len, texts(heading(long, long), *rows))) < 50_000
    assert sum(map(len, texts([Cell(long, columns=2)], *rows))) < 50_000


CELLS = st.builds(
    Cell,
    st.text("ab1 ", max_size=3),
    columns=st.integers(0, 4),
    rows=st.integers(0, 4),
    header=st.booleans(),
)


@given(st.lists(st.lists(CELLS, max_size=5), max_size=6))
def test_no_value_is_lost(rows: list[list[Cell]]) -> None:
    text = " ".join(row_texts([heading("A", "B"), *rows]))
    for row in rows:
        for cell in row:
            assert cell.header or all(word in text for word in cell.text.split())


@given(st.lists(st.lists(CELLS, max_size=5), max_size=6))
def test_a_table_that_says_something_says_it(rows: list[list[Cell]]) -> None:
    said = any(cell.text.strip() for row in rows for cell in row)
    assert bool(list(row_texts(rows))) == said
