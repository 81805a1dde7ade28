"""How many threads torch computes with: the one place where the number is set.

In a forked child it is one. OpenMP and what computes by it would wait there for ever for threads
that the parent had started.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ...core import files
from ...core.errors import InputError
from ...core.forks import lost_threads, undivided

if TYPE_CHECKING:
    import torch

__all__ = ["computing", "configure_runtime", "loading"]


@contextmanager
def computing(threads: int, device: torch.device, process: int) -> Generator[None]:
    """Let torch compute with `threads` on a model that `process` has put on `device`.

    Raises InputError in a forked child for a device that only the parent can use.
    """
    import torch

    if device.type != "cpu" and process != os.getpid():
        raise InputError(
            f"the model was put on {device} by process {process}, of which this one is a fork, and "
            "cannot be used here; open it after forking, start workers by `spawn`, or use the cpu"
        )
    with undivided(), configure_runtime(threads), torch.inference_mode():
        yield


@contextmanager
def loading() -> Generator[None]:
    """Let torch read and convert weights; in a forked child with one thread.

    Raises StorageError for what the operating system refuses.
    """
    with files.refusals(), undivided(), configure_runtime(None):
        yield


def configure_runtime(threads: int | None) -> ExitStack:
    """Let torch compute with `threads` from now on; None leaves everything as it is.

    In a process forked from one that had loaded torch it is always 1, and stays so.

    The result, used as a context, puts the former number back; a run that has its process for
    itself, such as a training, may drop it. Torch keeps a number for each thread that calls it, so
    that two at once do not overrule each other; but a new thread starts with the number that any
    thread has set last, wherefore a runtime names its own each time.
    """
    import torch

    stack = ExitStack()
    former = torch.get_num_threads()
    if lost_threads("torch"):
        # Also where torch says 1: FAISS sets OpenMP's number, which torch tells, but not MKL's.
        torch.set_num_threads(1)
    elif threads is not None and threads != former:
        torch.set_num_threads(threads)
        stack.callback(torch.set_num_threads, former)
    return stack
