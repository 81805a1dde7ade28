"""Headings of a PDF's tables that span columns, by where their words stand."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

import pytest

from spanmem.indexer.documents.pdf_headings import heading_rows
from spanmem.indexer.documents.pdf_layout import Row
from spanmem.indexer.documents.pdf_pages import Line

COLUMNS = [(50.0, 90.0), (150.0, 190.0), (250.0, 290.0), (350.0, 390.0)]


def row(y: float, *cells: tuple[str, float]) -> Row:
    return Row(tuple(Line(text, x, y, x + 6 * len(text), y + 12) for text, x in cells))


BODY = row(700, ("Loft", 50), ("80", 150), ("95", 250), ("99", 350))
SUB = row(718, ("First", 150), ("Last", 250), ("Night", 350))


@pytest.mark.parametrize(
    ("above", "spans"),
    [
        ([row(736, ("Zone", 50), ("Fee", 150)), SUB], [[("Zone", 1), ("Fee", 3)], [("", 1), ("First", 1), ("Last", 1), ("Night", 1)]]),
        ([row(736, ("Winter", 150), ("Other", 350)), SUB], [[("", 1), ("Winter", 2), ("Other", 1)], [("", 1), ("First", 1), ("Last", 1), ("Night", 1)]]),
        ([row(736, ("Fees of both", 184)), SUB], [[("", 1), ("Fees of both", 2), ("", 1)], [("", 1), ("First", 1), ("Last", 1), ("Night", 1)]]),
        ([SUB], [[("", 1), ("First", 1), ("Last", 1), ("Night", 1)]]),
        ([row(736, ("Permits of Lund", 50)), SUB], [[("", 1), ("First", 1), ("Last", 1), ("Night", 1)]]),
        ([row(718, ("Room 7", 50), ("12", 150))], []),
        ([row(718, ("It opens at noon.", 50), ("Ask us.", 250))], []),
        ([row(790, ("Zone", 50), ("Fee", 150))], []),
        ([row(718, ("Between columns of all", 185))], []),
    ],
)  # fmt: skip
def test_a_heading_covers_the_columns_below_it(
    above: list[Row], spans: list[list[tuple[str, int]]]
) -> None:
    found = heading_rows([*above, BODY], 0, len(above), COLUMNS)
    assert [[(cell.text, cell.columns) for cell in line] for line in found] == spans
    assert all(cell.header for line in found for cell in line)
