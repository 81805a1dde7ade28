"""Answers to repeated requests, as they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spanmem.apps.web.database import FILE, Database
from spanmem.apps.web.errors import IdempotencyMismatch, IdempotencyRunning
from spanmem.apps.web.idempotency import KEPT, Idempotency, Stored
from spanmem.core.times import utc

ANSWER = Stored(201, (("content-type", "application/json"),), b"{}")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / FILE)
    yield database
    database.close()


def test_while_the_first_is_worked_on_a_second_waits(database: Database) -> None:
    kept = Idempotency(database)
    assert kept.begin("k", "t", b"one") is None
    with pytest.raises(IdempotencyRunning) as caught:
        kept.begin("k", "t", b"one")
    assert caught.value.retry_after == 1
    with pytest.raises(IdempotencyMismatch):
        kept.begin("k", "t", b"two")
    kept.end("k", "t", ANSWER)
    assert kept.begin("k", "t", b"one") == ANSWER


def test_what_an_ended_process_had_begun_may_be_tried_again(database: Database) -> None:
    Idempotency(database).begin("k", "t", b"one")
    assert Idempotency(database).begin("k", "t", b"one") is None


def test_answers_are_kept_for_a_day(database: Database) -> None:
    kept = Idempotency(database)
    for token in ("old", "new"):
        kept.begin("k", token, b"")
        kept.end("k", token, ANSWER)
    with database.write() as connection:
        connection.execute(
            "UPDATE idempotency SET created_at = ? WHERE token = 'old'",
            (utc(datetime.now(UTC) - KEPT),),
        )
    kept.expire()
    with database.read() as connection:
        rows = connection.execute("SELECT token FROM idempotency").fetchall()
    assert [row["token"] for row in rows] == ["new"]
