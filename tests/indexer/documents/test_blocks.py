"""Tables of pages: values or layout, sections, tables in cells, lists of definitions."""

from __future__ import annotations

from typing import Any

import pytest

from spanmem.indexer.documents.blocks import Block, Piece, flat
from spanmem.indexer.documents.extracted import Extracted
from spanmem.indexer.documents.html import page_from


def page(markup: str) -> Extracted:
    return page_from("a.html", markup.encode())


def rows(markup: str) -> list[str]:
    document = page(markup)
    return [document.text[start:end] for start, end in document.rows]


def table(*lines: str) -> str:
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        (("<th>Van<th>Rate<th>Seats", "<td>Uhu<td><td>9"), ["Uhu. Rate: –. Seats: 9."]),
        (("<td>Van<th>Rate<th>Seats", "<td>Uhu<td>5<td>9"), ["Uhu. Rate: 5. Seats: 9."]),
        (("<td><b>Plan</b><td><b>Help</b>", "<td>A<td>yes"), ["A. Help: yes."]),
        (("<th><th>2022<th>2023", "<th>Costs<td>3<td>&nbsp;"), ["Costs. 2022: 3. 2023: –."]),
        (
            ("<th>Model<td>Arn<td>Bror", "<th>Price<td>450<td>520", "<th>Mass<td><td>9 kg"),
            ["Arn. Price: 450. Mass: –.", "Bror. Price: 520. Mass: 9 kg."],
        ),
        (
            ("<th>Mon<td>9-12<td>14-18", "<th>Tue<td>closed<td>14-18"),
            ["Mon. 9-12. 14-18.", "Tue. closed. 14-18."],
        ),
        (("<th>Flue<td>", "<th>Fuel<td>pellets"), ["Flue.", "Fuel: pellets."]),
        (
            ("<th>Boat<th>Has<th>No", "<td>Skiff<td><ul><li>sail<li>oars</ul><td>1"),
            ["Skiff. Has: sail; oars. No: 1."],
        ),
        (
            ("<th>Plan<th>Help<th>No", "<td>A<td><img src=y.png alt=Yes><td>2"),
            ["A. Help: Yes. No: 2."],
        ),
        (
            ("<th>A<th>B<th>C", "<td>a<td>b<td>1", "<th>A<th>D<th>E", "<td>c<td>d<td>2"),
            ["a. B: b. C: 1.", "c. D: d. E: 2."],
        ),
        (
            ("<th>A<th>B<th>C", "<td style='display:none'>x<td>a<td>b<td>1"),
            ["a. B: b. C: 1."],
        ),
        (
            ("<th>A<th>B<th>C", "<td>a<td style='visibility:hidden'>x<td>1"),
            ["a. B: –. C: 1."],
        ),
    ],
)
def test_values_stand_with_their_names(lines: tuple[str, ...], texts: list[str]) -> None:
    assert rows(table(*lines)) == texts


def test_a_cell_reaches_no_further_than_its_section() -> None:
    markup = (
        "<table><tr><th>Trail<th>Grade<th>Guide<tbody><tr><td>Rim<td>easy<td rowspan=0>Ada"
        "<tr><td>Gorge<td>hard<tbody><tr><td>Ridge<td>black<td>Bo</table>"
    )
    assert rows(markup)[1:] == [
        "Gorge. Grade: hard. Guide: Ada.",
        "Ridge. Grade: black. Guide: Bo.",
    ]


def test_a_foot_that_is_written_first_comes_last() -> None:
    markup = "<table><thead><tr><th>A<th>B<tfoot><tr><td>Sum<td>9<tbody><tr><td>a<td>9</table>"
    assert rows(markup) == ["a. B: 9.", "Sum. B: 9."]


def test_a_caption_stands_before_the_rows_and_in_those_of_another_table_alike() -> None:
    single = "<table><caption>{}</caption><tr><th>Boat<th>Hour<tr><td>Skiff<td>9</table>"
    assert page(single.format("Summer")).text == "Summer\n\nSkiff. Hour: 9."
    assert rows(single.format("Summer") + single.format("Winter")) == [
        "Summer. Skiff. Hour: 9.",
        "Winter. Skiff. Hour: 9.",
    ]


def test_a_table_that_lays_out_a_page_is_read_as_text() -> None:
    inner = table("<th>Class<th>Start", "<td>Laser<td>10:15")
    for start in ("<table>", "<table role=presentation><tr><td>x<td>y"):
        document = page(f"{start}<tr><td>Menu<td><h1>Regatta</h1><p>It starts.</p>{inner}</table>")
        assert "Regatta\n\nIt starts.\n\nLaser. Start: 10:15." in document.text
        assert len(document.rows) == 1
    assert page(table("<td>One", "<td>Two")).text == "One\n\nTwo"
    assert page(table("<td>One", "<td>Two")).rows == ()


def test_a_small_table_in_a_cell_is_its_value_and_a_large_one_follows() -> None:
    outer = "<table><tr><th>Tent<th>Sizes<th>For<tr><td>Fjell<td>{}<td>winter</table>"
    small = table("<td>S<td>2 persons", "<td>L<td>5 persons")
    assert rows(outer.format(small)) == ["Fjell. Sizes: S: 2 persons. L: 5 persons. For: winter."]
    large = table(*(f"<td>Size {n}<td>{n} persons of any age" for n in range(20)))
    texts = rows(outer.format(large))
    assert texts[0] == "Fjell. Sizes: –. For: winter."
    assert texts[-1] == "Size 19: 19 persons of any age."


def test_short_definitions_are_names_and_values_and_long_ones_text() -> None:
    short = "<dl><dt>Height</dt><dd>9 m</dd><dt>Colours</dt><dd>red</dd><dd>grey</dd></dl>"
    assert rows(short) == ["Height: 9 m.", "Colours: red; grey."]
    long = f"<dl><dt>Height</dt><dd>{'It is high. ' * 20}</dd><dt>b</dt><dd>c</dd></dl>"
    assert rows(long) == []
    assert page(long).text.startswith("Height\n\nIt is high.")


def test_tables_of_other_elements_are_tables() -> None:
    head = "<div role=row><b role=columnheader>Hut</b><b role=columnheader>Beds</b></div>"
    body = "<div role=row><span role=cell>Alm</span><span role=cell>8</span></div>"
    assert rows(f"<div role=table>{head}{body}</div>") == ["Alm. Beds: 8."]


def test_a_question_is_read_with_its_answer_and_apart_from_others() -> None:
    markup = (
        "<h2>How long?</h2><p>30 days.</p><h2>Where?</h2><p>Here.</p><p>There.</p><h2>More</h2>"
    )
    assert rows(markup) == ["How long?\n30 days.", "Where?\nHere.\nThere."]
    assert rows(f"<h2>How long?</h2><p>{'very ' * 90}</p>") == []
    assert rows("<p>How long?</p><p>30 days.</p>") == []


def test_pieces_are_flat_however_deep_they_lie() -> None:
    pieces: list[Piece] = [Block("x")]
    deep: list[Any] = pieces
    for _ in range(50_000):
        deep = [deep]
    assert list(flat(deep)) == pieces
