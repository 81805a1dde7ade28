"""Documents and passages on the server, as rows that are read and changed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from ....core.errors import MemoryDamaged
from ....core.records import Document, DocumentInfo, Entry, Passage
from ...documents import read_metadata
from ...filters import uncompared
from . import words
from .connections import Connections
from .facets import ServerDialect
from .values import copied, key_of, restored, storable
from .writing import (
    Sizes,
    copy_rows,
    note_sizes,
    passage_rows,
    remove,
    replace_documents,
    sum_of,
)

__all__ = ["INFO", "PassageRows", "passage_of"]

_PAGE = 1000
INFO = """
SELECT stored, id, title, source, origin, digest, metadata, passages FROM documents
"""
_PASSAGE = """
SELECT p.key, d.id, d.title, p.start, p.text, p.pages, d.stored, p.place
FROM passages AS p JOIN documents AS d ON d.document = p.document
"""


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
        terms: Counter[str] = Counter()
        rows: list[tuple[Any, ...]] = []
        sizes: list[tuple[str, Sizes]] = []
        for name, entry in latest.items():
            size, more = passage_rows(entry.document, entry.passages, entry.vectors, 0, terms)
            sizes.append((name, size))
            rows += more
        totals = sum_of(size for _, size in sizes).totals(len(latest))
        data = copied(rows)

        def change(cursor: Any, _again: bool) -> None:
            replace_documents(cursor, [entry.document for entry in latest.values()])
            note_sizes(cursor, sizes)
            copy_rows(cursor, data)
            words.note_change(cursor, totals, terms)

        self._db.changed(change)

    def touch(self, documents: Iterable[Document]) -> None:
        """Note where documents of equal digest were read now."""
        places = sorted(
            {key_of(d.id): (storable(d.source), storable(d.origin)) for d in documents}.items()
        )

        def change(cursor: Any, _again: bool) -> None:
            cursor.cursor().executemany(
                "UPDATE documents SET source = %s, origin = %s WHERE document = %s",
                [(source, origin, key) for key, (source, origin) in places],
            )

        self._db.changed(change)

    def remove(self, ids: Iterable[str]) -> int:
        """Remove documents with their passages; returns how many there were."""
        names, counts = list(ids), [0]  # a try that was stored left the next one less to remove

        def change(cursor: Any, _again: bool) -> None:
            counts.append(remove(cursor, names))

        self._db.changed(change)
        return max(counts)

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
