"""The search of past turns: each scope's question vectors as one matrix in main memory.

A matrix is read when its scope is first searched, and kept up with the rows: every change of turns
gives them a new generation, in whatever process it is made. Adding reads what is new; what was
forgotten is overwritten in the matrix.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..core.errors import MemoryDamaged
from ..core.forks import on_fork
from ..core.records import Vectors
from .database import Database, storable
from .turn_times import last_known

__all__ = ["TurnVectors"]

_MOST_BYTES = 256 << 20
"""Of all matrices together. A larger scope is read from the rows at each search."""
_BLOCK = 4096
_ROUNDING = 1e-5
"""More than two ways of summing up the same cosine differ by."""
_GENERATION = """
SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'turns'), 0)
"""
_CHANGED = """
SELECT sequence, correction, live, vector FROM turn_vectors WHERE scope = ? AND changed > ?
"""
_COUNT = "SELECT count(*) FROM turn_vectors WHERE scope = ?"
_NUMBERS = "SELECT sequence FROM turn_vectors WHERE scope = ?"
_LIVE_THEN = """
SELECT t.sequence FROM turns AS t LEFT JOIN turns AS new ON new.id = t.superseded_by
WHERE t.scope = ?1 AND t.can_answer AND t.sequence <= ?2
AND (t.superseded_by IS NULL
    OR CASE WHEN new.id IS NULL THEN t.superseded_at > ?3 ELSE new.sequence > ?2 END)
AND NOT EXISTS (
    SELECT 1 FROM turns AS c JOIN turns AS w ON w.supersedes = c.id
    WHERE c.supersedes = t.id AND c.sequence <= ?2 AND w.kind = 'withdrawal' AND w.sequence > ?2
)
"""
"""A correction that was taken back later did count until then."""

Flags: TypeAlias = NDArray[np.bool_]
Numbers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Turns that can answer, some or all of a scope; arrays of one length."""

    sequences: Numbers
    corrections: Flags
    live: Flags
    """Neither superseded nor forgotten."""
    vectors: NDArray[Any]
    """As float32 in main memory, as float16 where they were just read."""


class _Matrix:
    """The turns of one scope that can answer, in the order in which they were read.

    Who holds `rows` may go on reading them while turns are added. A forgotten one stays behind as
    zeros that are not live, until a quarter of all are.
    """

    def __init__(self, dim: int) -> None:
        self.generation, self._gone = -1, 0
        self._room: Vectors = np.empty((0, dim), np.float32)
        self.rows = _Rows(
            np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0, np.bool_), self._room
        )

    @property
    def bytes(self) -> int:
        return self._room.nbytes

    @property
    def count(self) -> int:
        return len(self.rows.sequences) - self._gone

    def last(self) -> int:
        """The highest sequence number."""
        return int(self.rows.sequences.max(initial=-1))

    def take_in(self, block: _Rows, last: int, *, room: int) -> None:
        """Add the turns after number `last`, and note of the others whether they are still live.

        `room` is the number of turns that are expected in all.
        """
        rows, fresh = self.rows, block.sequences > last
        live = np.concatenate([rows.live, block.live[fresh]])
        if not fresh.all():
            order = np.argsort(rows.sequences)
            known = block.sequences[~fresh]
            places = order[np.searchsorted(rows.sequences, known, sorter=order)]
            live[places] = block.live[~fresh]
        self.rows = _Rows(
            np.concatenate([rows.sequences, block.sequences[fresh]]),
            np.concatenate([rows.corrections, block.corrections[fresh]]),
            live,
            self._grown(block.vectors if fresh.all() else block.vectors[fresh], room),
        )

    def _grown(self, fresh: NDArray[Any], room: int) -> Vectors:
        """All vectors, with new ones at their end, where there is room beyond what others read."""
        before = len(self.rows.vectors)
        after = before + len(fresh)
        if after > len(self._room):
            spare = before // 4 + 64 if before else 0
            larger = np.empty((max(after, room, before + spare), self._room.shape[1]), np.float32)
            larger[:before] = self.rows.vectors
            self._room = larger
        self._room[before:after] = fresh
        return self._room[:after]

    def keep_only(self, sequences: Numbers) -> None:
        """Drop all turns but these."""
        rows = self.rows
        there = np.isin(rows.sequences, sequences, assume_unique=True)
        self._gone = int(np.count_nonzero(~there))
        if 4 * self._gone > len(there):
            rows = _Rows(
                rows.sequences[there],
                rows.corrections[there],
                rows.live[there],
                rows.vectors[there],
            )
            self._room, self._gone = rows.vectors, 0
        else:
            rows.vectors[~there] = 0
            rows = _Rows(rows.sequences, rows.corrections, rows.live & there, rows.vectors)
        self.rows = rows


class TurnVectors:
    """The vectors of all scopes' turns. Safe to use from several threads."""

    def __init__(self, database: Database, dim: int, *, most_bytes: int = _MOST_BYTES) -> None:
        self._db, self._dim, self._most = database, dim, most_bytes
        self._begin()
        on_fork(self, TurnVectors._begin)

    def _begin(self) -> None:
        self._guard, self._loading = threading.Lock(), threading.Lock()
        self._matrices: OrderedDict[str, _Matrix] = OrderedDict()

    def search(
        self, scope: str, vector: NDArray[np.float32], k: int, *, then: str | None = None
    ) -> list[tuple[int, float]]:
        """The scope's `k` live turns most alike, best first: sequence numbers and cosines.

        Of equal cosines corrections come first, and new before old. `then` is a moment, as
        `core.times` writes it: those that were live at that time. Raises MemoryDamaged where a
        turn lacks its vector.
        """
        vector = np.asarray(vector, np.float32)
        live_then = None if then is None else self._live_then(scope, then)
        rows = self._rows(scope)
        if rows is not None:
            return [(s.sequence, s.cosine) for s in _best(rows, vector, k, live_then)]
        with self._db.snapshot() as cursor:
            best: list[_Scored] = []
            for block in self._blocks(cursor, scope, since=-1):
                best = sorted([*best, *_best(block, vector, k, live_then)])[:k]
        return [(scored.sequence, scored.cosine) for scored in best]

    # -- keeping up

    def _rows(self, scope: str) -> _Rows | None:
        """The turns of a scope as they are now; None where they are too many to be kept."""
        if (rows := self._current(scope)) is not None:
            return rows
        with self._loading:
            if (rows := self._current(scope)) is not None:
                return rows  # another thread has read them meanwhile
            with self._guard:  # it is put back when it is whole
                matrix = self._matrices.pop(scope, None) or _Matrix(self._dim)
            with self._db.snapshot() as cursor:
                if not self._catch_up(cursor, scope, matrix):
                    return None
            with self._guard:
                self._matrices[scope] = matrix
                while len(self._matrices) > 1 and self._bytes() > self._most:
                    self._matrices.popitem(last=False)
            return matrix.rows

    def _current(self, scope: str) -> _Rows | None:
        """The turns of a scope, if nothing was changed since they were read."""
        generation = self._db.turns_generation()
        with self._guard:
            matrix = self._matrices.get(scope)
            if matrix is None or matrix.generation != generation:
                return None
            self._matrices.move_to_end(scope)
            return matrix.rows

    def _bytes(self) -> int:
        return sum(matrix.bytes for matrix in self._matrices.values())

    def _catch_up(self, cursor: sqlite3.Cursor, scope: str, matrix: _Matrix) -> bool:
        """Bring a matrix up to the rows of a snapshot; False where it would be too large."""
        (generation,) = cursor.execute(_GENERATION).fetchone()
        (count,) = cursor.execute(_COUNT, (storable(scope),)).fetchone()
        if count * self._dim * 4 > self._most:
            return False
        last = matrix.last()
        for block in self._blocks(cursor, scope, since=matrix.generation):
            matrix.take_in(block, last, room=count)
        if matrix.count != count:
            numbers = cursor.execute(_NUMBERS, (storable(scope),)).fetchall()
            matrix.keep_only(np.array(numbers, np.int64).reshape(-1))
        matrix.generation = generation
        return True

    def _blocks(self, cursor: sqlite3.Cursor, scope: str, *, since: int) -> Iterator[_Rows]:
        """The scope's turns that changed after a generation, some thousand at once."""
        cursor.execute(_CHANGED, (storable(scope), since))
        while rows := cursor.fetchmany(_BLOCK):
            sequences, corrections, live, vectors = zip(*rows, strict=True)
            for sequence, stored in zip(sequences, vectors, strict=True):
                if not isinstance(stored, bytes) or len(stored) != 2 * self._dim:
                    self._lacks_vector(sequence)
            yield _Rows(
                np.array(sequences, np.int64),
                np.array(corrections, np.bool_),
                np.array(live, np.bool_),
                np.frombuffer(b"".join(vectors), "<f2").reshape(-1, self._dim),
            )

    def _lacks_vector(self, sequence: int) -> None:
        (name,) = self._db.one("SELECT id FROM turns WHERE sequence = ?", (sequence,))
        raise MemoryDamaged(self._db.folder, f"the turn {name!r} lacks its vector")

    def _live_then(self, scope: str, then: str) -> Numbers:
        rows = self._db.all(_LIVE_THEN, (storable(scope), last_known(self._db, scope, then), then))
        return np.array(rows, np.int64).reshape(-1)


class _Scored(NamedTuple):
    """A turn's place among others: the least comes first."""

    distance: float
    plain: bool
    """False for a correction, which comes first."""
    age: int

    @property
    def sequence(self) -> int:
        return -self.age

    @property
    def cosine(self) -> float:
        return -self.distance


def _best(
    rows: _Rows, vector: NDArray[np.float32], k: int, live_then: Numbers | None
) -> list[_Scored]:
    """The `k` best of some turns, best first."""
    allowed = rows.live if live_then is None else np.isin(rows.sequences, live_then)
    places = np.flatnonzero(allowed)
    if not places.size or k < 1:
        return []
    vectors = rows.vectors.astype(np.float32, copy=False)
    if len(places) > k:
        # A product with a matrix sums up a row in one way or another by its place. So it only
        # says which are near enough to be compared in one way, in which equals are equal.
        rough = (vectors @ vector)[places]
        bar = np.partition(rough, len(rough) - k)[len(rough) - k] - _ROUNDING
        places = places[rough >= bar]
    cosines = (vectors[places] * vector).sum(axis=1)
    order = np.lexsort((-rows.sequences[places], ~rows.corrections[places], -cosines))[:k]
    columns = (-cosines, ~rows.corrections[places], -rows.sequences[places])
    return [_Scored(*values) for values in zip(*(c[order].tolist() for c in columns), strict=True)]
