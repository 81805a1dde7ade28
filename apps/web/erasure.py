"""Erasure from the service's own tables: what is forgotten in a memory stays nowhere else."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence

from ...core.times import now
from .asked import forget
from .database import Database

__all__ = ["erase", "mark_of"]


def mark_of(scope: str) -> str:
    """What the audit log calls a scope that is erased: `scope-` and 16 digits of its SHA-256."""
    return f"scope-{hashlib.sha256(scope.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def erase(
    database: Database,
    memory: str,
    *,
    documents: Sequence[str] = (),
    scope: str | None = None,
    asked: Sequence[str] = (),
    job: str = "",
) -> None:
    """Delete the rows that hold words of these documents, of a whole scope, or of questions.

    `asked` are the ids of questions. Deleted bytes are overwritten, and the log is emptied. Answers
    of this memory that are kept for repeated requests go too, and its jobs that changed or removed
    documents: what they hold cannot be told. What the erasing `job` itself, others that were to do
    the same, and the audit log have called them by goes as well.
    """
    with database.write() as connection:
        forget(connection, memory, asked=asked, documents=documents, scope=scope)
        connection.execute("DELETE FROM idempotency WHERE memory = ?", (memory,))
        connection.execute(
            "DELETE FROM jobs WHERE memory = ? AND kind IN ('update', 'remove') "
            "AND ended_at IS NOT NULL",
            (memory,),
        )
        connection.execute("UPDATE jobs SET arguments = '{}' WHERE id = ?", (job,))
        _drop_names(connection, memory, set(documents), scope)
        if scope is not None:
            connection.execute(
                "UPDATE audit SET object = ? WHERE memory = ? AND object = ?",
                (mark_of(scope), memory, scope),
            )
    database.checkpoint()


def _drop_names(
    connection: sqlite3.Connection, memory: str, documents: set[str], scope: str | None
) -> None:
    """Have no other job name what was erased: one that waits for its turn has nothing to do."""
    rows = connection.execute(
        "SELECT id, arguments FROM jobs WHERE memory = ? AND kind <> 'index' "
        "AND state <> 'running' AND arguments <> '{}'",
        (memory,),
    ).fetchall()
    for row in rows:
        arguments = json.loads(row["arguments"])
        names = {*arguments.get("documents", ()), arguments.get("document")} - {None}
        gone = bool(names) and names <= documents
        if gone or (scope is not None and arguments.get("scope") == scope):
            connection.execute(
                "UPDATE jobs SET arguments = '{}', problem = 'what it was about was erased', "
                "state = CASE WHEN ended_at IS NULL THEN 'cancelled' ELSE state END, "
                "ended_at = coalesce(ended_at, ?) WHERE id = ?",
                (now(), row["id"]),
            )
