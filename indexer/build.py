"""Documents -> passages -> vectors -> memory: idempotent, and resumable at any point.

Each batch is one transaction of the memory. A run that was interrupted has stored whole documents
only; the next one skips those and goes on.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice

from ..memory.errors import InputError
from ..memory.records import Document, Entry, Passage, encodable
from ..memory.store import Memory
from .encoder import Encoder, passage_text
from .passages import split

__all__ = ["IndexReport", "Progress", "build"]

_GROUP = 256
_GROUP_CHARACTERS = 4_000_000
_PUBLISH_EVERY = 20_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    documents: int
    """Read so far, unchanged ones included."""
    passages: int
    """Encoded and stored so far."""
    share: float | None = None
    """Of the corpus that has been read, 0..1; None where its size is not known."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a run did; `documents` and `passages` are what the memory holds now."""

    documents: int
    passages: int
    added: int
    replaced: int
    unchanged: int
    removed: int
    skipped: int
    seconds: float


def build(
    documents: Iterable[Document],
    memory: Memory,
    encoder: Encoder,
    *,
    words: int = 100,
    overlap: int = 20,
    batch: int = 256,
    prune: Sequence[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> IndexReport:
    """Bring `memory` up to `documents`.

    `batch` passages are encoded and stored at once. With `prune`, documents whose origin is one
    of these paths, or lies under one, and that were not among `documents`, are removed. Raises
    InputError where two documents have the same id and different texts.
    """
    began = time.monotonic()
    with closing(_Seen()) as seen:
        run = _Run(memory, encoder, words, overlap, batch, progress)
        for group in _groups(documents):
            run.take(seen.new(group))
        run.flush()
        removed = 0 if prune is None else memory.remove(list(_gone(memory, seen, prune)))
        memory.publish()
    held, passages = memory.counts()
    return IndexReport(
        documents=held,
        passages=passages,
        added=run.added,
        replaced=run.replaced,
        unchanged=run.unchanged,
        removed=removed,
        skipped=0,
        seconds=round(time.monotonic() - began, 3),
    )


class _Run:
    """Documents on their way into the memory."""

    def __init__(
        self,
        memory: Memory,
        encoder: Encoder,
        words: int,
        overlap: int,
        batch: int,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._memory, self._encoder, self._batch = memory, encoder, batch
        self._words, self._overlap, self._progress = words, overlap, progress
        self._pending: list[tuple[Document, tuple[Passage, ...]]] = []
        self._waiting = self._unpublished = 0
        self._documents = self._passages = 0
        self.added = self.replaced = self.unchanged = 0

    def take(self, group: Sequence[Document]) -> None:
        """Store those of a group that are new or changed, when a batch is full."""
        known = self._memory.digests([document.id for document in group])
        for document in group:
            self._documents += 1
            if known.get(document.id) == document.digest:
                self.unchanged += 1
                continue
            self.replaced += document.id in known
            self.added += document.id not in known
            passages = split(document, words=self._words, overlap=self._overlap)
            first = tuple(islice(passages, self._batch + 1))
            if len(first) > self._batch:
                self._store_long(document, chain(first, passages))
                continue
            self._pending.append((document, first))
            self._waiting += len(first)
            if self._waiting >= self._batch:
                self.flush()

    def flush(self) -> None:
        """Encode and store what waits, in one transaction."""
        passages = [passage for _, own in self._pending for passage in own]
        vectors = self._encoder.encode([passage_text(passage) for passage in passages])
        entries: list[Entry] = []
        at = 0
        for document, own in self._pending:
            entries.append(
                Entry(document=document, passages=own, vectors=vectors[at : at + len(own)])
            )
            at += len(own)
        if entries:
            self._memory.put(entries)
        self._pending, self._waiting = [], 0
        self._stored(len(passages))

    def _store_long(self, document: Document, passages: Iterator[Passage]) -> None:
        """A document of more than one batch: piece by piece, seen when it is whole."""
        with self._memory.stage(document) as stage:
            while own := list(islice(passages, self._batch)):
                stage.add(own, self._encoder.encode([passage_text(p) for p in own]))
                self._tell(len(own))
        self._stored(0)

    def _stored(self, passages: int) -> None:
        self._tell(passages)
        if self._unpublished >= _PUBLISH_EVERY:
            self._memory.publish()
            self._unpublished = 0

    def _tell(self, passages: int) -> None:
        self._passages += passages
        self._unpublished += passages
        if self._progress is not None:
            self._progress(Progress(self._documents, self._passages))


class _Seen:
    """Ids and digests of the documents of this run, on disk: corpora may exceed our memory."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")  # a temporary file that vanishes with the connection
        self._rows.execute(
            "CREATE TABLE seen (id BLOB PRIMARY KEY, digest TEXT, source TEXT) WITHOUT ROWID"
        )

    def close(self) -> None:
        self._rows.close()

    def new(self, group: Iterable[Document]) -> list[Document]:
        """Those of the group that did not come before; equal ones count once."""
        found: list[Document] = []
        for document in group:
            key = _key(document.id)
            known = self._rows.execute("SELECT * FROM seen WHERE id = ?", (key,)).fetchone()
            if known is None:
                row = (key, document.digest, document.source or document.origin)
                self._rows.execute("INSERT INTO seen VALUES (?, ?, ?)", _storable(row))
                found.append(document)
            elif known[1] != document.digest:
                raise InputError(
                    f"the id {document.id!r} stands for one text in {known[2]} and for another in "
                    f"{document.source or document.origin}; give each its own"
                )
        return found

    def holds(self, name: str) -> bool:
        """Whether a document of this id was among them."""
        found = self._rows.execute("SELECT 1 FROM seen WHERE id = ?", (_key(name),))
        return found.fetchone() is not None


def _key(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _storable(row: tuple[bytes, str, str]) -> tuple[bytes, str, str]:
    key, digest, source = row
    return key, digest, encodable(source)


def _groups(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """A few hundred documents at once, fewer of long ones."""
    group: list[Document] = []
    size = 0
    for document in documents:
        group.append(document)
        size += len(document.text)
        if len(group) >= _GROUP or size >= _GROUP_CHARACTERS:
            yield group
            group, size = [], 0
    if group:
        yield group


def _gone(memory: Memory, seen: _Seen, places: Sequence[str]) -> Iterator[str]:
    """Ids of the documents that came from these places and do so no more."""
    for document in memory.documents():
        under = any(
            document.origin == place or document.origin.startswith(place.rstrip(os.sep) + os.sep)
            for place in places
        )
        if under and not seen.holds(document.id):
            yield document.id
