"""`service.sqlite`: all that the service keeps of its own, in short transactions.

One connection writes, under a lock; reads borrow one of their own, and in WAL mode wait for nobody.
Each commit is on the disk before it returns (`synchronous=FULL`), but for the log of what was
asked, which a failing machine may cost its last seconds; what is deleted is overwritten
(`secure_delete`), as in the memories.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...core import files
from ...core.errors import FormatTooNew, InputError, MemoryLocked, StorageError
from ...memory.lock import WriterLock
from ...pipeline.settings import Settings
from .schema import STEPS

__all__ = ["FILE", "Database", "data_folder", "sole_use"]

FILE = "service.sqlite"
_DATA = "spanmem-data"
_WAIT_MS = 10_000
"""How long a transaction waits for that of another process: the child's, or `spanmem keys`."""
_IDLE = 8
"""Connections kept open for the reads to come."""
_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {_WAIT_MS}",
)


def data_folder(settings: Settings) -> Path:
    """The folder of all that a service keeps, `service.sqlite` among it."""
    return files.absolute(settings.service.data or _DATA)


@contextmanager
def sole_use(data: Path) -> Generator[None]:
    """Hold a data folder for one service: two would share neither limits nor jobs.

    Raises InputError where another process serves it, which is named.
    """
    with files.guarded("make", data):
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        lock = WriterLock(data)
    except MemoryLocked as error:
        raise InputError(
            f"{data} is served already, by {error.holder}; stop that process, or name another "
            "folder by --data"
        ) from None
    try:
        yield
    finally:
        lock.release()


class Database:
    """The service's own database, brought to the newest format. Safe from several threads."""

    def __init__(self, path: Path) -> None:
        """Open `path`, made if it is not there, readable by its owner alone.

        Raises StorageError where the system refuses, and FormatTooNew.
        """
        self.path = path
        self._lock, self._pool = threading.RLock(), threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        with files.guarded("open", path), suppress(FileExistsError):
            # One that is there is left to SQLite: closing a file lets go of every lock on it that
            # this process has, those of other connections too (https://sqlite.org/howtocorrupt.html).
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self._writer = self._connect()
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def write(self, *, waits: bool = True) -> Generator[sqlite3.Connection]:
        """One transaction that changes something: all of the block, or nothing if it raises.

        Keep it short: all others that write wait. With `waits=False` it does not wait for the disk:
        what it wrote survives the end of the process, but that of the machine only once the next
        transaction that waits is through. Raises StorageError where the disk refuses.
        """
        with self._lock, _refusals(self.path):
            if not waits:
                self._writer.execute("PRAGMA synchronous = NORMAL")
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise
            finally:
                if not waits:
                    self._writer.execute("PRAGMA synchronous = FULL")

    @contextmanager
    def read(self) -> Generator[sqlite3.Connection]:
        """A connection that sees what was committed last; rows are `sqlite3.Row`s."""
        with self._pool:
            connection = self._idle.pop() if self._idle else None
        with _refusals(self.path):
            connection = connection or self._connect()
            try:
                yield connection
            finally:
                with self._pool:
                    keep = not self._closed and len(self._idle) < _IDLE
                    if keep:
                        self._idle.append(connection)
                if not keep:
                    connection.close()

    def checkpoint(self) -> None:
        """Empty the log into the file, so that what was erased is in neither."""
        with self._lock, _refusals(self.path):
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all connections; harmless when closed already."""
        with self._lock, self._pool:
            self._closed = True
            for connection in (self._writer, *self._idle):
                connection.close()
            self._idle.clear()

    def _connect(self) -> sqlite3.Connection:
        with _refusals(self.path):
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            for setting in _SETTINGS:
                connection.execute(setting)
            return connection

    def _migrate(self) -> None:
        (version,) = self._writer.execute("PRAGMA user_version").fetchone()
        if version > len(STEPS):
            raise FormatTooNew(self.path, found=version, known=len(STEPS))
        for number, script in enumerate(STEPS[version:], version + 1):
            with _refusals(self.path):
                # One script is one transaction: `executescript` itself begins none.
                self._writer.executescript(
                    f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;"
                )


@contextmanager
def _refusals(path: Path) -> Generator[None]:
    """Turn what SQLite says of disk and file into a StorageError; slips in SQL stay faults."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISUSE):
            raise
        raise StorageError(
            f"{path}: {error}; check free space, permissions and what else uses it"
        ) from error
