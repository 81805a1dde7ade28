"""Reading what can still be read of a damaged database. Nothing is written to it.

SQLite reads every page that is whole, also of a file it calls malformed. So a table is read in
ranges of its row numbers, and a range that cannot be read is halved until what is lost stands
alone. A row is believed only where it agrees with its key or has the form that it must have.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ...core.errors import FormatTooNew
from ...core.records import Passage
from ..database import FILE, restored, unpack
from ..documents import read_metadata
from ..migrations import FORMAT
from ..turn_records import COLUMNS, is_turn, read_turn

__all__ = ["DOCUMENT", "PASSAGE", "TURN_VECTOR", "Row", "SavedTurn", "Wreck"]

Row: TypeAlias = tuple[Any, ...]

DOCUMENT = "number, id, title, source, origin, digest, metadata, staged"
PASSAGE = "number, document, key, start, text, vector, generation"
TURN_VECTOR = "sequence, scope, correction, live, changed, vector"
_STEP = 2048
"""Row numbers that are read at once, where all is well."""
_KEY = {"documents": "number", "passages": "number", "turns": "sequence"}
_INDEX = {
    "documents": "documents INDEXED BY sqlite_autoindex_documents_1 WHERE staged = 0",
    "passages": "passages INDEXED BY passages_generation WHERE generation >= 0",
    "turns": "turns INDEXED BY turns_scope WHERE true",
}
"""What tells how many rows there were, though the table itself cannot be read."""


class SavedTurn(NamedTuple):
    """A turn that can be read."""

    row: Row
    """Its values of `turns.COLUMNS`."""
    vector: bytes | None
    """None where it needs none."""

    @property
    def vector_row(self) -> Row:
        """Its values of `TURN_VECTOR`."""
        turn = read_turn(self.row)
        live = turn.superseded_by is None
        return turn.sequence, self.row[2], turn.kind == "correction", live, 0, self.vector


class Wreck:
    """A damaged database, open for reading. Raises sqlite3.DatabaseError where nothing is legible.

    It may be of any format up to ours. Raises FormatTooNew for one that is merely newer.
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
            (self.format,) = self._connection.execute("PRAGMA user_version").fetchone()
            if self.format > FORMAT:
                raise FormatTooNew(folder, found=self.format, known=FORMAT)
            self._connection.execute("SELECT number FROM passages LIMIT 0")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()

    def meta(self, key: str) -> str | None:
        """A fact of the memory, None where it cannot be read."""
        rows = self._tried("SELECT value FROM meta WHERE key = ?", (key,))
        return _plain(rows[0][0]) if rows else None

    def count(self, table: str) -> int | None:
        """Rows that there were, None where nothing tells."""
        rows = self._tried(f"SELECT count(*) FROM {_INDEX[table]}")
        return int(rows[0][0]) if rows else None

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

    def turns(self, dim: int) -> Iterator[SavedTurn]:
        """Turns that are whole, oldest first; those that can answer have their vector."""
        ids: set[object] = set()
        for row, vector in self._turns_1() if self.format < 2 else self._turns():
            if not is_turn(row) or row[1] in ids:
                continue  # a broken tree may bring a row a second time
            ids.add(row[1])
            if not read_turn(row).can_answer:
                yield SavedTurn(row, None)
            elif isinstance(vector, bytes) and len(vector) == 2 * dim:
                yield SavedTurn(row, vector)

    def _turns(self) -> Iterator[tuple[Row, object]]:
        for row in self._rows("turns", COLUMNS):
            if row is not None:
                sql = "SELECT vector FROM turn_vectors WHERE sequence = ?"
                vectors = self._tried(sql, row[:1])
                yield row, vectors[0][0] if vectors else None

    def _turns_1(self) -> Iterator[tuple[Row, object]]:
        """Turns of format 1, by what their table and its index know of ids."""
        ids: set[Any] = set()
        for source in ("turns NOT INDEXED", _INDEX["turns"]):
            for order in ("", " DESC"):
                key = "id" if "NOT" in source else "scope"
                rows, whole = self._until_broken(f"SELECT id FROM {source} ORDER BY {key}{order}")
                ids.update(turn_id for (turn_id,) in rows)
                if whole:
                    break
        columns = COLUMNS.replace("sequence", "0")
        for later in ("carried", "wordings"):
            columns = columns.replace(later, "'[]'")
        sql = f"SELECT {columns}, vector FROM turns NOT INDEXED WHERE id = ?"
        turns = [row for turn_id in ids for row in self._tried(sql, (turn_id,))]
        created_at = COLUMNS.split(", ").index("created_at")
        turns.sort(key=lambda row: (repr(row[created_at]), repr(row[1])))
        for sequence, (_, *row, vector) in enumerate(turns, 1):
            yield (sequence, *row), vector

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
        sql = f"SELECT {columns} FROM {table} NOT INDEXED WHERE {_KEY[table]} BETWEEN ? AND ?"
        for start in range(1, self._last(table) + 1, _STEP):
            waiting = [(start, start + _STEP - 1)]
            while waiting:
                low, high = waiting.pop()
                rows, whole = self._until_broken(sql, (low, high))
                if whole:
                    yield from rows
                elif low == high:
                    yield None
                else:
                    middle = (low + high) // 2
                    waiting += [(middle + 1, high), (low, middle)]

    def _last(self, table: str) -> int:
        """The highest number that a row of the table may have."""
        sources = (
            f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",
            f"SELECT max({_KEY[table]}) FROM {table} NOT INDEXED",
            f"SELECT max({_KEY[table]}) FROM {_INDEX[table]}",
        )
        answers = (self._tried(sql) for sql in sources)
        return max(
            (rows[0][0] for rows in answers if rows and isinstance(rows[0][0], int)), default=0
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
        """The rows of a statement; none where it cannot be carried out."""
        rows, whole = self._until_broken(sql, values)
        return rows if whole else []

    def _until_broken(self, sql: str, values: Sequence[object] = ()) -> tuple[list[Row], bool]:
        """The rows of a statement up to what cannot be read; whether those are all."""
        rows: list[Row] = []
        try:
            rows.extend(self._connection.execute(sql, values))
        except sqlite3.DatabaseError:
            return rows, False
        return rows, True


def _plain(value: object) -> str | None:
    """A stored text; None where it is none. Of a row that was cut off, values are missing."""
    try:
        return restored(value) if isinstance(value, (str, bytes)) else None
    except UnicodeDecodeError:
        return None
