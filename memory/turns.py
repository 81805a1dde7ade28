"""Past turns, as rows of the same database. No call sees the turns of a scope it does not name."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .database import Database, chunks, marks, pack, restored, storable
from .errors import InputError
from .records import Evidence, Turn

COLUMNS = (
    "id, scope, question, answer, kind, confidence, created_at, evidence, author, model, "
    "supersedes, superseded_by, superseded_at"
)

# Answers that were given last longest ago go first. An answer counts as given again whenever the
# same one was, from memory too: such a turn, which has no evidence, is kept for the conversation
# only, and so are those without an answer; they are bounded by themselves. What was corrected stays
# with its correction, which leads back to it: it tells which place the correction goes for.
_BEYOND = """
DELETE FROM turns WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (
            PARTITION BY passing
            ORDER BY CASE WHEN passing THEN created_at ELSE given END DESC, created_at DESC, id
        ) AS place
        FROM (
            SELECT id, created_at, answer IS NULL OR evidence = '[]' AS passing,
                max(created_at) OVER (PARTITION BY answer) AS given
            FROM turns WHERE kind = 'answer' AND scope = :scope AND id NOT IN (
                SELECT supersedes FROM turns WHERE scope = :scope AND supersedes IS NOT NULL
            )
        )
    ) WHERE place > :keep
)
"""


def moment(text: str) -> str:
    """A time as turns carry it: ISO 8601 in UTC with microseconds. Raises InputError."""
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        aware = found if found.tzinfo else found.replace(tzinfo=timezone.utc)
        return aware.astimezone(timezone.utc).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):  # no time, or none that has a year of four digits in UTC
        raise InputError(
            f"{text!r} is no time; write one in UTC, such as 2026-11-23T20:00"
        ) from None


class TurnRows:
    """Turns of one database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, turn: Turn, vector: NDArray[np.float32], *, keep: int | None) -> None:
        """Remember a turn, and forget the scope's least used answers beyond `keep`."""
        with self._db.change() as cursor:
            _add_turn(cursor, turn, vector)
            if keep is not None:
                cursor.execute(_BEYOND, {"scope": storable(turn.scope), "keep": keep})

    def supersede(self, old: str, turn: Turn, vector: NDArray[np.float32]) -> bool:
        """Let `turn` take the place of the turn `old` of its scope; False if there is none."""
        with self._db.change() as cursor:
            cursor.execute(
                "UPDATE turns SET superseded_by = ?, superseded_at = ? "
                "WHERE id = ? AND scope = ? AND superseded_by IS NULL",
                (turn.id, turn.created_at, old, storable(turn.scope)),
            )
            if not cursor.rowcount:
                return False
            _add_turn(cursor, turn, vector)
            cursor.execute("UPDATE turns SET supersedes = ? WHERE id = ?", (old, turn.id))
            return True

    def of(self, scope: str, *, last: int | None = None, as_of: str | None = None) -> list[Turn]:
        """The scope's turns, oldest first; with `as_of` as they were known at that time."""
        then = None if as_of is None else moment(as_of)
        sql = (
            f"SELECT {COLUMNS} FROM turns WHERE scope = ? AND created_at <= ? "
            "ORDER BY created_at DESC, id DESC LIMIT ?"
        )
        found = self._db.all(sql, (storable(scope), then or "9999", -1 if last is None else last))
        return [_as_of(read_turn(row), then) for row in reversed(found)]

    def vectors(self, scope: str, *, as_of: str | None = None) -> tuple[list[str], list[bytes]]:
        """Ids and question vectors of the scope's live turns that can answer.

        An answer without evidence cannot: it was itself given from memory. With `as_of` those that
        were live then. Corrections come first, and new before old: so they stand where many turns
        ask the same.
        """
        then = None if as_of is None else moment(as_of)
        live = "superseded_by IS NULL" if then is None else "coalesce(superseded_at, '9999') > ?"
        found = self._db.all(
            f"SELECT id, vector FROM turns WHERE scope = ? AND created_at <= ? AND {live} "
            "AND answer IS NOT NULL AND (kind != 'answer' OR evidence != '[]') "
            "ORDER BY kind <> 'correction', created_at DESC, id",
            (storable(scope), then or "9999", *([] if then is None else [then])),
        )
        return [i for i, _ in found], [v for _, v in found]

    def by_id(self, scope: str, ids: Sequence[str]) -> dict[str, Turn]:
        found: dict[str, Turn] = {}
        for chunk in chunks(list(ids)):
            sql = f"SELECT {COLUMNS} FROM turns WHERE scope = ? AND id IN ({marks(chunk)})"
            found.update(
                (row[0], read_turn(row)) for row in self._db.all(sql, (storable(scope), *chunk))
            )
        return found

    def forget(self, scope: str, *, turn: str | None, before: str | None) -> int:
        """Delete turns of a scope: all, one by its id, or those created before a time."""
        sql = "DELETE FROM turns WHERE scope = ? AND id = coalesce(?, id) AND created_at < ?"
        until = "9999" if before is None else moment(before)
        with self._db.change() as cursor:
            cursor.execute(sql, (storable(scope), turn, until))
            count = cursor.rowcount
            drop_dangling(cursor)
        return count

    def forget_quoting(self, documents: Collection[str]) -> int:
        """Delete the turns, of all scopes, that rest on one of these documents.

        So do answers that were given again from memory: they have the text, but no evidence.
        """
        rows = self._db.all("SELECT id, scope, answer, evidence, kind FROM turns")
        quoting = {
            (i, scope, answer)
            for i, scope, answer, evidence, _ in rows
            if any(place["document"] in documents for place in json.loads(evidence))
        }
        texts = {(scope, answer) for _, scope, answer in quoting}
        gone = {i for i, *_ in quoting} | {
            i
            for i, scope, answer, evidence, kind in rows
            if kind == "answer" and evidence == "[]" and (scope, answer) in texts
        }
        with self._db.change() as cursor:
            for chunk in chunks(sorted(gone)):
                cursor.execute(f"DELETE FROM turns WHERE id IN ({marks(chunk)})", chunk)
            drop_dangling(cursor)
        return len(gone)

    def scopes(self) -> dict[str, int]:
        """Number of turns by scope."""
        found = self._db.all("SELECT scope, count(*) FROM turns GROUP BY scope ORDER BY scope")
        return {restored(scope): count for scope, count in found}


def _add_turn(cursor: sqlite3.Cursor, turn: Turn, vector: NDArray[np.float32]) -> None:
    table = asdict(turn)
    table["evidence"] = json.dumps(table["evidence"])
    names = COLUMNS.split(", ")
    values = [storable(v) if isinstance(v := table[name], str) else v for name in names]
    try:
        cursor.execute(
            f"INSERT INTO turns ({COLUMNS}, vector) VALUES ({marks([*names, 'vector'])})",
            (*values, pack(vector)),
        )
    except sqlite3.IntegrityError as error:
        raise InputError(
            f"turn {turn.id!r} cannot be remembered: {error}; each turn needs an id of its own "
            "and a value for each field"
        ) from error


def drop_dangling(cursor: sqlite3.Cursor) -> None:
    """Let no turn claim to supersede one that is not there (any more)."""
    cursor.execute(
        "UPDATE turns SET supersedes = NULL WHERE supersedes NOT IN (SELECT id FROM turns)"
    )


def read_turn(row: tuple[Any, ...]) -> Turn:
    """A turn from a row of `COLUMNS`. Raises ValueError or TypeError where it is none."""
    table = dict(zip(COLUMNS.split(", "), row, strict=True))
    plain: dict[str, Any] = {
        k: restored(v) if isinstance(v, (str, bytes)) else v for k, v in table.items()
    }
    plain["evidence"] = tuple(Evidence(**place) for place in json.loads(plain["evidence"]))
    return Turn(**plain)


def _as_of(turn: Turn, then: str | None) -> Turn:
    """The turn as it was known `then`."""
    if then is None or turn.superseded_at is None or turn.superseded_at <= then:
        return turn
    return replace(turn, superseded_by=None, superseded_at=None)
