"""Tables: cells that may span rows and columns -> one text per row that can be read by itself.

| Model | Rate | Seats |          Uhu bus. Rate: 89 euros. Seats: 9.
| Uhu bus | 89 euros | 9 |   ->
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...core.records import EMPTY_CELL

__all__ = ["Cell", "row_texts", "share_rows"]

_SPARE = 100_000
"""Characters that spans may add to any table, besides `_FACTOR` times its own: a few bytes can
claim to cover millions of places. What goes beyond is not carried."""
_FACTOR = 8
_LONGEST = 500
"""Characters of a row's text, about a passage of its own; a longer row goes on in another text."""
_NAME = 120
"""Characters of what is repeated with others: a longer one would make long tables endless."""
_REMARK = 2
"""Spaces from which on a text across columns is a remark, and no value of each."""
_LABEL = 40
"""Characters of a form's label."""
_HEADINGS = 5
"""Rows of headings above each other; more are no headings."""
_VALUE = re.compile(r"\d")
_STARTS_WITH_VALUE = re.compile(r"[^\w\s]{0,3}\s?\d")
_END = (".", "!", "?", "…", "。", "！", "？", ":", ";")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as the document has it."""

    text: str
    columns: int = 1
    """It covers so many columns,"""
    rows: int = 1
    """and so many rows; more than there are reach to the end."""
    header: bool = False
    """Marked as a heading: HTML's `th`, a row of `thead`, Word's repeated or bold heading row."""
    bold: bool = False
    """Wholly bold, which may mark a heading."""


def row_texts(rows: Sequence[Sequence[Cell]], title: str = "") -> Iterator[str]:
    """Each row as a text with the names of its columns, in order; spans are carried.

    Heading rows are those whose cells are all marked as headings or empty; where none at the top
    is marked, the first row of at least three columns, if it holds no number and another row does;
    two where the second one names the columns below headings that cover several.
    Their names go to the rows below them, an empty cell is left out, and a row that is one cell
    across the whole table, or a marked one alone, names the rows below it. Headings in the first
    column alone, whose first row names things, turn the table: each text is a column's then. Two
    columns without headings are names with values; other rows without headings are their cells in
    order. A remark across columns stands once, after the names of all of them; in a form, where
    labels and values take turns, each value stands after its label. A `title` stands before each
    row, where another table has rows of the same names.
    """
    grid = _grid(rows)
    width = max(map(len, grid), default=0)
    if width < 2:
        yield from (text for row in grid for cell in row if (text := _flat(cell.text)))
        return
    group = ""
    lead = next((at for at, row in enumerate(grid) if not _crosses(row, width)), len(grid))
    for row in grid[:lead]:
        group = _flat(row[0].text)
        yield from filter(None, [group])
    grid = grid[lead:]
    if _is_form(grid):
        yield from filter(None, map(_form_row, grid))
        return
    if _is_turned(grid, width):
        first = 1
        grid = [list(column) for column in zip(*(_filled(row, width) for row in grid), strict=True)]
        width = len(grid[0])
    else:
        first = _heading_rows(grid, width)
    names = _names(grid[:first], width)
    named = any(
        row[0].header and any(cell.text.strip() for cell in row[1:]) for row in grid[first:] if row
    )
    title = _flat(title) if len(title) <= _NAME else ""
    group = group if len(group) <= _NAME else ""
    headings: list[Sequence[Cell]] = []  # of a part further down, until a row follows
    for row in grid[first:]:
        texts = [_flat(cell.text) for cell in row]
        if _is_group(row, width, rows_are_named=named):
            group = next(filter(None, texts), "")
            yield from filter(None, [group])
            group = group if len(group) <= _NAME else ""
        elif first and _is_heading(row) and len(headings) < _HEADINGS and len({*texts}) > 1:
            headings.append(row)
        elif any(texts):
            if headings:
                names = _names(headings, width)
                headings = []
            above = [part for part in (title, group) if part]
            yield from _row(*_once(row, texts, names), above, width)
    yield from (" ".join(_flat(cell.text) for cell in row) for row in headings)


def share_rows(tables: Sequence[Sequence[Sequence[Cell]]]) -> list[bool]:
    """For each table of a document, whether another has a row of the same name."""
    names = [
        {name for row in rows if row and not _is_heading(row) and (name := _flat(row[0].text))}
        for rows in tables
    ]
    counts = Counter(name for own in names for name in own)
    return [any(counts[name] > 1 for name in own) for own in names]


def _once(
    row: Sequence[Cell], texts: Sequence[str], names: Sequence[str]
) -> tuple[list[str], list[str]]:
    """A row's texts and the names of its columns, a remark across some with all their names.

    A word or two stand in each column that they cover, so that each value is beside its name.
    """
    once: list[str] = []
    joined: list[str] = []
    for at, (cell, text) in enumerate(zip(row, texts, strict=True)):
        name = names[at] if at < len(names) else ""
        named = name and text.count(" ") < _REMARK
        if at and cell is row[at - 1] and text and not named:
            both = f"{joined[-1]}, {name}" if joined[-1] and name else joined[-1] or name
            if name == joined[-1] or len(both) <= _NAME:
                joined[-1] = both if name != joined[-1] else name
                continue
        once.append(text)
        joined.append(name)
    return once, joined


def _pairs(row: Sequence[Cell]) -> list[str]:
    """The texts of a row, each cell once."""
    return [_flat(cell.text) for at, cell in enumerate(row) if not at or cell is not row[at - 1]]


def _is_form(grid: Sequence[Sequence[Cell]]) -> bool:
    """Whether labels and values take turns in each row, as some value that spans columns shows."""
    rows = [_pairs(row) for row in grid]
    sizes = {len(row) for row in rows}
    if len(rows) < 2 or max(sizes, default=0) < 4 or any(size % 2 for size in sizes):
        return False
    if len(sizes) == 1 or any(cell.header for cell in grid[0][1:]):
        return False
    labels = [label for row in rows for label in row[::2]]
    named = all(label and len(label) <= _LABEL and not _VALUE.search(label) for label in labels)
    filled = any(value for row in rows for value in row[1::2])
    return filled and named and len({*labels}) == len(labels)


def _form_row(row: Sequence[Cell]) -> str:
    pairs = _pairs(row)
    values = zip(pairs[::2], pairs[1::2], strict=True)
    return " ".join(_sentence(_named(label, value)) for label, value in values if value)


def _row(
    texts: Sequence[str], names: Sequence[str], groups: Sequence[str], width: int
) -> Iterator[str]:
    """One row's text; of a very long row several, each of which begins with its first cell."""
    if not any(names) and width == 2 and all(texts[:2]) and len(texts) == 2:
        parts = [_sentence(_named(texts[0], texts[1]))]
    else:
        # The first cell names the row: a reader of spans finds the others' values better so.
        cells = list(zip(texts, ("", *names[1:]), strict=False))
        # What is not there is told, or the value beside it would be taken for it.
        filled = sum(bool(text) for text, name in cells if name)
        dash = EMPTY_CELL if 2 * filled >= sum(bool(name) for _, name in cells) else ""
        shown = ((name, text or (dash if name else "")) for text, name in cells)
        parts = [_sentence(_named(name, text)) for name, text in shown if text]
    above = [_sentence(group) for group in groups if group not in texts]
    lead = len(above) + 1 if len(parts) > 1 else 1
    parts = above + parts
    text = " ".join(parts[:lead])
    start = text if len(text) <= 2 * _NAME else ""
    for part in parts[lead:]:
        if len(text) + len(part) > _LONGEST and text != start:
            yield text
            text = start
        text = f"{text} {part}".lstrip()
    yield text


def _named(name: str, value: str) -> str:
    if not name:
        return value
    return f"{name} {value}" if name.endswith("?") else f"{name.rstrip(':')}: {value}"


def _filled(row: Sequence[Cell], width: int) -> list[Cell]:
    return [*row, *[Cell("")] * (width - len(row))]


def _crosses(row: Sequence[Cell], width: int) -> bool:
    """Whether the row is one cell across the table."""
    return len(row) == width and row[0].rows == 1 and all(cell is row[0] for cell in row)


def _is_group(row: Sequence[Cell], width: int, *, rows_are_named: bool) -> bool:
    """Whether the row is one cell across the table, or one heading with nothing beside it.

    Where headings name the rows, such a heading is a row without values.
    """
    if _crosses(row, width):
        return True
    if rows_are_named or not row:
        return False
    alone = row[0].header and row[0].columns == row[0].rows == 1 and bool(row[0].text.strip())
    return alone and all(not cell.header and not cell.text.strip() for cell in row[1:])


def _is_turned(grid: Sequence[Sequence[Cell]], width: int) -> bool:
    """Whether each column is a thing: headings at the left only, things' names in the first row."""
    if width < 3 or len(grid) < 2 or not all(row and row[0].header for row in grid):
        return False
    if any(cell.header for row in grid for cell in row[1:]):
        return False
    first, *others = grid
    names = [_flat(cell.text) for cell in first[1:]]
    named = len(names) == width - 1 and all(names) and len({*names}) == len(names)
    if not named or any(len(name) > _NAME or _STARTS_WITH_VALUE.match(name) for name in names):
        return False
    # Under names of things stand values of other kinds than names.
    return any(
        all(_has_number(cell) or not cell.text.strip() for cell in row[1:])
        and any(cell.text.strip() for cell in row[1:])
        for row in others
    )


def _heading_rows(grid: Sequence[Sequence[Cell]], width: int) -> int:
    """How many rows at the top name the columns; never all."""
    marked = 0
    while marked < len(grid) and _is_heading(grid[marked]) and not _crosses(grid[marked], width):
        marked += 1
    if marked > _HEADINGS:  # all is marked: then the first row is all that can be told
        marked = 1
    if marked:
        return marked if any(cell.text.strip() for row in grid[marked:] for cell in row) else 0
    if width < 3 or len(grid) < 2:
        return 0
    head, *body = grid
    if len(grid) > 2 and _are_parts(head, grid[1], grid[2]):
        return 2
    named = sum(bool(cell.text.strip()) for cell in head) >= width - 1
    apart = len({id(cell) for cell in head}) == len(head)
    if not named or not apart or any(_has_number(c) or len(c.text) > _NAME for c in head):
        return 0
    return int(any(_has_number(cell) for row in body for cell in row))


def _are_parts(head: Sequence[Cell], names: Sequence[Cell], values: Sequence[Cell]) -> bool:
    """Whether a row names the columns below headings that cover several, and values follow."""
    spans = [
        at for at, cell in enumerate(head) if any(cell is other for other in _beside(head, at))
    ]
    if not spans or spans[-1] >= min(len(names), len(values)) or len({*map(id, head)}) < 2:
        return False
    below = [names[at] for at in spans]
    plain = [*head, *names]
    return (
        all(cell.text.strip() and cell.columns == 1 for cell in below)
        and not any(_STARTS_WITH_VALUE.match(c.text) or len(c.text) > _NAME for c in plain)
        and any(_has_number(values[at]) for at in spans)
    )


def _beside(row: Sequence[Cell], at: int) -> Sequence[Cell]:
    return [*row[max(0, at - 1) : at], *row[at + 1 : at + 2]]


def _has_number(cell: Cell) -> bool:
    return _VALUE.search(cell.text) is not None


def _is_heading(row: Sequence[Cell]) -> bool:
    """Whether all its cells are marked, or empty, and one says something; none is long."""
    if any(len(cell.text) > _NAME for cell in row):
        return False
    if len(row) > 1 and not any(cell.header for cell in row[1:]):  # a name without values
        return False
    return any(cell.header and cell.text.strip() for cell in row) and all(
        cell.header or not cell.text.strip() for cell in row
    )


def _names(heading: Sequence[Sequence[Cell]], width: int) -> list[str]:
    """The name of each column, from all heading rows above it; equal ones in a row count once."""
    names: list[str] = []
    for column in range(width):
        texts: list[str] = []
        for row in heading:
            text = _flat(row[column].text).rstrip(":") if column < len(row) else ""
            if text and text not in texts[-1:]:
                texts.append(text)
        names.append(" ".join(texts))
    return names


def _grid(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """The cells in their places: one that spans stands in each place that it covers."""
    budget = _SPARE + _FACTOR * sum(len(cell.text) + 1 for row in rows for cell in row)
    grid: list[list[Cell]] = []
    above: dict[int, tuple[Cell, int]] = {}  # column -> the cell that reaches down, rows to go
    for row in rows:
        line: list[Cell] = []
        below: dict[int, tuple[Cell, int]] = {}
        waiting = iter(row)
        cell = next(waiting, None)
        reach = max(above, default=-1)
        while cell is not None or len(line) <= reach:
            if (column := len(line)) in above:
                reaching, left = above[column]
                line.append(reaching)
                budget -= len(reaching.text) + 1
                if left > 1 and budget > 0:
                    below[column] = reaching, left - 1
            elif cell is None:
                line.append(Cell(""))
            else:
                size = len(cell.text) + 1
                columns = max(1, min(cell.columns, budget // size))
                budget -= (columns - 1) * size
                line += [cell] * columns
                if cell.rows > 1 and budget > 0:
                    below |= dict.fromkeys(range(column, column + columns), (cell, cell.rows - 1))
                cell = next(waiting, None)
        above = below
        grid.append(line)
    return grid


def _flat(text: str) -> str:
    return " ".join(text.split())


def _sentence(text: str) -> str:
    return text if text.endswith(_END) else f"{text}."
