"""What a memory holds, as it is stored: for copying it into a memory of another engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.records import Turn, Vectors
from .database import Database, chunks, marks, next_number, restored, storable, unpack, unpack_all
from .turn_records import COLUMNS, read_turn
from .turns import TurnRows, add_turn

__all__ = ["Contents", "FolderContents", "StoredTurn"]


@dataclass(frozen=True, slots=True, eq=False)
class StoredTurn:
    """A turn with its question's vector, shape (dim,), which one has that can answer."""

    turn: Turn
    vector: NDArray[np.float32] | None


class Contents(Protocol):
    """Vectors and turns of a memory; its documents are had and put as ever."""

    def vectors(self, document: str) -> Vectors:
        """The vectors of a document's passages, in their order; shape (n, dim)."""
        ...

    def keys(self, documents: Sequence[str]) -> Mapping[str, list[str]]:
        """Keys of the passages of some documents, in their order, by id."""
        ...

    def scopes(self) -> Mapping[str, int]:
        """Number of turns by scope."""
        ...

    def turns(self, scope: str) -> Sequence[StoredTurn]:
        """All turns of a scope, oldest first."""
        ...

    def write_turns(self, turns: Sequence[StoredTurn]) -> int:
        """Take turns in as they are, in one transaction; of those that are there, what came since.

        Returns how many are new.
        """
        ...


class FolderContents:
    """Those of a folder's memory."""

    def __init__(self, database: Database, dim: int) -> None:
        self._db, self._dim = database, dim

    def vectors(self, document: str) -> Vectors:
        """The vectors of a document's passages, in their order; shape (n, dim)."""
        sql = (
            "SELECT p.vector FROM passages p JOIN documents d ON d.number = p.document "
            "WHERE d.staged = 0 AND d.id = ? ORDER BY p.number"
        )
        rows = self._db.all(sql, (storable(document),))
        return unpack_all([vector for (vector,) in rows], self._dim)

    def keys(self, documents: Sequence[str]) -> dict[str, list[str]]:
        """Keys of the passages of some documents, in their order, by id."""
        keys: dict[str, list[str]] = {document: [] for document in documents}
        for chunk in chunks([storable(document) for document in documents]):
            sql = (
                "SELECT d.id, p.key FROM passages p JOIN documents d ON d.number = p.document "
                f"WHERE d.staged = 0 AND d.id IN ({marks(chunk)}) ORDER BY p.number"
            )
            for name, key in self._db.all(sql, chunk):
                keys[restored(name)].append(key)
        return keys

    def scopes(self) -> dict[str, int]:
        """Number of turns by scope."""
        return TurnRows(self._db).scopes()

    def turns(self, scope: str) -> list[StoredTurn]:
        """All turns of a scope, oldest first."""
        columns = ", ".join(f"t.{name}" for name in COLUMNS.split(", "))
        sql = (
            f"SELECT {columns}, v.vector FROM turns AS t LEFT JOIN turn_vectors AS v "
            "ON v.sequence = t.sequence WHERE t.scope = ? ORDER BY t.sequence"
        )
        return [
            StoredTurn(read_turn(tuple(row)), None if vector is None else unpack(vector))
            for *row, vector in self._db.all(sql, (storable(scope),))
        ]

    def write_turns(self, turns: Sequence[StoredTurn]) -> int:
        """Take turns in as they are, in one transaction; of those that are there, what came since.

        Returns how many are new.
        """
        new = 0
        with self._db.change() as cursor:
            for stored in turns:
                turn = stored.turn
                row = cursor.execute(
                    "SELECT sequence FROM turns WHERE id = ? AND scope = ?",
                    (storable(turn.id), storable(turn.scope)),
                ).fetchone()
                if row is None:
                    add_turn(cursor, turn, stored.vector)
                    new += 1
                    continue
                chain = (turn.supersedes, turn.superseded_by, turn.superseded_at)
                cursor.execute(
                    "UPDATE turns SET supersedes = ?, superseded_by = ?, superseded_at = ? "
                    "WHERE sequence = ?",
                    (*(None if t is None else storable(t) for t in chain), *row),
                )
                cursor.execute(
                    "UPDATE turn_vectors SET live = ?, changed = ? WHERE sequence = ?",
                    (turn.superseded_by is None, next_number(cursor, "turns"), *row),
                )
        return new
