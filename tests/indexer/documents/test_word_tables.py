"""Word's tables: cells that span, rows that are headings, tables that lay out a page."""

from __future__ import annotations

from typing import Any

import lxml.etree as etree
import pytest

from spanmem.indexer.documents.word_styles import Styles
from spanmem.indexer.documents.word_tables import bold_rows, is_layout, spanned, table_rows

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def cell(text: str, properties: str = "", *, bold: bool = False) -> str:
    run = f"<w:r><w:rPr>{'<w:b/>' if bold else ''}</w:rPr><w:t>{text}</w:t></w:r>"
    return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p>{run if text else ''}</w:p></w:tc>"


def table(*rows: str) -> Any:
    inner = "".join(row if row.startswith("<w:tr") else f"<w:tr>{row}</w:tr>" for row in rows)
    return etree.fromstring(f"<w:tbl {SPACE}>{inner}</w:tbl>")


def said(node: Any) -> tuple[int, list[list[tuple[str, int, int]]]]:
    """How many rows are headings; the text, columns and rows of each cell."""
    rows = table_rows(node)
    texts = [["".join(c.node.itertext()) for c in row.cells] for row in rows]
    heads = bold_rows(node, rows, texts, Styles())
    grid = spanned(rows, texts, heads)
    return heads, [[(c.text, c.columns, c.rows) for c in line] for line in grid]


SPAN = '<w:gridSpan w:val="2"/>'
TOP, LOW = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def test_cells_that_span_know_how_far() -> None:
    node = table(
        cell("Nordics", TOP) + cell("Junior") + cell("130"),
        cell("", LOW) + cell("on request, ask us", SPAN),
    )
    first = [("Nordics", 1, 2), ("Junior", 1, 1), ("130", 1, 1)]
    assert said(node) == (0, [first, [("on request, ask us", 2, 1)]])


@pytest.mark.parametrize(
    ("bold", "heads"),
    [((True, False, False), 1), ((True, True, False), 2), ((True,) * 3, 0), ((False,) * 3, 0)],
)
def test_headings_are_set_off_by_bold_type(bold: tuple[bool, bool, bool], heads: int) -> None:
    node = table(
        cell("Permit", bold=bold[0]) + cell("Fee", SPAN, bold=bold[0]),
        cell("") + cell("Adult", bold=bold[1]) + cell("Child", bold=bold[1]),
        cell("Fishing", bold=bold[2]) + cell("18", bold=bold[2]) + cell("6", bold=bold[2]),
    )
    assert said(node)[0] == heads


def test_two_bold_rows_without_a_span_are_no_headings_of_headings() -> None:
    bold = (("A", True), ("B", True), ("C", False))
    assert said(table(*[cell(a, bold=b) + cell("x", bold=b) for a, b in bold]))[0] == 0


def test_rows_that_are_gone_are_left_out() -> None:
    gone = f"<w:tr><w:trPr><w:del/></w:trPr>{cell('old')}</w:tr>"
    assert len(table_rows(table(gone, cell("new") + cell("x")))) == 1


def test_a_table_of_one_column_lays_out_the_page() -> None:
    assert is_layout(table_rows(table(cell("a"), cell("b"))))
    assert not is_layout(table_rows(table(cell("a") + cell("b"))))
