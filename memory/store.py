"""Memory: the one door to documents, passages and turns."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, get_args

import numpy as np
from numpy.typing import NDArray

from ..core import arguments as kinds
from ..core import files
from ..core.encoder_names import same_space
from ..core.errors import OTHER_PROMPTS, EncoderMismatch, InputError, MemoryDamaged, MemoryNotFound
from ..core.forks import on_fork, undivided
from ..core.records import (
    Document,
    DocumentInfo,
    Entry,
    Hit,
    Passage,
    Prompts,
    ScopeInfo,
    Turn,
    TurnHit,
    TurnKind,
    encodable,
)
from ..core.times import moment
from .catalog import CatalogOfRows
from .database import FILE, Database
from .documents import DocumentRows, Stage
from .filters import Where, condition, uncompared
from .fusion import Fusion, Mode
from .lock import HOLDER, LOCK, WriterLock
from .maintenance import forget as upkeep
from .maintenance import verify as health
from .maintenance.recover import ASIDE, DRAFT, Recovered, prospects, recover
from .search import search_indexes
from .turn_vectors import TurnVectors
from .turns import TurnRows
from .views.current import CurrentIndexes
from .views.index_types import INDEX_TYPES, IndexType

__all__ = ["Memory", "Stage"]

_PROMPTS = kinds.instance(Prompts, wanted="Prompts")
_TURN = kinds.instance(Turn, wanted="a Turn")
_OWN = {FILE, f"{FILE}-wal", f"{FILE}-shm", f"{FILE}-journal", LOCK, HOLDER, "views", ASIDE, DRAFT}


class Memory(CatalogOfRows):
    """A folder of passages and turns. Safe to use from several threads.

    One process at a time may change passages; any number may search and remember turns meanwhile.
    What a call has stored when it returns survives a crash of the process and of the machine. A
    forked child may go on searching and remembering, with connections of its own.
    """

    def __init__(self, path: Path, database: Database, lock: WriterLock | None) -> None:
        self.path, self._database, self._writer = path, database, lock
        self._process = os.getpid()
        self._rows, self._turns = DocumentRows(database), TurnRows(database)
        self.encoder, self.dim = database.meta("encoder"), self._rows.dim()
        self.prompts = database.prompts()
        self._vectors = TurnVectors(database, self.dim)
        self._renew_lock()
        on_fork(self, Memory._renew_lock)
        self._closed = False
        self._indexes = CurrentIndexes(path, self._rows)

    def _renew_lock(self) -> None:
        self._guard = threading.RLock()

    # -- opening and closing

    @classmethod
    @kinds.takes(path=kinds.path, encoder=kinds.text, dim=kinds.count(1), prompts=_PROMPTS)
    @files.refusals()
    def create(
        cls,
        path: str | Path,
        *,
        encoder: str,
        dim: int,
        prompts: Prompts = Prompts(),  # noqa: B008  frozen
    ) -> Memory:
        """A new memory at `path`, or the one there, open for writing.

        `encoder` names what the vectors come from, `dim` is their length, and `prompts` say what
        it puts before each text. Raises EncoderMismatch where the memory has others, InputError
        where other files are in the way, MemoryLocked, StorageError, and what `open` raises.
        """
        folder = files.absolute(path)
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder} is a file; a memory is a folder, name another place")
        if folder.is_dir() and (
            foreign := sorted(p.name for p in folder.iterdir() if p.name not in _OWN)
        ):
            raise InputError(f"{folder} holds other files, such as {foreign[0]}; name a new folder")
        with files.guarded("make", folder):
            folder.mkdir(parents=True, exist_ok=True)
        lock = WriterLock(folder)
        try:
            if _blank(folder):
                database = Database.create(folder, encoder=encoder, dim=dim, prompts=prompts)
                return cls(folder, database, lock)
            memory = cls._opened(folder, lock)
        except BaseException:
            lock.release()
            raise
        same = same_space(memory.encoder, encoder)
        if not same or (memory.dim, memory.prompts) != (dim, prompts):
            memory.close()
            raise EncoderMismatch(
                folder,
                found=memory.prompts.beside(memory.encoder),
                wanted=prompts.beside(encoder),
                way_out=OTHER_PROMPTS if same else "",
            )
        return memory

    @classmethod
    @kinds.takes(path=kinds.path, write=kinds.flag)
    @files.refusals()
    def open(cls, path: str | Path, *, write: bool = False) -> Memory:
        """The memory at `path`; with `write` its passages can be changed.

        One of an older format is migrated, where the folder can be written. Raises MemoryNotFound,
        MemoryLocked, MemoryDamaged, FormatTooNew or StorageError.
        """
        folder = files.absolute(path)
        if not folder.is_dir():
            why = "it is a file" if folder.exists() else "there is no such folder"
            if folder.is_symlink() and not folder.exists():
                why = "it is a link that leads nowhere"
            raise MemoryNotFound(folder, why)
        if _blank(folder):
            raise MemoryNotFound(folder, "the folder holds none")
        lock = WriterLock(folder) if write else None
        try:
            return cls._opened(folder, lock)
        except BaseException:
            if lock is not None:
                lock.release()
            raise

    @classmethod
    def _opened(cls, folder: Path, lock: WriterLock | None) -> Memory:
        try:
            database = Database.open(folder)
            try:
                if lock is not None:
                    DocumentRows(database).drop_staged()
                return cls(folder, database, lock)
            except BaseException:
                database.close()
                raise
        except MemoryDamaged as error:
            raise MemoryDamaged(folder, error.what, way_out=prospects(folder)) from error

    @classmethod
    @kinds.takes(path=kinds.path, encoder=kinds.optional(kinds.text))
    @files.refusals()
    def recover(cls, path: str | Path, *, encoder: str | None = None) -> Recovered:
        """Put a sound memory in the place of a damaged one: see `memory.maintenance.recover`.

        Raises MemoryNotFound, MemoryLocked, and what `recover.recover` raises.
        """
        folder = files.absolute(path)
        if not (folder / FILE).exists():
            raise MemoryNotFound(folder, "there is none to recover")
        lock = WriterLock(folder)
        try:
            report = recover(folder, encoder=encoder)
        finally:
            lock.release()
        cls.open(folder, write=True).close()  # makes the views
        return report

    def __reduce__(self) -> NoReturn:
        raise InputError(
            f"the memory at {self.path} is open in this process and cannot be copied or sent to "
            "another; send its path, and open it there"
        )

    def __enter__(self) -> Memory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @files.refusals()
    def close(self) -> None:
        """Publish what is new, if open for writing, and let go of everything."""
        with self._guard:
            if self._closed:
                return
            try:
                if self._may_write():
                    self.publish()
            finally:
                self._closed = True
                self._indexes.close()
                self._database.close()
                if self._writer is not None:
                    self._writer.release()

    # -- what it is

    @property
    def generation(self) -> int:
        """Rises with every change of passages."""
        return self._rows.generation()

    @property
    def notices(self) -> tuple[str, ...]:
        """What was mended since opening, such as a view made anew, what cannot be read here, and
        how `forget` took a time where the clock had been set back."""
        return (*self._database.notices, *self._indexes.notices, *self._turns.notices)

    def counts(self) -> tuple[int, int]:
        """Documents and passages."""
        return self._rows.counts()

    @files.refusals()
    def stats(self) -> dict[str, Any]:
        """Sizes and versions, ready for JSON."""
        return {
            "path": str(self.path),
            **health.sizes(self.path, self._rows, self._turns),
            "encoder": self.encoder,
            "prompts": asdict(self.prompts),
            "dim": self.dim,
            "generation": self.generation,
            "index": health.index(self._rows, self._indexes.published),
            "notices": list(self.notices),
        }

    @files.refusals()
    def verify(self) -> list[str]:
        """Contradictions in the rows, and between the rows and the views; empty when sound."""
        with self._guard:
            self._indexes.reload()  # a writer may have put newer ones in place
            return health.problems(self._database, self._rows, self._indexes.published)

    # -- documents

    @kinds.takes(ids=kinds.texts)
    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """Digests of the documents that are here, by id."""
        return self._rows.digests(ids)

    @kinds.takes(ids=kinds.texts)
    def known(self, ids: Sequence[str]) -> dict[str, tuple[str, str, str]]:
        """Digest, source and origin of the documents that are here, by id."""
        return self._rows.known(ids)

    def documents(self) -> Iterator[DocumentInfo]:
        """All documents, in the order they were stored."""
        return self._rows.documents()

    @kinds.takes(document=kinds.optional(kinds.string))
    def passages(self, document: str | None = None) -> Iterator[Passage]:
        """The passages of one document, or of all."""
        return self._rows.passages(document)

    @kinds.takes(key=kinds.string)
    def passage(self, key: str) -> Passage | None:
        """The passage with this key, None where there is none (any more)."""
        return self._rows.passage(encodable(key))

    @kinds.takes(entries=kinds.instances(Entry, "a list of entries"))
    def put(self, entries: Sequence[Entry]) -> None:
        """Store documents, all or none, in place of those of the same id.

        Raises ValueError for vectors of a wrong shape.
        """
        self._must_write()
        for entry in entries:
            shape = (len(entry.passages), self.dim)
            if entry.vectors.shape != shape:
                raise ValueError(f"vectors must have shape {shape}, not {entry.vectors.shape}")
        self._rows.put(entries)

    @kinds.takes(document=kinds.instance(Document, wanted="a Document"))
    def stage(self, document: Document) -> Stage:
        """Store a document piece by piece; it is seen, whole, when the `with` block ends well."""
        self._must_write()
        return Stage(self._rows, document, self.dim)

    @kinds.takes(documents=kinds.instances(Document, "documents"))
    def touch(self, *documents: Document) -> None:
        """Note where unchanged documents were read now."""
        self._must_write()
        self._rows.touch(documents)

    @kinds.takes(ids=kinds.texts)
    def remove(self, ids: Iterable[str]) -> int:
        """Remove documents with their passages; returns how many there were."""
        self._must_write()
        return self._rows.remove(list(ids))

    @files.refusals()
    def publish(self) -> None:
        """Bring both views up to date on disk. Raises StorageError; the rows are safe already."""
        self._must_write()
        self._indexes.publish()

    @files.refusals()
    def compact(self, kind: IndexType | None = None) -> None:
        """Make the views anew without what was removed, and give unused space back.

        `kind` says which vector index is made, now and from now on: see `views.index_types`.
        Searches go on meanwhile. Raises InputError for an unknown kind, StorageError where other
        processes keep the memory open.
        """
        self._must_write()
        if kind is not None and kind not in INDEX_TYPES:
            raise InputError(f"{kind!r} is no kind of index; known are {', '.join(INDEX_TYPES)}")
        upkeep.compact(self._database, self._rows, self._indexes, kind)

    @kinds.takes(
        documents=kinds.texts,
        scope=kinds.optional(kinds.text),
        turn=kinds.optional(kinds.string),
        before=kinds.optional(kinds.time),
    )
    @files.refusals()
    def forget(
        self,
        *,
        documents: Sequence[str] = (),
        scope: str | None = None,
        turn: str | None = None,
        before: str | None = None,
    ) -> tuple[int, int]:
        """Erase from every file of the memory; returns how many documents and turns there were.

        Of a `scope` all turns go, or the one with the id `turn`, or those told `before` an ISO
        8601 time in UTC: by their order, where the clock was set back (`memory.turn_times`). With a
        document go the turns, of all scopes, that rest on it, and with any turn those that hold
        words of it (see `maintenance.derived_turns`): they count, too. Raises InputError where
        nothing is named, a document is unknown or `before` is no time, MemoryDamaged where a turn
        cannot be read, and StorageError where other processes keep the memory open: it is forgotten
        then, but its bytes may remain until `compact`.
        """
        self._must_write()
        request = upkeep.Request(tuple(documents), scope, turn, before)
        return upkeep.forget(self._database, self._rows, self._turns, self._indexes, request)

    def _may_write(self) -> bool:
        """Whether passages can be changed. A forked child does not hold its parent's lock."""
        return self._writer is not None and self._process == os.getpid()

    def _must_write(self) -> None:
        if self._writer is None:
            raise InputError(f"{self.path} is open for reading only; open it with write=True")
        if not self._may_write():
            raise InputError(
                f"{self.path} was opened for writing by process {self._process}, of which this one "
                "is a fork; open it again"
            )

    # -- searching

    @kinds.takes(
        text=kinds.string,
        vector=kinds.optional(kinds.unit_vector),
        k=kinds.count(0),
        mode=kinds.choice("hybrid", "dense", "lexical"),
        where=kinds.optional(kinds.conditions),
        fusion=kinds.instance(Fusion, wanted="a Fusion"),
    )
    @files.refusals()
    def search(
        self,
        text: str,
        vector: NDArray[np.float32] | None,
        *,
        k: int,
        mode: Mode = "hybrid",
        where: Where | None = None,
        fusion: Fusion = Fusion(),  # noqa: B008  frozen
    ) -> list[Hit]:
        """The `k` passages that suit best, best first; fewer where fewer are allowed.

        `vector` is the unit vector of `text`, shape (dim,). Without it only words are compared, and
        passages that share none with `text` are not found; so it is with `mode` "lexical".
        `where` bounds the documents by metadata: see `memory.filters`. Raises InputError for a
        condition that makes no sense.
        """
        if vector is not None:
            self._must_fit(vector)
        bound = condition(where)
        allowed = None if bound is None else self._rows.allowed(bound)
        if allowed is not None and not allowed.size:
            return []
        with undivided():
            return search_indexes(
                self._rows,
                self._indexes.snapshot(publish=self._may_write()),
                text,
                vector,
                k=k,
                mode=mode,
                allowed=allowed,
                fusion=fusion,
            )

    def uncompared(self, where: Where | None) -> tuple[str, ...]:
        """A notice for each bound of dates in a filter that some documents cannot be placed by.

        Raises InputError for a condition that makes no sense.
        """
        counts = [(key, bound, self._rows.number_of(c)) for key, bound, c in uncompared(where)]
        return tuple(
            f"{n:,} {'document was' if n == 1 else 'documents were'} left out, whose {key!r} is no "
            f"date that can be compared with {bound}; write it as 2024-05-03"
            for key, bound, n in counts
            if n
        )

    # -- turns

    @kinds.takes(turn=_TURN, vector=kinds.unit_vector, keep=kinds.optional(kinds.count(0)))
    def add_turn(self, turn: Turn, vector: NDArray[np.float32], *, keep: int | None = None) -> None:
        """Remember a turn, found again by its question's unit vector, shape (dim,).

        With `keep` the scope's answers beyond that many are forgotten, those first that were given
        last longest ago, and so are its turns that hold no knowledge of their own; corrections,
        what they took the place of, and imported turns stay. Raises ValueError for a vector of a
        wrong shape, and InputError for an id that another turn has.
        """
        self._must_fit(vector)
        self._turns.add(turn, vector, keep=keep)

    @kinds.takes(old_id=kinds.string, new=_TURN, vector=kinds.unit_vector)
    def supersede(self, old_id: str, new: Turn, vector: NDArray[np.float32]) -> None:
        """Let `new` take the place of a turn of the same scope.

        Raises InputError if it cannot, and ValueError for a vector of a wrong shape.
        """
        self._must_fit(vector)
        if not self._turns.supersede(old_id, new, vector):
            raise InputError(f"no live turn {old_id} in scope {new.scope!r} to supersede")

    @kinds.takes(new=_TURN, vector=kinds.unit_vector, answered=kinds.optional(_TURN))
    def correct(
        self, new: Turn, vector: NDArray[np.float32], *, answered: Turn | None = None
    ) -> Turn:
        """Let `new` take the place of what answers its question now; returns it as it is stored.

        In one step, whoever corrects at the same time: of the scope's live turns that were looked
        up by the same words, in any case, the one is superseded that would answer. Where there is
        none, `answered` is stored first, if it is given, and superseded; otherwise `new` stands
        alone. Raises ValueError for a vector of a wrong shape, InputError for an id that is taken
        and for an `answered` of another scope.
        """
        self._must_fit(vector)
        return self._turns.correct(new, vector, answered)

    @kinds.takes(correction_id=kinds.string, withdrawal=_TURN)
    def withdraw(self, correction_id: str, withdrawal: Turn) -> Turn:
        """Take a correction or confirmation back; returns `withdrawal`, of that kind, as stored.

        It is superseded by the withdrawal, and what it had taken the place of counts again, in one
        step. Raises InputError where the scope has no such turn, or where it was superseded.
        """
        return self._turns.withdraw(correction_id, withdrawal)

    @kinds.takes(scope=kinds.text, turn_id=kinds.string)
    def turn(self, scope: str, turn_id: str) -> Turn | None:
        """A turn of the scope by its id, None where there is none (any more)."""
        return self._turns.by_id(scope, turn_id)

    @kinds.takes(
        scope=kinds.text,
        last=kinds.optional(kinds.count(0)),
        as_of=kinds.optional(kinds.instant),
        before=kinds.optional(kinds.count(0)),
        kind=kinds.optional(kinds.choice(*get_args(TurnKind))),
    )
    def turns(
        self,
        scope: str,
        *,
        last: int | None = None,
        as_of: str | None = None,
        before: int | None = None,
        kind: TurnKind | None = None,
    ) -> list[Turn]:
        """The scope's turns, oldest first; `as_of`, an ISO 8601 time in UTC, as known then.

        Oldest is what was stored first, whatever the clock said, and known at a time is all up to
        the last turn that is dated so or earlier (`memory.turn_times`). Of those with a sequence
        number below `before` and of that `kind`, None: of all, the `last` so many. Raises
        InputError for what is no time.
        """
        return self._turns.of(scope, last=last, as_of=as_of, before=before, kind=kind)

    @kinds.takes(
        prefix=kinds.text,
        after=kinds.optional(kinds.text),
        limit=kinds.optional(kinds.count(0)),
    )
    def scopes(
        self, *, prefix: str = "", after: str | None = None, limit: int | None = None
    ) -> list[ScopeInfo]:
        """The scopes that have turns and begin with `prefix`, by name in the order of code points.

        At most `limit` of those whose name comes behind `after`; None: from the first, and all.
        """
        return self._turns.listed(prefix, after, limit)

    @kinds.takes(
        scope=kinds.text,
        vector=kinds.unit_vector,
        k=kinds.count(0),
        as_of=kinds.optional(kinds.instant),
    )
    def search_turns(
        self, scope: str, vector: NDArray[np.float32], *, k: int, as_of: str | None = None
    ) -> list[TurnHit]:
        """The scope's `k` live turns that can answer whose questions are most alike, best first.

        `vector` is a question's unit vector, shape (dim,). Of equal likeness corrections come
        first, and new before old. With `as_of`, an ISO 8601 time in UTC, those that were live
        then, as they were known. Raises InputError for what is no time, ValueError for a vector of
        a wrong shape.
        """
        self._must_fit(vector)
        then = None if as_of is None else moment(as_of)
        best = self._vectors.search(scope, vector, k, then=then)
        turns = self._turns.by_sequence(scope, [sequence for sequence, _ in best], then=then)
        return [
            TurnHit(turn=turns[sequence], similarity=cosine)
            for sequence, cosine in best
            if sequence in turns  # it may have been forgotten by now
        ]

    def _must_fit(self, vector: NDArray[np.float32]) -> None:
        if vector.shape != (self.dim,):
            raise ValueError(f"vectors must have shape {(self.dim,)}, not {vector.shape}")


def _blank(folder: Path) -> bool:
    """Whether no memory was ever completed here."""
    return not (folder / FILE).exists() or Database.blank(folder)
