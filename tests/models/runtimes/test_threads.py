"""The number of torch's threads is set in one place, and put back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import numpy as np
import pytest
import torch

from spanmem.core.errors import InputError
from spanmem.memory.views.dense import SegmentBuilder
from spanmem.models.runtimes.threads import computing, configure_runtime, loading
from tests.rooms import ROOMS, ROOT, modules_of


@pytest.fixture(autouse=True)
def two_threads() -> None:
    torch.set_num_threads(2)


def test_the_former_number_is_put_back_even_after_an_error() -> None:
    seen: list[int] = []

    def fail() -> None:
        with configure_runtime(3):
            seen.append(torch.get_num_threads())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seen == [3]
    assert torch.get_num_threads() == 2


def test_contexts_nest() -> None:
    with configure_runtime(3):
        with configure_runtime(1):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3


def test_without_a_context_it_stays() -> None:
    configure_runtime(3)
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize("threads", [None, 2])
def test_nothing_is_set_where_nothing_changes(
    threads: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", numbers.append)
    with configure_runtime(threads):
        pass
    assert numbers == []


def test_one_thread_does_not_overrule_another() -> None:
    both_set, seen = threading.Barrier(2), {}

    def compute(threads: int) -> None:
        with configure_runtime(threads):
            both_set.wait(5)
            seen[threads] = torch.get_num_threads()

    workers = [threading.Thread(target=compute, args=(threads,)) for threads in (1, 3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert seen == {1: 1, 3: 3}


def test_no_other_module_sets_torchs_number() -> None:
    setters = [
        str(path)
        for path in modules_of(ROOMS)
        if "torch.set_num_threads" in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert setters == ["models/runtimes/threads.py"]


_FORKED = """
import importlib, os, sys
for name in sys.argv[1].split():
    importlib.import_module(name)
import torch
torch.set_num_threads(2)
left, right = torch.ones(500, 500), torch.ones(500, 500)
assert float((left @ right).sum()) > 0  # OpenMP has its threads now
if not (child := os.fork()):
    from tests.models.runtimes.test_threads import compute_in_fork
    compute_in_fork(os.getppid())
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def compute_in_fork(parent: int) -> None:
    """What a child does with torch and FAISS: each would wait for the parent's OpenMP threads."""
    with computing(2, torch.device("cpu"), parent):
        assert torch.get_num_threads() == 1
        assert float((torch.ones(500, 500) @ torch.ones(500, 500)).sum()) == 500**3
    with loading():
        assert torch.get_num_threads() == 1
    with pytest.raises(InputError, match="spawn"), computing(2, torch.device("meta"), parent):
        pass
    vectors = np.random.default_rng(3).normal(size=(2000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    builder = SegmentBuilder("hnsw", 64)
    builder.add(np.arange(2000), vectors)
    nearest = builder.finish().search(vectors[:1], 3, allowed=None, removed=np.empty(0, np.int64))
    assert next(iter(nearest)) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.parametrize(
    "loaded", ["torch faiss spanmem.memory.store", "faiss torch spanmem.memory.store", "torch"]
)
def test_in_a_forked_child_torch_and_faiss_compute_alone(loaded: str) -> None:
    command = [sys.executable, "-c", _FORKED, loaded]
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    run = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        assert run.wait(timeout=60) == 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)  # a child that waits outlives its parent
