"""Word's tables -> rows of cells. By ECMA-376 part 1, 17.4."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .grids import Cell
from .packages import local
from .word_paragraphs import GONE
from .word_styles import Styles, W, is_on, value

__all__ = ["Row", "TableCell", "bold_rows", "is_layout", "spanned", "table_rows"]

_LAYOUT_TABLE = 300
"""Characters of a table in a cell from which on it is read as a table of its own."""
_LAYOUT_PARAGRAPHS = 4
_LAYOUT_TEXT = 300
_HEADINGS = 3
"""Rows of headings above each other that type or shading sets off; more are no headings."""
_PLAIN = {"auto", "ffffff", "", "none"}


@dataclass(frozen=True, slots=True)
class TableCell:
    """A `w:tc`, with how it lies in the grid."""

    node: Any
    columns: int
    goes_on: bool
    """It is the lower part of the cell above it."""
    reaches: bool
    """It may have lower parts."""


@dataclass(frozen=True, slots=True)
class Row:
    """A `w:tr`."""

    node: Any
    before: int
    """Columns of the grid that it leaves out at its beginning."""
    cells: tuple[TableCell, ...]


def table_rows(table: Any) -> list[Row]:
    """The rows that are shown, in order, with the cells that are shown."""
    return [_row(node) for node in _within(table, "tr") if not _is_gone(node)]


def _within(node: Any, name: str) -> Iterator[Any]:
    """The nearest `w:name` below, through content controls, revisions and custom XML."""
    for child in node:
        kind = local(child)
        if kind == name:
            yield child
        elif kind not in GONE and kind not in {"p", "tbl", "tc"}:
            yield from _within(child, name)


def _is_gone(row: Any) -> bool:
    properties = row.find(W + "trPr")
    if properties is None:
        return False
    return properties.find(W + "del") is not None or bool(is_on(properties, "hidden"))


def _row(node: Any) -> Row:
    cells: list[TableCell] = []
    for cell in _within(node, "tc"):
        properties = cell.find(W + "tcPr")
        if properties is not None and properties.find(W + "cellDel") is not None:
            continue
        if value(properties, "hMerge") in {"continue", ""} and cells:
            last = cells[-1]
            cells[-1] = TableCell(last.node, last.columns + 1, last.goes_on, last.reaches)
            continue
        merge = value(properties, "vMerge")
        columns = _number(value(properties, "gridSpan"))
        cells.append(TableCell(cell, max(1, columns), merge in {"", "continue"}, merge is not None))
    return Row(node, _number(value(node.find(W + "trPr"), "gridBefore")), tuple(cells))


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 0


def is_layout(rows: Sequence[Row]) -> bool:
    """Whether the table merely places text on the page: it has one column, holds tables, or
    columns of several paragraphs."""
    if all(len(row.cells) < 2 for row in rows):
        return True
    for row in rows:
        for cell in row.cells:
            if any(
                sum(len(t.text or "") for t in inner.iter(W + "t")) > _LAYOUT_TABLE
                for inner in _within(cell.node, "tbl")
            ):
                return True
            if len(rows) < 3 and len(cell.node.findall(W + "p")) >= _LAYOUT_PARAGRAPHS:
                length = sum(len(t.text or "") for t in cell.node.iter(W + "t"))
                if length > _LAYOUT_TEXT:
                    return True
    return False


def spanned(rows: Sequence[Row], texts: Sequence[Sequence[str]], heads: int) -> list[list[Cell]]:
    """The rows as `grids.row_texts` takes them; the first `heads` are marked as headings.

    `texts` has a text for each cell of each row.
    """
    below = [_goes_on(row) for row in rows[1:]] + [set[int]()]
    reach: list[dict[int, int]] = [{} for _ in rows]  # column -> rows, of cells with lower parts
    for at in range(len(rows) - 1, -1, -1):
        for column, cell in _placed(rows[at]):
            if cell.reaches:
                more = reach[at + 1].get(column, 0) if column in below[at] else 0
                reach[at][column] = 1 + more
    grid: list[list[Cell]] = []
    open_columns: set[int] = set()
    for at, row in enumerate(rows):
        line = [Cell("", columns=row.before)] if row.before else []
        held: set[int] = set()
        for (column, cell), text in zip(_placed(row), texts[at], strict=True):
            if cell.reaches:
                held.add(column)
            if not (cell.goes_on and column in open_columns):
                size = reach[at].get(column, 1)
                line.append(Cell(text, cell.columns, size, header=at < heads))
        open_columns = held
        grid.append(line)
    return grid


def _placed(row: Row) -> Iterator[tuple[int, TableCell]]:
    """Each cell with the column of the grid that it begins in."""
    column = row.before
    for cell in row.cells:
        yield column, cell
        column += cell.columns


def _goes_on(row: Row) -> set[int]:
    return {column for column, cell in _placed(row) if cell.goes_on}


def bold_rows(
    table: Any, rows: Sequence[Row], texts: Sequence[Sequence[str]], styles: Styles
) -> int:
    """How many rows at the top are headings: marked to be repeated on each page, or set off from
    those below them by bold type, by shading, or by the table's style."""
    marked = 0
    while marked < len(rows) and is_on(rows[marked].node.find(W + "trPr"), "tblHeader"):
        marked += 1
    if marked or len(rows) < 2:
        return marked
    properties = table.find(W + "tblPr")
    if _looks_first_row(properties) and styles.has_heading_row(value(properties, "tblStyle") or ""):
        return 1
    for is_so in (_is_bold, _is_shaded):
        heads = _set_off(rows, texts, styles, is_so)
        if 0 < heads < len(rows) and (heads == 1 or _spans(rows[0])):
            return heads
    return 0


def _set_off(
    rows: Sequence[Row],
    texts: Sequence[Sequence[str]],
    styles: Styles,
    is_so: Callable[[Any, Styles], bool],
) -> int:
    """How many rows at the top are so in each cell that says something; more than some is all."""
    for at, (row, line) in enumerate(zip(rows[: _HEADINGS + 1], texts, strict=False)):
        said = [
            is_so(cell.node, styles) for cell, text in zip(row.cells, line, strict=True) if text
        ]
        if not said or not all(said) or (len(said) < 2 and not at):
            return at
    return len(rows)


def _spans(row: Row) -> bool:
    """Whether a cell covers several columns, as headings of headings do."""
    return any(cell.columns > 1 for cell in row.cells) and len(row.cells) > 1


def _looks_first_row(properties: Any) -> bool:
    look = None if properties is None else properties.find(W + "tblLook")
    if look is None:
        return False
    if (first := look.get(W + "firstRow")) is not None:
        return first.lower() in {"1", "true", "on"}
    try:
        return bool(int(look.get(W + "val", "0"), 16) & 0x20)
    except ValueError:
        return False


def _is_bold(cell: Any, styles: Styles) -> bool:
    """Whether all that the cell says is bold."""
    said = False
    for paragraph in cell.iter(W + "p"):
        properties = paragraph.find(W + "pPr")
        for run in paragraph.iter(W + "r"):
            if any((t.text or "").strip() for t in run.iterfind(W + "t")):
                said = True
                if not styles.is_set("b", run.find(W + "rPr"), properties):
                    return False
    return said


def _is_shaded(cell: Any, _: Styles) -> bool:
    shade = cell.find(f"{W}tcPr/{W}shd")
    return shade is not None and shade.get(W + "fill", "").lower() not in _PLAIN
