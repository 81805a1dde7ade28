"""The process that does the jobs: killed, cancelled, stopped, begun again."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spanmem.apps.web.files import PREFIX
from spanmem.apps.web.jobs import NewFile
from spanmem.apps.web.service import Service
from spanmem.memory.store import Memory

MEMORY = "support"
Build = Callable[..., Service]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, build: Build) -> Iterator[Service]:
    """A service whose jobs are done by a process of its own, not ready to be asked."""
    with build(tmp_path_factory.mktemp("runner"), MEMORY) as service:
        service.runner.start()
        yield service


def upload(service: Service, number: int, prefix: str) -> str:
    new = [
        NewFile(f"{PREFIX}{prefix}{at}.txt", service.files.keep_bytes(f"{prefix}{at}.txt", text))
        for at in range(number)
        for text in [f"The {prefix} lamp {at} costs {at} crowns.".encode()]
    ]
    job = service.jobs.add(MEMORY, "index", files=new)
    service.runner.wake()
    return job


def wait_until(true: Callable[[], object], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def ended(service: Service, job: str) -> Callable[[], bool]:
    return lambda: service.jobs.get(MEMORY, job).ended


def test_a_job_survives_that_its_process_is_killed(service: Service) -> None:
    job = upload(service, 3, "kill")
    wait_until(lambda: service.jobs.get(MEMORY, job).state == "running")
    first = service.runner.process
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_until(ended(service, job))
    state = service.jobs.get(MEMORY, job)
    assert (state.state, state.tries, state.files) == ("done", 2, {"done": 3})
    assert service.runner.process != first


def test_a_job_that_waits_for_a_writer_is_done_once_that_one_has_gone(service: Service) -> None:
    with Memory.open(service.memories.place(MEMORY), write=True):
        job = upload(service, 1, "wait")
        wait_until(lambda: service.jobs.get(MEMORY, job).waiting_for)
    wait_until(ended(service, job))
    assert service.jobs.get(MEMORY, job).state == "done"


def test_cancelling_ends_a_job_within_seconds(service: Service) -> None:
    job = upload(service, 40, "cancel")
    wait_until(lambda: service.jobs.get(MEMORY, job).state == "running")
    began = time.monotonic()
    service.jobs.cancel(MEMORY, job)
    service.runner.wake()
    wait_until(ended(service, job))
    state = service.jobs.get(MEMORY, job)
    assert state.state == "cancelled"
    assert state.files.get("done", 0) < 40
    assert time.monotonic() - began < 30  # five on a machine that does nothing else


def test_what_a_killed_service_left_is_done_by_the_next(tmp_path: Path, build: Build) -> None:
    with build(tmp_path, MEMORY) as service:
        job = upload(service, 1, "left")
        assert service.jobs.claim("of a process that is gone") is not None
        data, settings = service.data, service.settings
    with Service(settings, data) as again:
        again.runner.start()
        wait_until(ended(again, job))
        assert again.jobs.get(MEMORY, job).state == "done"
        again.runner.stop(10.0)
        assert again.runner.process is None
    with Memory.open(data / "memories" / f"{MEMORY}.memory") as memory:
        assert memory.count_documents(prefix=PREFIX) == 1


@pytest.mark.slow
def test_no_upload_is_lost_however_often_its_process_is_killed(
    tmp_path: Path, build: Build
) -> None:
    chance = random.Random(7)
    with build(tmp_path, MEMORY) as service:
        service.runner.start()
        jobs: list[str] = []
        for at in range(12):
            jobs.append(upload(service, 3, f"r{at}x"))
            time.sleep(chance.uniform(0.0, 2.5))
            if (process := service.runner.process) is not None:
                os.kill(process, signal.SIGKILL)
        for job in jobs:
            wait_until(ended(service, job), 240.0)
        states = [service.jobs.get(MEMORY, job) for job in jobs]
        with Memory.open(service.memories.place(MEMORY)) as memory:
            for at, state in enumerate(states):
                if state.state == "done":  # what was begun three times in vain says so
                    assert memory.count_documents(prefix=f"{PREFIX}r{at}x") == 3
                else:
                    assert "begun 3 times" in (state.problem or "")
            assert memory.verify() == []
        assert sum(state.state == "done" for state in states) >= 10
