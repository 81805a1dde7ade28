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
from ..core.records import Document, Entry, Passage, encodable
from ..memory.store import Memory
from .encoders.encoder import Encoder, passage_text
from .passages import split

__all__ = ["IndexReport", "Progress", "build"]

_GROUP = 256
_GROUP_CHARACTERS = 4_000_000
_PUBLISH_EVERY = 20_000


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


def build(
    documents: Iterable[Document],
    memory: Memory,
    encoder: Encoder,
    *,
    words: int = 100,
    overlap: int = 20,
    batch: int = 256,
    places: Collection[str] = (),
    prune: bool = False,
    spare: Collection[str] = (),
    progress: Callable[[Progress], None] | None = None,
) -> IndexReport:
    """Bring `memory` up to `documents`.

    `batch` passages are encoded and stored at once. `places` are the paths that `documents` are all
    read from. With `prune`, documents that came from there or from below, and were not among
    `documents`, are removed; not those from `spare` or below, which may fill while `documents` are
    read. Raises InputError where two documents have the same id and different texts, also where one
    was stored before from a file elsewhere that is still there.
    """
    began = time.monotonic()
    with closing(_Seen()) as seen:
        read = _Places(places)
        run = _Run(memory, encoder, words, overlap, batch, read, progress)
        for group in _groups(documents):
            run.take(seen.new(group))
        run.flush()
        gone = _gone(memory, seen, read, _Places(spare)) if prune else ()
        removed = memory.remove(list(gone)) if prune else 0
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
        places: _Places,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._memory, self._encoder, self._batch, self._places = memory, encoder, batch, places
        self._words, self._overlap, self._progress = words, overlap, progress
        self._pending: list[tuple[Document, tuple[Passage, ...]]] = []
        self._waiting = self._unpublished = 0
        self._documents = self._passages = self._behind = 0
        self.added = self.replaced = self.unchanged = 0

    def take(self, group: Sequence[Document]) -> None:
        """Store those of a group that are new or changed, when a batch is full.

        Of the others it is noted where they lie now: that is what is shown, and pruned by.
        """
        known = self._memory.known([document.id for document in group])
        moved: list[Document] = []
        for document in group:
            digest, source, origin = known.get(document.id, ("", "", ""))
            if digest == document.digest:
                self.unchanged += 1
                if (source, origin) != (document.source, document.origin):
                    moved.append(document)
            elif digest and self._is_elsewhere(origin, document.origin):
                raise _two_texts(document, _place(source, origin))
        if moved:
            self._memory.touch(*moved)
        self._behind = len(group)
        for document in group:
            if document.id not in known:
                self.added += 1
                self._store(document)
            elif known[document.id][0] != document.digest:
                self.replaced += 1
                self._store(document)
            self._documents += 1
            self._behind -= 1
            if self._waiting >= self._batch:
                self.flush()

    def _is_elsewhere(self, origin: str, now: str) -> bool:
        """Whether a document's old file is still there, beside the new one, and not read this time.

        Where it is read this time, it shows by itself whether it still holds the document.
        """
        old, new = Path(origin), Path(now)
        if not old.is_absolute() or old == new or not old.exists() or self._places.hold(origin):
            return False
        return not new.exists() or not old.samefile(new)

    def _store(self, document: Document) -> None:
        passages = split(document, words=self._words, overlap=self._overlap)
        first = tuple(islice(passages, self._batch + 1))
        if len(first) > self._batch:
            self._store_long(document, chain(first, passages))
        else:
            self._pending.append((document, first))
            self._waiting += len(first)

    def flush(self) -> None:
        """Encode and store what waits, in one transaction."""
        passages = [passage for _, own in self._pending for passage in own]
        vectors = self._encoder.encode_passages([passage_text(passage) for passage in passages])
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
                stage.add(own, self._encoder.encode_passages([passage_text(p) for p in own]))
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
            self._progress(Progress(self._documents, self._passages, self._behind))


class _Seen:
    """Ids and digests of the documents of this run, on disk: corpora may exceed our memory."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")  # a temporary file that vanishes with the connection
        self._rows.execute(
            "CREATE TABLE seen (id BLOB PRIMARY KEY, digest TEXT, place TEXT) WITHOUT ROWID"
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
                row = (key, document.digest, encodable(_place(document.source, document.origin)))
                self._rows.execute("INSERT INTO seen VALUES (?, ?, ?)", row)
                found.append(document)
            elif known[1] != document.digest:
                raise _two_texts(document, known[2])
        return found

    def holds(self, name: str) -> bool:
        """Whether a document of this id was among them."""
        found = self._rows.execute("SELECT 1 FROM seen WHERE id = ?", (_key(name),))
        return found.fetchone() is not None


def _key(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _place(source: str, origin: str) -> str:
    """The whole path, with the number of the row: files of two folders may have one name."""
    if origin.endswith(source):
        return origin
    name, _, row = source.rpartition(":")
    return f"{origin}:{row}" if origin.endswith(name) else source


def _two_texts(document: Document, other: str) -> InputError:
    here = _place(document.source, document.origin)
    out = "give each its own"
    if document.id == document.source and Path(here).is_absolute() and Path(other).is_absolute():
        both = os.path.commonpath([here, other])  # ids are paths below what is indexed
        out = f"index {both}, the folder above both, with --prune, so that each gets its own"
    return InputError(
        f"the id {document.id!r} stands for one text in {other} and for another in {here}; {out}, "
        "or remove the one that is outdated"
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


def _gone(memory: Memory, seen: _Seen, places: _Places, spare: _Places) -> Iterator[str]:
    """Ids of the documents that came from these places and do so no more."""
    for document in memory.documents():
        if seen.holds(document.id):
            continue
        if places.hold(document.origin) and not spare.hold(document.origin):
            yield document.id
