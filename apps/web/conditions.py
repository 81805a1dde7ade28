"""Two filters on documents' metadata made one that both must hold (`memory.filters`).

A key's own conditions are joined with those of a request, which can so narrow what is seen, and
never widen it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.errors import InputError

__all__ = ["both"]

_CHOICES = ("in", "eq")
"""Two names for one comparison, so that a key of the metadata can have it twice."""
_LOWER, _UPPER = ("gt", "gte"), ("lt", "lte")


def both(first: Mapping[str, Any], second: Mapping[str, Any] | None) -> dict[str, Any]:
    """A filter that is met by what meets both. Raises InputError for two that cannot be joined."""
    joined = dict(first)
    for name, criterion in (second or {}).items():
        if name in joined and joined[name] != criterion:
            joined[name] = _joined(name, _comparisons(joined[name]), _comparisons(criterion))
        else:
            joined[name] = criterion
    return joined


def _comparisons(criterion: Any) -> dict[str, Any]:
    return dict(criterion) if isinstance(criterion, Mapping) else {"in": criterion}


def _joined(name: str, own: dict[str, Any], wished: dict[str, Any]) -> dict[str, Any]:
    for comparison, value in wished.items():
        if comparison in _CHOICES:
            free = next((choice for choice in _CHOICES if choice not in own), None)
            if free is None:
                raise _refusal(name)
            own[free] = value
        elif comparison not in own:
            own[comparison] = value
        elif comparison == "ne":
            own["ne"] = [*_listed(own["ne"]), *_listed(value)]
        else:
            own[comparison] = _stricter(name, comparison, own[comparison], value)
    return own


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _stricter(name: str, comparison: str, own: Any, wished: Any) -> Any:
    """Of two bounds the one that lets less through, where numbers tell which it is."""
    numbers = [value for value in (own, wished) if type(value) in (int, float)]
    if own == wished:
        return own
    if len(numbers) == 2 and comparison in (*_LOWER, *_UPPER):
        return max(numbers) if comparison in _LOWER else min(numbers)
    raise _refusal(name)


def _refusal(name: str) -> InputError:
    return InputError(
        f"where: this key sees documents by {name[:100]!r} already, and that cannot be joined with "
        "your condition; leave it out, or use another comparison"
    )
