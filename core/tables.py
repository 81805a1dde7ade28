"""CSV, TSV and Parquet: numbered rows, streamed."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

from .compression import (
    OnBadRow,
    OnNotice,
    OnRead,
    content_suffix,
    raise_error,
    read_lines,
    uncounted,
    unheard,
)
from .errors import RowError, first_line
from .forks import on_fork

__all__ = ["Columns", "NumberedRows", "read_cells", "read_parquet", "read_table"]

_DELIMITERS = (",", ";", "\t", "|")
DECLARED = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
"""Excel's own first line, `sep=;`."""
_FIRST, _FIRST_CHARACTERS = 30, 1 << 18
"""Lines, and characters of them, by which the delimiter is told."""
_WORD, _DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")
_LONGEST = 1 << 27
"""Characters of a cell."""

_HEADER_CELL = 60
"""Characters of a column's name below lines about the table."""
_ABOVE = 3
"""Cells of a line about the table at most."""

NumberedRows: TypeAlias = Iterator[tuple[int, dict[str, Any]]]
OnFacts: TypeAlias = Callable[[int, dict[str, str]], None]
"""Takes what stands above a table, by its labels, with the number of its last line."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns of one meaning, of which a table must have at least one."""

    meaning: str
    names: Sequence[str]

    def check(self, path: Path, header: Sequence[str]) -> None:
        """Raise RowError where the header has none of them."""
        if not set(header) & set(self.names):
            raise RowError(
                path,
                f"no column with {self.meaning}",
                f"it has {', '.join(header)[:200] or 'no columns'}, and the {self.meaning} is "
                f"looked for in {', '.join(self.names)}",
            )


def _unheard_facts(_number: int, _facts: dict[str, str]) -> None:
    pass


def read_table(
    path: Path,
    on_bad: OnBadRow = raise_error,
    on_read: OnRead = uncounted,
    on_notice: OnNotice = unheard,
    on_facts: OnFacts = _unheard_facts,
) -> NumberedRows:
    """CSV or TSV with a header, such as DPR's psgs_w100.tsv; numbered by their last line.

    Cells are divided by what divides the header and the first rows best (comma, semicolon, tab or
    bar), or what Excel's `sep=` says. Lines about the table that stand above its header, as banks
    write them, are given to `on_facts`, and told. Raises RowError where there is no header, and
    OSError.
    """
    lines = read_lines(path, raise_error, on_read, on_notice)
    delimiter, lines = _delimited(lines, "\t" if content_suffix(path) == ".tsv" else ",")
    rows = read_cells(path, lines, delimiter, on_bad)
    head = list(islice(rows, _FIRST))
    if above := _lines_above([cells for _, cells in head]):
        on_notice(f"{path}: the table begins in line {head[above][0]}; what is above is read alone")
        on_facts(head[above - 1][0], _facts(cells for _, cells in head[:above]))
    rows = chain(head[above:], rows)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    while header and not header[-1]:
        header.pop()  # the line ends in a delimiter
    header = list(_told_apart(header))
    if not header:
        raise RowError(path, "it has no columns", "give it a first line that names them")
    for number, cells in rows:
        if len(cells) > len(header) and not any(map(str.strip, cells[len(header) :])):
            del cells[len(header) :]
        if len(header) == 1:  # nothing is divided there
            cells = [delimiter.join(cells)]
        if len(cells) == len(header):
            yield number, dict(zip(header, cells, strict=True))
        else:
            why = f"has {len(cells)} columns, and the header {len(header)}"
            on_bad(RowError(f"{path}:{number}", why, "mend the line"))


def _lines_above(rows: Sequence[list[str]]) -> int:
    """How many of the first rows are lines about a table that begins below them: none, mostly.

    They have few cells, and the header below names as many columns as most rows have, at least
    three, of which one holds numbers.
    """
    used = max((_used(cells) for cells in rows), default=0)  # lines may end in a delimiter
    rows = [cells[:used] for cells in rows]
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    if width < _ABOVE or not rows[0][0].strip():
        return 0
    padded = len(rows[0]) == width
    least, most = (2, 2) if padded else (1, _ABOVE)  # a header may leave columns without names
    for at, cells in enumerate(rows):
        if at >= least and _is_header(cells, rows[at + 1 :], width):
            return at
        filled = sum(bool(cell.strip()) for cell in cells)
        if filled > most or filled >= width:
            return 0
    return 0


def _used(cells: Sequence[str]) -> int:
    """How many cells there are up to the last that holds something."""
    return next((at for at in range(len(cells), 0, -1) if cells[at - 1].strip()), 0)


def _is_header(cells: list[str], below: Sequence[list[str]], width: int) -> bool:
    names = [cell for cell in cells if cell.strip()]
    if len(cells) != width or len(names) < _ABOVE or not all(map(str.strip, cells[: len(names)])):
        return False
    if any(len(n) > _HEADER_CELL or n[0].isspace() or not _WORD.search(n) for n in names):
        return False
    body = [row for row in below if len(row) == width]
    if len(body) * 2 < len(below) or not body or len(set(names)) < len(names):
        return False
    return any(
        not _DIGIT.search(name)
        and 2 * sum(bool(_DIGIT.search(row[at])) for row in body) >= len(body)
        for at, name in enumerate(names)
    )


def _facts(lines: Iterable[list[str]]) -> dict[str, str]:
    """Lines of few cells as values with their labels; a cell alone stands under its number."""
    facts: dict[str, str] = {}
    for number, cells in enumerate(lines, 1):
        label, *values = [cell.strip() for cell in cells if cell.strip()]
        key = label.rstrip(" :") if values else f"line {number}"
        facts[key] = f"{facts[key]}, {', '.join(values)}" if key in facts else ", ".join(values)
        facts[key] = facts[key] or label
    return facts


def _told_apart(header: Sequence[str]) -> Iterator[str]:
    """Names of columns, each once: `Phone`, `Phone 2`; those without one by their number.

    The first may be that of row numbers, which programs write without a name.
    """
    taken = set(header)
    counts: Counter[str] = Counter()
    for at, name in enumerate(header, 1):
        named = name or (f"column {at}" if at > 1 else "")
        counts[named] += 1
        unique = named
        while counts[named] > 1 and unique in taken:
            unique = f"{named} {counts[named]}"
            counts[named] += unique in taken
        taken.add(unique)
        yield unique


def _delimited(
    lines: Iterator[tuple[int, str]], usual: str
) -> tuple[str, Iterator[tuple[int, str]]]:
    """What divides the cells of a table, and its lines, of which the first have been looked at."""
    head: list[tuple[int, str]] = []
    size = 0
    for number, line in lines:
        if not any(text.strip() for _, text in head) and (declared := DECLARED.fullmatch(line)):
            return declared[1], lines
        head.append((number, line))
        size += len(line)
        if len(head) >= _FIRST or size >= _FIRST_CHARACTERS:
            break
    text = "".join(line for _, line in head)
    candidates = [usual, *(d for d in _DELIMITERS if d != usual)]
    best = max(candidates, key=lambda delimiter: _fit(text, delimiter))  # the first of equal ones
    return (best if _fit(text, best) > (0,) else usual), chain(head, lines)


def _fit(text: str, delimiter: str) -> tuple[float, ...]:
    """How well a delimiter divides the first lines of a table; (0,) where it does not.

    First by the share of rows with as many cells as the header, then by how few cells begin with a
    blank, as they do where a comma is a sentence's, then by the number of columns.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    with _long_fields:
        rows = [cells for cells in reader if any(map(str.strip, cells))]
    rows = rows[_lines_above(rows) :]
    width = len(rows[0]) if rows else 0
    if width < 2 or not all(map(str.strip, rows[0][:2])):
        return (0,)
    body = rows[1:-1] if len(rows) > _FIRST // 2 else rows[1:]  # the last may be cut
    even = sum(len(cells) == width for cells in body) / len(body) if body else 1.0
    blank = sum(cell.startswith(" ") for cells in rows for cell in cells[1:])
    return (round(even, 1), -round(blank / sum(map(len, rows)), 1), width)


class _LongFields:
    """Lets the csv module take long cells within a `with` block: its bound is the whole process's.

    One thread at a time, lest another puts the former bound back meanwhile.
    """

    def __init__(self) -> None:
        self._former = csv.field_size_limit()
        self._renew_lock()
        on_fork(self, _LongFields._renew_lock)

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()
        self._former = csv.field_size_limit(_LONGEST)

    def __exit__(self, *_: object) -> None:
        csv.field_size_limit(self._former)
        self._lock.release()


_long_fields = _LongFields()


def read_cells(
    path: Path,
    lines: Iterable[tuple[int, str]],
    delimiter: str,
    on_bad: OnBadRow = raise_error,
    *,
    strict: bool = True,
) -> Iterator[tuple[int, list[str]]]:
    """The cells of the rows that are not empty, each row with the number of its last line.

    With `strict` a quote that is no cell's end is an error: otherwise it may swallow all rows up to
    the next one.
    """
    # io.StringIO divides at \r too, with which old programs end lines.
    parts = chain.from_iterable(io.StringIO(line, newline="") for _, line in lines)
    reader = csv.reader(parts, delimiter=delimiter, strict=strict)
    while True:
        first = reader.line_num + 1
        try:
            with _long_fields:
                cells = next(reader, None)
        except csv.Error as error:
            on_bad(
                RowError(
                    f"{path}:{first}",
                    f"no valid row up to line {reader.line_num} ({error})",
                    'a cell that begins with " must end with one, and hold others only doubled',
                )
            )
            continue
        if cells is None:
            return
        if any(map(str.strip, cells)):
            yield reader.line_num, cells


def read_parquet(
    path: Path, columns: Columns | None = None, on_read: OnRead = uncounted
) -> NumberedRows:
    """The rows of a Parquet file, from 1, some thousand at a time.

    Raises RowError where it is none, or no column is of the `columns` that it must have.
    """
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        size = path.stat().st_size
        with parquet.ParquetFile(path) as file:
            if columns is not None:
                columns.check(path, file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
                on_read(size * number // max(1, file.metadata.num_rows))
    except (arrow.ArrowException, OSError, ValueError, OverflowError) as error:
        why = f"no valid Parquet file ({first_line(error)})"
        raise RowError(path, why, "write it again") from error
