"""Conditions on documents' metadata, as SQL. Pure.

    {"lang": "en"}                       equal
    {"lang": ["en", "de"]}               any of these
    {"year": {"gte": 2019, "lt": 2024}}  a range: gt, gte, lt, lte

All keys must hold; a document without a key does not meet a condition on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..core.errors import InputError
from ..core.records import encodable

__all__ = ["Condition", "Where", "condition"]

Where: TypeAlias = Mapping[str, Any]

_RANGES = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_BITS = 63
"""Of a whole number, without its sign: more than SQLite compares exactly."""


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL expression over the table `d` of documents, and its values."""

    sql: str
    values: tuple[str | int | float, ...]


def condition(where: Where | None) -> Condition | None:
    """The condition that `where` states; None for no condition. Raises InputError."""
    if not where:
        return None
    parts = [part for key, wanted in where.items() for part in _parts(key, wanted)]
    return Condition(
        " AND ".join(sql for sql, _ in parts), tuple(v for _, values in parts for v in values)
    )


def _parts(key: str, wanted: Any) -> Iterator[tuple[str, tuple[str | int | float, ...]]]:
    if '"' in key:
        raise InputError(f"the metadata key {key!r} holds a quotation mark, which none can")
    if encodable(key) != key:
        raise InputError(f"the metadata key {key!r} holds half a character; write it whole")
    path = f'$."{key}"'
    if isinstance(wanted, Mapping):
        if not wanted:
            raise InputError(f"the range for {key!r} is empty; give gt, gte, lt or lte")
        for name, bound in wanted.items():
            if name not in _RANGES:
                raise InputError(f"{name!r} is no range for {key!r}; known are gt, gte, lt and lte")
            value = _scalar(key, bound)
            kinds = "('text')" if isinstance(value, str) else "('integer', 'real')"
            yield (
                f"json_type(d.metadata, ?) IN {kinds} "
                f"AND json_extract(d.metadata, ?) {_RANGES[name]} ?",
                (path, path, value),
            )
        return
    values = wanted if isinstance(wanted, (list, tuple, set, frozenset)) else [wanted]
    if not values:
        raise InputError(f"no value is allowed for {key!r}; leave the key out, or give one")
    marks = ", ".join("?" * len(values))
    yield (
        f"json_extract(d.metadata, ?) IN ({marks})",
        (path, *(_scalar(key, value) for value in values)),
    )


def _scalar(key: str, value: Any) -> str | int | float:
    if not isinstance(value, (str, int, float)):
        raise InputError(
            f"{key!r} is compared with {value!r}; text, a number, true or false can be"
        )
    if isinstance(value, str) and encodable(value) != value:
        raise InputError(f"{key!r} is compared with {value!r}, half a character; write it whole")
    if isinstance(value, int) and value.bit_length() > _BITS:
        raise InputError(f"{key!r} is compared with a number beyond 64 bits; give a smaller one")
    return value
