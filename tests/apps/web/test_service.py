"""The service: what it keeps, how it starts, and how it ends."""

from __future__ import annotations

import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from spanmem.apps.web.errors import Loading, Stopping
from spanmem.apps.web.service import Service
from spanmem.core.errors import InputError, SpanMemError, StorageError

Build = Callable[..., Service]


def test_its_folder_is_its_owner_s_alone(build: Build, tmp_path: Path) -> None:
    with build(tmp_path / "deep" / "data") as service:
        for path in (service.data, service.data / "memories", service.data / "files"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_it_says_whether_it_can_answer(build: Build, tmp_path: Path) -> None:
    with build(tmp_path, "support") as service:
        with pytest.raises(Loading):
            service.require_ready()
        service.start()
        service.require_ready()
        assert service.memories.open_names() == ("support",)
        service.drain()
        with pytest.raises(Stopping):
            service.require_ready()
    service.close()


def test_what_has_no_memory_makes_an_empty_one(build: Build, tmp_path: Path) -> None:
    with build(tmp_path) as service:
        service.start()
        assert service.memories.names() == ("main",)
        assert service.memories.qa("main").ask("Is there anything?").abstained


def test_stopped_while_it_starts_it_does_not_get_ready(build: Build, tmp_path: Path) -> None:
    with build(tmp_path, "support") as service:
        service.stop()
        service.start()
        assert service.state == "stopping"


def test_chores_are_done_and_one_that_fails_costs_no_other(build: Build, tmp_path: Path) -> None:
    done = threading.Event()

    def fails() -> None:
        raise StorageError("no")

    with build(tmp_path, "support") as service:
        service.chores[:] = [fails, done.set]
        service.start()
        assert done.wait(10)
    until = time.monotonic() + 10
    while any(t.name == "chores" for t in threading.enumerate()) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(thread.name == "chores" for thread in threading.enumerate())


def test_a_memory_that_is_damaged_costs_no_other(
    build: Build, tmp_path: Path, memory: Path
) -> None:
    with build(tmp_path, "bad", "good") as service:
        (tmp_path / "memories" / "bad.memory" / "rows.sqlite").write_bytes(b"no rows")
        service.start()
        assert service.state == "ready"
        assert not service.memories.qa("good").ask("Who built the mill at Halden?").abstained
        with pytest.raises(SpanMemError):
            service.memories.qa("bad")
    named = {"memories": [str(tmp_path / "memories" / "bad.memory")]}
    with build(tmp_path / "other", **named) as service, pytest.raises(SpanMemError):
        service.start()


def test_what_cannot_be_begun_leaves_nothing_open(build: Build, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StorageError):
        build(tmp_path / "file" / "data")
    with pytest.raises(InputError, match="NAME=PLACE"):
        build(tmp_path / "data", memories=["bad name/"])
