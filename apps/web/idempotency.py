"""Requests that are sent again: the same `Idempotency-Key` gets the first one's answer.

Networks and gateways repeat requests whose answer was lost; without this, each repetition would be
done again. What succeeded is kept for a day, per API key; what was refused may be tried again.
Files count by their names and digests, which are known when all of them have come.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ...core.times import now, utc
from .database import Database
from .errors import IdempotencyMismatch, IdempotencyRunning

__all__ = ["Idempotency", "Stored"]

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that was given."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Idempotency:
    """Answers to repeated requests, in the service's database."""

    def __init__(self, database: Database) -> None:
        """Whatever an ended process was still working on may be tried again."""
        self._database = database
        with database.write() as connection:
            connection.execute("DELETE FROM idempotency WHERE status IS NULL")

    def begin(self, key: str, token: str, request: bytes, *, memory: str = "") -> Stored | None:
        """The answer to an earlier request of this token; None: this is the first, and noted.

        `request` is a digest of the whole request. Raises IdempotencyMismatch and
        IdempotencyRunning.
        """
        with self._database.write() as connection:
            row = connection.execute(
                "SELECT * FROM idempotency WHERE key = ? AND token = ?", (key, token)
            ).fetchone()
            if row is None:
                connection.execute(
                    "INSERT INTO idempotency (key, token, memory, request, created_at) "
                    "VALUES (?, ?, ?, ?, ?)",
                    (key, token, memory, request, now()),
                )
                return None
        if row["request"] != request:
            raise IdempotencyMismatch(
                f"Idempotency-Key {token!r} came with another request before; use a new one for "
                "each request"
            )
        if row["status"] is None:
            raise IdempotencyRunning(
                f"the first request with Idempotency-Key {token!r} is still being worked on; try "
                "again",
                retry_after=1,
            )
        headers = tuple((name, value) for name, value in json.loads(row["headers"]))
        return Stored(row["status"], headers, row["body"])

    def end(self, key: str, token: str, answer: Stored | None) -> None:
        """Keep the answer to a request; None: it failed, and may be tried again."""
        with self._database.write() as connection:
            if answer is None:
                connection.execute(
                    "DELETE FROM idempotency WHERE key = ? AND token = ?", (key, token)
                )
            else:
                connection.execute(
                    "UPDATE idempotency SET status = ?, headers = ?, body = ? "
                    "WHERE key = ? AND token = ?",
                    (answer.status, json.dumps(answer.headers), answer.body, key, token),
                )

    def expire(self) -> None:
        """Delete what is older than it is kept."""
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM idempotency WHERE created_at < ?", (utc(datetime.now(UTC) - KEPT),)
            )
