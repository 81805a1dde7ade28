"""Haystack's filters -> what SpanMem calls `where`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from haystack.errors import FilterError

_SIGNS = {"==": "eq", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "in": "in"}
_ATTRIBUTES = ("id", "content", "score", "embedding", "blob", "sparse_embedding")


def where_of(filters: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The conditions of a filter, which must all hold; None for none.

    What has neither `operator` nor `conditions` is taken for a `where` already:
    `{"lang": "en", "year": {"gte": 2024}}`. Raises FilterError for OR, NOT, `!=` and `not in`,
    which have no equal here: a document that lacks a key meets no condition on it.
    """
    if not filters:
        return None
    if not {"operator", "conditions"} & filters.keys():
        return dict(filters)
    where: dict[str, Any] = {}
    for field, sign, value in _comparisons(filters):
        bounds = where.setdefault(field, {})
        if sign in bounds:
            raise FilterError(
                f"{field!r} is compared by {sign!r} twice, which SpanMem cannot; state it once"
            )
        bounds[sign] = value
    return where


def _comparisons(filters: Any) -> Iterator[tuple[str, str, Any]]:
    if not isinstance(filters, Mapping) or "operator" not in filters:
        raise FilterError(f"a condition lacks its operator: {str(filters)[:100]}")
    operator = filters["operator"]
    if "field" not in filters:
        if operator != "AND":
            raise FilterError(
                f"SpanMem joins conditions by AND alone, not by {operator!r}; ask once for each "
                "alternative, or list values by `in`"
            )
        for condition in filters.get("conditions", ()):
            yield from _comparisons(condition)
        return
    if operator not in _SIGNS:
        raise FilterError(
            f"SpanMem compares by {', '.join(_SIGNS)}, not by {operator!r}; for `!=` give its own "
            'form, {"KEY": {"ne": VALUE}}, which leaves out documents without the key'
        )
    yield _field(filters["field"]), _SIGNS[operator], _value(filters, operator)


def _field(name: Any) -> str:
    """The key of the metadata: `lang` of `meta.lang`."""
    if not isinstance(name, str) or name in _ATTRIBUTES:
        raise FilterError(f"SpanMem filters by documents' metadata alone, not by {name!r}")
    return name.removeprefix("meta.")


def _value(condition: Mapping[str, Any], operator: str) -> Any:
    if "value" not in condition:
        raise FilterError(f"the condition on {condition['field']!r} lacks its value")
    value = condition["value"]
    if value is None or isinstance(value, list) != (operator == "in"):
        raise FilterError(
            f"{operator!r} on {condition['field']!r} is given {str(value)[:100]}; give "
            f"{'a list of values' if operator == 'in' else 'one value'}"
        )
    return value
