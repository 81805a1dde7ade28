"""Erasing from the service's tables: no other job names what is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from spanmem.apps.web.database import FILE, Database
from spanmem.apps.web.erasure import erase
from spanmem.apps.web.jobs import Jobs
from tests.apps.raw_bytes import files_with


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / FILE)
    yield database
    database.close()


def arguments(database: Database, job: str) -> dict[str, object]:
    with database.read() as connection:
        row = connection.execute("SELECT arguments FROM jobs WHERE id = ?", (job,)).fetchone()
    table: dict[str, object] = json.loads(row["arguments"])
    return table


def test_jobs_that_were_to_do_the_same_name_it_no_more(database: Database, tmp_path: Path) -> None:
    jobs = Jobs(database)
    same = [
        jobs.add("m", "erase", {"scope": "Plimsolly"}),
        jobs.add("m", "erase", {"documents": ["Zubrowski.txt"]}),
        jobs.add("m", "update", {"document": "Zubrowski.txt", "title": "His case"}),
    ]
    others = [
        jobs.add("m", "erase", {"scope": "Plimsolly 2"}),
        jobs.add("m", "erase", {"documents": ["Zubrowski.txt", "other.txt"]}),
        jobs.add("m", "index", {"scope": "Plimsoll"}),
        jobs.add("n", "erase", {"scope": "Plimsolly"}),
    ]
    kept = [arguments(database, job) for job in others]
    erase(database, "m", documents=["Zubrowski.txt"], scope="Plimsolly")
    for job in same:
        shown = jobs.get("m", job)
        assert (shown.state, arguments(database, job)) == ("cancelled", {})
        assert shown.problem == "what it was about was erased"
    assert [arguments(database, job) for job in others] == kept
    assert [jobs.get("mmmn"[at], job).state for at, job in enumerate(others)] == ["queued"] * 4
    assert files_with(tmp_path, "His case") == []
