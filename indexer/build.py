"""Documents -> passages -> vectors -> memory: idempotent, and resumable at any point.

Each batch is one transaction of the memory. A run that was interrupted has stored whole documents
only; the next one skips those and goes on.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path

from ..core.errors import InputError
from ..core.records import Document, Entry, Passage, Vectors, encodable
from ..memory.protocol import PassageStore
from .encoders.encoder import Encoder, checked_vectors, passage_text
from .passages import Splitter

__all__ = ["IndexReport", "Progress", "Sources", "build"]

_GROUP = 256
"""Documents that are looked up in the store at once."""
_GROUP_CHARACTERS = 4_000_000
_PUBLISH_EVERY = 20_000
"""Passages from one publication of the store's indexes to the next."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    documents: int
    """Done so far, unchanged ones included."""
    passages: int
    """Encoded and stored so far."""
    behind: int = 0
    """Further documents that have been read, and whose turn is still to come."""
    share: float | None = None
    """Of the corpus that is done, 0..1; None where its size is not known."""


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


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the documents of a run are read from."""

    paths: Collection[str] = ()
    """Absolute paths of files and folders, and origins of datasets."""
    prune: bool = False
    """Remove what came from these paths, or from below, in an earlier run, and does so no more."""
    unread: Collection[str] = ()
    """Of these paths, or below, what could not be read: nothing that came from there is removed.
    It may fill while documents are read."""


def build(
    documents: Iterable[Document],
    store: PassageStore,
    encoder: Encoder,
    *,
    splitter: Splitter = Splitter(),  # noqa: B008  frozen
    sources: Sources = Sources(),
    batch: int = 256,
    progress: Callable[[Progress], None] | None = None,
) -> IndexReport:
    """Bring `store` up to `documents`, all of which are read from `sources`.

    `batch` passages are encoded and stored at once. Raises InputError where two documents have the
    same id and different texts, also where one was stored before from a file elsewhere that is
    still there.
    """
    began = time.monotonic()
    with closing(_DocumentsOfRun()) as seen:
        places = _Places(sources.paths)
        writer = _BatchWriter(store, encoder, splitter, batch, progress)
        for group in _groups(documents):
            writer.take(seen.new(group), places)
        writer.flush()
        removed = 0
        if sources.prune:
            removed = store.remove(list(_gone(store, seen, places, _Places(sources.unread))))
        store.publish()
    held, passages = store.counts()
    return IndexReport(
        documents=held,
        passages=passages,
        added=writer.added,
        replaced=writer.replaced,
        unchanged=writer.unchanged,
        removed=removed,
        skipped=0,
        seconds=round(time.monotonic() - began, 3),
    )


class _BatchWriter:
    """Documents on their way into the store, as passages with their vectors."""

    def __init__(
        self,
        store: PassageStore,
        encoder: Encoder,
        splitter: Splitter,
        batch: int,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._store, self._encoder, self._splitter = store, encoder, splitter
        self._batch, self._progress = batch, progress
        self._pending: list[tuple[Document, tuple[Passage, ...]]] = []
        self._waiting = self._unpublished = 0
        self._documents = self._passages = self._behind = 0
        self.added = self.replaced = self.unchanged = 0

    def take(self, group: Sequence[Document], places: _Places) -> None:
        """Store those of a group that are new or changed, when a batch is full.

        Of the others it is noted where they lie now: that is what is shown, and pruned by.
        `places` are read in this run.
        """
        known = self._store.known([document.id for document in group])
        moved: list[Document] = []
        for document in group:
            digest, source, origin = known.get(document.id, ("", "", ""))
            if digest == document.digest:
                self.unchanged += 1
                if (source, origin) != (document.source, document.origin):
                    moved.append(document)
            elif digest and _is_elsewhere(origin, document.origin, places):
                raise _two_texts(document, _place(source, origin))
        if moved:
            self._store.touch(*moved)
        self._behind = len(group)
        for document in group:
            if document.id not in known:
                self.added += 1
                self._add(document)
            elif known[document.id][0] != document.digest:
                self.replaced += 1
                self._add(document)
            self._documents += 1
            self._behind -= 1
            if self._waiting >= self._batch:
                self.flush()

    def _add(self, document: Document) -> None:
        passages = self._splitter.split(document)
        first = tuple(islice(passages, self._batch + 1))
        if len(first) > self._batch:
            self._add_long(document, chain(first, passages))
        else:
            self._pending.append((document, first))
            self._waiting += len(first)

    def flush(self) -> None:
        """Encode and store what waits, in one transaction."""
        texts = [passage_text(passage) for _, passages in self._pending for passage in passages]
        vectors = self._vectors(texts)
        entries: list[Entry] = []
        start = 0
        for document, passages in self._pending:
            end = start + len(passages)
            entries.append(Entry(document=document, passages=passages, vectors=vectors[start:end]))
            start = end
        if entries:
            self._store.put(entries)
        self._pending, self._waiting = [], 0
        self._stored(len(texts))

    def _add_long(self, document: Document, passages: Iterator[Passage]) -> None:
        """A document of more than one batch: piece by piece, seen when it is whole."""
        with self._store.stage(document) as stage:
            while batch := list(islice(passages, self._batch)):
                stage.add(batch, self._vectors([passage_text(p) for p in batch]))
                self._report(len(batch))
        self._stored(0)

    def _vectors(self, texts: list[str]) -> Vectors:
        return checked_vectors(self._encoder, self._encoder.encode_passages(texts), len(texts))

    def _stored(self, passages: int) -> None:
        self._report(passages)
        if self._unpublished >= _PUBLISH_EVERY:
            self._store.publish()
            self._unpublished = 0

    def _report(self, passages: int) -> None:
        self._passages += passages
        self._unpublished += passages
        if self._progress is not None:
            self._progress(Progress(self._documents, self._passages, self._behind))


class _DocumentsOfRun:
    """Ids and digests of the documents of this run, on disk: corpora may exceed our memory."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")  # a temporary file that vanishes with the connection
        self._rows.execute(
            "CREATE TABLE seen (id BLOB PRIMARY KEY, digest TEXT, place TEXT) WITHOUT ROWID"
        )

    def close(self) -> None:
        self._rows.close()

    def new(self, group: Iterable[Document]) -> list[Document]:
        """Those of the group that did not come before; equal ones count once.

        Raises InputError for an id that came before with another text.
        """
        fresh: list[Document] = []
        for document in group:
            key = _key(document.id)
            known = self._rows.execute("SELECT * FROM seen WHERE id = ?", (key,)).fetchone()
            if known is None:
                row = (key, document.digest, encodable(_place(document.source, document.origin)))
                self._rows.execute("INSERT INTO seen VALUES (?, ?, ?)", row)
                fresh.append(document)
            elif known[1] != document.digest:
                raise _two_texts(document, known[2])
        return fresh

    def holds(self, name: str) -> bool:
        """Whether a document of this id was among them."""
        cursor = self._rows.execute("SELECT 1 FROM seen WHERE id = ?", (_key(name),))
        return cursor.fetchone() is not None


def _key(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _place(source: str, origin: str) -> str:
    """The whole path, with the number of the row: files of two folders may have one name."""
    if origin.endswith(source):
        return origin
    name, _, row = source.rpartition(":")
    return f"{origin}:{row}" if origin.endswith(name) else source


def _is_elsewhere(before: str, now: str, places: _Places) -> bool:
    """Whether a document's old file is still there, beside the new one, and not read this time.

    Where it is read this time, it shows by itself whether it still holds the document.
    """
    old, new = Path(before), Path(now)
    if not old.is_absolute() or old == new or not old.exists() or places.hold(before):
        return False
    return not new.exists() or not old.samefile(new)


def _two_texts(document: Document, there: str) -> InputError:
    here = _place(document.source, document.origin)
    way_out = "give each its own"
    if document.id == document.source and Path(here).is_absolute() and Path(there).is_absolute():
        above = os.path.commonpath([here, there])  # ids are paths below what is indexed
        way_out = f"index {above}, the folder above both, with --prune, so that each gets its own"
    return InputError(
        f"the id {document.id!r} stands for one text in {there} and for another in {here}; "
        f"{way_out}, or remove the one that is outdated"
    )


class _Places:
    """Files, folders and datasets, in whatever way their paths are written."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._real: Callable[[Path], Path] = lru_cache(4096)(Path.resolve)
        self._paths = {self._resolved(Path(path)) for path in paths}

    def hold(self, origin: str) -> bool:
        """Whether this is one of the places, or below one."""
        path = self._resolved(Path(origin))
        return not self._paths.isdisjoint((path, *path.parents))

    def _resolved(self, path: Path) -> Path:
        """Without links and `..`; a file that is a link stays one, for it can go by itself."""
        if not path.is_absolute():  # a dataset
            return path
        if os.path.isdir(path):  # noqa: PTH112  what may not be looked at is no error
            return self._real(path)
        return self._real(path.parent) / path.name


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


def _gone(
    store: PassageStore, seen: _DocumentsOfRun, read: _Places, unread: _Places
) -> Iterator[str]:
    """Ids of the documents that came from the places read, and do so no more."""
    for document in store.documents():
        if seen.holds(document.id):
            continue
        if read.hold(document.origin) and not unread.hold(document.origin):
            yield document.id
