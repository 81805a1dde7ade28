"""What a page is put together from: blocks of text, and tables with what their cells hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from .extracted import Extracted, TextBuilder
from .grids import Cell, row_texts, share_rows

__all__ = ["Block", "Frame", "Piece", "Sink", "Table", "extracted", "flat"]

_INSIDE = 200
"""Characters of a table in a table's cell that are read as part of the cell."""
_LONG = 300
"""Characters of a cell that is rather a column of the page than a value."""
_ENTRY = 80
"""Words of a question and its answer that are read by themselves: they fit in a passage."""
_DEEPEST = 2
"""Levels of tables in each other that hold data; what is around them lays out the page."""
_TERM, _DEFINITION = 80, 120
"""Characters of a `dt` and a `dd` that are read as name and value."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, a list's item."""

    text: str
    item: bool = False
    names: bool = False
    """It is a heading, or a button or summary that opens what follows."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of data."""

    rows: Sequence[Sequence[Cell]]
    title: str
    """Its caption, or the heading above it."""


Piece: TypeAlias = "Block | Table | list[Piece]"


@dataclass(slots=True)
class Sink:
    """Where text goes: the page, or a cell. Pieces that a table hands up stay lists in the list."""

    parts: list[str] = field(default_factory=list)
    """Inline text whose block has not ended."""
    pieces: list[Piece] = field(default_factory=list)
    alts: list[str] = field(default_factory=list)
    links: int = 0
    """Of the characters in `parts`, how many are links'."""
    bold: int = 0
    """Of all characters, how many are bold."""
    characters: int = 0
    paragraphs: int = 0
    headings: int = 0
    level: int = 0
    """How many tables lie in each other here."""

    def add(self, block: Block) -> None:
        self.pieces.append(block)
        self.characters += len(block.text)
        self.paragraphs += not block.item

    def take(self, pieces: list[Piece], sinks: Sequence[Sink], level: int) -> None:
        """What a table in it held."""
        self.pieces.append(pieces)
        self.characters += sum(sink.characters for sink in sinks)
        self.paragraphs += sum(sink.paragraphs for sink in sinks)
        self.headings += sum(sink.headings for sink in sinks)
        self.level = max(self.level, level)

    def text(self) -> str:
        """All on one line, items divided by semicolons."""
        text = ""
        parts: list[str] = []
        item = False
        for piece in flat(self.pieces):
            if isinstance(piece, Block):
                text, follows = " ".join(piece.text.split()), piece.item and item
                item = piece.item
                if parts:
                    ends = parts[-1].endswith((".", ";", ":", "!", "?", ","))
                    parts.append("; " if follows and not ends else " ")
                parts.append(text)
            else:
                texts = list(row_texts(piece.rows))
                parts += [" " if parts else "", " ".join(texts)]
        return "".join(parts)


@dataclass(slots=True)
class _Held:
    """A cell of a table that is still open."""

    sink: Sink
    columns: int
    rows: int
    header: bool


@dataclass(slots=True)
class Frame:
    """A table, or a list of definitions, that is still open."""

    kind: str
    """`table`, `aria` for one made of other elements, or `dl`."""
    title: str = ""
    is_layout: bool = False
    """It says so itself."""
    caption: str = ""
    sections: list[tuple[str, list[list[_Held]]]] = field(default_factory=list)

    def open_section(self, tag: str) -> None:
        self.sections.append((tag, []))

    def open_row(self) -> None:
        if not self.sections:
            self.open_section("tbody")
        self.sections[-1][1].append([])

    def open_cell(self, columns: int, rows: int, *, header: bool) -> Sink:
        if not self.sections or not self.sections[-1][1]:
            self.open_row()
        tag, lines = self.sections[-1]
        held = _Held(Sink(), columns, rows, header or tag == "thead")
        lines[-1].append(held)
        return held.sink

    def close(self, around: Sink) -> None:
        """Hands what it held to the text around it: as a table of data, or as text."""
        order = {"thead": 0, "tfoot": 2}
        sections = sorted(self.sections, key=lambda section: order.get(section[0], 1))
        lines = [line for _, lines in sections for line in lines if line]
        sinks = [held.sink for line in lines for held in line]
        level = max((sink.level for sink in sinks), default=0) + (self.kind != "dl")
        pieces: list[Piece] = []
        if self.caption:
            pieces.append(Block(self.caption))
        if self.kind == "dl":
            pieces += _definitions(lines)
        elif self.is_layout or level > _DEEPEST or _lays_out(lines):
            pieces += [sink.pieces for sink in sinks if sink.pieces]
        else:
            after: list[Piece] = []
            rows = [_cells(lines, after) for _, lines in sections]
            pieces.append(Table(_headed([row for part in rows for row in part]), self._title()))
            pieces += after
        around.take(pieces, sinks, level)

    def _title(self) -> str:
        return self.caption or self.title


def _cells(lines: Sequence[Sequence[_Held]], after: list[Piece]) -> list[list[Cell]]:
    """The rows of a section; a cell reaches no further down than it.

    Large tables in a cell go `after` the table.
    """
    rows: list[list[Cell]] = []
    for at, line in enumerate(lines):
        row: list[Cell] = []
        for held in line:
            sink = held.sink
            if sink.level and sink.characters > _INSIDE:
                inner = [piece for piece in sink.pieces if isinstance(piece, list)]
                after += inner
                sink.pieces = [piece for piece in sink.pieces if not isinstance(piece, list)]
            text = sink.text()
            bold = bool(text) and sink.bold * 10 >= 9 * len(text.replace(" ", ""))
            reach = len(lines) - at
            down = min(held.rows or reach, reach)
            row.append(Cell(text, max(1, held.columns), down, held.header, bold))
        rows.append(row)
    return rows


def _headed(rows: list[list[Cell]]) -> list[list[Cell]]:
    """The first row marked as headings where it is bold alone, or lacks the mark in the corner."""
    if len(rows) < 2 or not rows[0]:
        return rows
    first, *others = rows
    marked = any(cell.header for cell in first)
    corner = len(first) > 1 and all(cell.header for cell in first[1:]) and not first[0].header
    below = any(cell.header for row in others for cell in row[1:])
    bold = not marked and all(cell.bold or not cell.text for cell in first)
    plain = any(cell.text and not cell.bold for row in others for cell in row[1:] or row)
    if (corner and not below) or (bold and plain and len(first) > 1):
        return [[replace(cell, header=True) for cell in first], *others]
    return rows


def _lays_out(lines: Sequence[Sequence[_Held]]) -> bool:
    """Whether the table arranges parts of a page, rather than values."""
    cells = [held for line in lines for held in line]
    if max((sum(max(1, held.columns) for held in line) for line in lines), default=0) < 2:
        return True
    if any(held.header for held in cells):
        return any(held.sink.headings for held in cells) and not all(
            any(held.header for held in line) for line in lines
        )
    return any(
        held.sink.headings
        or held.sink.paragraphs > 3
        or held.sink.characters > _LONG
        or (held.sink.level and len(lines) == 1)
        for held in cells
    )


def _definitions(lines: Sequence[Sequence[_Held]]) -> Iterator[Piece]:
    """Terms and definitions: as names and values where all are short, else as they stand."""
    cells = [held for line in lines for held in line]
    terms = [held for held in cells if held.header]
    short = all(
        not held.sink.level
        and held.sink.paragraphs < 2
        and not held.sink.headings
        and held.sink.characters <= (_TERM if held.header else _DEFINITION)
        for held in cells
    )
    pairs: list[tuple[str, list[str]]] = []
    for held in cells:
        text = held.sink.text() if short else ""
        if held.header:
            pairs.append((text, []))
        elif pairs:
            pairs[-1][1].append(text)
        else:
            short = False
    if not short or len(terms) < 2 or not all(name and any(texts) for name, texts in pairs):
        yield from (held.sink.pieces for held in cells)
        return
    rows = [
        [Cell(name, header=True), Cell("; ".join(filter(None, texts)))] for name, texts in pairs
    ]
    yield Table(rows, "")


def flat(pieces: Sequence[Piece]) -> Iterator[Block | Table]:
    """The pieces in order, without recursion: tables can lie in each other to any depth."""
    waiting = [iter(pieces)]
    while waiting:
        piece = next(waiting[-1], None)
        if piece is None:
            waiting.pop()
        elif isinstance(piece, list):
            waiting.append(iter(piece))
        else:
            yield piece


def extracted(pieces: Sequence[Piece], title: str) -> Extracted:
    """The document of all pieces; tables that share rows bear their titles in each row."""
    leaves = list(flat(pieces))
    shared = share_rows([piece.rows if isinstance(piece, Table) else () for piece in leaves])
    builder = TextBuilder()
    for entry in _entries(zip(leaves, shared, strict=True)):
        piece, ambiguous = entry[0]
        if isinstance(piece, Table):
            builder.add_rows(row_texts(piece.rows, piece.title if ambiguous else ""))
        elif len(entry) == 1:
            builder.add(piece.text)
        else:
            builder.add_rows(
                ["\n".join(block.text for block, _ in entry if isinstance(block, Block))]
            )
    return builder.extracted(title)


def _entries(
    pieces: Iterable[tuple[Block | Table, bool]],
) -> Iterator[list[tuple[Block | Table, bool]]]:
    """The pieces one by one, but for a question that is a heading: with its short answer.

    Read by itself, an answer is not taken for that of the question beside it.
    """
    entry: list[tuple[Block | Table, bool]] = []
    words = 0
    for piece, ambiguous in pieces:
        count = len(piece.text.split()) if isinstance(piece, Block) else _ENTRY
        follows = entry and isinstance(piece, Block) and not piece.names
        if follows and words + count <= _ENTRY:
            entry.append((piece, ambiguous))
            words += count
            continue
        if follows:  # too long an answer
            yield from ([part] for part in entry)
        elif entry:
            yield entry
        entry, words = [(piece, ambiguous)], count
        if not (isinstance(piece, Block) and piece.names and piece.text.endswith(("?", "？"))):
            yield entry
            entry = []
    if entry:
        yield entry
