"""What a memory on a server holds, as it is stored: see `memory.contents`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....core.records import Vectors
from ...contents import StoredTurn
from ...turn_records import COLUMNS
from .connections import Connections
from .turn_writing import add_turn
from .turns import TurnRows
from .values import key_of, restored, storable, unpacked

__all__ = ["ServerContents"]


class ServerContents:
    """Vectors and turns of a memory on a server."""

    def __init__(self, connections: Connections, turns: TurnRows, dim: int) -> None:
        self._db, self._turns, self._dim = connections, turns, dim

    def vectors(self, document: str) -> Vectors:
        """The vectors of a document's passages, in their order; shape (n, dim)."""
        sql = "SELECT halfvec_send(vector) FROM passages WHERE document = %s ORDER BY place"
        rows = self._db.all(sql, (key_of(document),), binary=True)
        return unpacked([vector for (vector,) in rows], self._dim)

    def keys(self, documents: Sequence[str]) -> dict[str, list[str]]:
        """Keys of the passages of some documents, in their order, by id."""
        keys: dict[str, list[str]] = {document: [] for document in documents}
        rows = self._db.all(
            "SELECT d.id, p.key FROM passages AS p JOIN documents AS d ON d.document = p.document "
            "WHERE p.document = ANY(%s) ORDER BY p.document, p.place",
            ([key_of(document) for document in documents],),
        )
        for name, key in rows:
            keys[restored(name)].append(key)
        return keys

    def scopes(self) -> dict[str, int]:
        """Number of turns by scope."""
        return self._turns.scopes()

    def turns(self, scope: str) -> list[StoredTurn]:
        """All turns of a scope, oldest first."""
        sql = (
            f"SELECT {COLUMNS}, halfvec_send(vector) FROM turns WHERE scope_key = %s "
            "ORDER BY sequence"
        )
        stored: list[StoredTurn] = []
        for *row, vector in self._db.all(sql, (key_of(scope),), binary=False):
            halved = None if vector is None else unpacked([vector], self._dim)[0]
            stored.append(StoredTurn(self._turns.read(row), halved))
        return stored

    def write_turns(self, turns: Sequence[StoredTurn]) -> int:
        """Take turns in as they are, in one transaction; of those that are there, what came since.

        Returns how many are new.
        """
        counts = [0]  # of a try that was stored the next one finds nothing new

        def change(cursor: Any, _again: bool) -> None:
            for scope in sorted({stored.turn.scope for stored in turns}):
                self._turns.lock(cursor, scope)
            counts.append(sum(self._write(cursor, stored) for stored in turns))

        self._db.changed(change)
        return max(counts)

    @staticmethod
    def _write(cursor: Any, stored: StoredTurn) -> bool:
        """Take one turn in; whether it is new."""
        turn = stored.turn
        chain = (turn.supersedes, turn.superseded_by, turn.superseded_at)
        changed = cursor.execute(
            "UPDATE turns SET supersedes = %s, superseded_by = %s, superseded_at = %s "
            "WHERE scope_key = %s AND turn_key = %s",
            (
                *(None if text is None else storable(text) for text in chain),
                *(key_of(turn.scope), key_of(turn.id)),
            ),
        )
        if changed.rowcount:
            return False
        add_turn(cursor, turn, stored.vector)
        return True
