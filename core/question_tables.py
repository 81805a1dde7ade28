"""Tables of questions: CSV and TSV with a header, and DPR's two columns without one.

People type questions that begin with a quotation mark, and DPR's files quote some cells and not
others. So a line between tabs that has all its cells is a row, whatever quotes stand in it; a
quote that joins lines must close before the next row begins, or the line where it opened is named.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from .compression import read_lines
from .errors import RowError
from .layouts import QUESTION_NAMES, listed_answers, plain_name
from .tables import DECLARED, NumberedRows

__all__ = ["read_question_table"]

_DELIMITERS = ("\t", ",", ";", "|")
_LONGEST = 1 << 27
"""Characters of a cell."""
_CONTEXTS = frozenset(("context", "passage", "text", "document", "paragraph", "content", "body"))
_MEND_QUOTE = "close the quote, or write it doubled within a quoted cell, or give JSON lines"


def read_question_table(path: Path) -> NumberedRows:
    """The rows of a table, each with the number of its first line.

    A first line that names the question's column is a header, and the cells are taken under its
    names. Without one there are DPR's two columns, a question and a list of answers. Raises
    RowError naming the line, and OSError.
    """
    csv.field_size_limit(_LONGEST)
    lines = _numbered_lines(path)
    first = next((line for line in lines if line[1].strip()), None)
    declared = DECLARED.fullmatch(first[1]) if first else None
    if declared:
        first = next((line for line in lines if line[1].strip()), None)
    if first is None:
        return
    header, delimiter = _header(path, first, declared[1] if declared else "")
    if header is None:
        delimiter = declared[1] if declared else "\t" if "\t" in first[1] else ","
        for number, cells in _records(path, chain([first], lines), delimiter, ["", ""]):
            yield number, _dpr_question(path, number, cells)
        return
    for number, cells in _records(path, lines, delimiter, header):
        while len(cells) > len(header) and not cells[-1].strip():
            cells.pop()  # a delimiter ends the line
        if len(cells) != len(header):
            why = f"has {len(cells)} columns, and the header {len(header)}"
            raise RowError(f"{path}:{number}", why, "mend the line")
        yield number, dict(zip(header, cells, strict=True))


def _numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines as the cells' reader has them: ended by \\n, \\r\\n or \\r."""
    # io.StringIO divides at \r too, with which old programs end lines.
    parts = (part for _, line in read_lines(path) for part in io.StringIO(line, newline=""))
    yield from enumerate(parts, 1)


def _header(path: Path, first: tuple[int, str], declared: str) -> tuple[list[str] | None, str]:
    """The names of the columns and what divides them; None where the line names no question.

    What is `declared`, by Excel's `sep=`, is tried before all else.
    """
    number, line = first
    for delimiter in (declared, *_DELIMITERS) if declared else _DELIMITERS:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
        while cells and not cells[-1]:
            cells.pop()
        names = [plain_name(cell) for cell in cells]
        if len(cells) < 2 or not QUESTION_NAMES.intersection(names):
            continue
        if twice := next((name for name in cells if name and cells.count(name) > 1), None):
            why = f"two columns are called {twice!r}"
            raise RowError(f"{path}:{number}", why, "give each column a name of its own")
        return cells, delimiter
    return None, ","


def _dpr_question(path: Path, number: int, cells: Sequence[str]) -> dict[str, Any]:
    place = f"{path}:{number}"
    if len(cells) != 2:
        why = f"has {len(cells)} columns, not 2: question and answers"
        raise RowError(place, why, "divide them by tabs, or by commas")
    return {"question": cells[0], "answer": listed_answers(cells[1], place)}


def _records(
    path: Path, lines: Iterator[tuple[int, str]], delimiter: str, header: Sequence[str]
) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row that is not empty, with the number of its first line."""
    width = len(header)
    for number, line in lines:
        if not line.strip():
            continue
        bare = line.rstrip("\r\n").split(delimiter)
        alone = _quoted_cells(line, delimiter)
        if delimiter == "\t" and len(bare) == width:
            if alone is None or len(alone) != width:
                alone = bare
        elif alone is None:
            alone = _joined_cells(path, number, chain([(number, line)], lines), delimiter, header)
        if any(map(str.strip, alone)):
            yield number, alone


def _quoted_cells(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line that is a row by itself; None where a quote is left open, or breaks."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def _joined_cells(
    path: Path,
    first: int,
    lines: Iterator[tuple[int, str]],
    delimiter: str,
    header: Sequence[str],
) -> list[str]:
    """The cells of a row of which one holds ends of lines. Raises RowError where quotes swallow.

    A quote that was never meant to open a cell takes in rows until the next one: then every line
    has the cells of a row. Contexts are let be, which have lines, and commas in them.
    """
    taken: list[str] = []

    def taking() -> Iterator[str]:
        for _, line in lines:
            taken.append(line)
            yield line

    place = f"{path}:{first}"
    try:
        cells = next(csv.reader(taking(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        why = f'a cell begins with " that no quote closes ({error})'
        raise RowError(place, why, _MEND_QUOTE) from None
    joined = [name for name, cell in zip(header, cells, strict=False) if "\n" in cell]
    inner = taken if delimiter == "," else taken[1:-1]
    if (
        inner
        and not all(plain_name(name) in _CONTEXTS for name in joined)
        and all(line.rstrip("\r\n").count(delimiter) == len(header) - 1 for line in inner)
    ):
        why = f"a quote that opens here takes in the rows up to line {first + len(taken) - 1}"
        raise RowError(place, why, _MEND_QUOTE)
    return cells
