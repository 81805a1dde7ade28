"""A memory in PostgreSQL: the door to its documents, passages and turns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ....core import arguments as kinds
from ....core.encoder_names import same_space
from ....core.errors import OTHER_PROMPTS, EncoderMismatch, InputError, MemoryNotFound
from ....core.records import (
    Document,
    DocumentInfo,
    Entry,
    Hit,
    Passage,
    Prompts,
)
from ...address import Address
from ...filters import Where
from ...fusion import Fusion, Mode
from ...maintenance.forget import Request
from . import schema, upkeep, vector_index
from .catalog import ServerCatalog
from .connections import Connections
from .contents import ServerContents
from .conversations import ServerConversations
from .passages import PassageRows
from .search import search
from .staging import ServerStage
from .turns import TurnRows
from .values import must_fit

__all__ = ["ServerMemory"]

_PROMPTS = kinds.instance(Prompts, wanted="Prompts")


class ServerMemory(ServerCatalog, ServerConversations):
    """A memory of passages and turns in a schema of a PostgreSQL database.

    Safe to use from several threads, from any number of processes that read and write, and in
    forked children. What a call has stored when it returns survives a crash of the process and of
    the server. Of several hosts writers and turns use the primary, and searches any.
    """

    def __init__(self, connections: Connections, known: dict[str, str]) -> None:
        """Made by `open` and `create`."""
        self._db = connections
        schema.must_suit(known, self.path)
        self.encoder, self.dim = known["encoder"], schema.number_of(known, "dim")
        self.prompts = _prompts(known, self.path)
        self._rows = PassageRows(connections, self.dim)
        self._turns = TurnRows(connections, self.dim)
        self._notices: list[str] = []

    # -- opening and closing

    @classmethod
    @kinds.takes(address=kinds.string, encoder=kinds.text, dim=kinds.count(1), prompts=_PROMPTS)
    def create(
        cls,
        address: str,
        *,
        encoder: str,
        dim: int,
        prompts: Prompts = Prompts(),  # noqa: B008  frozen
    ) -> ServerMemory:
        """A new memory at `address`, or the one there.

        Raises EncoderMismatch where the memory has another encoder or prompts, InputError where
        other tables are in the way or the server lacks what is needed, and what `open` raises.
        """
        connections = Connections(Address.parsed(address), balanced=False)
        try:
            known = schema.create(connections, encoder=encoder, dim=dim, prompts=prompts)
            schema.must_suit(known, connections.address.shown)
            schema.migrate(connections, known)
            memory = cls(connections, known)
            memory._must_match(encoder, dim, prompts)
        except BaseException:
            connections.close()
            raise
        return memory

    @classmethod
    @kinds.takes(address=kinds.string, write=kinds.flag)
    def open(cls, address: str, *, write: bool = False) -> ServerMemory:
        """The memory at `address`; an older one is brought up to date.

        Passages can be changed in any case. With `write` all is read at the primary: a replica may
        be behind, and what is decided by it would be wrong.

        Raises MemoryNotFound, FormatTooNew, InputError for an address that leads nowhere, and
        StorageError for a server that does not answer.
        """
        connections = Connections(Address.parsed(address), balanced=not write)
        try:
            known = schema.facts(connections)
            schema.must_suit(known, connections.address.shown)
            schema.migrate(connections, known)
            return cls(connections, known)
        except BaseException:
            connections.close()
            raise

    def _must_match(self, encoder: str, dim: int, prompts: Prompts) -> None:
        same = same_space(self.encoder, encoder)
        if not same or (self.dim, self.prompts) != (dim, prompts):
            raise EncoderMismatch(
                self.path,
                found=self.prompts.beside(self.encoder),
                wanted=prompts.beside(encoder),
                way_out=OTHER_PROMPTS if same else "",
            )

    def __reduce__(self) -> NoReturn:
        raise InputError(
            f"the memory at {self.path} is open in this process and cannot be copied or sent to "
            "another; send its address, and open it there"
        )

    def __enter__(self) -> ServerMemory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the server; harmless when done already."""
        self._db.close()

    def drop(self) -> None:
        """Take the memory away with all that it holds. There is no way back."""
        (own,) = self._db.one("SELECT quote_ident(%s)", (self._db.address.name,))
        self._db.outside([f"DROP SCHEMA IF EXISTS {own} CASCADE"])

    # -- what it is

    @property
    def path(self) -> str:
        """Its address, without a password."""
        return self._db.address.shown

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know of what was done, such as what `forget` could not erase."""
        return tuple(dict.fromkeys((*self._turns.notices, *self._notices)))

    def counts(self) -> tuple[int, int]:
        """Documents and passages."""
        return self._rows.counts()

    def stats(self) -> dict[str, Any]:
        """Sizes and versions, ready for JSON."""
        return {
            "path": self.path,
            **upkeep.stats(self._db, self._rows, self._turns),
            "encoder": self.encoder,
            "prompts": asdict(self.prompts),
            "dim": self.dim,
            "notices": list(self.notices),
        }

    @property
    def contents(self) -> ServerContents:
        """What is stored, for copying."""
        return ServerContents(self._db, self._turns, self.dim)

    def verify(self) -> list[str]:
        """Contradictions in the rows; empty when sound. Indexes are part of each transaction."""
        return upkeep.problems(self._db, self._rows, self._turns)

    # -- documents

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
        return self._rows.passage(key)

    @kinds.takes(entries=kinds.instances(Entry, "a list of entries"))
    def put(self, entries: Sequence[Entry]) -> None:
        """Store documents, all or none, in place of those of the same id.

        Raises ValueError for vectors of a wrong shape.
        """
        for entry in entries:
            must_fit(entry.vectors, (len(entry.passages), self.dim))
        if entries:
            self._rows.put(entries)

    @kinds.takes(document=kinds.instance(Document, wanted="a Document"))
    def stage(self, document: Document) -> ServerStage:
        """Store a document piece by piece; it is seen, whole, when the `with` block ends well."""
        return ServerStage(self._db, document, self.dim)

    @kinds.takes(documents=kinds.instances(Document, "documents"))
    def touch(self, *documents: Document) -> None:
        """Note where unchanged documents were read now."""
        self._rows.touch(documents)

    @kinds.takes(ids=kinds.texts)
    def remove(self, ids: Iterable[str]) -> int:
        """Remove documents with their passages; returns how many there were."""
        return self._rows.remove(ids)

    def publish(self) -> None:
        """Make what was stored quicker to search; the indexes have it already."""
        upkeep.publish(self._db)

    def compact(self, kind: str | None = None) -> None:
        """Make the vector index anew, measure it, and give unused space back.

        `kind` says which is made, now and from now on: see `vector_index`. Searches go on
        meanwhile. Raises InputError for an unknown kind.
        """
        if kind is not None and kind not in vector_index.KINDS:
            raise InputError(
                f"{kind!r} is no kind of index on a server; known are "
                f"{', '.join(vector_index.KINDS)}"
            )
        if kind is not None:
            sql = "UPDATE facts SET value = %s WHERE name = 'wanted'"
            self._db.changed(lambda cursor, _again: cursor.execute(sql, (kind,)))
        upkeep.compact(self._db)
        vector_index.build(self._db, self.dim)

    @kinds.takes(
        documents=kinds.texts,
        scope=kinds.optional(kinds.text),
        turn=kinds.optional(kinds.string),
        before=kinds.optional(kinds.time),
    )
    def forget(
        self,
        *,
        documents: Sequence[str] = (),
        scope: str | None = None,
        turn: str | None = None,
        before: str | None = None,
    ) -> tuple[int, int]:
        """Erase for good; returns how many documents and turns there were.

        Their tables are written anew, during which searches wait, and the server begins a new log:
        what it could not do, `notices` tells. Backups, archives of the log, and replicas until they
        have followed, are the owner's. Raises InputError where nothing is named, a document is
        unknown or `before` is no time, and StorageError where other transactions hold on to what
        was there: it is forgotten then, but its bytes remain.
        """
        request = Request(tuple(documents), scope, turn, before)
        counts, notices = upkeep.forget(self._db, self._rows, self._turns, request)
        self._notices += notices
        return counts

    # -- searching

    @kinds.takes(
        text=kinds.string,
        vector=kinds.optional(kinds.unit_vector),
        k=kinds.count(0),
        mode=kinds.choice("hybrid", "dense", "lexical"),
        where=kinds.optional(kinds.conditions),
        fusion=kinds.instance(Fusion, wanted="a Fusion"),
    )
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
            must_fit(vector, (self.dim,))
        return search(
            self._db, self._rows, text, vector, k=k, mode=mode, where=where, fusion=fusion
        )

    def uncompared(self, where: Where | None) -> tuple[str, ...]:
        """A notice for each bound of dates in a filter that some documents cannot be placed by.

        Raises InputError for a condition that makes no sense.
        """
        return tuple(
            f"{n:,} {'document was' if n == 1 else 'documents were'} left out, whose {key!r} is no "
            f"date that can be compared with {bound}; write it as 2024-05-03"
            for n, key, bound in self._rows.uncompared(where)
            if n
        )


def _prompts(known: dict[str, str], shown: str) -> Prompts:
    try:
        return Prompts(**json.loads(known["prompts"]))
    except (KeyError, ValueError, TypeError) as error:
        raise MemoryNotFound(shown, "what it says of its encoder cannot be read") from error
