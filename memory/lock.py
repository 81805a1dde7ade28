"""One writer at a time: an advisory lock of the operating system, and a note that names its holder.

The kernel owns the lock, so it vanishes with the process, however that ends. A forked child does
not hold its parent's: filelock closes it there.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import sys
from pathlib import Path

from ..core import files
from ..core.errors import MemoryLocked, StorageError

__all__ = ["HOLDER", "LOCK", "WriterLock"]

LOCK = "lock"
"""The file that is locked. It stays: removed, it could be locked twice, under one name."""
HOLDER = "lock.json"
"""The note beside it. Elsewhere than on Linux nobody but the holder may read a locked file."""
_LOCKLESS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
"""How a network's or a container's file system says that it cannot lock."""
_COMMAND = 200
"""Characters of the holder's command that are noted."""


class WriterLock:
    """Held from construction until `release`; a second one on the folder is refused.

    Refused is any other, of another process, thread or object. What is never released ends with
    the object.
    """

    def __init__(self, folder: Path) -> None:
        """Raise MemoryLocked, naming the holder, if another writer has the memory.

        Raises StorageError where the file system refuses to lock, or the note cannot be written.
        """
        from filelock import FileLock, Timeout  # readers never need it

        path, self._note = folder / LOCK, folder / HOLDER
        self._lock = FileLock(
            path,
            blocking=False,
            thread_local=False,  # whichever thread closes the memory lets go of it
            fallback_to_soft=False,  # a mere file would outlive a killed process
            preserve_lock_file=True,
        )
        with files.guarded("lock", path):
            try:
                self._lock.acquire()
            except Timeout:
                raise MemoryLocked(folder, _holder(self._note)) from None
            except OSError as error:
                if error.errno not in _LOCKLESS:
                    raise
                raise StorageError(
                    f"cannot lock {path}: its file system has no locks ({error.strerror}), and "
                    "without one a second writer would not be kept out; move the memory to a local "
                    "disk"
                ) from error
        try:
            with files.guarded("write to", self._note):
                self._note.write_text(_introduction(), encoding="utf-8")
        except BaseException:
            self._lock.release()
            raise

    def release(self) -> None:
        """Let the next writer in; harmless when already released, and in a forked child."""
        if self._lock.is_locked:
            # First: afterwards it may be the next holder's. Where it must stay, it does no harm.
            with contextlib.suppress(OSError):
                files.remove(self._note)
            self._lock.release()


def _introduction() -> str:
    command = " ".join(sys.argv)[:_COMMAND] or sys.executable
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "command": command})


def _holder(note: Path) -> str:
    try:
        introduction = json.loads(note.read_text(encoding="utf-8"))
        return "process {pid} on {host} ({command})".format_map(introduction)
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
