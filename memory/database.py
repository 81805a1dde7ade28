"""One SQLite database: its connections and transactions, and how values are kept in it.

One connection writes, under a lock. Each read borrows a connection of its own from a pool, so that
no reader waits while a writer waits for the disk; in WAL mode it sees what was committed last.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core import files
from ..core.errors import FormatTooNew, InputError, MemoryDamaged, StorageError
from ..core.forks import on_fork, undivided
from ..core.records import Prompts, Vectors
from .filters import teach
from .migrations import FORMAT, create_schema, migrate, migrate_in_private

__all__ = [
    "FILE",
    "Database",
    "chunks",
    "marks",
    "next_number",
    "pack",
    "restored",
    "storable",
    "unpack",
    "unpack_all",
]

FILE = "rows.sqlite"

_IMMUTABLE = "immutable=1"
"""How a database on a medium that cannot be written is opened: its log is not looked at."""
_UNLOCKED = "mode=ro&vfs=unix-none"
"""How one is opened there that has a log, but no index of the log and hence nobody who writes."""
_UNWRITABLE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
"""SQLite's primary codes where a file, its log, its folder or its medium cannot be written."""
_IDLE = 8
"""Connections kept open for the reads to come."""
_CHUNK = 500
"""Values per statement: SQLite bounds the number of its parameters."""
_UNREADABLE = ("malformed JSON", "Could not decode")
"""How SQLite begins to speak of an altered value; it tells it as if the disk were at fault."""


class Database:
    """The database of a memory. Safe to use from several threads, and in a forked child."""

    def __init__(self, folder: Path, mode: str) -> None:
        """Connect; `mode` is rw, or rwc to make the file if it is not there."""
        self.folder = folder
        writer, self._access = _connect(folder, mode)
        self.notices = _unread(folder) if self._access == _IMMUTABLE else ()
        """What a reader should know of how it was opened."""
        self._closed = self._private = False
        self._file: tuple[int, int] | None = None
        self._begin(writer)
        on_fork(self, Database._leave_to_parent)

    def _begin(self, writer: sqlite3.Connection | None) -> None:
        self._writer, self._writing = writer, threading.RLock()
        self._idle: list[sqlite3.Connection] = []
        self._pool = threading.Lock()

    def _leave_to_parent(self) -> None:
        """In a forked child: leave the parent's connections and locks alone, and start anew."""
        _never_close([c for c in (self._writer, *self._idle) if c is not None])
        self._begin(None)

    @classmethod
    def create(
        cls, folder: Path, *, encoder: str, dim: int, prompts: Prompts | None = None
    ) -> Database:
        """A new database in an existing folder: whole, or not there."""
        database = cls(folder, "rwc")
        facts = {"encoder": encoder, "dim": str(dim), "generation": "0", "turns": "0"}
        facts["prompts"] = json.dumps(asdict(prompts or Prompts()))
        with database.change() as cursor:
            create_schema(cursor)
            cursor.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
        return database

    @classmethod
    def open(cls, folder: Path) -> Database:
        """An existing database, migrated to the newest format.

        Where nobody can write it, the migration is private to us. Raises FormatTooNew,
        MemoryDamaged or StorageError.
        """
        database = cls(folder, "rw")
        try:
            (version,) = database.one("PRAGMA user_version")
            if version > FORMAT:
                raise FormatTooNew(folder, found=version, known=FORMAT)
            if not database.one("SELECT count(*) FROM sqlite_master WHERE name = 'meta'")[0]:
                raise MemoryDamaged(folder, f"{FILE} holds no tables")
            database.meta("encoder")
            if version < FORMAT:
                database._migrate()
        except BaseException:
            database.close()
            raise
        return database

    def _migrate(self) -> None:
        """Migrate the file, or where it cannot be written what each connection shows of it."""
        try:
            with self.change() as cursor:
                migrate(cursor)  # or finds that another process has done it meanwhile
        except StorageError as error:
            if not _says_unwritable(error.__cause__):
                raise
            with self._pool:
                self._private = True
                while self._idle:  # they show the older format
                    self._idle.pop().close()

    @staticmethod
    def blank(folder: Path) -> bool:
        """Whether a crash left a database here before its tables were made."""
        try:
            connection, _ = _connect(folder, "rw")
        except (StorageError, MemoryDamaged):
            return False  # opening it will say what is wrong
        with contextlib.closing(connection):
            return not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]

    def close(self) -> None:
        """Let go of the database; a read that goes on in another thread closes its own part."""
        with self._writing, self._pool:
            self._closed = True
            for connection in (self._writer, *self._idle):
                if connection is not None:
                    connection.close()
            self._writer = None
            self._idle.clear()

    # -- writing

    @contextmanager
    def change(self) -> Generator[sqlite3.Cursor]:
        """All or nothing; on the disk on a clean exit. Raises StorageError or MemoryDamaged."""
        with self._writing, self._in_our_words():
            connection = self._writing_connection()
            cursor = connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

    def settle(self, *, shrink: bool = False) -> None:
        """Move all changes from the log into the database, and empty the log.

        `shrink` also gives unused space back. Raises StorageError where other processes keep the
        memory open.
        """
        with self._writing, self._in_our_words():
            connection = self._writing_connection()
            if shrink:
                connection.execute("VACUUM")
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StorageError(
                f"other processes keep {self.folder} open, so {FILE}-wal may still hold what was "
                f"removed; end them and run `spanmem memory compact --memory {self.folder}`"
            )

    def _writing_connection(self) -> sqlite3.Connection:
        if self._private:
            raise StorageError(
                f"cannot write {self.folder / FILE}: it is of an older format, and could not be "
                "migrated where it lies; what was stored before is unharmed, let its folder and "
                "files be written, or copy them to where they can be, and open it again"
            )
        if self._writer is None:  # in a forked child
            self._writer = _connect_as(self.folder, self._access)
        return self._writer

    # -- reading

    @contextmanager
    def snapshot(self) -> Generator[sqlite3.Cursor]:
        """Several reads of one state, whatever is written meanwhile."""
        with self._reading() as connection:
            cursor = connection.cursor()
            cursor.execute("BEGIN")
            try:
                yield cursor
            finally:
                cursor.execute("ROLLBACK")

    def all(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of one query."""
        with self._reading() as connection:
            return connection.execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...]:
        """The first row of a query. Raises MemoryDamaged where there is none."""
        rows = self.all(sql, values)
        if not rows:
            raise MemoryDamaged(self.folder, f"{FILE}: nothing found by {sql!r}")
        return rows[0]

    def meta(self, key: str) -> str:
        """A fact of the memory: encoder, dim or generation."""
        return str(self.one("SELECT value FROM meta WHERE key = ?", (key,))[0])

    def number(self, key: str) -> int:
        """A fact that is a number. Raises MemoryDamaged where it is none."""
        value = self.meta(key)
        if not value.isdecimal():
            raise MemoryDamaged(self.folder, f"{FILE}: its {key} is {value!r}, no number")
        return int(value)

    def turns_generation(self) -> int:
        """Rises with every change of turns; 0 where nobody can make one: see `open`."""
        rows = self.all("SELECT value FROM meta WHERE key = 'turns'")
        return int(rows[0][0]) if rows else 0

    def prompts(self) -> Prompts:
        """What the encoder put before each text; nothing in memories that were of format 1."""
        rows = self.all("SELECT value FROM meta WHERE key = 'prompts'")
        try:
            return Prompts(**json.loads(rows[0][0])) if rows else Prompts()
        except (ValueError, TypeError) as error:
            raise MemoryDamaged(
                self.folder, f"{FILE}: its prompts are {rows[0][0]!r}, which cannot be read"
            ) from error

    @contextmanager
    def _reading(self) -> Generator[sqlite3.Connection]:
        """A connection that nobody else uses meanwhile."""
        with self._in_our_words():
            with self._pool:
                connection = self._idle.pop() if self._idle else None
            connection = connection or self._reading_connection()
            pool = self._pool
            try:
                yield connection
            finally:
                with pool:
                    if self._closed or len(self._idle) >= _IDLE:
                        connection.close()
                    else:
                        self._idle.append(connection)

    def _reading_connection(self) -> sqlite3.Connection:
        connection = _connect_as(self.folder, self._access, writes=False)
        if self._private:
            _migrate_in_private(connection)
        connection.execute("PRAGMA query_only = ON")
        return connection

    @contextmanager
    def _in_our_words(self) -> Generator[None]:
        """SQLite's errors in our words. Raises InputError where the database was closed."""
        if self._closed:
            raise InputError(f"the memory at {self.folder} is closed; open it again")
        self._check_file()
        try:
            with undivided():
                yield
        except sqlite3.OperationalError as error:
            if str(error).startswith(_UNREADABLE):
                why = " ".join(str(error).split())
                raise MemoryDamaged(self.folder, f"{FILE}: {why}") from error
            raise StorageError(
                f"cannot use {self.folder / FILE}: {error}; what was stored before is unharmed, "
                "check free space and permissions and run it again"
            ) from error
        except sqlite3.DatabaseError as error:
            raise MemoryDamaged(self.folder, f"{FILE}: {error}") from error

    def _check_file(self) -> None:
        """Raise StorageError where the file that was opened no longer lies in its place.

        Its connections would go on: answers from what is gone, turns that nobody finds again.
        """
        file: tuple[int, int] | None = None
        with suppress(FileNotFoundError):
            status = (self.folder / FILE).stat()
            file = (status.st_dev, status.st_ino)
        if self._file is None:
            self._file = file
        elif self._file != file:
            what = "is gone" if file is None else "was replaced by another one"
            raise StorageError(
                f"the memory at {self.folder} {what} while it was open here; open it again"
            )


# -- connections


def _connect(folder: Path, mode: str) -> tuple[sqlite3.Connection, str]:
    """A connection that writes, and how it was had; on a read-only medium one that only reads."""
    try:
        return _connect_as(folder, f"mode={mode}"), "mode=rw"
    except StorageError:
        if mode == "rwc" or os.access(folder, os.W_OK):
            raise
    log = folder / f"{FILE}-wal"
    # Who writes keeps an index of the log: where there is one, a log is not read without locks.
    alone = not (folder / f"{FILE}-shm").exists() and os.access(log, os.R_OK)
    access = _UNLOCKED if alone and log.stat().st_size else _IMMUTABLE
    return _connect_as(folder, access), access


def _connect_as(folder: Path, access: str, *, writes: bool = True) -> sqlite3.Connection:
    path = folder / FILE
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{access}",
            uri=True,
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
        )
        if access == _UNLOCKED:
            # Before the first read: SQLite then indexes the log in our own memory.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        elif access != _IMMUTABLE and writes:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
        connection.execute("SELECT count(*) FROM sqlite_master")
        teach(connection)
    except sqlite3.OperationalError as error:
        if why := _refused(path):
            raise why from error
        raise StorageError(
            f"cannot open {path}: {error}; check free space and permissions"
        ) from error
    except sqlite3.DatabaseError as error:
        raise MemoryDamaged(folder, f"{FILE}: {error}") from error
    return connection


def _refused(path: Path) -> StorageError | None:
    """What the system says of a file that SQLite could not open, and tells no reason for.

    The file itself is not opened: closing it would let go of the locks that other connections of
    this process have on it (https://sqlite.org/howtocorrupt.html).
    """
    try:
        path.stat()
        with Path(os.devnull).open("rb"):  # whether any file can be opened
            pass
        if not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        return files.refusal(OSError(error.errno, error.strerror, str(path)))
    return None


def _unread(folder: Path) -> tuple[str, ...]:
    """A notice of the log that an immutable database is read without, if there is one."""
    log = folder / f"{FILE}-wal"
    size = log.stat().st_size if log.exists() else 0
    if not size:
        return ()
    return (
        f"{size} bytes of {log.name} cannot be read here, so that what was stored last is missing; "
        "let the memory's folder and files be read and written, and open it again",
    )


def _says_unwritable(error: BaseException | None) -> bool:
    """Whether SQLite could not write for want of permission, not of space or for damage."""
    if not isinstance(error, sqlite3.OperationalError):
        return False
    return (error.sqlite_errorcode & 0xFF) in _UNWRITABLE


def _migrate_in_private(connection: sqlite3.Connection) -> None:
    """Show a database of an older format that nobody can write as if it had been migrated."""
    cursor = connection.cursor()
    cursor.execute("BEGIN")
    if cursor.execute("PRAGMA user_version").fetchone()[0] == 1:  # and nobody has migrated it
        migrate_in_private(cursor)
    cursor.execute("COMMIT")


def _never_close(connections: Sequence[sqlite3.Connection]) -> None:
    """Keep connections from being closed, even at the end of the process.

    A child that closed its parent's connection could take a log for its own and delete it: see
    "How To Corrupt An SQLite Database File", section 2.6.
    """
    import ctypes

    for connection in connections:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


# -- values


def next_number(cursor: sqlite3.Cursor, key: str) -> int:
    """Count up a fact of the memory, such as its generation, and return its new value.

    Raises sqlite3.DatabaseError where it is not there, which `Database.change` makes MemoryDamaged.
    """
    row = cursor.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise sqlite3.DatabaseError(f"its {key} is missing")
    (value,) = row
    cursor.execute("UPDATE meta SET value = ? WHERE key = ?", (str(int(value) + 1), key))
    return int(value) + 1


def pack(vector: NDArray[np.float32]) -> bytes:
    """A vector as stored: float16 halves the size, and moves a cosine by less than 0.001.

    Raises InputError for one that is not finite so, by which nothing could be found.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        halved = vector.astype("<f2")
    if not np.isfinite(halved).all():
        raise InputError(
            "a vector holds numbers that are not finite in float16; store unit vectors, and mend "
            "the encoder that gave it, or name another one"
        )
    return halved.tobytes()


def unpack_all(vectors: Sequence[bytes], dim: int) -> Vectors:
    """Stored vectors as rows of a float32 array, shape (n, dim)."""
    return np.frombuffer(b"".join(vectors), "<f2").reshape(-1, dim).astype(np.float32)


def unpack(vector: bytes) -> NDArray[np.float32]:
    """A stored vector as float32, shape (dim,)."""
    return np.frombuffer(vector, "<f2").astype(np.float32)


def storable(text: str) -> str | bytes:
    """Texts with lone surrogates, which SQLite refuses as text, are kept as bytes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def restored(stored: str | bytes) -> str:
    """A text as it was given to `storable`."""
    return stored.decode("utf-8", "surrogatepass") if isinstance(stored, bytes) else stored


def chunks(values: list[Any]) -> Iterator[list[Any]]:
    """Some hundred of the values at once: as many as one statement can take."""
    for at in range(0, len(values), _CHUNK):
        yield values[at : at + _CHUNK]


def marks(values: Sequence[object]) -> str:
    """Placeholders for so many values in a statement."""
    return ", ".join("?" * len(values))
