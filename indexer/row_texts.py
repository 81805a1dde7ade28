"""Row serialization: the values of a row as a text that can be read by itself, with their names.

{"Model": "Fenn A1", "Price": 349}   ->   Fenn A1. Price: 349.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from ..core.rows import plain_name
from .columns import (
    ASKED,
    ID,
    INDEX,
    NESTED,
    TEXT,
    TITLE,
    VECTORS,
    TextUse,
    columns_of,
    first_with_text,
    plain_names,
    text_column,
)
from .documents.extracted import Extracted, TextBuilder
from .documents.grids import Cell, row_texts
from .json_trees import list_text, scalar_text, tree_text

__all__ = ["is_index", "row_text", "text_with_lists", "text_with_values"]

_LEAD = 120
"""Characters of the value that names a row, before what is nested in it."""

_PLACES = frozenset(("start", "begin", "offset", "startchar", "startoffset", "answerstart"))
"""Keys of an annotation: where in a text it stands."""


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


def text_with_lists(text: Extracted, fields: Mapping[str, Any], title: str) -> Extracted:
    """A text, and after it the lists beside it: `ingredients: beef, paprika. tags: stew.`

    Objects of a list are read by their names, or whole where they hold a text of their own, as
    comments do; annotations, which say where in the text they stand, are left out.
    """
    values_said = text.text[text.rows[0][0] :] if text.rows else ""
    joined: dict[str, str] = {}
    remarks: dict[str, list[Mapping[str, Any]]] = {}
    for key, values in _lists(fields):
        words = _joined(values)
        said = f"{key.replace('_', ' ')}: {words}" in values_said
        if re.search(r"[^\W\d_]", words) and not said:
            joined[key] = words
        own = [v for v in values if isinstance(v, Mapping) and _is_remark(v)]
        if own and not words:
            remarks[key] = own
    if words := tree_text(joined).text:  # in the text's passage, which it is about
        text = replace(text, text=f"{text.text}\n\n{words}")
    if (more := tree_text(remarks, lead=title[:_LEAD])).text:
        shift = len(text.text) + 2
        rows = ((start + shift, end + shift) for start, end in more.rows)
        text = replace(text, text=f"{text.text}\n\n{more.text}", rows=(*text.rows, *rows))
    return text


def _lists(fields: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """The lists of a row and of its metadata, without vectors and tokens."""
    for key, value in fields.items():
        name = plain_name(key)
        if name in NESTED and isinstance(value, Mapping):
            yield from ((str(k), v) for k, v in value.items() if _is_list(plain_name(str(k)), v))
        elif _is_list(name, value):
            yield key, value


def _is_list(name: str, value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list) and name not in VECTORS


def _joined(values: Sequence[Any]) -> str:
    """The words of a list, or the names of its objects; "" for what has texts of its own."""
    if (text := list_text(values)) is not None:
        return text
    names: list[str] = []
    for value in values:
        if not isinstance(value, Mapping) or _own_text(value):
            return ""
        key = first_with_text(value, plain_names(tuple(value)), (*TITLE, "label", "key"))
        if key is None:
            return ""
        names.append(scalar_text(value[key]))
    return ", ".join(filter(None, names))


def _own_text(fields: Mapping[str, Any]) -> str:
    key = text_column(fields, plain_names(tuple(fields)))
    return "" if key is None else str(fields[key]).strip()


def _is_remark(fields: Mapping[str, Any]) -> bool:
    """Whether it has a text of its own, and none that stands in the row's."""
    return bool(_own_text(fields)) and not plain_names(tuple(fields)).keys() & _PLACES


def _is_tree(fields: Mapping[str, Any], names: Mapping[str, str], alone: bool) -> bool:
    """Whether a row without text is an object of its own, in which such names say little."""
    return alone and not first_with_text(fields, names, ASKED)


def _tree(fields: Mapping[str, Any], names: Mapping[str, str], alone: bool) -> Extracted:
    """An object with what is nested in it."""
    lead = ""
    if not alone:  # a member of a list is told from the others by what it begins with
        scalars = [key for key in fields if isinstance(fields[key], str | int)]
        scalars.sort(key=lambda key: not _is_name(fields[key]))
        key = first_with_text(fields, names, TITLE) or next(iter(scalars), None)
        lead = "" if key is None else scalar_text(fields[key])[:_LEAD]
    return tree_text(fields, lead=lead)


def _is_name(value: object) -> bool:
    """Whether a value may name its row: words, rather than a number or an address."""
    words = isinstance(value, str) and len(value) <= _LEAD and "://" not in value
    return words and bool(re.search(r"[^\W\d_]", str(value)))


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
