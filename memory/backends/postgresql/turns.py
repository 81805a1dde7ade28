"""Past turns on the server. No call sees the turns of a scope that it does not name.

Who changes a scope's turns holds a lock of that scope to the end of the transaction, so that the
order of their numbers is that in which they can be seen, and of two who correct at once the later
takes the place of the earlier. `memory.turns` says what the order means.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ....core.errors import MemoryDamaged
from ....core.records import ScopeInfo, Turn, TurnHit, TurnKind
from ....core.times import moment
from ...turn_records import (
    COLUMNS,
    NOW,
    Then,
    is_turn,
    must_be_of_scope,
    read_turn,
)
from .connections import Connections
from .forgetting import erase, place_before
from .turn_writing import (
    TEXTS,
    add_turn,
    asked_the_same,
    must_be_live,
    stored_before,
    supersede,
)
from .values import key_of, literal, lock_number, restored, storable

__all__ = ["TurnRows"]

_NAMES = COLUMNS.split(", ")
_COUNTS = """
SELECT sequence FROM turns AS answer
WHERE scope_key = %(scope)s AND kind = 'answer' AND can_answer = %(can_answer)s
    AND NOT EXISTS (SELECT 1 FROM turns AS c
        WHERE c.scope_key = %(scope)s AND c.supersedes = answer.id)
ORDER BY CASE WHEN can_answer THEN given ELSE sequence END DESC, sequence DESC OFFSET %(keep)s
"""
_BEYOND = f"DELETE FROM turns WHERE scope_key = %(scope)s AND sequence IN ({_COUNTS})"
_SCOPES = """
SELECT scope, count(*), (array_agg(created_at ORDER BY sequence DESC))[1] FROM turns
WHERE starts_with(scope, %(prefix)s) AND (%(after)s::text IS NULL OR scope > %(after)s::text)
GROUP BY scope ORDER BY scope LIMIT %(limit)s
"""
_LAST_KNOWN = """
SELECT sequence FROM turns WHERE scope_key = %s AND created_at <= %s
ORDER BY sequence DESC LIMIT 1
"""
_TAKEN_BACK = """
SELECT c.supersedes, c.id, c.created_at FROM turns AS c
JOIN turns AS w ON w.scope_key = c.scope_key AND w.supersedes = c.id
WHERE c.scope_key = %(scope)s AND c.sequence <= %(last)s AND w.kind = 'withdrawal'
    AND w.sequence > %(last)s
"""
_SUPERSEDED_LATER = """
SELECT old.id FROM turns AS old
LEFT JOIN turns AS new ON new.scope_key = old.scope_key AND new.id = old.superseded_by
WHERE old.scope_key = %(scope)s AND old.superseded_by IS NOT NULL
    AND CASE WHEN new.id IS NULL THEN old.superseded_at > %(then)s
        ELSE new.sequence > %(last)s END
"""
_NEAREST = """
SELECT {columns}, -(vector::vector({dim}) <#> %(vector)s::vector({dim})) AS cosine FROM turns
WHERE scope_key = %(scope)s AND can_answer AND vector IS NOT NULL AND {live}
ORDER BY cosine DESC, (kind = 'correction') DESC, sequence DESC LIMIT %(k)s
"""
_LIVE_THEN = """
sequence <= %(last)s AND id <> ALL(%(back)s::text[])
AND (superseded_by IS NULL OR id = ANY(%(later)s::text[]))
"""

T = TypeVar("T")


class TurnRows:
    """Turns of one memory."""

    def __init__(self, connections: Connections, dim: int) -> None:
        self._db, self._dim = connections, dim
        self.notices: list[str] = []
        """What a person should know of what was done."""

    # -- remembering

    def add(self, turn: Turn, vector: NDArray[np.float32], *, keep: int | None) -> None:
        """Remember a turn, and forget the scope's least used answers beyond `keep`."""

        def store(cursor: Any) -> Turn:
            add_turn(cursor, turn, vector)
            if keep is not None:
                for can_answer in (True, False):
                    values = {"scope": key_of(turn.scope), "can_answer": can_answer, "keep": keep}
                    cursor.execute(_BEYOND, values)
            return turn

        self._stored(turn, store)

    def supersede(self, old: str, turn: Turn, vector: NDArray[np.float32]) -> bool:
        """Let `turn` take the place of the turn `old` of its scope; False if there is none."""

        def store(cursor: Any) -> Turn | None:
            return None if supersede(cursor, old, turn, vector) is None else turn

        return self._stored(turn, store) is not None

    def correct(self, new: Turn, vector: NDArray[np.float32], answered: Turn | None) -> Turn:
        """Let `new` take the place of what answers its question now; returns it as stored."""
        must_be_of_scope(answered, new.scope)

        def store(cursor: Any) -> Turn:
            old = asked_the_same(cursor, new)
            if old is None and answered is not None:
                add_turn(cursor, answered, vector)
                old = answered.id
            sequence = None if old is None else supersede(cursor, old, new, vector)
            if sequence is None:
                old, sequence = None, add_turn(cursor, new, vector)
            return replace(new, sequence=sequence, supersedes=old)

        return self._stored(new, store)

    def withdraw(self, correction: str, withdrawal: Turn) -> Turn:
        """Take a correction back: what it took the place of counts again; returns what is stored.

        Raises InputError where there is no such correction in the scope that counts.
        """

        def store(cursor: Any) -> Turn:
            must_be_live(cursor, correction, withdrawal.scope)
            sequence = supersede(cursor, correction, withdrawal, None)
            scope, name = key_of(withdrawal.scope), storable(correction)
            cursor.execute(
                "UPDATE turns SET superseded_by = NULL, superseded_at = NULL "
                "WHERE scope_key = %s AND superseded_by = %s "
                "AND id = (SELECT supersedes FROM turns WHERE scope_key = %s AND turn_key = %s)",
                (scope, name, scope, key_of(correction)),
            )
            return replace(withdrawal, sequence=sequence or 0, supersedes=correction)

        return self._stored(withdrawal, store)

    def _stored(self, turn: Turn, store: Callable[[Any], T]) -> T | Turn:
        """What `store` makes of a locked scope; or the turn that a try before has stored."""

        def change(cursor: Any, again: bool) -> T | Turn:
            self.lock(cursor, turn.scope)
            before = stored_before(cursor, turn) if again else None
            return store(cursor) if before is None else before

        return self._db.changed(change)

    def lock(self, cursor: Any, scope: str) -> None:
        """Keep others from changing turns of the scope until the transaction ends."""
        name = self._db.address.name
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s), pg_advisory_xact_lock(%s)",
            (lock_number("turns", name), lock_number("scope", name, scope)),
        )

    def _lock_all(self, cursor: Any) -> None:
        """Keep others from changing any turn until the transaction ends."""
        number = lock_number("turns", self._db.address.name)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (number,))

    # -- reading

    def of(
        self,
        scope: str,
        *,
        last: int | None = None,
        as_of: str | None = None,
        before: int | None = None,
        kind: TurnKind | None = None,
    ) -> list[Turn]:
        """The scope's turns, oldest first; with `as_of` as they were known at that time.

        The `last` so many of those numbered below `before` and of that `kind`.
        """
        moment_then = None if as_of is None else moment(as_of)
        sql = (
            f"SELECT {COLUMNS} FROM turns WHERE scope_key = %s AND sequence <= %s "
            "AND kind = coalesce(%s, kind) ORDER BY sequence DESC LIMIT %s"
        )

        def read(connection: Any) -> list[Turn]:
            then = _then(connection, scope, moment_then)
            end = then.last if before is None else min(then.last, before - 1)
            rows = connection.execute(sql, (key_of(scope), end, kind, last)).fetchall()
            return [then.seen(self.read(row)) for row in reversed(rows)]

        return self._db.reading(read)

    def by_id(self, scope: str, turn_id: str) -> Turn | None:
        """A turn of the scope, None where there is none (any more)."""
        sql = f"SELECT {COLUMNS} FROM turns WHERE scope_key = %s AND turn_key = %s"
        rows = self._db.all(sql, (key_of(scope), key_of(turn_id)))
        return self.read(rows[0]) if rows else None

    def search(
        self, scope: str, vector: NDArray[np.float32], k: int, *, as_of: str | None
    ) -> list[TurnHit]:
        """The scope's `k` live turns most alike, best first, as they were known `as_of`."""
        moment_then = None if as_of is None else moment(as_of)
        live = "superseded_by IS NULL" if as_of is None else _LIVE_THEN
        sql = _NEAREST.format(columns=COLUMNS, dim=self._dim, live=live)

        def read(connection: Any) -> list[TurnHit]:
            then = _then(connection, scope, moment_then)
            values = {
                "scope": key_of(scope),
                "vector": literal(vector),
                "k": k,
                "last": then.last,
                "back": [storable(name) for name in then.taken_back],
                "later": [storable(name) for name in then.later],
            }
            rows = connection.execute(sql, values).fetchall()
            return [
                TurnHit(turn=then.seen(self.read(row[:-1])), similarity=row[-1]) for row in rows
            ]

        return self._db.reading(read)

    def scopes(self) -> dict[str, int]:
        """Number of turns by scope."""
        rows = self._db.all("SELECT scope, count(*) FROM turns GROUP BY scope")
        return dict(sorted((restored(scope), count) for scope, count in rows))

    def listed(self, prefix: str, after: str | None, limit: int | None) -> list[ScopeInfo]:
        """Scopes by name, at most `limit` of those that begin with `prefix` and come behind one."""
        name = None if after is None else storable(after)
        values = {"prefix": storable(prefix), "after": name, "limit": limit}
        return [
            ScopeInfo(scope=restored(scope), turns=count, last_at=at)
            for scope, count, at in self._db.all(_SCOPES, values)
        ]

    def unreadable(self) -> list[str]:
        """Ids of the turns that `of` cannot give."""
        ids: list[str] = []
        last = 0
        sql = f"SELECT {COLUMNS} FROM turns WHERE sequence > %s ORDER BY sequence LIMIT 1000"
        while rows := self._db.all(sql, (last,)):
            last = rows[-1][0]
            ids += [str(row[1]) for row in rows if not is_turn(_plain(row))]
        return ids

    def read(self, row: Sequence[Any]) -> Turn:
        """A turn from a row of `COLUMNS`. Raises MemoryDamaged where it is none."""
        try:
            return read_turn(_plain(row))
        except ValueError as error:
            raise MemoryDamaged(
                self._db.address.shown,
                f"the turn {row[1]!r} cannot be read, {error}",
                way_out="forget that turn by its id, or restore a backup",
            ) from error

    # -- forgetting

    def forget(self, cursor: Any, scope: str, *, turn: str | None, before: str | None) -> int:
        """Delete turns of a scope: all, one by its id, or those before a time (`turn_times`)."""
        self._lock_all(cursor)
        last = NOW.last
        if before is not None:
            until = moment(before)
            bound = place_before(cursor, scope, until)
            last = bound.last
            self.notices += bound.notices(scope, until)
        one = None if turn is None else key_of(turn)
        rows = cursor.execute(
            "SELECT sequence, scope FROM turns WHERE scope_key = %s "
            "AND turn_key = coalesce(%s::uuid, turn_key) AND sequence <= %s",
            (key_of(scope), one, last),
        ).fetchall()
        return erase(cursor, dict(rows))

    def forget_quoting(self, cursor: Any, documents: Collection[str]) -> int:
        """Delete the turns, of all scopes, that rest on one of these documents."""
        self._lock_all(cursor)
        rows = cursor.execute(
            "SELECT sequence, scope FROM turns WHERE rests_on && %s::uuid[]",
            ([key_of(document) for document in documents],),
        ).fetchall()
        return erase(cursor, dict(rows))


def _then(connection: Any, scope: str, then: str | None) -> Then:
    """What was known at a moment; None: now."""
    if then is None:
        return NOW
    key = key_of(scope)
    row = connection.execute(_LAST_KNOWN, (key, then)).fetchone()
    last = int(row[0]) if row else 0
    values = {"scope": key, "then": then, "last": last}
    later = connection.execute(_SUPERSEDED_LATER, values).fetchall()
    back = connection.execute(_TAKEN_BACK, values).fetchall()
    return Then(
        last,
        frozenset(restored(old) for (old,) in later),
        {restored(old): (restored(new), at) for old, new, at in back if old is not None},
    )


def _plain(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row of `COLUMNS` whose texts are as they were given."""
    return tuple(
        restored(value) if name in TEXTS and isinstance(value, str) else value
        for name, value in zip(_NAMES, row, strict=True)
    )
