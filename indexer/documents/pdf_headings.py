"""Headings of a PDF's tables that span several columns, told from where their words stand.

          Fee              The row with the most cells tells the columns; a heading of several
Permit    Adult   Child    stands at the left or in the middle of those that it covers.
Fishing   18      6
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from .grids import Cell

__all__ = ["heading_rows"]

_ROWS = 3
"""Rows of headings above a table's first whole row."""
_NEAR = 1.6
"""Space above a row, in heights, up to which a heading belongs to it."""
_LONGEST = 40
_ALIGNED = 3.0
"""Points that what begins in one place may be apart."""
_CENTRED = 0.2
"""Of the width of its columns, that a heading's middle may be away from theirs."""
_VALUE = re.compile(r"(?<!\d)(?!(?:19|20)\d\d(?!\d))\d")
"""A digit that is not a year's."""
_END = (".", "!", "?", ":", ";", ",")

_Span = tuple[float, float]


class _Words(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def x0(self) -> float: ...
    @property
    def x1(self) -> float: ...


class _Row(Protocol):
    @property
    def cells(self) -> Sequence[_Words]: ...
    @property
    def y0(self) -> float: ...
    @property
    def y1(self) -> float: ...
    @property
    def height(self) -> float: ...
    @property
    def level(self) -> bool: ...


def heading_rows(
    rows: Sequence[_Row], first: int, start: int, columns: Sequence[_Span]
) -> list[list[Cell]]:
    """The rows right above row `start` that name its columns, with their spans; `first` or later.

    `columns` are the left and right ends, in points, of what stands in each.
    """
    if len(columns) < 3:
        return []
    found: list[list[Cell]] = []
    spanning = 0  # of the rows found, those up to the last that surely is a heading
    at = start - 1
    while at >= first and len(found) < _ROWS and _is_near(rows[at], rows[at + 1]):
        line = _placed(rows[at], columns)
        if line is None:
            break
        found.append(line)
        if _names_columns(line):
            spanning = len(found)
        at -= 1
    return found[:spanning][::-1]


def _is_near(row: _Row, below: _Row) -> bool:
    if not row.level or row.y1 <= below.y0:
        return False
    return row.y0 - below.y1 <= _NEAR * max(row.height, below.height)


def _names_columns(line: Sequence[Cell]) -> bool:
    """Whether it says something of others than the first column, which a title may stand over."""
    return any(cell.text for cell in line[1:]) or (bool(line[0].text) and line[0].columns > 1)


def _placed(row: _Row, columns: Sequence[_Span]) -> list[Cell] | None:
    """The row's cells over the columns that they head; None where they do not fit."""
    texts = [cell.text for cell in row.cells]
    if len(texts) > len(columns) or any(
        len(text) > _LONGEST or _VALUE.search(text) or text.endswith(_END) for text in texts
    ):
        return None
    spans = _spans(row.cells, columns)
    if spans is None:
        return None
    line: list[Cell] = []
    at = 0
    for (begin, end), text in zip(spans, texts, strict=True):
        line += [Cell("", header=True)] * (begin - at)
        line.append(Cell(text, columns=end - begin, header=True))
        at = end
    return line + [Cell("", header=True)] * (len(columns) - at)


def _spans(cells: Sequence[_Words], columns: Sequence[_Span]) -> list[tuple[int, int]] | None:
    """For each cell the columns `begin:end` that it heads, in order; None where one heads none."""
    begins = [_begin(cell, columns) for cell in cells]
    spans: list[tuple[int, int]] = []
    for number, cell in enumerate(cells):
        taken = spans[-1][1] if spans else 0
        limit = begins[number + 1] if number + 1 < len(cells) else len(columns)
        span = _span(cell, columns, begins[number], max(1, taken), limit)
        if span is None or span[0] < taken:
            return None
        spans.append(span)
    return spans


def _span(
    cell: _Words, columns: Sequence[_Span], begin: int, first: int, limit: int
) -> tuple[int, int] | None:
    """The columns that a cell over column `begin` heads, `first` to `limit` at most.

    The first column names the rows: no heading spans it and others.
    """
    if not begin:
        return 0, 1
    centred = [
        (b, e)
        for b in range(first, begin + 1)
        for e in range(begin + 1, limit + 1)
        if _is_centred(cell, columns, b, e)
    ]
    widest = max(centred, key=lambda span: span[1] - span[0], default=(begin, begin + 1))
    left, right = columns[begin]
    if abs(cell.x0 - left) <= _ALIGNED and widest[1] - widest[0] == 1:
        return begin, max(limit, begin + 1)
    if centred or abs(cell.x1 - right) <= _ALIGNED:
        return widest
    over = sum(cell.x0 < x1 and x0 < cell.x1 for x0, x1 in columns)
    return (begin, begin + 1) if over == 1 else None


def _begin(cell: _Words, columns: Sequence[_Span]) -> int:
    """The column that the cell stands over, or nearest to."""

    def away(at: int) -> float:
        left, right = columns[at]
        return max(left - cell.x1, cell.x0 - right, 0.0)

    return min(range(len(columns)), key=lambda at: (away(at), abs(cell.x0 - columns[at][0])))


def _is_centred(cell: _Words, columns: Sequence[_Span], begin: int, end: int) -> bool:
    left, right = columns[begin][0], columns[end - 1][1]
    middle = (cell.x0 + cell.x1) / 2
    return abs(middle - (left + right) / 2) <= _CENTRED * (right - left) / max(1, end - begin)
