"""CSV, TSV and Parquet: numbered rows, streamed."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from .compression import OnBadRow, OnRead, content_suffix, raise_error, read_lines, uncounted
from .errors import RowError, first_line

__all__ = ["Columns", "NumberedRows", "read_cells", "read_parquet", "read_table"]

NumberedRows: TypeAlias = Iterator[tuple[int, dict[str, Any]]]


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


def read_table(
    path: Path,
    columns: Columns,
    on_bad: OnBadRow = raise_error,
    on_read: OnRead = uncounted,
) -> NumberedRows:
    """CSV or TSV with a header, such as DPR's psgs_w100.tsv; numbered by their last line.

    Raises RowError where no column is of `columns`, and OSError.
    """
    delimiter = "\t" if content_suffix(path) == ".tsv" else ","
    lines = read_lines(path, raise_error, on_read)
    rows = read_cells(path, lines, delimiter, on_bad)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    columns.check(path, header)
    for number, cells in rows:
        if len(cells) == len(header):
            yield number, dict(zip(header, cells, strict=True))
        else:
            why = f"has {len(cells)} columns, and the header {len(header)}"
            on_bad(RowError(f"{path}:{number}", why, "mend the line"))


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
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    # io.StringIO divides at \r too, with which old programs end lines.
    parts = chain.from_iterable(io.StringIO(line, newline="") for _, line in lines)
    reader = csv.reader(parts, delimiter=delimiter, strict=strict)
    while True:
        first = reader.line_num + 1
        try:
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


def read_parquet(path: Path, columns: Columns, on_read: OnRead = uncounted) -> NumberedRows:
    """The rows of a Parquet file, from 1, some thousand at a time.

    Raises RowError where it is none, or no column is of `columns`.
    """
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        size = path.stat().st_size
        with parquet.ParquetFile(path) as file:
            columns.check(path, file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
                on_read(size * number // max(1, file.metadata.num_rows))
    except (arrow.ArrowException, OSError) as error:
        why = f"no valid Parquet file ({first_line(error)})"
        raise RowError(path, why, "write it again") from error
