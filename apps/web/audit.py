"""The audit log: who did what, when, from where, and with what outcome; no texts.

It is only ever added to, but for what is older than `KEPT`, and addresses are shortened to their
network after `EXACT`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from ...core.times import now, utc
from .database import Database
from .hosts import truncated
from .identifiers import new_id
from .keys import Key

__all__ = ["Act", "Audit", "Entry"]

KEPT = timedelta(days=400)
EXACT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One act."""

    id: str
    at: str
    key: str
    """Id of the key, or of none: `local`, `command line`."""
    name: str
    """Name of the key at that time."""
    address: str
    action: str
    """What was done: `key.add`, `document.remove`, `correction.add`."""
    memory: str
    object: str
    """Id of what it was done to."""
    outcome: str
    """`done`, or the name of the problem."""
    request: str

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return asdict(self)


class Act(Protocol):
    """What the log tells of a request: an `Access`, and whatever else has these."""

    @property
    def key(self) -> Key:
        """Whose it is."""
        ...

    @property
    def memory(self) -> str:
        """The memory that it names; "" where it names none."""
        ...

    @property
    def address(self) -> str:
        """From where it came."""
        ...

    @property
    def request_id(self) -> str:
        """Its id, as in the log."""
        ...


class Audit:
    """The log, in the service's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, act: Act, action: str, subject: str, *, memory: str = "", outcome: str = "done"
    ) -> None:
        """Note what a request did to the thing with the id `subject`."""
        self.note(
            action,
            subject,
            key=act.key.id,
            name=act.key.name,
            address=act.address,
            memory=memory or act.memory,
            outcome=outcome,
            request=act.request_id,
        )

    def note(
        self,
        action: str,
        subject: str,
        *,
        key: str = "",
        name: str = "",
        address: str = "",
        memory: str = "",
        outcome: str = "done",
        request: str = "",
    ) -> None:
        """Note an act of no request, such as that of a command, or of none that had a key."""
        row = (new_id(), now(), key, name, address, action, memory, subject, outcome, request)
        with self._database.write() as connection:
            connection.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def entries(self, *, before: str | None = None, limit: int = 50) -> list[Entry]:
        """Newest first, those before the id `before`."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?", (before or "~", limit)
            ).fetchall()
        return [Entry(**row) for row in map(dict, rows)]

    def expire(self) -> None:
        """Shorten old addresses, and delete what is older than it is kept."""
        moment = datetime.now(UTC)
        with self._database.write() as connection:
            connection.execute("DELETE FROM audit WHERE at < ?", (utc(moment - KEPT),))
            rows = connection.execute(
                "SELECT id, address FROM audit WHERE at < ? AND address <> '' "
                "AND address NOT LIKE '%/%'",
                (utc(moment - EXACT),),
            ).fetchall()
            connection.executemany(
                "UPDATE audit SET address = ? WHERE id = ?",
                [(truncated(row["address"]), row["id"]) for row in rows],
            )
