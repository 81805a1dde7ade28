"""Whoever is done at once goes before whoever reads."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from spanmem.apps.web.priority import READER, giving_way
from spanmem.apps.web.service import Service
from spanmem.pipeline.factory import load_reader
from spanmem.pipeline.settings import Settings
from spanmem.reader.reader import Reader

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness on Linux")


def niceness(thread: int = 0) -> int:
    return os.getpriority(os.PRIO_PROCESS, thread or threading.get_native_id())


def test_what_gives_way_is_nicer_with_all_that_it_begins() -> None:
    def work() -> tuple[int, int]:
        found: list[int] = []
        further = threading.Thread(target=lambda: found.append(niceness()))
        further.start()
        further.join()
        return niceness(), found[0]

    before = niceness()
    assert giving_way(work) == (before + READER, before + READER)
    assert niceness() == before


def test_what_goes_wrong_there_is_raised_here() -> None:
    def work() -> None:
        raise ValueError("so it is")

    with pytest.raises(ValueError, match="so it is"):
        giving_way(work)


def test_a_service_s_reader_is_loaded_there(
    tmp_path: Path, build: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[int] = []

    def load(settings: Settings) -> Reader:
        loaded.append(niceness())
        return load_reader(settings)

    monkeypatch.setattr("spanmem.pipeline.factory.load_reader", load)
    with build(tmp_path) as service:
        service.memories.load_models()
    assert loaded == [niceness() + READER]


def test_the_reader_of_a_service_gives_way(tmp_path: Path, build: Callable[..., Service]) -> None:
    with build(tmp_path, "support") as service:
        service.start()
        threads = {thread.name: thread.native_id or 0 for thread in threading.enumerate()}
        assert niceness(threads["reader"]) == niceness() + READER
