"""Sheets of spreadsheets: cells anywhere on an endless grid -> the tables and lines on it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from .extracted import TextBuilder
from .grids import Cell, row_texts

__all__ = ["Sheet", "SheetCell", "add_sheet", "spread"]

_EMPTY = 50
"""Empty places to one that is filled, up to which cells are read as a table."""
_SPARE = 100_000
"""Cells that merged areas may add to a sheet, besides `_FACTOR` times its own."""
_FACTOR = 8
_NUMBER = re.compile(r"\d")
_VALUE = re.compile(r"[^\w\s]{0,3}\s?\d")
_SURE = 3
"""Numbers below a word, from which on that word names them, and is no value beside a name."""
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_NAME = 120
"""Characters of a column's name at most."""


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A cell that shows something, or covers others."""

    column: int
    text: str
    number: bool = False
    bold: bool = False
    columns: int = 1
    """It covers so many columns. One that covers several rows stands in each of them."""


@dataclass(slots=True)
class Sheet:
    """The cells of a sheet that are shown, by row."""

    name: str
    rows: dict[int, list[SheetCell]] = field(default_factory=dict[int, list[SheetCell]])
    heads: set[int] = field(default_factory=set[int])
    """Rows that the file says are headings."""
    hidden: set[int] = field(default_factory=set[int])
    """Rows that are not shown: they divide nothing."""


def add_sheet(builder: TextBuilder, sheet: Sheet) -> None:
    """The sheet's name, then its tables and lines, which empty rows divide."""
    blocks = [block for block in _blocks(sheet) if block]
    if not blocks:
        return
    builder.add(sheet.name)
    for block in blocks:
        for lines, table in _tables(block, sheet.heads):
            builder.add("\n".join(lines))
            if table:
                builder.add_rows(row_texts(table))


def spread(sheet: Sheet, merged: dict[tuple[int, int], tuple[int, int]]) -> Sheet:
    """The sheet with its merged areas: their text stands in each of their rows that shows more."""
    shown = sorted(sheet.rows)
    budget = _SPARE + _FACTOR * sum(map(len, sheet.rows.values()))
    for number in shown:
        taken = {cell.column: at for at, cell in enumerate(sheet.rows[number])}
        for column, at in taken.items():
            cell = sheet.rows[number][at]
            rows, columns = merged.get((number, column), (1, 1))
            cell = sheet.rows[number][at] = replace(cell, columns=max(columns, cell.columns))
            if rows > 1:
                below = bisect_right(shown, number), bisect_left(shown, number + rows)
                for other in shown[below[0] : min(below[1], below[0] + budget)]:
                    sheet.rows[other].append(cell)
                    budget -= 1
    return sheet


def _blocks(sheet: Sheet) -> Iterator[list[tuple[int, list[SheetCell]]]]:
    """Stretches of rows that follow each other and show something."""
    block: list[tuple[int, list[SheetCell]]] = []
    until = -1
    for number in sorted(sheet.rows):
        cells = [cell for cell in sheet.rows[number] if cell.text]
        if not cells:
            continue
        while until + 1 in sheet.hidden:
            until += 1
        if number > until + 1:
            yield block
            block = []
        block.append((number, sorted(cells, key=lambda cell: cell.column)))
        until = number
    yield block


def _tables(
    block: Sequence[tuple[int, list[SheetCell]]], heads: set[int]
) -> Iterator[tuple[list[str], list[list[Cell]]]]:
    """The lines above a table, and the table. A line is a row of one cell at the block's top."""
    lines: list[str] = []
    at = 0
    while at < len(block) and len(block[at][1]) == 1:
        lines.append(block[at][1][0].text)
        at += 1
    rows = [cells for _, cells in block[at:]]
    if not rows:
        yield lines, []
        return
    columns = sorted({cell.column for row in rows for cell in row})
    places = {column: place for place, column in enumerate(columns)}
    if len(rows) * len(columns) > _EMPTY * (100 + sum(map(len, rows))):
        yield lines, [[Cell(cell.text) for cell in row] for row in rows]
        return
    rows[0] = _reaching(rows)
    first = _heading_rows([(block[at][0], rows[0]), *block[at + 1 :]], heads, len(columns))
    yield lines, [_line(row, places, columns, header=n < first) for n, row in enumerate(rows)]


def _line(
    row: Sequence[SheetCell], places: dict[int, int], columns: Sequence[int], *, header: bool
) -> list[Cell]:
    """A row's cells in order, with the empty ones between them."""
    line: list[Cell] = []
    width = 0
    for cell in row:
        place = places[cell.column]
        while width < place:
            line.append(Cell("", header=header))
            width += 1
        last = cell.column + cell.columns
        covered = 1
        while place + covered < len(columns) and columns[place + covered] < last:
            covered += 1
        line.append(Cell(cell.text, covered, header=header))
        width += covered
    return line


def _heading_rows(
    block: Sequence[tuple[int, Sequence[SheetCell]]], heads: set[int], width: int
) -> int:
    """How many rows at the top name the columns: as the file says, else one, if it is words, and
    the rows below it are bold less, hold numbers, or are several of at least three columns."""
    first, cells = block[0]
    if len(block) < 2 or width < 2:
        return 0
    if first in heads:
        return next((n for n, (number, _) in enumerate(block) if number not in heads), 0)
    named = sum(cell.columns for cell in cells) >= max(2, width - 1)
    if not named or not _may_be_names(cells):
        return 0
    below = block[1][1]
    if len(block) > 2 and _are_parts(cells, below, block[2][1]):
        return 2
    if all(cell.bold for cell in cells) and not all(cell.bold for cell in below):
        return 1
    if any(cell.columns > 1 for cell in cells):
        return 1
    if width == 2:
        last = cells[-1].column
        values = [cell for _, row in block[1:] for cell in row if cell.column == last]
        plain = not _NUMBER.search(cells[-1].text) and all(cell.number for cell in values)
        return int(plain and len(values) >= _SURE)
    said = {cell.text for cell in cells}
    return int(len(said) == len(cells) and said.isdisjoint(cell.text for cell in below))


def _are_parts(
    heads: Sequence[SheetCell], names: Sequence[SheetCell], values: Sequence[SheetCell]
) -> bool:
    """Whether a row names the columns below headings that cover several, and values follow."""
    below = _covered(names, heads)
    return (
        bool(below)
        and _may_be_names(names)
        and not any(_VALUE.match(cell.text) and not _YEAR.fullmatch(cell.text) for cell in below)
        and any(_NUMBER.search(cell.text) for cell in _covered(values, heads))
    )


def _covered(cells: Sequence[SheetCell], heads: Sequence[SheetCell]) -> list[SheetCell]:
    """Those of the cells that stand below a heading of several columns."""
    spans = [(head.column, head.column + head.columns) for head in heads if head.columns > 1]
    return [cell for cell in cells if any(a <= cell.column < b for a, b in spans)]


def _reaching(rows: Sequence[Sequence[SheetCell]]) -> list[SheetCell]:
    """The first row, whose headings reach to the next where the same names follow below each.

    People leave the cells beside a heading empty rather than merge them.
    """
    head, below = list(rows[0]), rows[1] if len(rows) > 1 else []
    behind = [cell for cell in below if head[1:] and cell.column >= head[1].column]
    if any(cell.columns > 1 for cell in head) or len(head) < 3 or len(behind) <= len(head) - 1:
        return head
    ends = [cell.column for cell in head[2:]] + [below[-1].column + 1]
    parts = [
        [cell.text for cell in behind if cell.column >= one.column and cell.column < end]
        for one, end in zip(head[1:], ends, strict=True)
    ]
    if any(part != parts[0] for part in parts):
        return head
    reach = [
        replace(one, columns=end - one.column) for one, end in zip(head[1:], ends, strict=True)
    ]
    return [head[0], *reach]


def _may_be_names(cells: Sequence[SheetCell]) -> bool:
    """Whether they are short words, or years after words."""
    years = sum(cell.number and _YEAR.fullmatch(cell.text) is not None for cell in cells)
    numbers = sum(cell.number for cell in cells)
    return numbers == years < len(cells) and all(len(cell.text) <= _NAME for cell in cells)
