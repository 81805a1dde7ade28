"""What jobs do to a memory: index what was uploaded, change, remove and erase."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from ...core.errors import InputError, StorageError
from ...core.records import Document, Entry, Turn
from ...pipeline.adding import add, as_document
from ...pipeline.settings import Settings
from . import erasure
from .asked import Log
from .database import Database
from .extraction import Limits, Stopped, extract
from .files import Files, unmarked
from .jobs import Job, JobFile, Jobs
from .uploads import Uploads, belongs, documents_of

if TYPE_CHECKING:
    from ...indexer.build import Progress
    from ...indexer.encoders.encoder import Encoder
    from ...memory.store import Memory

__all__ = ["KINDS", "Cancelled", "Interrupted", "Work", "do"]

_CHARACTERS, _SECONDS = 200_000, 2.0
"""Text of files that is stored at once, and how long a file waits for others."""
_BATCH = 64
"""Passages that are encoded at once: in between it is heard that a job is cancelled."""
_READING = 0.05
"""What reading a file is of its share of the work; the rest is encoding and storing it."""
_PAGE = 200
_TRIES = 5
"""Times that a log is tried to be emptied while readers use it."""


class Cancelled(Exception):
    """The job at hand was cancelled."""


class Interrupted(Exception):
    """The process is to end; the job at hand will be begun again."""


@dataclass
class Work:
    """A job at hand, with all that it may need."""

    job: Job
    memory: Memory
    encoder: Callable[[], Encoder]
    """Gives the encoder, which is loaded when it is needed first."""
    settings: Settings
    database: Database
    files: Files
    jobs: Jobs
    uploads: Uploads
    limits: Limits
    interrupted: Callable[[], bool]
    """Whether the process is to end."""
    counts: Counter[str] = field(default_factory=Counter[str])

    def check(self) -> None:
        """Raise Cancelled or Interrupted if the job is to end now."""
        if self.interrupted():
            raise Interrupted
        if self.jobs.is_cancelled(self.job):
            raise Cancelled

    def stops(self) -> bool:
        """Whether `check` would raise, asked some times a second."""
        try:
            self.check()
        except (Cancelled, Interrupted):
            return True
        return False

    def note(self, share: float) -> None:
        """Note how far it is."""
        self.jobs.note(self.job, counts=self.counts, share=share)


class _Kind(Protocol):
    def __call__(self, work: Work) -> None: ...


def do(work: Work) -> None:
    """Do a job. Raises Cancelled, Interrupted, and SpanMemError for what fails it."""
    KINDS[work.job.kind](work)
    work.note(1.0)


# -- indexing


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was read, and waits to be stored."""

    file: JobFile
    documents: tuple[Document, ...]
    notes: tuple[str, ...]


class _Share:
    """Of an index job the share that is done: of each file's bytes so much as is done with it."""

    def __init__(self, rows: Sequence[JobFile]) -> None:
        self._total = sum(row.bytes for row in rows) or 1
        self._done = sum(row.bytes for row in rows if row.state != "queued")
        self._held = 0

    def read(self, row: JobFile) -> None:
        """A file waits to be stored."""
        self._held += row.bytes

    def failed(self, row: JobFile) -> None:
        """Nothing more is done with a file."""
        self._done += row.bytes

    def of(self, stored: float = 0.0) -> float:
        """The share, where that much (0..1) of what waits is stored."""
        held = _READING + (1 - _READING) * stored
        return (self._done + self._held * held) / self._total

    def stored(self) -> float:
        """All that waited is stored. Returns the share."""
        self._done, self._held = self._done + self._held, 0
        return self.of()


def _index(work: Work) -> None:
    """Read each file, and store what it holds; what is wrong with one stops no other."""
    rows = work.jobs.files(work.job.id)
    share = _Share(rows)
    held: list[_Read] = []
    since = time.monotonic()
    for row in rows:
        if row.state != "queued":
            continue
        work.check()
        try:
            held.append(_read(work, row))
            share.read(row)
        except InputError as error:
            work.jobs.note_file(work.job, row.number, "failed", error=str(error))
            share.failed(row)
        except Stopped:
            work.check()
        size = sum(len(document.text) for read in held for document in read.documents)
        if size >= _CHARACTERS or time.monotonic() - since >= _SECONDS:
            _store(work, held, share)
            held, since = [], time.monotonic()
        work.note(share.of())
    _store(work, held, share)


def _read(work: Work, row: JobFile) -> _Read:
    """A file's documents with their ids. Raises InputError, and Stopped."""
    path = work.files.path(row.sha256)
    if not path.exists():
        raise InputError(f"{row.name}: it is not here any more; upload it again")
    if row.kind == "document":
        document = as_document(json.loads(path.read_bytes()), row.name)
        return _Read(row, (document,), ())
    columns = work.settings.index.text_column
    extracted = extract(path, row.name, limits=work.limits, text_columns=columns, stop=work.stops)
    documents = tuple(_placed(document, row) for document in extracted.documents)
    return _Read(row, documents, (*extracted.notices, *extracted.skipped))


def _placed(document: Document, row: JobFile) -> Document:
    """A document of a file under the file's id: `upload/a.csv:7`, or `upload/a.csv#own-id`."""
    if document.id.startswith(row.name):
        name = row.document + document.id[len(row.name) :]
    else:
        name = f"{row.document}#{document.id}"
    title = unmarked(document.title, row.name)
    return replace(document, id=name, origin=row.document, title=title)


def _store(work: Work, held: list[_Read], share: _Share) -> None:
    """Store what was read, let go what a file held before and does no more, and note both."""
    if not held:
        return

    before_this = work.counts["passages"]

    def step(progress: Progress) -> None:
        work.check()
        work.counts["passages"] = before_this + progress.passages
        work.note(share.of(progress.characters / max(1, progress.read)))

    documents = {d.id: d for read in held for d in read.documents}
    report = add(
        work.memory,
        documents.values(),
        encoder=work.encoder(),
        settings=work.settings.override({"index.batch": min(_BATCH, work.settings.index.batch)}),
        progress=step,
    )
    before = [
        name
        for read in held
        if read.file.kind == "file"
        for name in documents_of(work.memory, read.file.document)
    ]
    gone = [name for name in before if name not in documents]
    removed = work.memory.remove(gone) if gone else 0
    for what in ("added", "replaced", "unchanged"):
        work.counts[what] += getattr(report, what)
    work.counts["removed"] += removed
    originals = [r.file for r in held if r.file.kind == "file"]
    work.uploads.put(
        work.job.memory,
        [(f.document, f.name, f.sha256, f.bytes) for f in originals],
        work.job.key,
    )
    for read in held:
        work.jobs.note_file(
            work.job, read.file.number, "done", documents=len(read.documents), notes=read.notes
        )
    work.uploads.sweep(r.file.sha256 for r in held if r.file.kind == "document")
    work.note(share.stored())


# -- changing, removing, erasing


def _update(work: Work) -> None:
    """Give a document another title or other metadata; its text stays as it is."""
    name = work.job.arguments.get("document")
    if name is None:
        raise InputError("the document was erased meanwhile; there is nothing left to change")
    info = next(iter(work.memory.list_documents(prefix=name, limit=1)), None)
    if info is None or info.id != name:
        # Its name is not repeated: it may have been erased meanwhile, and what a job says is kept.
        raise InputError("the document is not here any more; GET …/documents lists those here")
    known = work.memory.known([name])[name]
    changes: Mapping[str, Any] = work.job.arguments["changes"]
    title = str(changes.get("title", info.title))
    metadata = dict(changes.get("metadata", info.metadata))
    if "url" in changes:
        metadata = {key: value for key, value in metadata.items() if key != "url"}
        if changes["url"] is not None:
            metadata["url"] = changes["url"]
    document = as_document(
        Document(
            id=name,
            text=work.memory.text(name) or "",
            title=title,
            source=known[1],
            origin=known[2],
            metadata=metadata,
        )
    )
    passages = tuple(replace(passage, title=title) for passage in work.memory.passages(name))
    from ...indexer.encoders.encoder import passage_text

    vectors = work.encoder().encode_passages([passage_text(passage) for passage in passages])
    work.memory.put([Entry(document=document, passages=passages, vectors=vectors)])
    work.memory.publish()
    work.counts["replaced"] += 1


def _remove(work: Work) -> None:
    """Take documents out of the search."""
    names = [str(name) for name in work.job.arguments.get("documents", ())]
    work.counts["removed"] += work.memory.remove(names)
    work.memory.publish()
    work.uploads.drop(work.job.memory, [name for name in names if not _has_rows(work, name)])


def _has_rows(work: Work, document: str) -> bool:
    """Whether the file of a document holds others that are still here."""
    original = work.uploads.of(work.job.memory, [document]).get(document)
    return original is not None and bool(documents_of(work.memory, original.document))


def _erase(work: Work) -> None:
    """Erase documents, or turns, from every file of the memory and of the service."""
    arguments = work.job.arguments
    named = [str(name) for name in arguments.get("documents", ())]
    documents = sorted(work.memory.known(named))  # of a second try some are gone
    scope, turn, before = (arguments.get(name) for name in ("scope", "turn", "before"))
    there, turns = {info.scope: info.turns for info in work.memory.scopes()}, 0
    if documents or scope is not None:
        removed, turns = _forget(
            work.memory, documents=documents, scope=scope, turn=turn, before=before
        )
        work.counts["removed"] += removed
    if gone := [name for name in named if name not in documents]:
        turns += _forget_gone(work.memory, gone)
    work.counts["turns"] += turns
    work.uploads.drop(work.job.memory, named, erase=True)
    left = {info.scope: info.turns for info in work.memory.scopes()}
    fewer = [name for name, count in there.items() if left.get(name, 0) < count]
    # What an earlier try has forgotten cannot be told any more: then all are looked at.
    scopes = fewer if work.job.tries <= 1 else None
    log = Log(work.database, work.settings.service)
    erasure.erase(
        work.database,
        work.job.memory,
        documents=named,
        scope=scope if turn is None and before is None else None,
        asked=log.lost(work.job.memory, work.memory, scopes),
        job=work.job.id,
    )


def _forget_gone(memory: Memory, documents: Sequence[str]) -> int:
    """Forget the turns that rest on documents that are here no more; returns how many.

    The memory's files are made anew: words of what was removed may still lie between others.
    """
    resting = [
        (info.scope, turn.id)
        for info in memory.scopes()
        for turn in _turns(memory, info.scope)
        if any(belongs(place.document, name) for place in turn.evidence for name in documents)
    ]
    forgotten = 0
    for scope, turn in resting:
        if any(other.id == turn for other in _turns(memory, scope)):  # it may have gone with one
            forgotten += _forget(memory, documents=(), scope=scope, turn=turn)[1]
    _compact(memory)
    return forgotten


def _turns(memory: Memory, scope: str) -> Iterator[Turn]:
    """All turns of a scope."""
    before = None
    while turns := memory.turns(scope, last=_PAGE, before=before):
        yield from turns
        before = turns[0].sequence


def _forget(memory: Memory, **request: Any) -> tuple[int, int]:
    """`Memory.forget`; where readers kept its log from being emptied, that is tried again."""
    try:
        return memory.forget(**request)
    except StorageError:
        _compact(memory)
        return len(request["documents"]), 0


def _compact(memory: Memory) -> None:
    """`Memory.compact`, tried again where readers keep its log from being emptied."""
    for attempt in range(_TRIES):
        try:
            memory.compact()
        except StorageError:
            if attempt == _TRIES - 1:
                raise
            time.sleep(0.2 * 2**attempt)
        else:
            return


KINDS: Mapping[str, _Kind] = MappingProxyType(
    {"index": _index, "update": _update, "remove": _remove, "erase": _erase}
)
"""Kind of a job -> what does it."""
