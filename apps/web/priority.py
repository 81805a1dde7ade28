"""Who goes first where requests and the reader share the cores: whoever is done at once."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["READER", "give_way", "giving_way"]

READER = 5
"""Niceness of the threads that read, above that of the process: what takes milliseconds, such as a
remembered answer or a refusal, goes first. Jobs are nicer still."""

T = TypeVar("T")


def give_way() -> None:
    """Let other threads of the process go before this one, and those that it will begin.

    Of Linux alone, where threads have a niceness each; it counts within a service's own share of
    the processor (sched(7), "The nice value and group scheduling").
    """
    if sys.platform == "linux":
        here = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, here, os.getpriority(os.PRIO_PROCESS, here) + READER)


def giving_way(work: Callable[[], T]) -> T:
    """What `work` returns, done in a thread that gives way, as will all that it begins.

    Models' runtimes begin their threads as a model is loaded. Raises what `work` raises.
    """
    with ThreadPoolExecutor(1, initializer=give_way) as aside:
        return aside.submit(work).result()
