"""Documents and passages on the server, as rows. Every change is one transaction."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, cast

from ....core.errors import InputError, MemoryDamaged
from ....core.records import (
    Document,
    DocumentInfo,
    Entry,
    Metadata,
    Passage,
    Vectors,
    encodable,
)
from ...analysis import analyzer
from ...bm25 import FIELDS, fields_of
from ...documents import metadata_json, read_metadata
from ...filters import uncompared
from . import words
from .connections import Connections
from .driver import in_our_words
from .facets import ServerDialect, facets_of
from .values import copied, key_of, lock_number, restored, storable, tsvector, vector_bytes

__all__ = [
    "INFO",
    "Head",
    "PassageRows",
    "ServerStage",
    "must_fit",
    "named",
    "passage_of",
    "remove",
]

_PAGE = 1000
_COPY = "COPY passages (document, place, key, start, words, text, pages, terms, vector) FROM STDIN"
_UPSERT = """
INSERT INTO documents (document, stored, id, title, source, origin, named, digest, metadata,
    passages, text_words, title_words, pair_words)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0, 0)
ON CONFLICT (document) DO UPDATE SET stored = excluded.stored, id = excluded.id,
    title = excluded.title, source = excluded.source, origin = excluded.origin,
    named = excluded.named, digest = excluded.digest, metadata = excluded.metadata
RETURNING document, xmax <> 0
"""
"""What was there keeps its sizes, until it is known to be gone; of a new row `xmax` is 0."""
_FACET = "INSERT INTO facets VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
INFO = """
SELECT stored, id, title, source, origin, digest, metadata, passages FROM documents
"""
_PASSAGE = """
SELECT p.key, d.id, d.title, p.start, p.text, p.pages, d.stored, p.place
FROM passages AS p JOIN documents AS d ON d.document = p.document
"""


class Head(NamedTuple):
    """A document without its text, as it is stored."""

    id: str
    title: str
    source: str
    origin: str
    digest: str
    metadata: Metadata


class Sizes(NamedTuple):
    """Passages, and the words of their fields: of a document, or of several."""

    passages: int = 0
    text: int = 0
    title: int = 0
    pairs: int = 0

    def totals(self, documents: int) -> words.Totals:
        """What so many documents of these sizes add to a memory."""
        return documents, *self


def _sum(sizes: Iterable[Sizes]) -> Sizes:
    return Sizes(*map(sum, zip(*sizes, Sizes(), strict=True)))


class PassageRows:
    """Documents and passages of one memory."""

    def __init__(self, connections: Connections, dim: int) -> None:
        self._db, self.dim = connections, dim

    # -- writing

    def put(self, entries: Sequence[Entry]) -> None:
        """Store documents with their passages, in place of those of the same id."""
        latest: dict[str, Entry] = {}
        for entry in entries:  # of one id the last counts
            latest.pop(entry.document.id, None)
            latest[entry.document.id] = entry
        self.store([(head_of(entry.document), entry) for entry in latest.values()])

    def store(self, documents: Sequence[tuple[Head, Entry]]) -> None:
        """Store documents under the heads that go with them: see `put`."""
        terms: Counter[str] = Counter()
        rows: list[tuple[Any, ...]] = []
        sizes: list[Sizes] = []
        for head, entry in documents:
            size, more = passage_rows(head, entry.passages, entry.vectors, 0, terms)
            sizes.append(size)
            rows += more
        with self._db.change() as cursor:
            replace_heads(cursor, [head for head, _ in documents])
            note_sizes(
                cursor, [(head.id, size) for (head, _), size in zip(documents, sizes, strict=True)]
            )
            copy_rows(cursor, rows)
            words.note_change(cursor, _sum(sizes).totals(len(documents)), terms)

    def touch(self, documents: Iterable[Document]) -> None:
        """Note where documents of equal digest were read now."""
        places = sorted(
            {key_of(d.id): (storable(d.source), storable(d.origin)) for d in documents}.items()
        )
        with self._db.change() as cursor:
            cursor.cursor().executemany(
                "UPDATE documents SET source = %s, origin = %s WHERE document = %s",
                [(source, origin, key) for key, (source, origin) in places],
            )

    def remove(self, ids: Iterable[str]) -> int:
        """Remove documents with their passages; returns how many there were."""
        with self._db.change() as cursor:
            return remove(cursor, ids)

    # -- documents

    def known(self, ids: Sequence[str]) -> dict[str, tuple[str, str, str]]:
        """Digest, source and origin of the documents that are there, by id."""
        rows = self._db.all(
            "SELECT id, digest, source, origin FROM documents WHERE document = ANY(%s)",
            ([key_of(i) for i in ids],),
        )
        return {restored(i): (digest, restored(s), restored(o)) for i, digest, s, o in rows}

    def documents(self) -> Iterator[DocumentInfo]:
        """All documents, in the order they were stored."""
        last = 0
        sql = f"{INFO} WHERE stored > %s ORDER BY stored LIMIT {_PAGE}"
        while rows := self._db.all(sql, (last,), anywhere=True):
            last = rows[-1][0]
            yield from (self.info(row) for row in rows)

    def info(self, row: tuple[Any, ...]) -> DocumentInfo:
        """A document from a row of `INFO`."""
        _, i, title, source, origin, digest, metadata, passages = row
        return DocumentInfo(
            id=restored(i),
            title=restored(title),
            source=restored(source),
            origin=restored(origin),
            digest=digest,
            passages=passages,
            metadata=self.metadata(i, metadata),
        )

    def metadata(self, document: str, stored: str) -> dict[str, Any]:
        """A document's metadata. Raises MemoryDamaged where they cannot be read."""
        metadata = read_metadata(stored)
        if metadata is None:
            raise MemoryDamaged(
                self._db.address.shown,
                f"the metadata of document {restored(document)!r} cannot be read",
                way_out="index that document again",
            )
        return metadata

    def counts(self) -> tuple[int, int]:
        """Documents and passages."""
        sql = "SELECT coalesce(sum(documents), 0), coalesce(sum(passages), 0) FROM totals"
        documents, passages = self._db.one(sql, anywhere=True)
        return int(documents), int(passages)

    # -- passages

    def passages(self, document: str | None = None) -> Iterator[Passage]:
        """Passages of one document or of all, in the order of their text."""
        if document is not None:
            sql = f"{_PASSAGE} WHERE p.document = %s ORDER BY p.place"
            rows = self._db.all(sql, (key_of(document),), anywhere=True)
            yield from (passage_of(row) for row in rows)
            return
        yield from (passage for _, passage in self.keyed())

    def keyed(self) -> Iterator[tuple[str, Passage]]:
        """All passages with the keys they are stored under."""
        last: tuple[int, int] = (0, -1)
        sql = (
            f"{_PASSAGE} WHERE (d.stored, p.place) > (%s, %s) "
            f"ORDER BY d.stored, p.place LIMIT {_PAGE}"
        )
        while rows := self._db.all(sql, last, anywhere=True):
            last = rows[-1][6], rows[-1][7]
            yield from ((row[0], passage_of(row)) for row in rows)

    def passage(self, key: str) -> Passage | None:
        """The passage with this key, None where there is none (any more)."""
        sql = f"{_PASSAGE} WHERE p.key = %s LIMIT 1"
        rows = self._db.all(sql, (storable(key),), anywhere=True)
        return passage_of(rows[0]) if rows else None

    def uncompared(self, where: Any) -> list[tuple[int, str, str]]:
        """How many documents each bound of dates cannot place, with its key and the bound."""
        counts: list[tuple[int, str, str]] = []
        for key, bound, unplaced in uncompared(where, ServerDialect):
            sql = f"SELECT count(*) FROM documents AS p WHERE {unplaced.sql}"
            counts.append((self._db.one(sql, unplaced.values, anywhere=True)[0], key, bound))
        return counts


class ServerStage:
    """A document that is stored piece by piece: one transaction that is as long as its block."""

    def __init__(self, connections: Connections, document: Document, dim: int) -> None:
        self._db, self._document, self._dim = connections, document, dim
        self._change: Any = None
        self._cursor: Any = None

    def __enter__(self) -> ServerStage:
        self._change = self._db.change()
        cursor = self._change.__enter__()
        try:
            self._begin(cursor)
        except BaseException as error:
            self._change.__exit__(type(error), error, error.__traceback__)
            raise
        self._cursor = cursor
        return self

    def _begin(self, cursor: Any) -> None:
        name = self._document.id
        lock = lock_number("stage", self._db.address.name, name)
        (free,) = cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (lock,)).fetchone()
        if not free:
            raise InputError(
                f"document {name!r} is being stored by another `with` block; let that one end first"
            )
        replace_heads(cursor, [head_of(self._document)])
        self._size, self._terms = Sizes(), Counter[str]()

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Store more of the document. Raises ValueError for vectors of a wrong shape."""
        must_fit(vectors, (len(passages), self._dim))
        if self._cursor is None:
            raise ValueError("use the stage in a `with` block")
        head, first = head_of(self._document), self._size.passages
        size, rows = passage_rows(head, passages, vectors, first, self._terms)
        self._size = _sum([self._size, size])
        with in_our_words(self._db.address.shown):
            copy_rows(self._cursor, rows)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._cursor is None:
            return
        cursor, self._cursor = self._cursor, None
        if kind is None:
            try:
                note_sizes(cursor, [(self._document.id, self._size)])
                words.note_change(cursor, self._size.totals(1), self._terms)
            except BaseException as failed:
                self._change.__exit__(type(failed), failed, failed.__traceback__)
                raise
        self._change.__exit__(kind, error, trace)


# -- within a transaction


def head_of(document: Document) -> Head:
    """A document without its text."""
    return Head(
        document.id,
        document.title,
        document.source,
        document.origin,
        document.digest,
        document.metadata,
    )


def named(text: str) -> str:
    """Texts in which words are looked for in any case; halves of characters are question marks."""
    return storable(encodable(text).casefold())


def must_fit(vectors: Any, shape: tuple[int, ...]) -> None:
    """Raise ValueError for vectors of another shape."""
    if vectors.shape != shape:
        raise ValueError(f"vectors must have shape {shape}, not {vectors.shape}")


def replace_heads(cursor: Any, heads: Sequence[Head]) -> None:
    """Store documents without passages, and take those of the same ids away.

    Their rows are locked in one order, so that no two writers wait for each other.
    """
    keys = [key_of(head.id) for head in heads]
    locked = cursor.execute(
        "SELECT document FROM documents WHERE document = ANY(%s) ORDER BY document FOR UPDATE",
        (keys,),
    ).fetchall()
    in_order = sorted(zip(keys, heads, strict=True), key=lambda pair: pair[0])
    # The number of a document says when it was stored: in the order given, not in that of locks.
    numbers = cursor.execute(
        "SELECT nextval('stored_numbers') FROM generate_series(1, %s)", (len(heads),)
    ).fetchall()
    of_key = {key: number for key, (number,) in zip(keys, numbers, strict=True)}
    if locked:
        words.note_removal(cursor, [key for (key,) in locked])
    rows = [
        (
            *(key, of_key[key], *map(storable, head[:4])),
            *(named(f"{head.id}\n{head.title}"), head.digest, metadata_json(head)),
        )
        for key, head in in_order
    ]
    many = cursor.cursor()
    replaced = _upsert(many, rows)
    late = replaced.difference(key for (key,) in locked)
    if late:  # another writer stored them since
        words.note_removal(cursor, list(late))
    cursor.execute("DELETE FROM passages WHERE document = ANY(%s)", (list(replaced),))
    cursor.execute("DELETE FROM facets WHERE document = ANY(%s)", (list(replaced),))
    facets = [(key, *facet) for key, head in in_order for facet in facets_of(head.metadata)]
    if facets:
        many.executemany(_FACET, facets)


def _upsert(many: Any, rows: Sequence[tuple[Any, ...]]) -> set[uuid.UUID]:
    """Insert or update documents; returns the keys of those that were there."""
    replaced: set[uuid.UUID] = set()
    if not rows:
        return replaced
    many.executemany(_UPSERT, rows, returning=True)
    while True:
        key, there = many.fetchone()
        if there:
            replaced.add(key)
        if not many.nextset():
            return replaced


def remove(cursor: Any, ids: Iterable[str]) -> int:
    """Remove documents with their passages; returns how many there were."""
    keys = [key_of(i) for i in ids]
    rows = cursor.execute(
        "SELECT document FROM documents WHERE document = ANY(%s) ORDER BY document FOR UPDATE",
        (keys,),
    ).fetchall()
    there = [key for (key,) in rows]
    if there:
        words.note_removal(cursor, there)
        cursor.execute("DELETE FROM documents WHERE document = ANY(%s)", (there,))
    return len(there)


def passage_rows(
    head: Head, passages: Sequence[Passage], vectors: Vectors, first: int, terms: Counter[str]
) -> tuple[Sizes, list[tuple[Any, ...]]]:
    """Rows of `passages` as COPY takes them, their places from `first` on, and their sizes.

    The terms that they hold are counted in `terms`.
    """
    rows: list[tuple[Any, ...]] = []
    sizes: list[Sizes] = []
    document = key_of(head.id)
    for place, (passage, vector) in enumerate(zip(passages, vectors, strict=True), first):
        fields = fields_of(analyzer(), passage.text, head.title)
        lexemes = words.lexemes_of(fields)
        terms.update(term for term in lexemes if term[0] in words.COUNTED)
        sizes.append(Sizes(1, *(len(fields[field]) for field in FIELDS)))
        pages = json.dumps(passage.pages) if passage.pages else None
        rows.append(
            (
                *(document, place, passage.key, passage.start, len(fields["text"])),
                *(storable(passage.text), pages, tsvector(lexemes), vector_bytes(vector)),
            )
        )
    return _sum(sizes), rows


def copy_rows(cursor: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows of passages."""
    if rows:
        with cursor.cursor().copy(f"{_COPY} (FORMAT BINARY)") as copy:
            copy.write(copied(rows))


def note_sizes(cursor: Any, sizes: Sequence[tuple[str, Sizes]]) -> None:
    """Note how many passages and words documents have, by id."""
    columns = [list(column) for column in zip(*(size for _, size in sizes), strict=True)]
    cursor.execute(
        "UPDATE documents AS d SET passages = n.passages, text_words = n.text, "
        "title_words = n.title, pair_words = n.pairs "
        "FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[]) "
        "AS n (document, passages, text, title, pairs) WHERE d.document = n.document",
        ([key_of(document) for document, _ in sizes], *columns),
    )


def passage_of(row: tuple[Any, ...]) -> Passage:
    """A passage from a row that begins as `_PASSAGE` does."""
    _, document, title, start, text, pages = row[:6]
    plain = restored(text)
    listed = cast("list[list[int]]", json.loads(pages)) if pages else []
    return Passage(
        document=restored(document),
        start=start,
        end=start + len(plain),
        text=plain,
        title=restored(title),
        pages=tuple((at, page) for at, page in listed),
    )
