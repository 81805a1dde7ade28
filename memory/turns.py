"""Past turns, as rows of the same database. No call sees the turns of a scope it does not name.

Turns are ordered by the sequence number that they get inside their transaction, never by the
clock, which may be set back; `created_at` tells people when it was. What a time means in their
order is said in `turn_times`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, MemoryDamaged
from ..core.records import ScopeInfo, Turn, TurnKind, looked_up
from ..core.times import moment
from .database import Database, chunks, marks, next_number, pack, restored, storable
from .maintenance.derived_turns import TurnWords, add_derived
from .migrations import hash_of_words
from .turn_records import (
    COLUMNS,
    FIELDS,
    NOW,
    TAKEN_IN,
    Then,
    carried_words,
    is_turn,
    must_be_of_scope,
    must_count,
    read_turn,
)
from .turn_times import last_known, place_before

__all__ = ["TurnRows", "add_turn", "drop_dangling"]

# A correction that was in force at a time, though it was taken back later: what it had taken the
# place of did not count then.
_TAKEN_BACK = """
SELECT c.supersedes, c.id, c.created_at FROM turns AS c JOIN turns AS w ON w.supersedes = c.id
WHERE c.scope = ? AND c.sequence <= ? AND w.kind = 'withdrawal' AND w.sequence > ?
"""
_SUPERSEDED_LATER = """
SELECT old.id FROM turns AS old LEFT JOIN turns AS new ON new.id = old.superseded_by
WHERE old.scope = ? AND old.superseded_by IS NOT NULL
    AND CASE WHEN new.id IS NULL THEN old.superseded_at > ? ELSE new.sequence > ? END
"""
"""By a turn that came later; of one that is gone, the date is all that is left."""
# An answer counts as given again whenever the same one was, from memory too: such a turn, which has
# no evidence, is kept for the conversation only, and so are those without an answer; they are
# bounded by themselves. What was corrected stays with its correction, which leads back to it: it
# tells which place the correction goes for.
_BEYOND = """
DELETE FROM turns WHERE sequence IN (
    SELECT sequence FROM turns AS answer
    WHERE scope = ? AND kind = 'answer' AND can_answer = ?
        AND NOT EXISTS (SELECT 1 FROM turns WHERE supersedes = answer.id)
    ORDER BY CASE WHEN can_answer THEN given ELSE sequence END DESC, sequence DESC
    LIMIT -1 OFFSET ?
)
"""
_WORDS = """
SELECT sequence, question, carried, answer, can_answer FROM turns WHERE scope = ? ORDER BY sequence
"""
_LIVE = """
SELECT id, question, carried FROM turns JOIN turn_words USING (sequence)
WHERE turn_words.scope = ? AND words = ? AND superseded_by IS NULL
ORDER BY kind = 'correction' DESC, evidence <> '[]' DESC, sequence DESC
"""
"""A scope's live turns by the hash of their words; of several that were asked the same, the one
that would answer first."""
_SCOPES = """
SELECT listed.scope, number, created_at FROM (
    SELECT scope, count(*) AS number, max(sequence) AS newest FROM turns
    WHERE (?1 = '' OR substr(scope, 1, length(?1)) = ?1) AND (?2 IS NULL OR scope > ?2)
    GROUP BY scope ORDER BY scope LIMIT ?3
) AS listed JOIN turns ON turns.sequence = newest ORDER BY listed.scope
"""


class TurnRows:
    """Turns of one database."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.notices: list[str] = []
        """What a person should know of what was done."""

    # -- remembering

    def add(self, turn: Turn, vector: NDArray[np.float32], *, keep: int | None) -> None:
        """Remember a turn, and forget the scope's least used answers beyond `keep`."""
        with self._db.change() as cursor:
            add_turn(cursor, turn, vector)
            if keep is not None:
                for can_answer in (True, False):
                    cursor.execute(_BEYOND, (storable(turn.scope), can_answer, keep))

    def supersede(self, old: str, turn: Turn, vector: NDArray[np.float32]) -> bool:
        """Let `turn` take the place of the turn `old` of its scope; False if there is none."""
        with self._db.change() as cursor:
            return _supersede(cursor, old, turn, vector) is not None

    def correct(self, new: Turn, vector: NDArray[np.float32], answered: Turn | None) -> Turn:
        """Let `new` take the place of what answers its question now; returns it as stored."""
        must_be_of_scope(answered, new.scope)
        with self._db.change() as cursor:
            old = _asked_the_same(cursor, new)
            if old is None and answered is not None:
                add_turn(cursor, answered, vector)
                old = answered.id
            sequence = None if old is None else _supersede(cursor, old, new, vector)
            if sequence is None:
                old, sequence = None, add_turn(cursor, new, vector)
            return replace(new, sequence=sequence, supersedes=old)

    def withdraw(self, correction: str, withdrawal: Turn) -> Turn:
        """Take a correction back: what it took the place of counts again; returns what is stored.

        Raises InputError where there is no such correction in the scope that counts.
        """
        with self._db.change() as cursor:
            _must_count(cursor, correction, withdrawal.scope)
            sequence = _supersede(cursor, correction, withdrawal, None)
            _revive(cursor, correction)
            return replace(withdrawal, sequence=sequence or 0, supersedes=correction)

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
        then = self._then(scope, None if as_of is None else moment(as_of))
        end = then.last if before is None else min(then.last, before - 1)
        sql = (
            f"SELECT {COLUMNS} FROM turns WHERE scope = ? AND sequence <= ? "
            "AND kind = coalesce(?, kind) ORDER BY sequence DESC LIMIT ?"
        )
        rows = self._db.all(sql, (storable(scope), end, kind, -1 if last is None else last))
        return [then.seen(self._read(row)) for row in reversed(rows)]

    def by_id(self, scope: str, turn_id: str) -> Turn | None:
        """A turn of the scope, None where there is none (any more)."""
        sql = f"SELECT {COLUMNS} FROM turns WHERE scope = ? AND id = ?"
        rows = self._db.all(sql, (storable(scope), storable(turn_id)))
        return self._read(rows[0]) if rows else None

    def by_sequence(
        self, scope: str, sequences: Sequence[int], *, then: str | None = None
    ) -> dict[int, Turn]:
        """Turns of the scope by their numbers; those gone by now are left out.

        With `then`, a moment, as they were known at that time.
        """
        turns: dict[int, Turn] = {}
        known = self._then(scope, then)
        for chunk in chunks(list(sequences)):
            sql = f"SELECT {COLUMNS} FROM turns WHERE scope = ? AND sequence IN ({marks(chunk)})"
            rows = self._db.all(sql, (storable(scope), *chunk))
            turns.update((row[0], known.seen(self._read(row))) for row in rows)
        return turns

    def _then(self, scope: str, then: str | None) -> Then:
        """What was known at a moment; None: now."""
        if then is None:
            return NOW
        last, name = last_known(self._db, scope, then), storable(scope)
        later = self._db.all(_SUPERSEDED_LATER, (name, then, last))
        back = self._db.all(_TAKEN_BACK, (name, last, last))
        return Then(
            last,
            frozenset(restored(old) for (old,) in later),
            {restored(old): (restored(new), at) for old, new, at in back if old is not None},
        )

    def scopes(self) -> dict[str, int]:
        """Number of turns by scope."""
        rows = self._db.all("SELECT scope, count(*) FROM turns GROUP BY scope ORDER BY scope")
        return {restored(scope): count for scope, count in rows}

    def listed(self, prefix: str, after: str | None, limit: int | None) -> list[ScopeInfo]:
        """Scopes by name, at most `limit` of those that begin with `prefix` and come behind one."""
        values = (storable(prefix), after if after is None else storable(after))
        rows = self._db.all(_SCOPES, (*values, -1 if limit is None else limit))
        return [
            ScopeInfo(scope=restored(scope), turns=count, last_at=restored(at))
            for scope, count, at in rows
        ]

    def unreadable(self) -> list[str]:
        """Ids of the turns that `of` cannot give."""
        ids: list[str] = []
        for scope in self.scopes():
            sql = f"SELECT {COLUMNS} FROM turns WHERE scope = ?"
            rows = self._db.all(sql, (storable(scope),))
            ids += [str(row[1]) for row in rows if not is_turn(row)]
        return ids

    def _read(self, row: tuple[Any, ...]) -> Turn:
        try:
            return read_turn(row)
        except ValueError as error:
            what = f"the turn {row[1]!r} cannot be read, {error}"
            raise MemoryDamaged(self._db.folder, what) from error

    # -- forgetting

    def forget(self, scope: str, *, turn: str | None, before: str | None) -> int:
        """Erase turns of a scope: all, one by its id, or those before a time (`turn_times`)."""
        sql = (
            "SELECT sequence, scope FROM turns "
            "WHERE scope = ? AND id = coalesce(?, id) AND sequence <= ?"
        )
        until = None if before is None else moment(before)
        with self._db.change() as cursor:
            last = NOW.last
            if until is not None:
                bound = place_before(cursor, scope, until)
                last = bound.last
                self.notices += bound.notices(scope, until)
            name = None if turn is None else storable(turn)
            rows = cursor.execute(sql, (storable(scope), name, last)).fetchall()
            return _erase(cursor, dict(rows))

    def forget_quoting(self, documents: Collection[str]) -> int:
        """Erase the turns, of all scopes, that rest on one of these documents."""
        with self._db.change() as cursor:
            quoting = {
                row[0]: row[FIELDS.index("scope")]
                for row in cursor.execute(f"SELECT {COLUMNS} FROM turns")
                if any(place.document in documents for place in self._read(row).evidence)
            }
            return _erase(cursor, quoting)


# -- within a transaction


def add_turn(cursor: sqlite3.Cursor, turn: Turn, vector: NDArray[np.float32] | None) -> int:
    """Store a turn; returns its sequence number. One that cannot answer needs no vector."""
    lists = {"carried": json.dumps(turn.carried), "wordings": json.dumps(turn.wordings)}
    table = {**asdict(turn), **lists}
    table["evidence"] = json.dumps(table["evidence"])
    texts = [storable(v) if isinstance(v := table[name], str) else v for name in TAKEN_IN]
    try:
        cursor.execute(
            f"INSERT INTO turns ({', '.join(TAKEN_IN)}) VALUES ({marks(TAKEN_IN)})", texts
        )
    except sqlite3.IntegrityError as error:
        raise InputError(
            f"turn {turn.id!r} cannot be remembered: {error}; each turn needs an id of its own "
            "and a value for each field"
        ) from error
    sequence = int(cursor.lastrowid or 0)
    changed = next_number(cursor, "turns")
    cursor.execute(
        "INSERT INTO turn_words VALUES (?, ?, ?)",
        (sequence, storable(turn.scope), hash_of_words(turn.looked_up)),
    )
    if turn.can_answer and vector is not None:
        cursor.execute(
            "INSERT INTO turn_vectors VALUES (?, ?, ?, ?, ?, ?)",
            (
                *(sequence, storable(turn.scope), turn.kind == "correction"),
                *(turn.superseded_by is None, changed, pack(vector)),
            ),
        )
    if turn.kind == "answer" and turn.answer is not None:
        cursor.execute(
            "UPDATE turns SET given = ? WHERE scope = ? AND answer = ? AND kind = 'answer'",
            (sequence, storable(turn.scope), storable(turn.answer)),
        )
    return sequence


def _supersede(
    cursor: sqlite3.Cursor, old: str, turn: Turn, vector: NDArray[np.float32] | None
) -> int | None:
    """Store a turn in the place of a live one; returns its number, None where there is none."""
    cursor.execute(
        "UPDATE turns SET superseded_by = ?, superseded_at = ? "
        "WHERE id = ? AND scope = ? AND superseded_by IS NULL",
        (storable(turn.id), turn.created_at, storable(old), storable(turn.scope)),
    )
    if not cursor.rowcount:
        return None
    sequence = add_turn(cursor, replace(turn, supersedes=old), vector)
    cursor.execute(
        "UPDATE turn_vectors SET live = 0, changed = ? "
        "WHERE sequence = (SELECT sequence FROM turns WHERE id = ?)",
        (next_number(cursor, "turns"), storable(old)),
    )
    return sequence


def _must_count(cursor: sqlite3.Cursor, correction: str, scope: str) -> None:
    """Raise InputError where a turn of the scope is no correction or confirmation that counts."""
    sql = "SELECT kind, superseded_by FROM turns WHERE id = ? AND scope = ?"
    row = cursor.execute(sql, (storable(correction), storable(scope))).fetchone()
    kind, by = row or (None, None)
    superseded = None
    if by is not None:
        other = cursor.execute("SELECT kind FROM turns WHERE id = ?", (by,)).fetchone()
        superseded = restored(by), other[0] if other else ""
    must_count(correction, scope, kind, superseded)


def _revive(cursor: sqlite3.Cursor, correction: str) -> None:
    """Let the turn whose place a correction took, if it is there, count again."""
    sql = "SELECT sequence FROM turns WHERE superseded_by = ?1 AND id = (%s)"
    old = "SELECT supersedes FROM turns WHERE id = ?1"
    for (sequence,) in cursor.execute(sql % old, (storable(correction),)).fetchall():
        cursor.execute(
            "UPDATE turns SET superseded_by = NULL, superseded_at = NULL WHERE sequence = ?",
            (sequence,),
        )
        cursor.execute(
            "UPDATE turn_vectors SET live = 1, changed = ? WHERE sequence = ?",
            (next_number(cursor, "turns"), sequence),
        )


def _asked_the_same(cursor: sqlite3.Cursor, turn: Turn) -> str | None:
    """Id of the live turn of the scope that was looked up by the same words and would answer."""
    words = turn.looked_up.casefold()
    same = (storable(turn.scope), hash_of_words(turn.looked_up))
    for turn_id, question, carried in cursor.execute(_LIVE, same):
        if looked_up(restored(question), carried_words(carried)).casefold() == words:
            return restored(turn_id)
    return None


def _erase(cursor: sqlite3.Cursor, scope_of: Mapping[int, Any]) -> int:
    """Delete turns, given by number with their scopes, and those that hold words of theirs.

    Returns how many there were.
    """
    gone, scopes = set(scope_of), set(scope_of.values())
    common: set[Any] = set()
    # The common scope comes first: what was told there may have been given in every other.
    rows = cursor.execute("SELECT DISTINCT scope FROM turns ORDER BY scope <> '', scope")
    for (scope,) in rows.fetchall():
        if scope in scopes or common:
            turns = (_words_of(row) for row in cursor.execute(_WORDS, (scope,)))
            answers = add_derived(turns, gone, common)
            common = answers if scope == "" else common
    for chunk in chunks(list(gone)):
        cursor.execute(f"DELETE FROM turns WHERE sequence IN ({marks(chunk)})", chunk)
    if gone:
        next_number(cursor, "turns")
    drop_dangling(cursor)
    return len(gone)


def _words_of(row: tuple[Any, ...]) -> TurnWords:
    sequence, question, carried, answer, can_answer = row
    plain = None if answer is None else restored(answer)
    return TurnWords(sequence, restored(question), carried_words(carried), plain, bool(can_answer))


def drop_dangling(cursor: sqlite3.Cursor) -> None:
    """Let no turn claim to supersede one that is not there (any more)."""
    cursor.execute(
        "UPDATE turns SET supersedes = NULL WHERE supersedes NOT IN (SELECT id FROM turns)"
    )
