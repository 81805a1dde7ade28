"""Forked processes: what must be made anew there, and what a fork must not cut in two.

A fork copies the memory of a process and the one thread that called it. Locks that another thread
held stay shut in the child for ever, connections are the parent's, and a pool of threads, such as
OpenMP's, waits for threads that are not there.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["lost_threads", "on_fork", "undivided"]

_PATIENCE = 5.0
"""Seconds that a fork waits at most for what must not be cut in two."""
_PLACES = slice(23, 26)
"""Of `/proc/PID/stat`, counted behind the command's name: where code and stack lie (fields 26 to 28
of proc(5)). Each program that is started has others, and a fork has its parent's."""

_resets: weakref.WeakKeyDictionary[Any, Callable[[Any], None]] = weakref.WeakKeyDictionary()


def on_fork(thing: Any, reset: Callable[[Any], None]) -> None:
    """Call `reset(thing)` in each forked child, as long as `thing` lives."""
    _resets[thing] = reset


def lost_threads(module: str) -> bool:
    """Whether this process was forked from one that had loaded `module`, a top-level package.

    The threads that it may have started there are missing here.
    """
    return module in _state.inherited


@contextmanager
def undivided() -> Generator[None]:
    """A stretch that takes locks of native libraries: a fork by another thread waits for its end.

    It may be nested. Forking waits for some seconds at most, since the stretch may itself wait for
    the thread that forks.
    """
    state, depth = _state, getattr(_own, "depth", 0)
    if not depth:  # who is within must not wait for a fork that waits for its end
        with state.changed:
            while state.forking:
                state.changed.wait()
            state.running += 1
    _own.depth = depth + 1
    try:
        yield
    finally:
        _own.depth = depth
        if not depth and state is _state:  # else it began in the parent
            with state.changed:
                state.running -= 1
                state.changed.notify_all()


class _State:
    """How many threads are within an undivided stretch, and whether one is forking."""

    def __init__(self, inherited: frozenset[str]) -> None:
        self.inherited, self.forking, self.running = inherited, False, 0
        """What was loaded when this process was forked, if it was."""
        self.changed = threading.Condition(threading.Lock())


def _is_copy_of_parent() -> bool:
    """Whether this process was forked before the package came, as far as Linux tells."""
    try:
        stats = [Path(f"/proc/{pid}/stat").read_bytes() for pid in (os.getpid(), os.getppid())]
    except OSError:
        return False
    own, parents = (stat.rpartition(b")")[2].split()[_PLACES] for stat in stats)
    return own == parents and b"0" not in own


_state = _State(frozenset(sys.modules) if _is_copy_of_parent() else frozenset())
_own = threading.local()


def _before() -> None:
    own = 1 if getattr(_own, "depth", 0) else 0
    state, until = _state, time.monotonic() + _PATIENCE
    state.changed.acquire()
    while state.forking:  # another thread's fork
        state.changed.wait()
    state.forking = True
    while state.running > own and (left := until - time.monotonic()) > 0:
        state.changed.wait(left)
    # Held until the fork is done: who would begin waits for it.


def _after_in_parent() -> None:
    _state.forking = False
    _state.changed.notify_all()
    _state.changed.release()


def _after_in_child() -> None:
    global _state
    _state = _State(frozenset(sys.modules))
    for thing, reset in list(_resets.items()):
        reset(thing)


os.register_at_fork(
    before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child
)
