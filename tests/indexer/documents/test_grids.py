"""Tables: each row by itself, with the names of its columns, whatever its cells span."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from spanmem.indexer.documents.grids import Cell, row_texts, share_rows


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
    assert texts(HEAD, cells("Uhu", "", "9")) == ["Uhu. Rate: –. Seats: 9."]
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


def test_headings_of_two_rows_are_one_name_though_nothing_marks_them() -> None:
    head = [Cell("Box", rows=2), Cell("Home", columns=2), Cell("Abroad", columns=2)]
    names = cells("Slow", "Fast", "Slow", "Fast")
    assert texts(head, names, cells("Small", "5 €", "9 €", "8 €", "28 €")) == [
        "Small. Home Slow: 5 €. Home Fast: 9 €. Abroad Slow: 8 €. Abroad Fast: 28 €."
    ]
    values = [cells("Small", "5 €", "9 €", "8 €", "28 €"), cells("Big", "6 €", "9 €", "9 €", "30")]
    assert "Home 5 €" not in " ".join(texts([Cell("Box"), *head[1:]], *values))


def test_a_row_across_the_table_names_those_below_it() -> None:
    group = [Cell("Buses", columns=3)]
    assert texts(HEAD, group, cells("Uhu", "89", "9")) == [
        "Buses",
        "Buses. Uhu. Rate: 89. Seats: 9.",
    ]


def test_two_columns_without_headings_are_names_and_values() -> None:
    rows = [cells("Colour", "red"), cells("Weight:", "5 kg"), cells("Note", "")]
    assert texts(*rows) == ["Colour: red.", "Weight: 5 kg.", "Note."]
    assert texts(cells("Free?", "yes")) == ["Free? yes."]


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


def test_a_row_across_the_top_is_no_heading_of_columns() -> None:
    across = [Cell("Fleet", columns=3, header=True)]
    assert texts(across, HEAD, cells("Uhu", "89", "9")) == [
        "Fleet",
        "Fleet. Uhu. Rate: 89. Seats: 9.",
    ]
    assert texts(HEAD, across, cells("Uhu", "89", "9"))[1] == "Fleet. Uhu. Rate: 89. Seats: 9."
    assert texts(across, [Cell("Hire", columns=3)]) == ["Fleet", "Hire"]


def test_headings_further_down_name_the_rows_below_them() -> None:
    rows = [cells("Uhu", "89", "9"), heading("Boat", "Hour", "Berths"), cells("Skiff", "6", "4")]
    assert texts(HEAD, *rows)[1:] == ["Skiff. Hour: 6. Berths: 4."]
    assert texts(HEAD, cells("Uhu", "89", "9"), heading("a", "b", "c"))[1:] == ["a b c"]


def test_a_marked_cell_alone_names_the_rows_below_it_unless_headings_name_rows() -> None:
    group = [Cell("Buses", header=True), Cell(""), Cell("")]
    assert texts(HEAD, group, cells("Uhu", "89", "9"))[1] == "Buses. Uhu. Rate: 89. Seats: 9."
    named = [Cell("Uhu", header=True), Cell("89"), Cell("9")]
    assert texts(HEAD, group, named) == ["Buses.", "Uhu. Rate: 89. Seats: 9."]


def test_headings_at_the_left_turn_the_table_where_the_first_row_names_things() -> None:
    rows = [[Cell("Model", header=True), *cells("Arn", "Bror")]]
    rows.append([Cell("Price", header=True), *cells("450", "")])
    assert texts(*rows, [Cell("Mass", header=True), *cells("9 kg", "8 kg")]) == [
        "Arn. Price: 450. Mass: 9 kg.",
        "Bror. Price: –. Mass: 8 kg.",
    ]
    hours = [[Cell("Mon", header=True), *cells("9-12", "14-18")]]
    hours.append([Cell("Tue", header=True), *cells("9-12", "15-18")])
    assert texts(*hours) == ["Mon. 9-12. 14-18.", "Tue. 9-12. 15-18."]


def test_a_title_stands_before_each_row() -> None:
    rows = [HEAD, cells("Uhu", "89", "9")]
    assert list(row_texts(rows, "Summer")) == ["Summer. Uhu. Rate: 89. Seats: 9."]


def test_tables_share_rows_by_name_and_headings_do_not_count() -> None:
    summer, winter = [HEAD, cells("Uhu", "9", "9")], [HEAD, cells("Uhu", "6", "9")]
    assert share_rows([summer, (), winter, [HEAD, cells("Falk", "1", "2")]]) == [
        True,
        False,
        True,
        False,
    ]


def test_many_rows_of_headings_make_no_endless_names() -> None:
    rows = [heading(*["name " * 20] * 3)] * 400 + [cells("a", "b", "c")] * 400
    assert sum(map(len, texts(*rows))) < 400_000


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
@example([[], [Cell("b"), Cell(""), Cell("a"), Cell("")]])  # a form that nobody has filled in
def test_a_table_that_says_something_says_it(rows: list[list[Cell]]) -> None:
    said = any(cell.text.strip() for row in rows for cell in row)
    assert bool(list(row_texts(rows))) == said


def test_a_remark_across_columns_stands_once_after_their_names() -> None:
    head = [Cell(name, header=True) for name in ("Plan", "Seats", "Price", "Term")]
    remark = [Cell("Team"), Cell("25"), Cell("on request, ask us", columns=2)]
    assert list(row_texts([head, remark])) == ["Team. Seats: 25. Price, Term: on request, ask us."]
    plain = [
        [Cell("Ann"), Cell("5"), Cell("9")],
        [Cell("a remark of some", columns=2), Cell("x")],
    ]
    assert [text.count("remark") for text in row_texts(plain)][1] == 1


def test_a_form_has_each_value_after_its_label() -> None:
    form = [
        [Cell("Tag"), Cell("KX-20417"), Cell("Handed to"), Cell("Mirela")],
        [Cell("Bought"), Cell("14 March"), Cell("Serial"), Cell("SN99")],
        [Cell("Remarks"), Cell("Left hinge is loose", columns=3)],
    ]
    assert list(row_texts(form)) == [
        "Tag: KX-20417. Handed to: Mirela.",
        "Bought: 14 March. Serial: SN99.",
        "Remarks: Left hinge is loose.",
    ]
