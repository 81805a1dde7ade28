"""Several processes and threads at one memory: no error, no torn answer, no lost write."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spanmem.memory.store import Memory
from tests.memory.together import PARTS, version
from tests.rooms import ROOT

from .conftest import Opener, find


def four_processes(create: Opener, path: Path, seconds: float) -> None:
    create().close()
    roles = ["write", "read", "read", "read"]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.memory.together", role, str(path), str(seconds), str(at)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for at, role in enumerate(roles)
    ]
    said = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0] * 4, [err for _, err in said]
    written, *readings = [json.loads(out) for out, _ in said]
    assert all(reading["answers"] for reading in readings)
    with Memory.open(path) as memory:
        assert memory.verify() == []
        assert {d.id for d in memory.documents()} == written["versions"].keys()
        for name, number in written["versions"].items():
            wanted = [p.text for p in version(name, number).passages]
            assert [p.text for p in memory.passages(name)] == wanted
            assert find(memory, wanted[0], k=1, mode="dense") == wanted[:1]


def test_one_process_writes_and_three_read(create: Opener, path: Path) -> None:
    four_processes(create, path, 2)


def test_a_document_that_is_replaced_while_it_is_read_is_read_as_it_was(
    create: Opener, path: Path
) -> None:
    with create() as memory, Memory.open(path) as reader:
        memory.put([version("d1", 1)])
        read = reader.passages("d1")
        first = next(read)
        memory.put([version("d1", 2)])
        assert [first.text, *(p.text for p in read)] == [p.text for p in version("d1", 1).passages]


@pytest.mark.slow
def test_one_process_writes_and_three_read_for_a_minute(create: Opener, path: Path) -> None:
    four_processes(create, path, 60)


def test_threads_search_while_the_memory_is_compacted(filled: Opener) -> None:
    """They go on with what there was: no search waits for the new index."""
    with filled() as memory, ThreadPoolExecutor(4) as pool:
        memory.put([version(f"d{i}", 1) for i in range(200)])
        compacting, done = threading.Event(), threading.Event()

        def search() -> int:
            answers = 0
            compacting.wait()
            while not done.is_set():
                assert find(memory, "It ground rye.", k=1) == ["It ground rye."]
                answers += 1
            return answers

        searching = [pool.submit(search) for _ in range(4)]
        compacting.set()
        for _ in range(3):
            memory.compact()
        done.set()
        assert all(one.result() for one in searching)
        assert memory.counts() == (203, 4 + 200 * PARTS)
        assert memory.verify() == []
