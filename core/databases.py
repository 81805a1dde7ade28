"""Copies of SQLite databases, by SQLite itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from .errors import StorageError

__all__ = ["copy_database"]


def copy_database(source: Path, target: Path) -> None:
    """SQLite's online backup, in one go: writers go on, and none can make it begin again.

    Never copy the file itself: closing it would let go of the locks that connections of this
    process have on it (https://sqlite.org/howtocorrupt.html). Raises StorageError.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            # In one file: a copy has no log beside it.
            new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise StorageError(
            f"{source}: cannot be copied to {target}: {error}; check free space and permissions"
        ) from error
