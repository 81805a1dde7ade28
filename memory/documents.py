"""The truth of a memory: its documents, passages and vectors, as rows of one database.

Every change is one transaction, on the disk before the call returns. A change of passages gives
the database a new generation; what came and what went carries its number, so that the views can
catch up with what they have not seen.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, MemoryDamaged
from ..core.records import Document, DocumentInfo, Entry, Passage, Vectors
from .database import Database, chunks, marks, next_number, pack, restored, storable, unpack
from .filters import Condition
from .views.index_types import INDEX_TYPES, IndexType

__all__ = [
    "DocumentRows",
    "Numbers",
    "Stage",
    "StoredPassage",
    "TextAndVector",
    "read_metadata",
]

Numbers: TypeAlias = NDArray[np.int64]
"""Passage numbers, ascending; a number is never given twice."""

_STAGED = -1
"""Generation of passages that no one may see yet."""
_LATEST = 2**62
_PASSAGE = (
    "p.number, p.start, p.text, d.id, d.title, d.source, d.metadata, "
    "(SELECT pages FROM passage_pages WHERE passage = p.number)"
)
_DOCUMENT = (
    "SELECT d.number, d.id, d.title, d.source, d.origin, d.digest, d.metadata, "
    "(SELECT count(*) FROM passages p WHERE p.document = d.number) "
    "FROM documents d WHERE d.staged = 0"
)


class StoredPassage(NamedTuple):
    """A passage with what its document says of it."""

    passage: Passage
    source: str
    metadata: dict[str, Any]


class TextAndVector(NamedTuple):
    """What the views are made of."""

    number: int
    title: str
    text: str
    vector: bytes
    """As it is stored: see `database.unpack_all`."""


class DocumentRows:
    """Documents and passages of one database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def generation(self) -> int:
        """Rises with every change of passages."""
        return self._db.number("generation")

    def dim(self) -> int:
        """Length of the vectors."""
        return self._db.number("dim")

    # -- documents

    def put(self, entries: Sequence[Entry]) -> None:
        """Store documents with their passages, in place of those of the same id."""
        with self._db.change() as cursor:
            generation = next_number(cursor, "generation")
            for entry in entries:
                _remove(cursor, entry.document.id, generation)
                number = _add_document(cursor, entry.document, staged=False)
                _add_passages(cursor, number, entry.passages, entry.vectors, generation)

    def stage(self, document: Document) -> int:
        """A document that nobody sees yet; returns its number.

        Raises InputError where one of the same id is staged already.
        """
        with self._db.change() as cursor:
            try:
                return _add_document(cursor, document, staged=True)
            except sqlite3.IntegrityError as error:
                raise InputError(
                    f"document {document.id!r} is being stored by another `with` block; "
                    "let that one end first"
                ) from error

    def add_staged(self, number: int, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Store more passages of a staged document."""
        with self._db.change() as cursor:
            _add_passages(cursor, number, passages, vectors, _STAGED)

    def unveil(self, number: int, document: str) -> None:
        """Let a staged document be seen, in place of the one of the same id."""
        with self._db.change() as cursor:
            generation = next_number(cursor, "generation")
            _remove(cursor, document, generation)
            cursor.execute("UPDATE documents SET staged = 0 WHERE number = ?", (number,))
            cursor.execute(
                "UPDATE passages SET generation = ? WHERE document = ?", (generation, number)
            )

    def drop_staged(self, number: int | None = None) -> None:
        """Forget a staged document, or all that an interrupted run left."""
        with self._db.change() as cursor:
            condition = "staged = 1 AND number = coalesce(?, number)"
            staged = f"SELECT number FROM documents WHERE {condition}"
            cursor.execute(f"DELETE FROM passages WHERE document IN ({staged})", (number,))
            cursor.execute(f"DELETE FROM documents WHERE {condition}", (number,))

    def touch(self, documents: Iterable[Document]) -> None:
        """Note where documents of equal digest were read now."""
        with self._db.change() as cursor:
            cursor.executemany(
                "UPDATE documents SET source = ?, origin = ? WHERE id = ? AND staged = 0",
                (tuple(map(storable, (d.source, d.origin, d.id))) for d in documents),
            )

    def remove(self, ids: Iterable[str]) -> int:
        """Remove documents with their passages; returns how many there were."""
        with self._db.change() as cursor:
            generation = next_number(cursor, "generation")
            return sum(_remove(cursor, document, generation) for document in ids)

    def kind(self) -> IndexType:
        """Which index `compact` makes: as noted last, or by size."""
        rows = self._db.all("SELECT value FROM meta WHERE key = 'kind'")
        return rows[0][0] if rows and rows[0][0] in INDEX_TYPES else "auto"

    def note_kind(self, kind: IndexType) -> None:
        """From now on let `compact` make this kind."""
        with self._db.change() as cursor:
            cursor.execute("INSERT OR REPLACE INTO meta VALUES ('kind', ?)", (kind,))

    def renew(self) -> int:
        """Give the memory a new generation without a change, so that its views are made anew."""
        with self._db.change() as cursor:
            return next_number(cursor, "generation")

    def drop_removed(self, generation: int) -> None:
        """Forget the numbers of passages removed until then: no view holds them any more."""
        with self._db.change() as cursor:
            cursor.execute("DELETE FROM removed WHERE generation <= ?", (generation,))

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """Digests of the documents that are there, by id."""
        return {i: digest for i, (digest, _, _) in self.known(ids).items()}

    def known(self, ids: Sequence[str]) -> dict[str, tuple[str, str, str]]:
        """Digest, source and origin of the documents that are there, by id."""
        known: dict[str, tuple[str, str, str]] = {}
        for chunk in chunks([storable(i) for i in ids]):
            rows = self._db.all(
                "SELECT id, digest, source, origin FROM documents "
                f"WHERE staged = 0 AND id IN ({marks(chunk)})",
                chunk,
            )
            known.update((restored(i), (d, restored(s), restored(o))) for i, d, s, o in rows)
        return known

    def documents(self) -> Iterator[DocumentInfo]:
        """All documents, in the order they were stored."""
        last = 0
        sql = f"{_DOCUMENT} AND d.number > ? ORDER BY d.number LIMIT 1000"
        while rows := self._db.all(sql, (last,)):
            last = rows[-1][0]
            yield from map(self._info, rows)

    def page(
        self, conditions: Sequence[Condition], after: str | None, limit: int
    ) -> list[DocumentInfo]:
        """Documents that meet all conditions, by id: at most `limit` behind the id `after`."""
        bounds = "".join(f" AND {condition.sql}" for condition in conditions)
        values: list[object] = [v for condition in conditions for v in condition.values]
        if after is not None:
            bounds, values = f"{bounds} AND d.id > ?", [*values, storable(after)]
        sql = f"{_DOCUMENT}{bounds} ORDER BY d.id LIMIT ?"
        return [self._info(row) for row in self._db.all(sql, (*values, limit))]

    def info(self, document: str) -> DocumentInfo | None:
        """One document, None where there is none of this id."""
        rows = self._db.all(f"{_DOCUMENT} AND d.id = ?", (storable(document),))
        return self._info(rows[0]) if rows else None

    def ids(self) -> list[str]:
        """Ids of all documents."""
        return [restored(i) for (i,) in self._db.all("SELECT id FROM documents WHERE staged = 0")]

    def _info(self, row: tuple[Any, ...]) -> DocumentInfo:
        _, i, title, source, origin, digest, metadata, count = row
        return DocumentInfo(
            id=restored(i),
            title=restored(title),
            source=restored(source),
            origin=restored(origin),
            digest=digest,
            passages=count,
            metadata=self._metadata(i, metadata),
        )

    def unreadable(self) -> list[str]:
        """Ids of the documents whose metadata cannot be read."""
        ids: list[str] = []
        last = 0
        sql = (
            "SELECT number, id, metadata FROM documents WHERE number > ? ORDER BY number LIMIT 1000"
        )
        while rows := self._db.all(sql, (last,)):
            last = rows[-1][0]
            ids += [restored(i) for _, i, metadata in rows if read_metadata(metadata) is None]
        return ids

    def _metadata(self, document: str | bytes, stored: object) -> dict[str, Any]:
        metadata = read_metadata(stored)
        if metadata is None:
            name = restored(document)
            raise MemoryDamaged(
                self._db.folder, f"the metadata of document {name!r} cannot be read"
            )
        return metadata

    def counts(self) -> tuple[int, int]:
        """Documents and passages."""
        documents = self._db.one("SELECT count(*) FROM documents WHERE staged = 0")[0]
        passages = self._db.one("SELECT count(*) FROM passages WHERE generation >= 0")[0]
        return documents, passages

    # -- passages

    def passages(self, document: str | None = None) -> Iterator[Passage]:
        """Passages of one document or of all, in the order of their text."""
        if document is None:
            yield from (passage for _, passage in self.keyed())
            return
        # In one statement: between two of them the document may be replaced.
        sql = (
            f"SELECT {_PASSAGE} FROM passages p JOIN documents d ON d.number = p.document "
            "WHERE p.generation >= 0 AND d.id = ? ORDER BY p.number"
        )
        yield from (_passage(row)[1] for row in self._db.all(sql, (storable(document),)))

    def keyed(self) -> Iterator[tuple[str, Passage]]:
        """All passages with the keys they are stored under."""
        last = 0
        sql = (
            f"SELECT {_PASSAGE}, p.key FROM passages p JOIN documents d ON d.number = p.document "
            "WHERE p.generation >= 0 AND p.number > ? ORDER BY p.number LIMIT 1000"
        )
        while rows := self._db.all(sql, (last,)):
            last = rows[-1][0]
            yield from ((row[-1], _passage(row)[1]) for row in rows)

    def passage(self, key: str) -> Passage | None:
        """The passage with this key, None where there is none (any more)."""
        sql = (
            f"SELECT {_PASSAGE} FROM passages p JOIN documents d ON d.number = p.document "
            "WHERE p.generation >= 0 AND p.key = ? LIMIT 1"
        )
        rows = self._db.all(sql, (key,))
        return _passage(rows[0])[1] if rows else None

    def fetch(self, numbers: Sequence[int]) -> dict[int, StoredPassage]:
        """Passages by number; those gone by now are left out."""
        passages: dict[int, StoredPassage] = {}
        for chunk in chunks([int(n) for n in numbers]):
            sql = (
                f"SELECT {_PASSAGE} FROM passages p JOIN documents d ON d.number = p.document "
                f"WHERE p.generation >= 0 AND p.number IN ({marks(chunk)})"
            )
            for row in self._db.all(sql, chunk):
                number, passage = _passage(row)
                metadata = self._metadata(row[3], row[6])
                passages[number] = StoredPassage(passage, restored(row[5]), metadata)
        return passages

    def vectors(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """Vectors of passages, by number."""
        vectors: dict[int, NDArray[np.float32]] = {}
        for chunk in chunks([int(n) for n in numbers]):
            sql = f"SELECT number, vector FROM passages WHERE number IN ({marks(chunk)})"
            vectors.update((n, unpack(v)) for n, v in self._db.all(sql, chunk))
        return vectors

    def since(
        self, generation: int, size: int, *, until: int | None = None
    ) -> Iterator[list[TextAndVector]]:
        """Passages newer than `generation`, `size` at once.

        With `until` those that are newer than that are left out: a writer may go on meanwhile.
        """
        sql = (
            "SELECT p.number, d.title, p.text, p.vector "
            "FROM passages p JOIN documents d ON d.number = p.document "
            "WHERE p.generation BETWEEN ? AND ? AND p.number BETWEEN ? AND ? ORDER BY p.number"
        )
        bounds = generation + 1, _LATEST if until is None else until
        numbers = self._from(*bounds)
        for at in range(0, len(numbers), size):
            low, high = numbers[at], numbers[min(at + size, len(numbers)) - 1]
            rows = self._db.all(sql, (*bounds, int(low), int(high)))
            if rows:  # a writer may have removed them all by now
                yield [
                    TextAndVector(number, restored(title), restored(text), vector)
                    for number, title, text, vector in rows
                ]

    def _from(self, first: int, last: int) -> Numbers:
        """Numbers of the passages of some generations, by the index: no other row is read."""
        sql = (
            "SELECT number FROM passages INDEXED BY passages_generation "
            "WHERE generation BETWEEN ? AND ? ORDER BY number"
        )
        return np.array([n for (n,) in self._db.all(sql, (first, last))], np.int64)

    def waiting(self, generation: int) -> int:
        """Number of passages newer than `generation`."""
        return int(
            self._db.one("SELECT count(*) FROM passages WHERE generation > ?", (generation,))[0]
        )

    def numbers(self) -> Numbers:
        """Numbers of all passages."""
        return self._from(0, _LATEST)

    def removed(self, generation: int = -1) -> Numbers:
        """Numbers of the passages removed after `generation`."""
        sql = "SELECT number FROM removed WHERE generation > ? ORDER BY number"
        return np.array([n for (n,) in self._db.all(sql, (generation,))], np.int64)

    def allowed(self, condition: Condition) -> Numbers:
        """Numbers of the passages whose document meets a condition."""
        sql = (
            "SELECT p.number FROM passages p JOIN documents d ON d.number = p.document "
            f"WHERE p.generation >= 0 AND {condition.sql} ORDER BY p.number"
        )
        return np.array([n for (n,) in self._db.all(sql, condition.values)], np.int64)

    def number_of(self, condition: Condition) -> int:
        """How many documents meet a condition."""
        sql = f"SELECT count(*) FROM documents d WHERE d.staged = 0 AND {condition.sql}"
        return int(self._db.all(sql, condition.values)[0][0])


def _remove(cursor: sqlite3.Cursor, document: str, generation: int) -> bool:
    row = cursor.execute(
        "SELECT number FROM documents WHERE id = ? AND staged = 0", (storable(document),)
    ).fetchone()
    if row is None:
        return False
    cursor.execute(
        "INSERT INTO removed SELECT number, ? FROM passages WHERE document = ?",
        (generation, row[0]),
    )
    cursor.execute("DELETE FROM passages WHERE document = ?", row)
    cursor.execute("DELETE FROM documents WHERE number = ?", row)
    return True


def _add_document(cursor: sqlite3.Cursor, document: Document, *, staged: bool) -> int:
    texts = (document.id, document.title, document.source, document.origin)
    cursor.execute(
        "INSERT INTO documents (id, title, source, origin, digest, metadata, staged) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*map(storable, texts), document.digest, _metadata(document), staged),
    )
    return int(cursor.lastrowid or 0)


def _metadata(document: Document) -> str:
    """As JSON, which has no NaN: SQLite would refuse every condition on metadata for one."""
    try:
        return json.dumps(dict(document.metadata), allow_nan=False)
    except ValueError as error:
        raise InputError(
            f"the metadata of document {document.id!r} hold NaN or an infinite number, by which "
            "nothing can be found; leave it out"
        ) from error


def read_metadata(stored: object) -> dict[str, Any] | None:
    """A document's metadata from their column; None where it holds none."""
    try:
        metadata = json.loads(stored, parse_constant=_refused)  # type: ignore[arg-type]
    except (ValueError, TypeError, RecursionError):
        return None
    return cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else None


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _add_passages(
    cursor: sqlite3.Cursor,
    document: int,
    passages: Sequence[Passage],
    vectors: Vectors,
    generation: int,
) -> None:
    cursor.executemany(
        "INSERT INTO passages (document, key, start, text, vector, generation) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            (document, passage.key, passage.start, storable(passage.text), pack(vector), generation)
            for passage, vector in zip(passages, vectors, strict=True)
        ),
    )
    cursor.executemany(
        "INSERT INTO passage_pages SELECT number, ? FROM passages WHERE key = ? AND document = ?",
        ((json.dumps(p.pages), p.key, document) for p in passages if p.pages),
    )


def _passage(row: tuple[Any, ...]) -> tuple[int, Passage]:
    number, start, text, document, title, _, _, pages = row[:8]
    plain = restored(text)
    return number, Passage(
        document=restored(document),
        start=start,
        end=start + len(plain),
        text=plain,
        title=restored(title),
        pages=tuple((at, page) for at, page in json.loads(pages)) if pages else (),
    )


class Stage:
    """A document that is stored piece by piece, and seen only when it is whole."""

    def __init__(self, rows: DocumentRows, document: Document, dim: int) -> None:
        """Made by `Memory.stage`."""
        self._rows, self._document, self._dim = rows, document, dim
        self._number: int | None = None

    def __enter__(self) -> Stage:
        self._number = self._rows.stage(self._document)
        return self

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Store more of the document. Raises ValueError for vectors of a wrong shape."""
        if vectors.shape != (len(passages), self._dim):
            shape = (len(passages), self._dim)
            raise ValueError(f"vectors must have shape {shape}, not {vectors.shape}")
        if self._number is None:
            raise ValueError("use the stage in a `with` block")
        self._rows.add_staged(self._number, passages, vectors)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._number is None:
            return
        if kind is None:
            self._rows.unveil(self._number, self._document.id)
        else:
            self._rows.drop_staged(self._number)
