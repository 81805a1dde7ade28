"""What any store promises: passages that can be searched, and turns that are remembered.

`QA`, indexing, the commands and the benchmark use nothing of a store beyond these protocols;
`memory.contract` holds the tests that each implementation must pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

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
    Vectors,
)
from .filters import Where
from .fusion import Fusion, Mode

__all__ = [
    "Catalog",
    "Conversations",
    "DateNotices",
    "DocumentStage",
    "PassageStore",
    "Store",
    "TurnStore",
]


class DocumentStage(Protocol):
    """A document that is stored piece by piece, and seen only when it is whole."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Store more of the document. Raises ValueError for vectors of a wrong shape."""
        ...


class PassageStore(Protocol):
    """Documents and their passages, searched by vectors and by words."""

    @property
    def path(self) -> Path | str:
        """Where it is, for messages; absolute, if it is a folder."""
        ...

    @property
    def encoder(self) -> str:
        """Name of the encoder that its vectors come from."""
        ...

    @property
    def prompts(self) -> Prompts:
        """What that encoder put before each text."""
        ...

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        ...

    def counts(self) -> tuple[int, int]:
        """Documents and passages."""
        ...

    def known(self, ids: Sequence[str]) -> Mapping[str, tuple[str, str, str]]:
        """Digest, source and origin of the documents that are here, by id."""
        ...

    def documents(self) -> Iterator[DocumentInfo]:
        """All documents, in the order they were stored."""
        ...

    def passages(self, document: str | None = None) -> Iterator[Passage]:
        """The passages of one document, or of all, in the order of their text."""
        ...

    def passage(self, key: str) -> Passage | None:
        """The passage with this key, None where there is none (any more)."""
        ...

    def put(self, entries: Sequence[Entry]) -> None:
        """Store documents, all or none, in place of those of the same id.

        Raises ValueError for vectors of a wrong shape.
        """
        ...

    def stage(self, document: Document) -> DocumentStage:
        """Store a document piece by piece; it is seen, whole, when the `with` block ends well."""
        ...

    def touch(self, *documents: Document) -> None:
        """Note where unchanged documents were read now."""
        ...

    def remove(self, ids: Iterable[str]) -> int:
        """Remove documents with their passages; returns how many there were."""
        ...

    def publish(self) -> None:
        """Make what was stored quick to search. It is safe, and found, before that."""
        ...

    def search(
        self,
        text: str,
        vector: NDArray[np.float32] | None,
        *,
        k: int,
        mode: Mode = "hybrid",
        where: Where | None = None,
        fusion: Fusion = Fusion(),  # noqa: B008  frozen
    ) -> Sequence[Hit]:
        """The `k` passages that suit best, best first; fewer where fewer are allowed.

        `vector` is the unit vector of `text`, shape (dim,). Without it only words are compared, and
        passages that share none with `text` are not found; so it is with `mode` "lexical".
        `where` bounds the documents by metadata: see `memory.filters`. Raises InputError for a
        condition that makes no sense.
        """
        ...

    def close(self) -> None:
        """Let go of everything; harmless when closed already."""
        ...


@runtime_checkable
class DateNotices(Protocol):
    """A store of passages that can tell which documents a filter's dates cannot place."""

    def uncompared(self, where: Where | None) -> tuple[str, ...]:
        """A notice for each bound of dates that some documents cannot be compared with."""
        ...


@runtime_checkable
class Conversations(Protocol):
    """A store of turns that lists its scopes page by page: a service needs one."""

    def scopes(
        self, *, prefix: str = "", after: str | None = None, limit: int | None = None
    ) -> Sequence[ScopeInfo]:
        """The scopes that have turns and begin with `prefix`, by name in the order of code points.

        At most `limit` of those whose name comes behind `after`; None: from the first, and all.
        """
        ...


@runtime_checkable
class Catalog(Protocol):
    """A store that lists its documents page by page, and gives their texts: a service needs one."""

    def list_documents(
        self,
        *,
        after: str | None = None,
        limit: int = 50,
        prefix: str = "",
        text: str = "",
        where: Where | None = None,
    ) -> Sequence[DocumentInfo]:
        """Documents in the order of their ids, by code points: at most `limit` behind id `after`.

        `prefix` is how their ids begin, `text` holds words, each of which stands in the id or the
        title, in any case, and `where` bounds them by metadata. A page stays right whatever is
        stored or removed meanwhile. Raises InputError for a condition that makes no sense.
        """
        ...

    def count_documents(
        self, *, prefix: str = "", text: str = "", where: Where | None = None
    ) -> int:
        """How many documents `list_documents` has of these. Raises InputError as it does."""
        ...

    def document(self, key: str) -> DocumentInfo | None:
        """The document of this key (`DocumentInfo.key`), None where there is none (any more)."""
        ...

    def text(self, document: str) -> str | None:
        """A document's text, exact at every character but space; None where there is no such id.

        See `memory.catalog.joined_text`.
        """
        ...


class TurnStore(Protocol):
    """Past question-answer turns. No call sees the turns of a scope it does not name."""

    def add_turn(self, turn: Turn, vector: NDArray[np.float32], *, keep: int | None = None) -> None:
        """Remember a turn, found again by its question's unit vector, shape (dim,).

        With `keep` the scope's answers beyond that many are forgotten, those first that were given
        last longest ago, and so are its turns that hold no knowledge of their own; corrections,
        what they took the place of, and imported turns stay. Raises ValueError for a vector of a
        wrong shape, and InputError for an id that another turn has.
        """
        ...

    def supersede(self, old_id: str, new: Turn, vector: NDArray[np.float32]) -> None:
        """Let `new` take the place of a turn of the same scope.

        Raises InputError if it cannot, and ValueError for a vector of a wrong shape.
        """
        ...

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
        ...

    def withdraw(self, correction_id: str, withdrawal: Turn) -> Turn:
        """Take a correction or confirmation back; returns `withdrawal`, of that kind, as stored.

        It is superseded by the withdrawal, and what it had taken the place of counts again, in one
        step. Raises InputError where the scope has no such turn, or where it was superseded.
        """
        ...

    def turn(self, scope: str, turn_id: str) -> Turn | None:
        """A turn of the scope by its id, None where there is none (any more)."""
        ...

    def turns(
        self,
        scope: str,
        *,
        last: int | None = None,
        as_of: str | None = None,
        before: int | None = None,
        kind: TurnKind | None = None,
    ) -> Sequence[Turn]:
        """The scope's turns, oldest first; `as_of`, an ISO 8601 time in UTC, as known then.

        Oldest is what was stored first, whatever the clock said. Of those with a sequence number
        below `before` and of that `kind`, None: of all, the `last` so many. Raises InputError for
        what is no time.
        """
        ...

    def search_turns(
        self, scope: str, vector: NDArray[np.float32], *, k: int, as_of: str | None = None
    ) -> Sequence[TurnHit]:
        """The scope's `k` live turns that can answer whose questions are most alike, best first.

        Of equal likeness corrections come first, and new before old. With `as_of`, an ISO 8601
        time in UTC, those that were live then, as they were known. Raises InputError for what is
        no time, ValueError for a vector of a wrong shape.
        """
        ...

    def forget(
        self,
        *,
        documents: Sequence[str] = (),
        scope: str | None = None,
        turn: str | None = None,
        before: str | None = None,
    ) -> tuple[int, int]:
        """Erase for good; returns how many documents and turns there were.

        Of a `scope` all turns go, or the one with the id `turn`, or those created `before` an ISO
        8601 time in UTC. With a document go the turns, of all scopes, that rest on it, and with any
        turn those that hold words of it. Raises InputError where nothing is named, a document is
        unknown or `before` is no time.
        """
        ...


class Store(PassageStore, TurnStore, Protocol):
    """Both in one, as `QA` takes them."""
