"""The audit log: what was done is noted, and what is old fades."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spanmem.apps.web.audit import EXACT, KEPT, Audit
from spanmem.apps.web.database import FILE, Database
from spanmem.core.times import utc


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / FILE)
    yield database
    database.close()


def age(database: Database, action: str, by: timedelta) -> None:
    with database.write() as connection:
        connection.execute(
            "UPDATE audit SET at = ? WHERE action = ?", (utc(datetime.now(UTC) - by), action)
        )


def test_newest_come_first_and_go_on_where_a_part_ended(database: Database) -> None:
    audit = Audit(database)
    for number in range(7):
        audit.note(f"act {number}", "x")
    first = audit.entries(limit=3)
    rest = audit.entries(before=first[-1].id, limit=10)
    actions = [entry.action for entry in (*first, *rest)]
    assert sorted(actions) == [f"act {number}" for number in range(7)]
    assert [entry.id for entry in (*first, *rest)] == sorted(
        (entry.id for entry in (*first, *rest)), reverse=True
    )


def test_old_addresses_are_shortened_and_older_acts_deleted(database: Database) -> None:
    audit = Audit(database)
    for action in ("new", "old", "ancient"):
        audit.note(action, "x", address="192.0.2.77")
    age(database, "old", EXACT + timedelta(days=1))
    age(database, "ancient", KEPT + timedelta(days=1))
    audit.expire()
    audit.expire()
    assert {entry.action: entry.address for entry in audit.entries()} == {
        "new": "192.0.2.77",
        "old": "192.0.2.0/24",
    }
