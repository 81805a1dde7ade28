"""Past turns, as rows of the same database. No call sees the turns of a scope it does not name."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, MemoryDamaged
from ..core.records import Evidence, Turn
from ..core.times import moment
from .database import Database, chunks, marks, pack, restored, storable
from .maintenance.derived_turns import Said, follow

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

_SAID = """
SELECT id, question, answer, answer IS NOT NULL AND (kind <> 'answer' OR evidence <> '[]')
FROM turns WHERE scope = ? ORDER BY created_at, id
"""
_TYPES: dict[str, Any] = {
    **{"str": str, "TurnKind": str, "int": int, "float": float},
    **{"str | None": (str, type(None)), "tuple[Evidence, ...]": tuple, "tuple[str, ...]": tuple},
}
_MUST_BE: dict[type[object], dict[str, Any]] = {
    record: {field.name: _TYPES[str(field.type)] for field in fields(record)}
    for record in (Turn, Evidence)
}


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
        return [_as_of(self._read(row), then) for row in reversed(found)]

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
        size = 2 * self._db.number("dim")
        if wrong := [i for i, v in found if not isinstance(v, bytes) or len(v) != size]:
            raise MemoryDamaged(self._db.folder, f"the turn {wrong[0]!r} lacks its vector")
        return [i for i, _ in found], [v for _, v in found]

    def by_id(self, scope: str, ids: Sequence[str]) -> dict[str, Turn]:
        found: dict[str, Turn] = {}
        for chunk in chunks(list(ids)):
            sql = f"SELECT {COLUMNS} FROM turns WHERE scope = ? AND id IN ({marks(chunk)})"
            found.update(
                (row[0], self._read(row)) for row in self._db.all(sql, (storable(scope), *chunk))
            )
        return found

    def forget(self, scope: str, *, turn: str | None, before: str | None) -> int:
        """Erase turns of a scope: all, one by its id, or those created before a time."""
        sql = (
            "SELECT id, scope FROM turns "
            "WHERE scope = ? AND id = coalesce(?, id) AND created_at < ?"
        )
        until = "9999" if before is None else moment(before)
        with self._db.change() as cursor:
            found = cursor.execute(sql, (storable(scope), turn, until)).fetchall()
            return _erase(cursor, dict(found))

    def forget_quoting(self, documents: Collection[str]) -> int:
        """Erase the turns, of all scopes, that rest on one of these documents."""
        with self._db.change() as cursor:
            quoting = {
                row[0]: row[1]
                for row in cursor.execute(f"SELECT {COLUMNS} FROM turns")
                if any(place.document in documents for place in self._read(row).evidence)
            }
            return _erase(cursor, quoting)

    def unreadable(self) -> list[str]:
        """Ids of the turns that `of` cannot give."""
        found: list[str] = []
        for scope in self.scopes():
            sql = f"SELECT {COLUMNS} FROM turns WHERE scope = ?"
            rows = self._db.all(sql, (storable(scope),))
            found += [str(row[0]) for row in rows if not is_turn(row)]
        return found

    def _read(self, row: tuple[Any, ...]) -> Turn:
        try:
            return read_turn(row)
        except ValueError as error:
            what = f"the turn {row[0]!r} cannot be read, {error}"
            raise MemoryDamaged(self._db.folder, what) from error

    def scopes(self) -> dict[str, int]:
        """Number of turns by scope."""
        found = self._db.all("SELECT scope, count(*) FROM turns GROUP BY scope ORDER BY scope")
        return {restored(scope): count for scope, count in found}


def _erase(cursor: sqlite3.Cursor, chosen: Mapping[Any, Any]) -> int:
    """Delete turns, given by id with their scopes, and those that hold words of theirs.

    Returns how many there were.
    """
    gone, scopes = set(chosen), set(chosen.values())
    told: set[Any] = set()
    # The common scope comes first: what was told there may have been given in every other.
    found = cursor.execute("SELECT DISTINCT scope FROM turns ORDER BY scope <> '', scope")
    for (scope,) in found.fetchall():
        if scope in scopes or told:
            turns = cursor.execute(_SAID, (scope,))
            given = follow((Said(*row) for row in turns), gone, told)
            told = given if scope == "" else told
    for chunk in chunks(list(gone)):
        cursor.execute(f"DELETE FROM turns WHERE id IN ({marks(chunk)})", chunk)
    drop_dangling(cursor)
    return len(gone)


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
    """A turn from a row of `COLUMNS`. Raises ValueError, which says why, where it is none."""
    table = dict(zip(COLUMNS.split(", "), row, strict=True))
    plain: dict[str, Any] = {
        k: restored(v) if isinstance(v, (str, bytes)) else v for k, v in table.items()
    }
    try:
        if not isinstance(places := json.loads(plain["evidence"]), list):
            raise TypeError
        plain["evidence"] = tuple(Evidence(**place) for place in places)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError("its evidence is not what it must be") from error
    for one in (turn := Turn(**plain), *turn.evidence):
        for name, kind in _MUST_BE[type(one)].items():
            if not isinstance(getattr(one, name), kind):
                raise ValueError(f"its {name} is not what it must be")
    return turn


def is_turn(row: tuple[Any, ...]) -> bool:
    """Whether `read_turn` can read it."""
    try:
        read_turn(row)
    except ValueError:
        return False
    return True


def _as_of(turn: Turn, then: str | None) -> Turn:
    """The turn as it was known `then`."""
    if then is None or turn.superseded_at is None or turn.superseded_at <= then:
        return turn
    return replace(turn, superseded_by=None, superseded_at=None)
