"""Reading order, columns, form values and tables, by the boxes of lines."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.documents.pdf import text_of
from spanmem.indexer.documents.pdf_layout import Row, checked_boxes, rows_of, tables_in
from spanmem.indexer.documents.pdf_pages import Field, FieldKind, Line, Page


def line(text: str, x: float, y: float, *, height: float = 10.0, level: bool = True) -> Line:
    """A line whose letters are half as wide as high."""
    return Line(text, x, y, x + height / 2 * len(text), y + height, level)


def field(
    name: str, value: str, x: float, y: float, width: float = 100.0, kind: FieldKind = "text"
) -> Field:
    return Field(kind, name, value, x, y, x + width, y + 16)


def texts(*lines: Line, fields: tuple[Field, ...] = ()) -> list[str]:
    return [row.text for row in rows_of(Page(lines, fields))]


def prose(rng: random.Random, lines: int) -> list[str]:
    words = ["pump", "valve", "motor", "filter", "rotor", "nozzle", "gasket", "spring", "lever"]
    return [" ".join(rng.choices(words, k=6)).ljust(38, "s") for _ in range(lines)]


def test_lines_of_one_base_line_are_one_row() -> None:
    assert texts(line("The floor is 10²", 72, 700), line("m wide.", 160, 701)) == [
        "The floor is 10² m wide."
    ]


@given(st.permutations(range(6)))
def test_a_page_of_one_column_is_read_from_its_top(order: list[int]) -> None:
    lines = [line(f"line number {at}", 72, 700 - 14 * at) for at in range(6)]
    assert texts(*(lines[at] for at in order)) == [f"line number {at}" for at in range(6)]


@pytest.mark.parametrize("shift", [0.0, 3.0, 6.0])
def test_columns_drawn_one_after_the_other_stay_so(shift: float) -> None:
    left = [line(text, 60, 700 - 14 * at) for at, text in enumerate(prose(random.Random(1), 8))]
    right = [
        line(text, 330, 700 - shift - 14 * at) for at, text in enumerate(prose(random.Random(2), 8))
    ]
    assert texts(*left, *right) == [one.text for one in (*left, *right)]


@pytest.mark.parametrize("seed", range(6))
def test_columns_drawn_across_are_read_one_after_the_other(seed: int) -> None:
    rng = random.Random(seed)
    left, right = prose(rng, rng.randint(6, 20)), prose(rng, rng.randint(6, 20))
    lines = [line("A heading over both columns", 60, 730, height=16)]
    for at in range(max(len(left), len(right))):
        lines += [line(text, 60, 700 - 14 * at) for text in left[at : at + 1]]
        lines += [line(text, 330, 700 - 14 * at) for text in right[at : at + 1]]
    assert texts(*lines) == ["A heading over both columns", *left, *right]


def test_a_table_of_two_columns_is_read_row_by_row() -> None:
    values = [("Weight", "9 kilograms"), ("Colour", "dark blue"), ("Length", "40 centimetres")] * 2
    cells = [
        line(text, 60 + 150 * side, 700 - 14 * at)
        for at, row in enumerate(values)
        for side, text in enumerate(row)
    ]
    assert texts(*cells)[:2] == ["Weight 9 kilograms", "Colour dark blue"]


def test_rotated_text_stands_after_the_page() -> None:
    stamp = Line("DRAFT", 300, 100, 312, 400, False)
    assert texts(stamp, line("It is blue.", 72, 700)) == ["It is blue.", "DRAFT"]


LABELS = ("Applicant", "Date of birth", "Contract number", "E-mail")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("layout", ["beside", "above", "bare"])
def test_a_forms_value_is_read_where_it_stands(layout: str, seed: int) -> None:
    rng = random.Random(seed)
    lines, fields = [line("Application", 72, 760)], []
    columns = rng.choice([1, 2])
    for at, label in enumerate(LABELS):
        x, y = 72 + 240 * (at % columns), 700 - 48 * (at // columns)
        name = label if layout == "bare" else rng.choice([label, f"form1[0].Text{at}[0]", ""])
        if layout != "bare":
            lines.append(line(label + ":" * (layout == "beside"), x, y))
        place = (x, y - 20) if layout == "above" else (x + 90, y - 3)
        fields.append(field(name, f"value {at}", *place, 120))
    rng.shuffle(fields)
    rows = " / ".join(texts(*lines, fields=tuple(fields)))
    for at, label in enumerate(LABELS):
        if layout == "above":  # two labels may share a row, and their values the next
            assert rows.index(label) < rows.index(f"value {at}")
        else:
            assert f"{label}: value {at}" in rows


def test_labels_with_their_values_side_by_side_are_no_table() -> None:
    lines = [
        line(label, 72 + 240 * (at % 2), 700 - 48 * (at // 2)) for at, label in enumerate(LABELS)
    ]
    fields = [
        field(label.replace(" ", ""), "of old", one.x1 + 20, one.y0 - 3)
        for label, one in zip(LABELS, lines, strict=True)
    ]
    extracted = text_of("", [Page(tuple(lines), tuple(fields))])
    assert extracted.rows == ()
    assert all(f"{label} of old" in extracted.text for label in LABELS)


def test_a_name_that_only_programs_use_is_not_shown() -> None:
    for name in ("Text1", "form1[0].#subform[0].f1_02[0]", "Check Box 3", "undefined_2", "7"):
        assert texts(fields=(field(name, "blue", 72, 700),)) == ["blue"]
    assert texts(fields=(field("form1[0].DateOfBirth[0]", "May", 72, 700),)) == [
        "Date Of Birth: May"
    ]


@pytest.mark.parametrize(
    ("name", "value", "label", "told"),
    [
        ("Check Box1", "Yes", "Express delivery", "Express delivery: Yes."),
        ("express", "On", "Express delivery", "Express delivery: Yes."),
        ("express_delivery", "Yes", "", "Express delivery: Yes."),
        ("payment", "Card", "Card or giro", "Payment: Card or giro."),
        ("payment", "Card", "", "Payment: Card."),
        ("Group1", "Choice2", "By post", "By post: Yes."),
    ],
)
def test_a_checked_box_says_what_is_checked(name: str, value: str, label: str, told: str) -> None:
    lines = (line(label, 95, 700),) if label else ()
    page = Page(lines, (field(name, value, 72, 698, 14, "check"),))
    assert list(checked_boxes(page)) == [told]
    assert texts(*lines, fields=page.fields) == [label] * bool(label)
    assert told in text_of("", [page]).text


def test_a_box_after_its_label_takes_that() -> None:
    page = Page((line("Smoker", 72, 700),), (field("cb_1", "1", 110, 698, 14, "check"),))
    assert list(checked_boxes(page)) == ["Smoker: Yes."]


@pytest.mark.parametrize("seed", range(6))
def test_each_row_of_a_table_has_its_columns_names(seed: int) -> None:
    rng = random.Random(seed)
    names = ["Model", *rng.sample(["Rate", "Seats", "Weight", "Colour"], rng.randint(2, 4))]
    rows = [
        [f"Bus {chr(65 + at)}", *(f"{rng.randint(1, 99)} units" for _ in names[1:])]
        for at in range(rng.randint(2, 6))
    ]
    right = rng.random() < 0.5
    cells: list[Line] = []
    for at, row in enumerate([names, *rows]):
        for column, text in enumerate(row):
            cell = line(text, 72 + 100 * column, 700 - 18 * at)
            shift = 72 + 100 * column + 60 - cell.x1 if right else 0.0
            cells.append(Line(cell.text, cell.x0 + shift, cell.y0, cell.x1 + shift, cell.y1))
    extracted = text_of("", [Page((line("All of our models:", 72, 740), *cells))])
    wanted = [
        f"{row[0]}. "
        + " ".join(f"{name}: {text}." for name, text in zip(names[1:], row[1:], strict=True))
        for row in rows
    ]
    assert [extracted.text[start:end] for start, end in extracted.rows] == wanted


def test_prose_code_and_lists_are_no_tables() -> None:
    item = [line("•", 72, 700 - 14 * at) for at in range(4)]
    said = [line(f"A standard way of {at}", 90, 700 - 14 * at) for at in range(4)]
    lines = [one for pair in zip(item, said, strict=True) for one in pair]
    assert tables_in(rows_of(Page(tuple(lines)))) == []
    assert texts(*lines)[0] == "• A standard way of 0"
    code = [
        line(text, 72 + 120 * (at % 2), 700 - 14 * (at // 2))
        for at, text in enumerate(["r", "INTEGER,"] * 4)
    ]
    assert tables_in(rows_of(Page(tuple(code)))) == []
    assert tables_in([]) == []


def many_lines(size: int) -> Page:
    return Page(tuple(line(f"It is blue {at}.", 72, 10.0 * at) for at in range(size)))


def many_cells(size: int) -> Page:
    return Page(tuple(line("long cell " * 6, 400.0 * (at % 2), -10.0 * at) for at in range(size)))


def many_on_a_row(size: int) -> Page:
    return Page(tuple(line("word", 60.0 * at, 700) for at in range(size)))


def many_fields(size: int) -> Page:
    lines = many_lines(size).lines
    return Page(lines, tuple(field(f"Name {at}", "x", 300, 10.0 * at) for at in range(size)))


def many_boxes(size: int) -> Page:
    boxes = (field("Name", "Yes", 60, 700, 10, "check") for _ in range(size))
    return Page((line("Name", 72, 700),) * size, tuple(boxes))


def many_overlaid(size: int) -> Page:
    return Page((line("It is blue.", 72, 700),) * size, (field("Name", "x", 300, 700),) * size)


@pytest.mark.parametrize(
    "make", [many_lines, many_cells, many_on_a_row, many_fields, many_boxes, many_overlaid]
)
@pytest.mark.parametrize("pages", [1, 0])
def test_reading_takes_no_more_than_n_log_n_steps(make: Callable[[int], Page], pages: int) -> None:
    def steps(size: int) -> int:
        count = 0

        def trace(*_: object) -> Any:
            nonlocal count
            count += 1
            return trace

        page = [make(size)] if pages else [make(2)] * size
        former = sys.gettrace()  # that of the coverage, if it is measured
        sys.settrace(trace)  # counts lines of code too: loops that call nothing
        try:
            text_of("", page)
        finally:
            sys.settrace(former)
        return count

    assert steps(300) < 2.5 * steps(150)


@given(
    st.lists(
        st.builds(
            line,
            st.sampled_from(["a", "It is", "1", "Page 2", "•", "heat-", "Weight: 9"]),
            st.floats(0, 600),
            st.floats(0, 800),
            height=st.floats(0.0, 30.0),
            level=st.booleans(),
        ),
        max_size=12,
    )
)
def test_no_line_of_a_page_is_lost_or_told_twice(lines: list[Line]) -> None:
    rows = rows_of(Page(tuple(lines)))
    assert sorted("".join(row.text for row in rows).replace(" ", "")) == sorted(
        "".join(one.text for one in lines).replace(" ", "")
    )
    assert all(isinstance(row, Row) and row.cells for row in rows)
