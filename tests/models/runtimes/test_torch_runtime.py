"""Each runtime computes with its own number of threads, whoever else computes beside it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from spanmem.models.checkpoints import load_tokenizer
from spanmem.models.runtimes.torch_runtime import TorchRuntime
from tests.models.tiny import WORDS

ONES = np.ones((1, 4), np.int64)


class Counting(nn.Module):
    """Notes with how many threads it is computed."""

    def __init__(self, barrier: threading.Barrier | None = None) -> None:
        super().__init__()
        self.threads: list[int] = []
        self.barrier = barrier

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """(rows, length) -> (rows, length, 2)."""
        if self.barrier is not None:
            self.barrier.wait(5)
        self.threads.append(torch.get_num_threads())
        return torch.stack((ids * mask, types), -1).to(torch.bfloat16)


@pytest.fixture(autouse=True)
def two_threads() -> None:
    torch.set_num_threads(2)


def runtime(folder: Path, module: nn.Module, threads: int | None = None) -> TorchRuntime:
    tokenizer: Any = load_tokenizer(None, folder, len(WORDS))
    return TorchRuntime(
        module,
        tokenizer,
        max_length=8,
        device=torch.device("cpu"),
        threads=threads,
    )


def test_the_output_is_in_single_precision(tiny_reader: Path) -> None:
    output = runtime(tiny_reader, Counting()).run(3 * ONES, ONES, 2 * ONES)
    assert output.dtype == np.float32
    assert output.tolist() == [[[3.0, 2.0]] * 4]


def test_two_runtimes_keep_to_their_own_threads(tiny_reader: Path) -> None:
    modules = Counting(), Counting(), Counting()
    runtimes = [
        runtime(tiny_reader, m, threads) for m, threads in zip(modules, (1, 3, None), strict=True)
    ]
    for computes in [*runtimes, *runtimes]:
        computes.run(ONES, ONES, ONES)
    assert [m.threads for m in modules] == [[1, 1], [3, 3], [2, 2]]
    assert torch.get_num_threads() == 2


def test_two_runtimes_at_once_keep_to_their_own_threads(tiny_reader: Path) -> None:
    barrier = threading.Barrier(3)
    modules = Counting(barrier), Counting(barrier), Counting(barrier)
    runtimes = [
        runtime(tiny_reader, m, threads) for m, threads in zip(modules, (1, 3, None), strict=True)
    ]

    def run(computes: TorchRuntime) -> None:
        for _ in range(5):
            computes.run(ONES, ONES, ONES)

    workers = [threading.Thread(target=run, args=(computes,)) for computes in runtimes]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # A thread begins with the number that was set last anywhere: without a number of its own, the
    # third would compute with 1 or 3.
    assert [m.threads for m in modules] == [[1] * 5, [3] * 5, [2] * 5]
    assert torch.get_num_threads() == 2


def test_a_module_does_not_train_while_it_runs(tiny_reader: Path) -> None:
    module = Counting().train()
    runtime(tiny_reader, module)
    assert not module.training
