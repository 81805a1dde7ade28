"""Documents -> passages -> vectors -> memory: idempotent, and resumable at any point.

Each batch is one transaction of the memory. A run that was interrupted has stored whole documents
only; the next one skips those and goes on.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from ..core.errors import InputError, StorageError
from ..core.records import Document, encodable
from ..memory.protocol import PassageStore
from .encoders.encoder import Encoder
from .passages import Splitter
from .places import Known, Moves, Places, gone, key_of, place_of
from .writing import BatchWriter, Progress

__all__ = ["IndexReport", "Progress", "Sources", "build"]

_GROUP = 256
"""Documents that are looked up in the store at once."""
_GROUP_CHARACTERS = 4_000_000
_OnConflict: TypeAlias = Callable[[InputError, str], None]
"""Takes what is wrong with a document, and its origin."""
_NAMED = 3
"""Documents that a notice names."""


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
    passed_over: Mapping[str, int] = field(default_factory=dict[str, int])
    """Files in folders that were not read and how many, by suffix or what else was with them."""
    notices: tuple[str, ...] = ()
    """What a person should know: encodings that were guessed, folders that are gone."""


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
    all_may_go: bool = True
    """Whether several documents are removed although nothing at all was read. A folder that is
    empty of a sudden is mostly a disk that is not there."""
    replace: bool = False
    """An id that is stored already stands for the new text, wherever the old one was read."""


def build(
    documents: Iterable[Document],
    store: PassageStore,
    encoder: Encoder,
    *,
    splitter: Splitter = Splitter(),  # noqa: B008  frozen
    sources: Sources = Sources(),
    batch: int = 256,
    progress: Callable[[Progress], None] | None = None,
    on_bad: Callable[[InputError, str], None] | None = None,
) -> IndexReport:
    """Bring `store` up to `documents`, all of which are read from `sources`.

    `batch` passages are encoded and stored at once. A number that rows of two files have for id
    stands for the first; the second is named after its file. Any other id with two texts, also
    where one was stored before from a file elsewhere that is still there, is given to `on_bad`
    with the origin of the second, which is left out. Raises InputError for it where there is no
    `on_bad`; what was read before is stored then, too.
    """
    began = time.monotonic()
    with closing(_DocumentsOfRun()) as seen:
        places, moves = Places(sources.paths), Moves()
        writer = BatchWriter(store, encoder, splitter, batch, progress)
        try:
            conflicts = _Conflicts(store, seen, places, on_bad, replace=sources.replace)
            for group in _groups(documents):
                writer.take(conflicts.settled(group), moves)
        except InputError:
            writer.flush()
            store.publish()
            raise
        writer.flush()
        read = writer.added + writer.replaced + writer.unchanged
        removed, notices = _after_moves(store, seen, sources, places, moves, read=read)
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
        notices=notices,
    )


def _after_moves(
    store: PassageStore,
    seen: _DocumentsOfRun,
    sources: Sources,
    places: Places,
    moves: Moves,
    *,
    read: int,
) -> tuple[int, tuple[str, ...]]:
    """Prune, or note where the rest of a moved folder lies now, and tell what is gone and kept.

    Returns how many documents went, and notices. Raises InputError where all would go, none was
    `read`, and `Sources` does not allow it.
    """
    if not sources.paths:
        return 0, ()
    lost = gone(store.documents, seen, places, Places(sources.unread), moves)
    if sources.prune:
        if not read and len(lost.ids) > 1 and not sources.all_may_go:
            raise InputError(
                f"nothing was read from {', '.join(sources.paths)}, and --prune would forget all "
                f"{len(lost.ids):,} documents that came from there; is its disk there? To forget "
                "them, name them to spanmem memory forget, or delete the memory"
            )
        return store.remove(lost.ids), lost.notices
    rest = [Document(id=d.id, text="", source=d.source, origin=d.moved_to) for d in lost.moved]
    if rest:
        store.touch(*rest)  # so that a later run that prunes finds them below the new folder
    moved = {document.id for document in lost.moved}
    return 0, tuple(_kept([name for name in lost.ids if name not in moved]))


def _kept(names: Sequence[str]) -> Iterator[str]:
    """That documents which are gone from what was read still give answers."""
    if names:
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        what = "a document is" if len(names) == 1 else f"{len(names):,} documents are"
        yield (
            f"{what} gone from what was read, and still kept: {', '.join(names[:_NAMED])}{more}; "
            "forget what is gone with --prune"
        )


class _DocumentsOfRun:
    """Ids and digests of the documents of this run, on disk: corpora may exceed our memory.

    Raises StorageError where the folder for temporary files is full, or not there.
    """

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")  # a temporary file that vanishes with the connection
        self._execute(
            "CREATE TABLE seen (id BLOB PRIMARY KEY, digest TEXT, place TEXT) WITHOUT ROWID"
        )
        self._by_digest = False

    def _execute(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        try:
            return self._rows.execute(sql, values)
        except sqlite3.OperationalError as error:
            raise StorageError(
                f"cannot note this run's documents in the folder for temporary files: {error}; let "
                " TMPDIR name one with free space that can be written"
            ) from error

    def close(self) -> None:
        self._rows.close()

    def of(self, name: str) -> tuple[str, str] | None:
        """Digest and place of the document of this id, if one came."""
        sql = "SELECT digest, place FROM seen WHERE id = ?"
        row: tuple[str, str] | None = self._execute(sql, (key_of(name),)).fetchone()
        return row

    def add(self, document: Document) -> None:
        """Take note of a document whose id is new."""
        place = encodable(place_of(document.source, document.origin))
        row = (key_of(document.id), document.digest, place)
        self._execute("INSERT INTO seen VALUES (?, ?, ?)", row)

    def holds(self, name: str) -> bool:
        """Whether a document of this id was among them."""
        return self.of(name) is not None

    def holds_digest(self, digest: str) -> bool:
        """Whether a document of this digest was among them."""
        if not self._by_digest:
            self._execute("CREATE INDEX by_digest ON seen (digest)")
            self._by_digest = True
        sql = "SELECT 1 FROM seen WHERE digest = ? LIMIT 1"
        return self._execute(sql, (digest,)).fetchone() is not None


class _Conflicts:
    """Sees to it that no two documents of different texts have one id."""

    def __init__(
        self,
        store: PassageStore,
        seen: _DocumentsOfRun,
        places: Places,
        on_bad: _OnConflict | None,
        *,
        replace: bool = False,
    ) -> None:
        self._store, self._seen, self._places, self._on_bad = store, seen, places, on_bad
        self._replace = replace

    def settled(self, group: Sequence[Document]) -> list[tuple[Document, Known | None]]:
        """Those of the group that did not come before, each with what the store knows of its id.

        Equal ones count once. Raises InputError for an id with two texts, unless `on_bad` takes it.
        """
        ids = [document.id for document in group]
        own = [_by_file(document) for document in group if _is_numbered(document)]
        known = self._store.known([*ids, *own])
        settled: list[tuple[Document, Known | None]] = []
        for document in group:
            now, there = document, self._other_text(document, known)
            if there is not None and _is_numbered(document) and _elsewhere(document, there):
                now = replace(document, id=_by_file(document))
                there = self._other_text(now, known)
            if there is not None:
                error = _two_texts(now, there)
                if self._on_bad is None:
                    raise error
                self._on_bad(error, now.origin)
            elif not self._seen.holds(now.id):
                self._seen.add(now)
                settled.append((now, known.get(now.id)))
        return settled

    def _other_text(self, document: Document, known: Mapping[str, Known]) -> str | None:
        """Where the id stands for another text, in this run or in a file that is still there."""
        before = self._seen.of(document.id)
        if before is not None:
            return None if before[0] == document.digest else before[1]
        if self._replace or document.id not in known:
            return None
        digest, source, origin = known[document.id]
        if digest == document.digest or not self._places.elsewhere(origin, document.origin):
            return None
        return place_of(source, origin)


def _is_numbered(document: Document) -> bool:
    """Whether its id is a number that a row was given, as those of many files are."""
    return document.id.isdecimal() and document.id != document.source and bool(document.origin)


def _by_file(document: Document) -> str:
    """`lamps.csv#7` for the row 7 of a file that shares its numbers with another."""
    return f"{document.source.rpartition(':')[0]}#{document.id}"


def _elsewhere(document: Document, place: str) -> bool:
    """Whether a place lies in another file than the document."""
    return place.rpartition(":")[0] != place_of(document.source, document.origin).rpartition(":")[0]


def _two_texts(document: Document, there: str) -> InputError:
    here = place_of(document.source, document.origin)
    way_out = "give each its own"
    if document.id == document.source and Path(here).is_absolute() and Path(there).is_absolute():
        above = os.path.commonpath([here, there])  # ids are paths below what is indexed
        way_out = f"index {above}, the folder above both, with --prune, so that each gets its own"
    return InputError(
        f"the id {document.id!r} stands for one text in {there} and for another in {here}; "
        f"{way_out}, or remove the one that is outdated"
    )


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
