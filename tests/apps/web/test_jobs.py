"""The queue: states, claims, tries, pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spanmem.apps.web.database import Database
from spanmem.apps.web.errors import Conflict, NotFound
from spanmem.apps.web.files import Upload
from spanmem.apps.web.jobs import Job, Jobs, NewFile

A_FILE = NewFile("upload/a.txt", Upload("a.txt", "a" * 64, 10))


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    database = Database(tmp_path / "service.sqlite")
    yield Jobs(database)
    database.close()


def claimed(jobs: Jobs, claim: str = "one") -> Job:
    job = jobs.claim(claim)
    assert job is not None
    return job


def test_the_oldest_is_claimed_first_and_by_one_alone(jobs: Jobs) -> None:
    first, second = jobs.add("m", "index"), jobs.add("m", "index")
    assert claimed(jobs).id == first
    assert claimed(jobs, "two").id == second
    assert jobs.claim("three") is None


def test_what_is_queued_says_what_is_done_before_it(jobs: Jobs) -> None:
    first, second, third = jobs.add("m", "index"), jobs.add("m", "index"), jobs.add("n", "index")
    assert jobs.get("m", first).waiting_for is None
    assert jobs.get("m", second).waiting_for == "1 more in the queue"
    job = claimed(jobs)
    assert jobs.get("m", first).waiting_for is None
    assert jobs.get("m", second).waiting_for == f"job {first}, under way"
    there = "a job of another memory, under way; 1 more in the queue"
    assert jobs.get("n", third).waiting_for == there
    assert [each.waiting_for for each in jobs.page("n")] == [there]
    jobs.end(job, "done")
    assert jobs.get("m", second).waiting_for is None
    assert jobs.get("m", first).waiting_for is None


def test_what_is_tried_again_begins_anew(jobs: Jobs) -> None:
    identifier = jobs.add("m", "index", files=[A_FILE])
    jobs.note(claimed(jobs), counts={}, share=0.7)
    jobs.cancel("m", identifier)
    jobs.release(None, "it ended")
    again = jobs.retry("m", identifier)
    assert (again.state, again.share, again.started_at) == ("queued", 0.0, None)


def test_a_job_whose_process_died_is_begun_three_times_at_most(jobs: Jobs) -> None:
    identifier = jobs.add("m", "index", files=[A_FILE])
    for _ in range(2):
        claimed(jobs)
        jobs.release(["another"], "it ended")  # which does not concern it
        assert jobs.get("m", identifier).state == "running"
        jobs.release(["one"], "it ended")
        assert jobs.get("m", identifier).state == "queued"
    claimed(jobs)
    jobs.release(None, "the process ended by signal 9")
    job = jobs.get("m", identifier)
    assert (job.state, job.problem) == (
        "failed",
        "begun 3 times, and the process ended by signal 9",
    )
    assert job.ended
    assert not jobs.pending()
    assert jobs.files(identifier)[0].state == "cancelled"
    assert jobs.retry("m", identifier).state == "queued"
    assert jobs.files(identifier)[0].state == "queued"


def test_who_lost_the_claim_changes_nothing_any_more(jobs: Jobs) -> None:
    jobs.add("m", "index")
    lost = claimed(jobs)
    jobs.release(["one"], "it ended")
    assert jobs.is_cancelled(lost)
    mine = claimed(jobs, "two")
    jobs.end(lost, "done")
    jobs.note(lost, counts={"added": 9}, share=1.0)
    jobs.put_back(lost)
    assert jobs.get("m", mine.id).state == "running"
    assert jobs.get("m", mine.id).counts == {}


def test_a_job_is_cancelled_at_once_or_by_whoever_works_on_it(jobs: Jobs) -> None:
    waiting = jobs.add("m", "index", files=[A_FILE])
    assert jobs.cancel("m", waiting).state == "cancelled"
    with pytest.raises(Conflict):
        jobs.cancel("m", waiting)
    running = jobs.add("m", "index")
    job = claimed(jobs)
    assert jobs.cancel("m", running).state == "running"
    assert jobs.is_cancelled(job)
    assert not jobs.overdue(60)
    assert jobs.overdue(-1)
    jobs.release(["one"], "it ended")
    assert jobs.get("m", running).state == "cancelled"


def test_what_is_done_says_whether_files_failed(jobs: Jobs) -> None:
    states: list[tuple[str, str | None]] = []
    for outcomes in (("done", "done"), ("done", "failed"), ("failed", "failed"), ()):
        identifier = jobs.add("m", "index", files=[A_FILE] * len(outcomes))
        job = claimed(jobs)
        for number, state in enumerate(outcomes):
            jobs.note_file(job, number, state)
        jobs.end(job, "done")
        ended = jobs.get("m", identifier)
        states.append((ended.state, ended.problem))
    assert states == [
        ("done", None),
        ("done-with-failures", None),
        ("failed", "none of its files could be used"),
        ("done", None),
    ]


def test_lists_come_in_pages_of_one_memory(jobs: Jobs) -> None:
    mine = [jobs.add("m", "index") for _ in range(3)]
    jobs.add("other", "index")
    newest = jobs.page("m", limit=2)
    rest = jobs.page("m", before=newest[-1].id)
    assert [job.id for job in (*newest, *rest)] == sorted(mine, reverse=True)
    assert jobs.page("m", state="done") == []
    with pytest.raises(NotFound):
        jobs.get("other", mine[0])


def test_the_rest_takes_as_long_as_the_share_so_far_says(jobs: Jobs) -> None:
    identifier = jobs.add("m", "index")
    assert jobs.get("m", identifier).eta_s is None
    job = claimed(jobs)
    jobs.note(job, counts={}, share=0.5)
    eta = jobs.get("m", identifier).eta_s
    assert eta is not None
    assert 0 <= eta < 60
    jobs.end(job, "done")
    assert jobs.get("m", identifier).eta_s is None


def test_old_jobs_are_dropped_with_their_files(jobs: Jobs) -> None:
    identifier = jobs.add("m", "index", files=[A_FILE])
    jobs.end(claimed(jobs), "done")
    open_one = jobs.add("m", "index")
    assert jobs.drop_before("2020-01-01") == 0
    assert jobs.drop_before("9999-01-01") == 1
    assert jobs.files(identifier) == []
    assert [job.id for job in jobs.page("m")] == [open_one]
