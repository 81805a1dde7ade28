"""Erasure from the service's own tables: what is forgotten in a memory stays nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from .asked import forget
from .database import Database

__all__ = ["erase"]


def erase(
    database: Database,
    memory: str,
    *,
    documents: Sequence[str] = (),
    scope: str | None = None,
    asked: Sequence[str] = (),
) -> None:
    """Delete the rows that hold words of these documents, of a whole scope, or of questions.

    `asked` are the ids of questions. Deleted bytes are overwritten, and the log is emptied. Answers
    of this memory that are kept for repeated requests go too, and its jobs that changed or removed
    documents: what they hold cannot be told.
    """
    with database.write() as connection:
        forget(connection, memory, asked=asked, documents=documents, scope=scope)
        connection.execute("DELETE FROM idempotency WHERE memory = ?", (memory,))
        connection.execute(
            "DELETE FROM jobs WHERE memory = ? AND kind IN ('update', 'remove') "
            "AND ended_at IS NOT NULL",
            (memory,),
        )
    database.checkpoint()
