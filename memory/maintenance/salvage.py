"""Reading what can still be read of a damaged database. Nothing is written to it.

SQLite reads every page that is whole, also of a file it calls malformed. So a table is read in
ranges of its row numbers, and a range that cannot be read is halved until what is lost stands
alone. A row is believed only where it agrees with its key or has the form that it must have.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ...core.errors import FormatTooNew
from ...core.records import Passage
from ..database import FILE, FORMAT, restored, unpack
from ..documents import read_metadata
from ..turns import COLUMNS, is_turn

__all__ = ["DOCUMENT", "PASSAGE", "Row", "Wreck"]

Row: TypeAlias = tuple[Any, ...]

DOCUMENT = "number, id, title, source, origin, digest, metadata, staged"
PASSAGE = "number, document, key, start, text, vector, generation"
_STEP = 2048
"""Row numbers that are read at once, where all is well."""
_INDEX = {
    "documents": "documents INDEXED BY sqlite_autoindex_documents_1 WHERE staged = 0",
    "passages": "passages INDEXED BY passages_generation WHERE generation >= 0",
    "turns": "turns INDEXED BY turns_scope WHERE true",
}
"""What tells how many rows there were, though the table itself cannot be read."""


class Wreck:
    """A damaged database, open for reading. Raises sqlite3.DatabaseError where nothing is legible.

    Raises FormatTooNew for one that is merely newer.
    """

    def __init__(self, folder: Path) -> None:
        path = (folder / FILE).absolute().as_uri()
        self._connection = sqlite3.connect(f"{path}?mode=ro", uri=True, isolation_level=None)
        self.suspects: set[int] = set()
        """Numbers of documents that lack something, as far as they were read."""
        self._names: dict[int, str] = {}
        """Ids of the documents that `documents` gave."""
        self._taken: set[str] = set()
        try:
            self._connection.execute("PRAGMA writable_schema = ON")  # goes on past the first fault
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version > FORMAT:
                raise FormatTooNew(folder, found=version, known=FORMAT)
            self._connection.execute("SELECT number FROM passages LIMIT 0")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()

    def meta(self, key: str) -> str | None:
        """A fact of the memory, None where it cannot be read."""
        found = self._tried("SELECT value FROM meta WHERE key = ?", (key,))
        return _plain(found[0][0]) if found else None

    def count(self, table: str) -> int | None:
        """Rows that there were, None where nothing tells."""
        found = self._tried(f"SELECT count(*) FROM {_INDEX[table]}")
        return int(found[0][0]) if found else None

    def documents(self) -> Iterator[Row]:
        """Rows of `DOCUMENT`. What is lost of one is an empty text, and then it has no digest."""
        for row in self._rows("documents", DOCUMENT):
            if row is not None and row[-1] == 0 and self._is_new(*row[:2]):
                texts = ["" if _plain(value) is None else value for value in row[2:6]]
                if None in map(_plain, row[2:6]) or read_metadata(row[6]) is None:
                    self.suspects.add(row[0])
                    yield *row[:2], *texts[:3], "", "{}", 0
                else:
                    yield row
        names, _ = self._until_broken(f"SELECT number, id FROM {_INDEX['documents']}")
        for number, name in names:
            if self._is_new(number, name):
                self.suspects.add(number)
                yield number, name, "", "", "", "", "{}", 0

    def _is_new(self, number: int, name: Any) -> bool:
        """Whether a document can be told by its id, and is none of those before it."""
        plain = _plain(name)
        if plain is None or number in self._names or plain in self._taken:
            return False
        self._names[number] = plain
        self._taken.add(plain)
        return True

    def passages(self, dim: int) -> Iterator[Row]:
        """Rows of `PASSAGE` that hold what they should; others make their document a suspect.

        Those of documents that `documents` did not give are left out: ask it first.
        """
        document, gap = -1, False
        for row in self._rows("passages", PASSAGE):
            if row is not None and row[-1] == -1:
                continue  # staged, and so never acknowledged
            if row is None or not self._true(row, dim):
                known = row is not None and row[1] in self._names
                self.suspects.add(row[1] if row and known else document)
                gap = True
                continue
            if gap:
                self.suspects.add(row[1])  # its first passages may have been in the gap
            document, gap = row[1], False
            yield row

    def turns(self, dim: int) -> Iterator[Row]:
        """Rows of turns with their vector, by what the table and its index know of ids."""
        ids: set[Any] = set()
        for source in ("turns NOT INDEXED", _INDEX["turns"]):
            for order in ("", " DESC"):
                key = "id" if "NOT" in source else "scope"
                found, whole = self._until_broken(f"SELECT id FROM {source} ORDER BY {key}{order}")
                ids.update(one for (one,) in found)
                if whole:
                    break
        sql = f"SELECT {COLUMNS}, vector FROM turns NOT INDEXED WHERE id = ?"
        for one in sorted(ids, key=repr):
            for row in self._tried(sql, (one,)):
                vector = row[-1]
                if is_turn(row[:-1]) and isinstance(vector, bytes) and len(vector) == 2 * dim:
                    yield row

    def dim(self) -> int | None:
        """Length of the vectors: as noted, or as the first that can be read has it."""
        noted = self.meta("dim")
        if noted is not None and noted.isdecimal():
            return int(noted)
        for row in self._rows("passages", PASSAGE):
            if row is not None and isinstance(row[5], bytes):
                return len(row[5]) // 2
        return None

    # -- reading

    def _rows(self, table: str, columns: str) -> Iterator[Row | None]:
        """The rows of a table by their numbers, None for each number that cannot be read."""
        sql = f"SELECT {columns} FROM {table} NOT INDEXED WHERE number BETWEEN ? AND ?"
        for start in range(1, self._last(table) + 1, _STEP):
            waiting = [(start, start + _STEP - 1)]
            while waiting:
                low, high = waiting.pop()
                found, whole = self._until_broken(sql, (low, high))
                if whole:
                    yield from found
                elif low == high:
                    yield None
                else:
                    middle = (low + high) // 2
                    waiting += [(middle + 1, high), (low, middle)]

    def _last(self, table: str) -> int:
        """The highest number that a row of the table may have."""
        sources = (
            f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",
            f"SELECT max(number) FROM {table} NOT INDEXED",
            f"SELECT max(number) FROM {_INDEX[table]}",
        )
        found = (self._tried(sql) for sql in sources)
        return max(
            (rows[0][0] for rows in found if rows and isinstance(rows[0][0], int)), default=0
        )

    def _true(self, row: Row, dim: int) -> bool:
        """Whether a passage agrees with its key, and its vector has the length it must have."""
        _, document, key, start, text, vector, generation = row
        name, plain = self._names.get(document), _plain(text)
        if name is None or plain is None or not isinstance(generation, int):
            return False
        try:
            passage = Passage(document=name, start=start, end=start + len(plain), text=plain)
            length = float(np.linalg.norm(unpack(vector)))
            return passage.key == key and len(vector) == 2 * dim and abs(length - 1) < 0.01
        except (ValueError, TypeError):
            return False

    def _tried(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """What a statement finds; nothing where it cannot be carried out."""
        found, whole = self._until_broken(sql, values)
        return found if whole else []

    def _until_broken(self, sql: str, values: Sequence[object] = ()) -> tuple[list[Row], bool]:
        """What a statement finds before it meets what cannot be read; whether that is all."""
        found: list[Row] = []
        try:
            found.extend(self._connection.execute(sql, values))
        except sqlite3.DatabaseError:
            return found, False
        return found, True


def _plain(value: object) -> str | None:
    """A stored text; None where it is none. Of a row that was cut off, values are missing."""
    try:
        return restored(value) if isinstance(value, (str, bytes)) else None
    except UnicodeDecodeError:
        return None
