"""Forgetting turns within a transaction of a server: see `memory.turns`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ....core.times import now
from ...maintenance.derived_turns import TurnWords, add_derived
from ...turn_records import NOW, carried_words
from ...turn_times import Bound
from .values import key_of, restored

__all__ = ["erase", "place_before"]

_PLACE_BEFORE = """
WITH own AS (SELECT sequence, created_at FROM turns WHERE scope_key = %(scope)s),
first_later AS (
    SELECT coalesce(min(sequence), %(end)s) AS number FROM own
    WHERE created_at >= %(before)s AND created_at <= %(now)s
),
bound AS (
    SELECT coalesce(max(sequence), 0) AS last FROM own, first_later
    WHERE created_at < %(before)s AND sequence < number
)
SELECT last, count(*) FILTER (WHERE sequence <= last AND created_at >= %(before)s),
    count(*) FILTER (WHERE sequence > last AND created_at < %(before)s)
FROM bound LEFT JOIN own ON true GROUP BY last
"""


def place_before(cursor: Any, scope: str, before: str) -> Bound:
    """Where a moment lies in the order of a scope's turns: see `memory.turn_times`."""
    values = {"scope": key_of(scope), "before": before, "now": now(), "end": NOW.last}
    return Bound(*cursor.execute(_PLACE_BEFORE, values).fetchone())


def erase(cursor: Any, scope_of: Mapping[int, str]) -> int:
    """Delete turns, given by number with their scopes, and those that hold words of theirs.

    Returns how many there were.
    """
    gone, scopes = set(scope_of), {restored(scope) for scope in scope_of.values()}
    common: set[str] = set()
    rows = cursor.execute("SELECT DISTINCT scope FROM turns").fetchall()
    # The common scope comes first: what was told there may have been given in every other.
    for scope in sorted(restored(name) for (name,) in rows):
        if scope in scopes or common:
            turns = cursor.execute(
                "SELECT sequence, question, carried, answer, can_answer FROM turns "
                "WHERE scope_key = %s ORDER BY sequence",
                (key_of(scope),),
            ).fetchall()
            answers = add_derived(map(_words_of, turns), gone, common)
            common = answers if scope == "" else common
    names: dict[uuid.UUID, list[str]] = {}
    deleted = cursor.execute(
        "DELETE FROM turns WHERE sequence = ANY(%s) RETURNING scope_key, id", (list(gone),)
    ).fetchall()
    for scope_key, name in deleted:
        names.setdefault(scope_key, []).append(name)
    for scope_key, ids in names.items():  # no turn claims to supersede one that is not there
        cursor.execute(
            "UPDATE turns SET supersedes = NULL WHERE scope_key = %s AND supersedes = ANY(%s)",
            (scope_key, ids),
        )
    return len(gone)


def _words_of(row: tuple[Any, ...]) -> TurnWords:
    sequence, question, carried, answer, can_answer = row
    plain = None if answer is None else restored(answer)
    return TurnWords(sequence, restored(question), carried_words(carried), plain, can_answer)
