"""Tables of troff (tbl): the cells of their rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["table_cells"]

_TAB = re.compile(r"\btab\s{0,9}\(\s{0,9}(.)\s{0,9}\)", re.IGNORECASE)
_RULE = re.compile(r"[_=\s]*|\\[_^]|\.T&")


def table_cells(lines: Sequence[str]) -> list[list[tuple[str, bool]]]:
    """The rows of a table between `.TS` and `.TE`: cells with whether they are headings.

    The first row is one where its format sets it in bold.
    """
    at, tab = 0, "\t"
    if lines and lines[0].rstrip().endswith(";"):
        at = 1
        if found := _TAB.search(lines[0]):
            tab = found[1]
    formats: list[str] = []
    while at < len(lines):
        line = lines[at].strip()
        at += 1
        formats.append(line)
        if line.endswith("."):
            break
    bold = bool(formats) and "b" in formats[0].lower()
    rows: list[list[tuple[str, bool]]] = []
    for cells in _rows(lines[at:], tab):
        head = bold and not rows and len(formats) + formats[0].count(",") > 1
        rows.append([(cell, head) for cell in cells])
    return rows


def _rows(lines: Sequence[str], tab: str) -> list[list[str]]:
    rows: list[list[str]] = []
    block: list[str] | None = None
    for line in lines:
        if block is not None:
            if not line.startswith("T}"):
                block.append(line.strip())
                continue
            rows[-1][-1] = " ".join(filter(None, block))
            more, block = line[2:], None
            cells = more.split(tab)[1:]
            rows[-1] += [cell.strip() for cell in cells]
        elif _RULE.fullmatch(line):
            continue
        else:
            cells = line.split(tab)
            rows.append([cell.strip() for cell in cells])
        if cells and cells[-1].strip() == "T{":
            block = []
    return rows
