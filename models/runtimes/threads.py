"""How many threads torch computes with: the one place where the number is set."""

from __future__ import annotations

from contextlib import ExitStack

__all__ = ["configure_runtime"]


def configure_runtime(threads: int | None) -> ExitStack:
    """Let torch compute with `threads` from now on; None leaves everything as it is.

    The result, used as a context, puts the former number back; a run that has its process for
    itself, such as a training, may drop it. Torch keeps a number for each thread that calls it, so
    that two at once do not overrule each other; but a new thread starts with the number that any
    thread has set last, wherefore a runtime names its own each time.
    """
    import torch

    stack = ExitStack()
    former = torch.get_num_threads()
    if threads is not None and threads != former:
        torch.set_num_threads(threads)
        stack.callback(torch.set_num_threads, former)
    return stack
