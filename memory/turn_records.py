"""Turns as rows of a table, and what holds of them in the tables of every engine. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, cast

from ..core.errors import InputError
from ..core.records import Evidence, Turn
from .database import restored

__all__ = [
    "COLUMNS",
    "FIELDS",
    "NOW",
    "TAKEN_IN",
    "Then",
    "carried_words",
    "is_turn",
    "must_be_of_scope",
    "must_count",
    "read_turn",
]

TAKEN_IN = (
    *("id", "scope", "question", "carried", "wordings", "answer", "kind", "confidence"),
    *("created_at", "evidence", "author", "model"),
    *("supersedes", "superseded_by", "superseded_at"),
)
FIELDS = ("sequence", *TAKEN_IN)
COLUMNS = ", ".join(FIELDS)


@dataclass(frozen=True, slots=True)
class Then:
    """What was known of a scope's turns at a time."""

    last: int
    """Number of the last turn that was known."""
    later: frozenset[str]
    """Turns that were superseded later."""
    taken_back: Mapping[str, tuple[str, str]]
    """By the turn whose place it had: a correction that was taken back later, and its date."""

    def seen(self, turn: Turn) -> Turn:
        """The turn as it was known."""
        if turn.id in self.taken_back:
            by, at = self.taken_back[turn.id]
            return replace(turn, superseded_by=by, superseded_at=at)
        if turn.id in self.later:
            return replace(turn, superseded_by=None, superseded_at=None)
        return turn


NOW = Then((1 << 63) - 1, frozenset(), {})


def must_be_of_scope(answered: Turn | None, scope: str) -> None:
    """Raise InputError where what is corrected was answered in another scope."""
    if answered is not None and answered.scope != scope:
        raise InputError(
            f"turn {answered.id!r} was answered in scope {answered.scope!r}, and cannot be "
            f"corrected in {scope!r}; correct it in its own"
        )


def must_count(correction: str, scope: str, kind: str | None, by: tuple[str, str] | None) -> None:
    """Raise InputError where a turn is no correction or confirmation that counts.

    `kind` is the turn's, None where the scope has none of that id; `by` are id and kind of the turn
    that superseded it, the kind empty where that one is gone.
    """
    if kind not in ("correction", "confirmed"):
        what = "is none" if kind is None else f"is of the kind {kind!r}"
        raise InputError(
            f"turn {correction!r} of scope {scope!r} {what}, and only a correction or a "
            "confirmation can be withdrawn; the turns of its scope show their ids"
        )
    if by is not None:
        why = "withdrawn already" if by[1] == "withdrawal" else "corrected again since"
        raise InputError(
            f"correction {correction!r} of scope {scope!r} was {why}, by turn {by[0]!r}; withdraw "
            "one that counts"
        )


# -- rows and records


def carried_words(stored: object) -> tuple[str, ...]:
    """Carried words; none where they cannot be read: `verify` tells, and others are dealt with."""
    try:
        return _words(stored)
    except (ValueError, TypeError, RecursionError):
        return ()


def read_turn(row: tuple[Any, ...]) -> Turn:
    """A turn from a row of `COLUMNS`. Raises ValueError, which says why, where it is none."""
    table: dict[str, Any] = {}
    for name, value in zip(FIELDS, row, strict=True):
        try:
            table[name] = _READ.get(name, _text)(value)
        except (ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"its {name} is not what it must be") from error
    return Turn(**table)


def is_turn(row: tuple[Any, ...]) -> bool:
    """Whether `read_turn` can read it."""
    try:
        read_turn(row)
    except ValueError:
        return False
    return True


def _text(value: object) -> str:
    if not isinstance(value, str | bytes):
        raise TypeError
    return restored(value)


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _whole_number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError
    return value


def _real_number(value: object) -> float:
    if not isinstance(value, float):
        raise TypeError
    return value


def _words(value: object) -> tuple[str, ...]:
    return tuple(_text(word) for word in _list(value))


def _places(value: object) -> tuple[Evidence, ...]:
    places = tuple(Evidence(**cast("dict[str, Any]", place)) for place in _list(value))
    for place in places:
        for field in fields(place):
            value = getattr(place, field.name)
            if field.name in ("start", "end") or (field.name == "page" and value is not None):
                _whole_number(value)
            elif field.name != "page":
                _text(value)
    return places


def _list(value: object) -> list[object]:
    items = json.loads(_text(value))
    if not isinstance(items, list):
        raise TypeError
    return cast("list[object]", items)


_READ: dict[str, Callable[[object], object]] = {
    "sequence": _whole_number,
    "carried": _words,
    "wordings": _words,
    "confidence": _real_number,
    "evidence": _places,
    **dict.fromkeys(("answer", "supersedes", "superseded_by", "superseded_at"), _text_or_none),
}
"""What reads a column; texts are read by `_text`."""
