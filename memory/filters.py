"""Conditions on documents' metadata, as SQL. Pure.

    {"lang": "en"}                       equal
    {"lang": ["en", "de"]}               any of these
    {"year": {"gte": 2019, "lt": 2024}}  a range: gt, gte, lt, lte

All keys must hold; a document without a key does not meet a condition on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..core.errors import InputError
from ..core.records import encodable

__all__ = ["Condition", "Where", "condition"]

Where: TypeAlias = Mapping[str, Any]
_Scalar: TypeAlias = str | int | float

_OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_BITS = 63
"""Of a whole number, without its sign: more than SQLite compares exactly."""


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL expression over the table `d` of documents, and the values of its marks."""

    sql: str
    values: tuple[_Scalar, ...]


def condition(where: Where | None) -> Condition | None:
    """The condition that `where` states; None for no condition. Raises InputError."""
    if not where:
        return None
    parts = [part for key, criterion in where.items() for part in _conditions(key, criterion)]
    return Condition(
        sql=" AND ".join(part.sql for part in parts),
        values=tuple(value for part in parts for value in part.values),
    )


def _conditions(key: str, criterion: Any) -> Iterator[Condition]:
    """What one key of a filter demands."""
    if '"' in key:
        raise InputError(
            f"the metadata key {key!r} holds a quotation mark, by which nothing can be found; "
            "name a key without one"
        )
    if encodable(key) != key:
        raise InputError(f"the metadata key {key!r} holds half a character; write it whole")
    path = (
        f"$.{json.dumps(key)}"  # as it is written in the column: SQLite compares letter by letter
    )
    if isinstance(criterion, Mapping):
        yield from _range(key, path, criterion)
    else:
        yield _any_of(key, path, criterion)


def _range(key: str, path: str, bounds: Mapping[str, Any]) -> Iterator[Condition]:
    if not bounds:
        raise InputError(f"the range for {key!r} is empty; give gt, gte, lt or lte")
    for name, bound in bounds.items():
        if name not in _OPERATORS:
            raise InputError(f"{name!r} is no range for {key!r}; known are gt, gte, lt and lte")
        value = _scalar(key, bound)
        json_types = "('text')" if isinstance(value, str) else "('integer', 'real')"
        yield Condition(
            f"json_type(d.metadata, ?) IN {json_types} "
            f"AND json_extract(d.metadata, ?) {_OPERATORS[name]} ?",
            (path, path, value),
        )


def _any_of(key: str, path: str, criterion: Any) -> Condition:
    values = criterion if isinstance(criterion, (list, tuple, set, frozenset)) else [criterion]
    if not values:
        raise InputError(f"no value is allowed for {key!r}; leave the key out, or give one")
    marks = ", ".join("?" * len(values))
    return Condition(
        f"json_extract(d.metadata, ?) IN ({marks})",
        (path, *(_scalar(key, value) for value in values)),
    )


def _scalar(key: str, value: Any) -> _Scalar:
    if not isinstance(value, (str, int, float)):
        raise InputError(
            f"{key!r} is compared with {value!r}; text, a number, true or false can be"
        )
    if isinstance(value, str) and encodable(value) != value:
        raise InputError(f"{key!r} is compared with {value!r}, half a character; write it whole")
    if isinstance(value, int) and value.bit_length() > _BITS:
        raise InputError(f"{key!r} is compared with a number beyond 64 bits; give a smaller one")
    return value
