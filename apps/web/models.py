"""Requests and answers that several groups of operations share."""

from __future__ import annotations

import base64
import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, model_validator

from ...core.errors import InputError

__all__ = ["Body", "Cursor", "Limit", "page", "read_cursor"]

Item = TypeVar("Item")
Limit = Annotated[int, Query(ge=1, le=200, description="Items at most.")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next` of the list before; none: the first.")
]


class Body(BaseModel):
    """A request's JSON object: nothing unknown, no type converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _knows_every_field(cls, table: Any) -> Any:
        """A mistyped field is told with the one that was meant; NaN, which is no JSON, as such."""
        if isinstance(table, Mapping):
            if not _finite(table):
                raise ValueError("NaN and Infinity are no numbers of JSON; leave them out")
            known = [field.alias or name for name, field in cls.model_fields.items()]
            for name in table:
                if name not in known:
                    near = difflib.get_close_matches(str(name), known, n=1)
                    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
                    raise ValueError(f"{str(name)[:100]!r} is not a field here; {hint}")
        return table


def _finite(value: Any) -> bool:
    """Whether all numbers in an object are numbers: Python's parser takes NaN for one."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            return False
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return True


def page(
    items: Sequence[Item], limit: int, place: Callable[[Item], str], show: Callable[[Item], Any]
) -> dict[str, Any]:
    """A part of a list: `{"items": [...], "next": cursor or null}`.

    `items` are up to `limit` + 1, in the order of the list; `place` is where one stands in it, by
    which the next part goes on, whatever was added meanwhile.
    """
    shown = items[:limit]
    more = len(items) > limit
    return {
        "items": [show(item) for item in shown],
        "next": _cursor(place(shown[-1])) if more else None,
    }


def read_cursor(cursor: str | None) -> str | None:
    """The place that a cursor stands for. Raises InputError for what is none."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, b"-_", validate=True).decode()
    except ValueError:
        raise InputError("cursor: give the `next` of the list before, as it is") from None


def _cursor(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
