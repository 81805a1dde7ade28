"""Storing turns within a transaction that holds the lock of their scope."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.errors import InputError
from ....core.records import Turn, looked_up
from ...migrations import hash_of_words
from ...turn_records import carried_words, must_count
from .values import key_of, literal, restored, storable

__all__ = ["TEXTS", "add_turn", "asked_the_same", "must_be_live", "stored_before", "supersede"]

TEXTS = ("id", "scope", "question", "answer", "author", "model", "supersedes", "superseded_by")
"""Columns that may hold what PostgreSQL's text cannot; the rest are ours, or JSON in ASCII."""
_LIVE = """
SELECT id, question, carried FROM turns
WHERE scope_key = %s AND words = %s AND superseded_by IS NULL
ORDER BY (kind = 'correction') DESC, (evidence <> '[]') DESC, sequence DESC
"""
_PLACE = "SELECT sequence, supersedes FROM turns WHERE scope_key = %s AND turn_key = %s"


def add_turn(cursor: Any, turn: Turn, vector: NDArray[np.float32] | None) -> int:
    """Store a turn; returns its sequence number. One that cannot answer needs no vector."""
    taken = cursor.execute(
        "SELECT 1 FROM turns WHERE turn_key = %s LIMIT 1", (key_of(turn.id),)
    ).fetchone()
    if taken:
        raise InputError(
            f"turn {turn.id!r} cannot be remembered: there is one of that id; each turn needs an "
            "id of its own"
        )
    row = _row_of(turn, vector)
    (sequence,) = cursor.execute(
        f"INSERT INTO turns ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))}) "
        "RETURNING sequence",
        list(row.values()),
    ).fetchone()
    _note_given(cursor, turn, sequence)
    return int(sequence)


def _row_of(turn: Turn, vector: NDArray[np.float32] | None) -> dict[str, Any]:
    """The columns of a turn, but for its number."""
    table = asdict(turn)
    del table["sequence"]
    table |= {name: json.dumps(table[name]) for name in ("carried", "wordings", "evidence")}
    for name in TEXTS:
        table[name] = storable(v) if (v := table[name]) is not None else None
    for name, value in table.items():
        if value is None and name in ("id", "scope", "question", "kind", "created_at"):
            raise InputError(f"turn {turn.id!r} has no {name}; each turn needs one")
    of_answer = turn.kind == "answer" and turn.answer is not None
    kept = vector is not None and turn.can_answer
    return table | {
        "scope_key": key_of(turn.scope),
        "turn_key": key_of(turn.id),
        "answer_key": key_of(turn.answer or "") if of_answer else None,
        "words": hash_of_words(turn.looked_up),
        "rests_on": list({key_of(place.document) for place in turn.evidence}),
        "can_answer": turn.can_answer,
        "vector": _halved(vector) if kept and vector is not None else None,
    }


def _halved(vector: NDArray[np.float32]) -> str:
    """A vector as it is stored. Raises InputError for one that is not finite in float16."""
    from ...database import pack, unpack

    return literal(unpack(pack(vector)))


def _note_given(cursor: Any, turn: Turn, sequence: int) -> None:
    """Note of all turns that gave a turn's answer when it was given last."""
    if turn.kind == "answer" and turn.answer is not None:
        cursor.execute(
            "UPDATE turns SET given = %s "
            "WHERE scope_key = %s AND answer_key = %s AND kind = 'answer'",
            (sequence, key_of(turn.scope), key_of(turn.answer)),
        )


def supersede(cursor: Any, old: str, turn: Turn, vector: NDArray[np.float32] | None) -> int | None:
    """Store a turn in the place of a live one; returns its number, None where there is none."""
    changed = cursor.execute(
        "UPDATE turns SET superseded_by = %s, superseded_at = %s "
        "WHERE scope_key = %s AND turn_key = %s AND superseded_by IS NULL",
        (storable(turn.id), turn.created_at, key_of(turn.scope), key_of(old)),
    )
    if not changed.rowcount:
        return None
    return add_turn(cursor, replace(turn, supersedes=old), vector)


def must_be_live(cursor: Any, correction: str, scope: str) -> None:
    """Raise InputError where a turn of the scope is no correction or confirmation that counts."""
    sql = "SELECT kind, superseded_by FROM turns WHERE scope_key = %s AND turn_key = %s"
    row = cursor.execute(sql, (key_of(scope), key_of(correction))).fetchone()
    kind, by = row or (None, None)
    superseded = None
    if by is not None:
        name = restored(by)
        other = cursor.execute(sql, (key_of(scope), key_of(name))).fetchone()
        superseded = name, other[0] if other else ""
    must_count(correction, scope, kind, superseded)


def asked_the_same(cursor: Any, turn: Turn) -> str | None:
    """Id of the live turn of the scope that was looked up by the same words and would answer."""
    words = turn.looked_up.casefold()
    same = (key_of(turn.scope), hash_of_words(turn.looked_up))
    for turn_id, question, carried in cursor.execute(_LIVE, same).fetchall():
        if looked_up(restored(question), carried_words(carried)).casefold() == words:
            return restored(turn_id)
    return None


def stored_before(cursor: Any, turn: Turn) -> Turn | None:
    """The turn as an earlier try has stored it, None where that came to nothing."""
    row = cursor.execute(_PLACE, (key_of(turn.scope), key_of(turn.id))).fetchone()
    if row is None:
        return None
    sequence, old = row
    return replace(turn, sequence=sequence, supersedes=None if old is None else restored(old))
