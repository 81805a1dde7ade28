"""The number of torch's threads is set in one place, and put back."""

from __future__ import annotations

import os
import threading

import pytest
import torch

from spanmem.core.errors import InputError
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_in_a_forked_child_torch_computes_alone_and_what_only_the_parent_has_is_refused() -> None:
    parent = os.getpid()
    left, right = torch.ones(500, 500), torch.ones(500, 500)
    assert float((left @ right).sum()) > 0  # OpenMP has its threads now
    pid = os.fork()
    if not pid:
        code = 1
        try:
            with computing(2, torch.device("cpu"), parent):
                alone = torch.get_num_threads() == 1 and float((left @ right)[0, 0]) == 500
            with loading():
                alone = alone and torch.get_num_threads() == 1
            with (
                pytest.raises(InputError, match="spawn"),
                computing(2, torch.device("meta"), parent),
            ):
                alone = False
            code = 0 if alone and torch.get_num_threads() == 2 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
