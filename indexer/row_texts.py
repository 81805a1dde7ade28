"""Row serialization: the values of a row as a text that can be read by itself, with their names.

{"Model": "Fenn A1", "Price": 349}   ->   Fenn A1. Price: 349.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.rows import plain_name
from .columns import ASKED, ID, INDEX, TEXT, TITLE, TextUse, columns_of, first_with_text
from .documents.extracted import Extracted, TextBuilder
from .documents.grids import Cell, row_texts
from .json_trees import scalar_text, tree_text

__all__ = ["is_index", "row_text", "text_with_values"]

_LEAD = 120
"""Characters of the value that names a row, before what is nested in it."""


def row_text(
    fields: Mapping[str, Any], names: Mapping[str, str], use: TextUse, *, alone: bool
) -> Extracted:
    """`Fenn A1. Price: 349 euros.`, each value with its column's name; no text for no such row."""
    empty = Extracted("")
    asked = ASKED if use is TextUse.VALUE else {*TEXT, *ASKED}
    if names.keys() & asked and not _is_tree(fields, names, alone):
        return empty
    own = columns_of(names, ID)
    leading = first_with_text(fields, names, TITLE)
    keys = [key for key in fields if key not in own and not is_index(key, fields[key])]
    keys.sort(key=lambda key: key != leading)
    cells = [(key, _shown(fields[key])) for key in (*keys, *own)]
    shown = [(key, text) for key, text in cells if text]
    words = any(re.search(r"[^\W\d_]", text or "") for _, text in cells if text != "")
    named = any(len(re.findall(r"[^\W\d_]", key)) > 2 for key, text in cells if text != "")
    if alone or any(text is None for _, text in cells):
        return _tree(fields, names, alone) if words or named else empty
    if len(shown) < 2:
        lone = len(fields) == 1 and bool(shown) and not own and words and named
        return Extracted(str(shown[0][1])) if lone else empty
    if all(key in own for key, _ in shown[1:]) or not (words or named):
        return empty
    return _cells([(key, text or "") for key, text in cells])


def is_index(key: str, value: object) -> bool:
    """Whether a column numbers the rows, as pandas writes it: without a name."""
    return plain_name(key) in INDEX and str(value).strip().isdecimal()


def _cells(cells: Sequence[tuple[str, str]]) -> Extracted:
    """Values with the names of their columns as a row of a table; empty ones are told."""
    builder = TextBuilder()
    header = [Cell(key.replace("_", " ").strip(), header=True) for key, _ in cells]
    builder.add_rows(row_texts([header, [Cell(text) for _, text in cells]]))
    return builder.extracted()


def text_with_values(
    prose: str, fields: Mapping[str, Any], names: Mapping[str, str], used: Sequence[str]
) -> Extracted:
    """A text, and after it the row's other values, its title first."""
    leading = first_with_text(fields, names, TITLE)
    keys = [k for k in fields if k not in used and not is_index(k, fields[k])]
    keys.sort(key=lambda key: (key != leading, key in columns_of(names, ID)))
    cells = [(key, text) for key in keys if (text := _shown(fields[key])) is not None]
    if sum(bool(text) for _, text in cells) < 2:  # a value without a name for its row
        return Extracted(prose)
    builder = TextBuilder()
    builder.add(prose)
    values = _cells(cells)
    builder.add_rows(values.text[start:end] for start, end in values.rows)
    return builder.extracted()


def _is_tree(fields: Mapping[str, Any], names: Mapping[str, str], alone: bool) -> bool:
    """Whether a row without text is an object of its own, in which such names say little."""
    return alone and not first_with_text(fields, names, ASKED)


def _tree(fields: Mapping[str, Any], names: Mapping[str, str], alone: bool) -> Extracted:
    """An object with what is nested in it."""
    lead = ""
    if not alone:  # a member of a list is told from the others by what it begins with
        scalars = [key for key in fields if isinstance(fields[key], str | int)]
        key = first_with_text(fields, names, TITLE) or next(iter(scalars), None)
        lead = "" if key is None else scalar_text(fields[key])[:_LEAD]
    return tree_text(fields, lead=lead)


def _shown(value: object) -> str | None:
    """A value as it is written in a row's text: "" for none, None for what is nested deeper."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, (str, int, float)):
        return str(value).strip()
    if isinstance(value, Mapping):
        value = [f"{k}: {v}" if isinstance(v, (str, int, float)) else v for k, v in value.items()]
    if isinstance(value, list) and all(isinstance(v, (str, int, float)) for v in value):
        return ", ".join(map(str, value))
    return None
