"""One SQLite database: opening it, its transactions, and how values are kept in it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import FormatTooNew, InputError, MemoryDamaged, StorageError
from ..core.records import Vectors

FORMAT = 1
FILE = "rows.sqlite"

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    origin TEXT NOT NULL,
    digest TEXT NOT NULL,
    metadata TEXT NOT NULL,
    staged INTEGER NOT NULL,
    UNIQUE (id, staged)
);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents (number),
    key TEXT NOT NULL,
    start INTEGER NOT NULL,
    text TEXT NOT NULL,
    vector BLOB NOT NULL,
    generation INTEGER NOT NULL
);
CREATE INDEX passages_document ON passages (document);
CREATE INDEX passages_key ON passages (key);
CREATE INDEX passages_generation ON passages (generation);
CREATE TABLE removed (number INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE TABLE turns (
    id TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT,
    kind TEXT NOT NULL,
    confidence REAL NOT NULL,
    created_at TEXT NOT NULL,
    evidence TEXT NOT NULL,
    author TEXT NOT NULL,
    model TEXT NOT NULL,
    supersedes TEXT,
    superseded_by TEXT,
    superseded_at TEXT,
    vector BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX turns_scope ON turns (scope, created_at);
"""
_CHUNK = 500
"""Values per statement: SQLite bounds the number of its parameters."""
_UNREADABLE = ("malformed JSON", "Could not decode")
"""How SQLite begins to speak of an altered value; it tells it as if the disk were at fault."""


class Database:
    """One connection to the database, shared by all threads of a process."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._connection = connection
        self._closed = False
        self._lock = threading.RLock()

    @classmethod
    def create(cls, folder: Path, *, encoder: str, dim: int) -> Database:
        """A new database in an existing folder: whole, or not there."""
        rows = cls(folder, _connect(folder, "rwc"))
        with rows.change() as cursor:
            for statement in SCHEMA.split(";\n"):
                cursor.execute(statement)
            facts = {"encoder": encoder, "dim": str(dim), "generation": "0"}
            cursor.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
            cursor.execute(f"PRAGMA user_version = {FORMAT}")
        return rows

    @classmethod
    def open(cls, folder: Path) -> Database:
        """An existing database. Raises FormatTooNew, MemoryDamaged or StorageError."""
        rows = cls(folder, _connect(folder, "rw"))
        try:
            (found,) = rows.one("PRAGMA user_version")
            if found > FORMAT:
                raise FormatTooNew(folder, found=found, known=FORMAT)
            if not rows.one("SELECT count(*) FROM sqlite_master WHERE name = 'meta'")[0]:
                raise MemoryDamaged(folder, f"{FILE} holds no tables")
            rows.meta("encoder")
        except BaseException:
            rows.close()
            raise
        return rows

    @staticmethod
    def blank(folder: Path) -> bool:
        """Whether a crash left a database here before its tables were made."""
        try:
            connection = _connect(folder, "rw")
        except (StorageError, MemoryDamaged):
            return False  # opening it will say what is wrong
        with contextlib.closing(connection):
            return not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._closed = True
            self._connection.close()

    # -- the transaction that every change runs in

    @contextmanager
    def change(self) -> Generator[sqlite3.Cursor]:
        """All or nothing; on the disk on a clean exit. Raises StorageError or MemoryDamaged."""
        with self._lock, self._told():
            cursor = self._connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

    def settle(self, *, shrink: bool = False) -> None:
        """Move all changes from the log into the database, and empty the log.

        `shrink` also gives unused space back. Raises StorageError where other processes keep the
        memory open.
        """
        with self._lock, self._told():
            if shrink:
                self._connection.execute("VACUUM")
            (busy, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StorageError(
                f"other processes keep {self.folder} open, so {FILE}-wal may still hold what was "
                f"removed; end them and run `spanmem memory compact --memory {self.folder}`"
            )

    @contextmanager
    def _told(self) -> Generator[None]:
        """SQLite's errors in our words. Raises InputError where the database was closed."""
        if self._closed:
            raise InputError(f"the memory at {self.folder} is closed; open it again")
        try:
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

    def all(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock, self._told():
            return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...]:
        found = self.all(sql, values)
        if not found:
            raise MemoryDamaged(self.folder, f"{FILE}: nothing found by {sql!r}")
        return found[0]

    def meta(self, key: str) -> str:
        """A fact of the memory: encoder, dim or generation."""
        return str(self.one("SELECT value FROM meta WHERE key = ?", (key,))[0])

    def number(self, key: str) -> int:
        """A fact that is a number. Raises MemoryDamaged where it is none."""
        found = self.meta(key)
        if not found.isdecimal():
            raise MemoryDamaged(self.folder, f"{FILE}: its {key} is {found!r}, no number")
        return int(found)


def pack(vector: NDArray[np.float32]) -> bytes:
    """A vector as stored: float16 halves the size, and moves a cosine by less than 0.001."""
    return vector.astype("<f2").tobytes()


def unpack_all(vectors: Sequence[bytes], dim: int) -> Vectors:
    """Stored vectors as rows of a float32 array, shape (n, dim)."""
    return np.frombuffer(b"".join(vectors), "<f2").reshape(-1, dim).astype(np.float32)


def unpack(vector: bytes) -> NDArray[np.float32]:
    return np.frombuffer(vector, "<f2").astype(np.float32)


def _connect(folder: Path, mode: str) -> sqlite3.Connection:
    """A connection; on a medium that cannot be written, one that only reads."""
    try:
        return _connect_as(folder, f"mode={mode}")
    except StorageError:
        if mode == "rwc" or os.access(folder, os.W_OK):
            raise
    return _connect_as(folder, "immutable=1")


def _connect_as(folder: Path, way: str) -> sqlite3.Connection:
    path = folder / FILE
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{way}",
            uri=True,
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA foreign_keys = ON")
        if way != "immutable=1":
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError as error:
        raise StorageError(
            f"cannot open {path}: {error}; check free space and permissions"
        ) from error
    except sqlite3.DatabaseError as error:
        raise MemoryDamaged(folder, f"{FILE}: {error}") from error
    return connection


def storable(text: str) -> str | bytes:
    """Texts with lone surrogates, which SQLite refuses as text, are kept as bytes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def restored(stored: str | bytes) -> str:
    return stored.decode("utf-8", "surrogatepass") if isinstance(stored, bytes) else stored


def chunks(values: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(values), _CHUNK):
        yield values[at : at + _CHUNK]


def marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
