"""Slides: each a page, with its title first, its text, tables and notes; nothing that is hidden."""

# ruff: noqa: E501 -- each document in a line

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from spanmem.core.errors import InputError
from spanmem.indexer.documents.extracted import Extracted
from spanmem.indexer.documents.presentation import read_presentation

Make = Callable[[Any], None]
BOX = (Inches(1), Inches(1), Inches(4), Inches(2))


def slide(deck: Any, title: str = "", body: str = "", layout: int = 1) -> Any:
    made = deck.slides.add_slide(deck.slide_layouts[layout])
    if title:
        made.shapes.title.text = title
    if body:
        made.placeholders[1].text = body
    return made


def read(tmp_path: Path, make: Make) -> Extracted:
    deck = Presentation()
    make(deck)
    deck.save(str(tmp_path / "a.pptx"))
    return read_presentation(tmp_path / "a.pptx")


def plain(deck: Any) -> None:
    slide(deck, "Vans", "The Uhu is big.\nIt has 9 seats.")


def box_before_title(deck: Any) -> None:
    made = slide(deck, "Vans", "Body.")
    box = made.shapes.add_textbox(*BOX)
    box.text_frame.text = "Beside."
    tree = made.shapes._spTree
    tree.insert(2, box._element)


def table(deck: Any, *rows: str, first: bool = True) -> Any:
    made = slide(deck, "Rates")
    lines = [row.split("|") for row in rows]
    frame = made.shapes.add_table(len(lines), len(lines[0]), *BOX)
    frame.table.first_row = first
    for line, texts in enumerate(lines):
        for column, text in enumerate(texts):
            frame.table.cell(line, column).text = text
    return frame.table


def merged(deck: Any) -> None:
    grid = table(deck, "Van|Rate|Seats", "Uhu|89|9", "Falk||3")
    grid.cell(1, 1).merge(grid.cell(2, 1))


def across(deck: Any) -> None:
    grid = table(deck, "Van|Rate|Seats", "Uhu|none|")
    grid.cell(1, 1).merge(grid.cell(1, 2))


def notes(deck: Any) -> None:
    slide(deck, "Vans", "Body.").notes_slide.notes_text_frame.text = "Say that it is new."


def hidden_slide(deck: Any) -> None:
    slide(deck, "Vans")
    slide(deck, "Secret")._element.set("show", "0")
    slide(deck, "More")


def hidden_shape(deck: Any) -> None:
    made = slide(deck, "Vans")
    for text in ("seen", "never"):
        box = made.shapes.add_textbox(*BOX)
        box.text_frame.text = text
    made.shapes[-1]._element.nvSpPr.cNvPr.set("hidden", "1")


def group(deck: Any) -> None:
    made = slide(deck, "Vans")
    inner = made.shapes.add_group_shape().shapes.add_group_shape()
    inner.shapes.add_textbox(*BOX).text_frame.text = "inside"


def runs(deck: Any) -> None:
    paragraph = slide(deck, "Vans", "It holds 10").placeholders[1].text_frame.paragraphs[0]
    for text, name, value in (("6", "baseline", "30000"), (" old", "strike", "sngStrike"), (" litres", "", "")):  # fmt: skip
        run = paragraph.add_run()
        run.text = text
        if name:
            run._r.get_or_add_rPr().set(name, value)


def lines(deck: Any) -> None:
    slide(deck, "Vans").placeholders[1].text_frame.text = "one\vtwo"


def chart(deck: Any) -> None:
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["May", "June"]
    data.add_series("Guests", (40, 55))
    slide(deck, "Guests").shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *BOX, data)


def numbers(deck: Any) -> None:
    from pptx.oxml.ns import qn

    frame = slide(deck, "Steps", "Drain it.\nDry it.").placeholders[1].text_frame
    for paragraph in frame.paragraphs:
        properties = paragraph._p.get_or_add_pPr()
        properties.append(properties.makeelement(qn("a:buAutoNum"), {"type": "arabicPeriod"}))


VARIANTS: dict[str, tuple[Make, str]] = {
    "a title and lines": (plain, "Vans\n\nThe Uhu is big.\nIt has 9 seats."),
    "a box that comes before the title": (box_before_title, "Vans\n\nBeside.\n\nBody."),
    "a table": (lambda d: table(d, "Van|Rate|Seats", "Uhu|89|9"), "Rates\n\nUhu. Rate: 89. Seats: 9."),
    "a table without a heading": (lambda d: table(d, "Van|Uhu", "Seats|9", first=False), "Rates\n\nVan: Uhu.\nSeats: 9."),
    "a cell that reaches down": (merged, "Rates\n\nUhu. Rate: 89. Seats: 9.\nFalk. Rate: 89. Seats: 3."),
    "a cell that reaches across": (across, "Rates\n\nUhu. Rate: none. Seats: none."),
    "notes": (notes, "Vans\n\nBody.\n\nSay that it is new."),
    "a hidden slide": (hidden_slide, "Vans\n\nMore"),
    "a hidden shape": (hidden_shape, "Vans\n\nseen"),
    "a group in a group": (group, "Vans\n\ninside"),
    "raised and struck out": (runs, "Vans\n\nIt holds 10⁶ litres"),
    "a line break": (lines, "Vans\n\none\ntwo"),
    "a chart": (chart, "Guests\n\nMay. Guests: 40.\nJune. Guests: 55."),
    "numbered lines": (numbers, "Steps\n\n1. Drain it.\n2. Dry it."),
}  # fmt: skip


@pytest.mark.parametrize(("make", "text"), VARIANTS.values(), ids=VARIANTS.keys())
def test_a_deck_says_what_it_shows(tmp_path: Path, make: Make, text: str) -> None:
    document = read(tmp_path, make)
    assert document.text == text
    assert document.title == text.split("\n")[0]


def test_slides_are_pages_hidden_ones_too(tmp_path: Path) -> None:
    document = read(tmp_path, hidden_slide)
    assert document.pages == (0, 6, 6)
    assert document.text[document.pages[2] :] == "More"


@pytest.mark.parametrize("part", ["ppt/presentation.xml", "ppt/slides/slide1.xml", "_rels/.rels"])
def test_a_broken_deck_is_told_in_one_line(tmp_path: Path, part: str) -> None:
    read(tmp_path, plain)
    raw = io.BytesIO((tmp_path / "a.pptx").read_bytes())
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(tmp_path / "a.pptx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name)[: 200 if name == part else None])
    with pytest.raises(InputError, match=r"a\.pptx: no readable PowerPoint file") as caught:
        read_presentation(tmp_path / "a.pptx")
    assert "\n" not in str(caught.value)
