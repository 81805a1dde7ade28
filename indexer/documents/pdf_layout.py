"""A page's lines in reading order: rows of cells, columns of prose, form values, tables.

Most programs draw a page in its reading order, so that order is kept, but where the boxes show
that it cannot be meant. Each step takes n log n for n lines.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .grids import Cell, row_texts
from .pdf_headings import heading_rows
from .pdf_pages import Field, Line, Page

__all__ = ["Row", "Table", "checked_boxes", "rows_of", "tables_in"]

_MOST_CELLS = 64
"""Of one row; what follows begins another."""
_SAME = 0.5
"""Of the lower of two boxes, that both share in height if they stand on one base line."""
_BESIDE = 0.25
"""From this share on, two lines stand beside each other."""
_PROSE_ROWS = 5
_PROSE_WORDS = 3.5
_FULL = 0.65
"""Of a column's width that lines of prose reach,"""
_MOSTLY = 0.7
"""and the share of lines that do."""
_NEIGHBOURS = 8
"""Rows that are looked at for a form's value, above and below."""
_NEAR = 4.0
"""Space between a box to check and its label, in heights of the box."""
_SHORT = 3
_MARKER = re.compile(r"[•‣◦▪●○■□·\uf0b7\uf0a7–—*-]|\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-zA-Z])[.)]")
_HAS_VALUE = re.compile(r"\d")
_YES = frozenset(["yes", "on", "true", "1", "x", "checked", "ja", "oui", "si", "sí", "ein"])
_NAMELESS = re.compile(
    r"(?:check ?box|text ?(?:field|box)?|radio(?: ?button)?|button|group|choice|option|field|fill|"
    r"undefined|untitled|form|page|combo ?box|list ?box|drop ?down|list|f|c|cb|tb|rb)?[\s\d]*",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Row:
    """What stands on one base line, as cells with wide spaces between them."""

    cells: tuple[Line, ...]
    filled: bool = False
    """Some of it was filled into a form: labels and values in turn, no row of a table."""

    @property
    def text(self) -> str:
        """Its cells with a space between them."""
        return " ".join(cell.text for cell in self.cells)

    @property
    def x0(self) -> float:
        """Its left end."""
        return self.cells[0].x0

    @property
    def x1(self) -> float:
        """Its right end."""
        return self.cells[-1].x1

    @property
    def y0(self) -> float:
        """Its lower edge."""
        return min(cell.y0 for cell in self.cells)

    @property
    def y1(self) -> float:
        """Its upper edge."""
        return max(cell.y1 for cell in self.cells)

    @property
    def height(self) -> float:
        """Of its longest cell, in points: a bullet may be of another font."""
        return max(self.cells, key=lambda cell: len(cell.text)).height

    @property
    def level(self) -> bool:
        """Written from left to right."""
        return self.cells[0].level


@dataclass(frozen=True, slots=True)
class Table:
    """Rows `start:end` of a page with their cells below each other, as texts of their own."""

    start: int
    end: int
    texts: tuple[str, ...]


def rows_of(page: Page) -> list[Row]:
    """The page's rows in reading order, with what forms and notes hold where it stands."""
    rows = _as_rows(page.lines)
    return _with_fields(_top_down(_column_by_column(rows) or rows), page)


def _goes_on(row: Row, line: Line) -> bool:
    """Whether the line stands on the row's base line, to its right."""
    last = row.cells[-1]
    return (
        last.level
        and line.level
        and len(row.cells) < _MOST_CELLS
        and line.x0 >= last.x1 - 0.3 * last.height
        and _shared(last, line) > _SAME
    )


def _fused(marker: Line, line: Line) -> Line:
    """An item's marker with its text, in the height of the text."""
    text = f"{marker.text} {line.text}"
    return replace(line, text=text, x0=marker.x0)


def _shared(a: Line | Row, b: Line | Row) -> float:
    """How much of the lower one's height both cover, 0..1."""
    both = min(a.y1, b.y1) - max(a.y0, b.y0)
    return both / max(0.01, min(a.y1 - a.y0, b.y1 - b.y0))


def _top_down(rows: list[Row]) -> list[Row]:
    """Rows by their height on the page, unless two stand beside each other: those are columns."""
    level = sorted((row for row in rows if row.level), key=lambda row: -row.y1)
    if any(_shared(above, below) > _BESIDE for above, below in pairwise(level)):
        return rows
    return level + [row for row in rows if not row.level]


def _column_by_column(rows: list[Row]) -> list[Row] | None:
    """Two columns of prose that were drawn across, one after the other; None if there are none."""
    pairs = [at for at, row in enumerate(rows) if len(row.cells) == 2 and row.level]
    if len(pairs) < _PROSE_ROWS:
        return None
    first, last = pairs[0], pairs[-1]
    sides = [[rows[at].cells[side] for at in pairs] for side in (0, 1)]
    gutter = max(line.x1 for line in sides[0]), min(line.x0 for line in sides[1])
    if gutter[0] >= gutter[1] or not all(map(_is_prose, sides)):
        return None
    while last + 1 < len(rows) and _on_a_side(rows[last + 1], gutter):
        last += 1  # one column may be longer
    left: list[Row] = []
    right: list[Row] = []
    for row in rows[first : last + 1]:
        if not row.level or not all(_on_a_side(Row((cell,)), gutter) for cell in row.cells):
            return None
        for cell in row.cells:
            (left if cell.x1 <= gutter[1] else right).append(Row((cell,)))
    return rows[:first] + left + right + rows[last + 1 :]


def _on_a_side(row: Row, gutter: tuple[float, float]) -> bool:
    return row.level and (row.x1 <= gutter[1] or row.x0 >= gutter[0])


def _is_prose(lines: Sequence[Line]) -> bool:
    """Whether the lines fill their column as running text does."""
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    full = sum(line.x1 - left >= _FULL * (right - left) for line in lines)
    words = sum(line.text.count(" ") + 1 for line in lines)
    return full >= _MOSTLY * len(lines) and words >= _PROSE_WORDS * len(lines)


def _with_fields(rows: list[Row], page: Page) -> list[Row]:
    """The rows with the values of forms between them, each on the line of its label."""
    if not page.fields:
        return rows
    told = {word for row in rows for word in _words(row.text)}
    told |= {"".join(_words(cell.text)) for row in rows for cell in row.cells}
    order = sorted(range(len(rows)), key=lambda at: _middle(rows[at]))
    middles = [_middle(rows[at]) for at in order]
    within: dict[int, list[Line]] = {}
    below: dict[int, list[Line]] = {}
    fields = [field for field in page.fields if field.kind != "check"]
    for field in sorted(fields, key=lambda field: (-field.y1, field.x0)):
        line = _field_line(field, told)
        at = bisect_left(middles, _middle(line))
        near = order[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]
        beside = [at for at in near if _is_beside(rows[at], line)]
        if beside:
            within.setdefault(min(beside, key=lambda at: _distance(rows[at], line)), []).append(
                line
            )
        else:
            above = order[at : at + _NEIGHBOURS]
            over = [at for at in above if _overlap(rows[at], line) > 0] or above
            below.setdefault(over[0] if over else -1, []).append(line)
    result = _as_rows(below.get(-1, ()))
    for at, row in enumerate(rows):
        cells = sorted((*row.cells, *within.get(at, ())), key=lambda cell: cell.x0)
        result.append(Row(tuple(cells), filled=True) if at in within else row)
        result += _as_rows(below.get(at, ()))
    return result


def _as_rows(lines: Sequence[Line]) -> list[Row]:
    rows: list[Row] = []
    for line in lines:
        if rows and _goes_on(rows[-1], line):
            *before, last = rows[-1].cells
            if not before and _MARKER.fullmatch(last.text):  # a list's item is one cell
                rows[-1] = Row((_fused(last, line),))
            else:
                rows[-1] = Row((*before, last, line))
        else:
            rows.append(Row((line,)))
    return rows


def _middle(box: Row | Line | Field) -> float:
    return (box.y0 + box.y1) / 2


def _centre(box: Line | Field) -> float:
    return (box.x0 + box.x1) / 2


def _overlap(a: Row | Line, b: Row | Line) -> float:
    return min(a.x1, b.x1) - max(a.x0, b.x0)


def _distance(row: Row, line: Line) -> float:
    """How far the row's nearest cell is to the left; a little farther if it is to the right."""
    return min(
        line.x0 - cell.x1 if cell.x0 <= line.x0 else 2 * max(0.0, cell.x0 - line.x1)
        for cell in row.cells
    )


def _is_beside(row: Row, line: Line) -> bool:
    """Whether the middle of one lies within the height of the other."""
    reach = max(row.y1 - row.y0, min(line.height, 2 * (row.y1 - row.y0))) / 2
    return row.level and abs(_middle(row) - _middle(line)) <= reach


def _field_line(field: Field, told: Collection[str]) -> Line:
    """What the page shows in a field, after the field's name where the page does not tell it."""
    text = " ".join(field.value.split())
    name = _readable(field.name)
    if not all(word in told for word in _words(name)):
        text = f"{name}: {text}"
    return Line(text, field.x0, field.y0, field.x1, field.y1)


def _words(text: str) -> list[str]:
    return re.findall(r"\w{1,60}", text.casefold())


def _readable(name: str) -> str:
    """A field's name as a label for people; "" if it says nothing."""
    last = re.sub(r"\[\d{1,6}\]", "", name.rsplit(".", 1)[-1])
    words = " ".join(_CAMEL.sub(" ", last.replace("_", " ")).split()).rstrip(": ")
    if _NAMELESS.fullmatch(words) or not any(c.isalpha() for c in words):
        return ""
    return words[:1].upper() + words[1:]


def checked_boxes(page: Page) -> Iterator[str]:
    """Each checked box or button as a row of its own: what it is called, and what it says."""
    lines = sorted(page.lines, key=_middle)
    middles = [_middle(line) for line in lines]
    for field in page.fields:
        if field.kind != "check":
            continue
        at = bisect_left(middles, _middle(field))
        high = max(1.0, field.y1 - field.y0)
        near = lines[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]
        near = [line for line in near if abs(_middle(line) - _middle(field)) <= high]
        right = [line for line in near if -1 <= line.x0 - field.x1 <= _NEAR * high]
        left = [line for line in near if -1 <= field.x0 - line.x1 <= _NEAR * high]
        beside = ""
        if right or left:
            nearest = right or left
            beside = min(nearest, key=lambda line: abs(_centre(line) - _centre(field))).text
        name = _readable(field.name)
        value = _readable(field.value)
        plain = value.casefold() in _YES or not value
        if name and not plain:
            yield _sentence(f"{name}: {beside or value}")
        elif label := beside or name:
            yield f"{label.rstrip(':. ')}: Yes."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def tables_in(rows: Sequence[Row]) -> list[Table]:
    """Runs of rows whose cells stand below each other, in order."""
    tables: list[Table] = []
    at = 0
    while at < len(rows):
        columns = [(cell.x0, cell.x1) for cell in rows[at].cells]
        end = at + 1
        grid: list[list[str]] = [[cell.text for cell in rows[at].cells]]
        while len(columns) > 1 and end < len(rows) and not rows[at].filled:
            places = _places(rows[end], columns)
            if places is None or rows[end - 1].y0 < rows[end].y0:
                break
            texts = [""] * len(columns)
            for place, cell in zip(places, rows[end].cells, strict=True):
                texts[place] = cell.text
                columns[place] = min(columns[place][0], cell.x0), max(columns[place][1], cell.x1)
            grid.append(texts)
            end += 1
        if _is_table(grid):
            above = heading_rows(rows, tables[-1].end if tables else 0, at, columns)
            names = not _HAS_VALUE.search("".join(grid[0]))
            cells = [
                [Cell(text, header=bool(above) and names and not number) for text in texts]
                for number, texts in enumerate(grid)
            ]
            start = at - len(above)
            tables.append(Table(start, end, tuple(row_texts([*above, *cells]))))
            at = end
        else:  # a long run is looked at once: it would be no table from its second row on either
            at = end if end - at > _SHORT else at + 1
    return tables


def _places(row: Row, columns: Sequence[tuple[float, float]]) -> list[int] | None:
    """The column of each cell; None if one has none, or two have the same."""
    places: list[int] = []
    if not 1 < len(row.cells) <= len(columns) or not row.level or row.filled:
        return None
    for cell in row.cells:
        over = [at for at, (x0, x1) in enumerate(columns) if cell.x0 < x1 and x0 < cell.x1]
        if len(over) != 1 or over[0] in places:
            return None
        places.append(over[0])
    return places


def _is_table(grid: Sequence[Sequence[str]]) -> bool:
    """Three rows at least, or two of three columns and more; mostly short cells."""
    cells = [text for texts in grid for text in texts if text]
    if len(grid) < (2 if len(grid[0]) > 2 else 3):
        return False
    if any(text.endswith((",", ";", "{", "}")) for text in cells):  # lines of code, or addresses
        return False
    return sum(len(text) for text in cells) <= 40 * len(cells)
