"""SIGTERM and SIGHUP end a command as Ctrl-C does: what it opened is closed and removed."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stopped", "stoppable"]

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_CLEANING = 5.0
"""Seconds in which a repeated signal does not interrupt the cleaning up after the first."""


class Stopped(KeyboardInterrupt):
    """The process was told to stop by a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = signal.Signals(number)


@contextmanager
def stoppable() -> Generator[None]:
    """Let a signal to stop raise `Stopped` in the block, so that what it opened is closed.

    What another has arranged for a signal stays (`nohup` has SIGHUP ignored), and in other threads
    than the main one, which signals do not reach, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    last = -_CLEANING

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _CLEANING:
            last = now
            raise Stopped(number)

    ours = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
