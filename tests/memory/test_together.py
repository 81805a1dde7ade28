"""Several processes and threads at one memory: no error, no torn answer, no lost write."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from spanmem.memory.store import Memory
from tests.memory.together import PARTS, READY, version
from tests.rooms import ROOT

from .conftest import Opener, find


def four_processes(create: Opener, path: Path, changes: int) -> None:
    """The writer begins when every reader is at it, and they go on until it has ended."""
    create().close()
    with ExitStack() as stack:

        def started(role: str, seed: int) -> subprocess.Popen[str]:
            module = "tests.memory.together"
            process = subprocess.Popen(
                [sys.executable, "-m", module, role, str(path), str(changes), str(seed)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)  # where another one fails, they would wait for it
            return process

        readers = [started("read", seed) for seed in (1, 2, 3)]
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline().strip() == READY, reader.communicate()
        written, *readings = [reported(one) for one in (started("write", 0), *readers)]
    assert all(reading["answers"] for reading in readings)
    with Memory.open(path) as memory:
        assert memory.verify() == []
        assert {d.id for d in memory.documents()} == written["versions"].keys()
        for name, number in written["versions"].items():
            wanted = [p.text for p in version(name, number).passages]
            assert [p.text for p in memory.passages(name)] == wanted
            assert find(memory, wanted[0], k=1, mode="dense") == wanted[:1]


def reported(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    report: dict[str, Any] = json.loads(output)
    return report


def test_one_process_writes_and_three_read(create: Opener, path: Path) -> None:
    four_processes(create, path, 30)


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
def test_one_process_writes_three_thousand_times_and_three_read(create: Opener, path: Path) -> None:
    four_processes(create, path, 3000)


def test_threads_search_while_the_memory_is_compacted(filled: Opener) -> None:
    """They go on with what there was: no search waits for the new index."""
    with filled() as memory, ThreadPoolExecutor(4) as pool:
        memory.put([version(f"d{i}", 1) for i in range(200)])
        searching, done = threading.Barrier(5, timeout=120), threading.Event()

        def search() -> int:
            answers = 0
            while not done.is_set():
                assert find(memory, "It ground rye.", k=1) == ["It ground rye."]
                answers += 1
                if answers == 1:
                    searching.wait()
            return answers

        searches = [pool.submit(search) for _ in range(4)]
        searching.wait()
        for _ in range(3):
            memory.compact()
        done.set()
        for answers in searches:
            assert answers.result() > 0
        assert memory.counts() == (203, 4 + 200 * PARTS)
        assert memory.verify() == []
