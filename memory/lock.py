"""One writer at a time: an advisory lock on a file that names its holder.

The kernel owns the lock, so it vanishes with the process, however that ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
import weakref
from pathlib import Path

from ..core import files
from ..core.errors import MemoryLocked


class WriterLock:
    """Held from construction until `release`; a second one on the folder is refused."""

    def __init__(self, folder: Path) -> None:
        """Raise MemoryLocked, naming the holder, if another writer has the memory."""
        path = folder / "lock"
        with files.guarded("lock", path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with files.guarded("write to", path):
                os.ftruncate(handle, 0)
                os.pwrite(handle, _introduction(), 0)
        except BlockingIOError:
            holder = _holder(handle)
            os.close(handle)
            raise MemoryLocked(folder, holder) from None
        except BaseException:
            os.close(handle)
            raise
        self._handle: int | None = handle
        _held.add(self)

    def release(self) -> None:
        """Let the next writer in; harmless when already released."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)


_held: weakref.WeakSet[WriterLock] = weakref.WeakSet()


def _let_go_in_child() -> None:
    # A forked child shares the lock: without this it would keep it after its parent's death.
    for lock in list(_held):
        lock.release()


os.register_at_fork(after_in_child=_let_go_in_child)


def _introduction() -> bytes:
    command = " ".join(sys.argv)[:200] or sys.executable
    about = {"pid": os.getpid(), "host": socket.gethostname(), "command": command}
    return json.dumps(about).encode()


def _holder(handle: int) -> str:
    try:
        about = json.loads(os.pread(handle, 4096, 0))
        return f"process {about['pid']} on {about['host']} ({about['command']})"
    except (ValueError, KeyError, TypeError):
        return "another process"
