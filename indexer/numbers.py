"""Columns of numbers in tables whose cells are all texts, such as those of CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeVar

__all__ = ["number_columns", "typed"]

_Row = TypeVar("_Row")
_SEEN, _SEEN_CHARACTERS = 500, 4_000_000
"""Rows, and characters of them, by which the columns of numbers are told."""
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?")
_NAMED_NO_NUMBER = re.compile(
    r"zip|post(?:al|code|leitzahl)|plz|phone|tele?(?:fon|fax|x)?$|mobile|handy|hotline|isbn|ean$|"
    r"gtin|sku|iban|account|konto|version|release|serial|barcode|(?:^|[^a-z])fax"
)
"""Columns of digits that are no amount: they are looked up, and never compared."""


def typed(cell: str) -> str | int | float | None:
    """A cell of a column of numbers: the number; the text that is none; None for an empty one."""
    cell = cell.strip()
    if not _NUMBER.fullmatch(cell):
        return cell or None
    return float(cell) if "." in cell else int(cell)


def number_columns(
    rows: Iterable[_Row], cells_of: Callable[[_Row], Mapping[str, str]]
) -> tuple[frozenset[str], Iterator[_Row]]:
    """The columns that hold numbers, as far as the first rows show, and all rows."""
    rows = iter(rows)
    head: list[_Row] = []
    size = 0
    for row in rows:
        head.append(row)
        size += sum(map(len, cells_of(row).values()))
        if len(head) >= _SEEN or size >= _SEEN_CHARACTERS:
            break
    columns: dict[str, list[str]] = {}
    for row in head:
        for key, cell in cells_of(row).items():
            columns.setdefault(key, []).append(cell.strip())
    numbers = frozenset(key for key, cells in columns.items() if _is_amount(key, cells))
    return numbers, chain(head, rows)


def _is_amount(name: str, cells: Sequence[str]) -> bool:
    """Whether a column holds numbers: none begins with 0 or +, and none is a name made of digits.

    `1.10` beside `1.9` is a version: amounts are rounded alike.
    """
    filled = [cell for cell in cells if cell]
    if not filled or _NAMED_NO_NUMBER.search(name.casefold()):
        return False
    if not all(_NUMBER.fullmatch(cell) for cell in filled):
        return False
    decimals = {len(cell.partition(".")[2]) for cell in filled if "." in cell}
    return len(decimals) < 2 or not any("." in c and c.endswith("0") for c in filled)
