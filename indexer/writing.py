"""Documents on their way into the store: cut, encoded and stored, each batch in one transaction."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeAlias

from ..core.records import Document, Entry, Passage, Vectors
from ..memory.protocol import PassageStore
from .encoders.encoder import Encoder, EncoderAhead, checked_vectors, passage_text
from .passages import Splitter
from .places import Known, Moves

__all__ = ["BatchWriter", "Progress"]

_PUBLISH_EVERY = 20_000
"""Passages from one publication of the store's indexes to the next."""
_Encoded: TypeAlias = Callable[[], Vectors]
"""Waits for the vectors of a batch."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    documents: int
    """Done so far, unchanged ones included."""
    passages: int
    """Encoded and stored so far."""
    behind: int = 0
    """Further documents that have been read, and whose turn is still to come."""
    characters: int = 0
    """Of texts, encoded and stored so far, or unchanged; also of a document not whole yet."""
    read: int = 0
    """Characters of the texts that have been read."""
    share: float | None = None
    """Of the corpus that is done, 0..1; None where its size is not known."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Documents that are being encoded."""

    documents: Sequence[tuple[Document, tuple[Passage, ...]]]
    until: int
    """Documents of the run that are done with this batch."""
    vectors: _Encoded


class BatchWriter:
    """Documents on their way into the store, as passages with their vectors.

    They are stored in the order in which they come, also where several batches are encoded at once.
    """

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
        self._under_way: deque[_Batch] = deque()
        self._waiting = self._unpublished = 0
        self._documents = self._done = self._passages = self._behind = 0
        self._characters = self._read = 0
        self._told: Progress | None = None
        self.added = self.replaced = self.unchanged = 0

    def take(self, group: Sequence[tuple[Document, Known | None]], moves: Moves) -> None:
        """Store those of a group that are new or changed, when a batch is full.

        Of the others it is noted where they lie now: that is what is shown, and pruned by.
        """
        moved: list[Document] = []
        for document, known in group:
            if known is None:
                continue
            digest, source, origin = known
            if (source, origin) != (document.source, document.origin):
                same = digest == document.digest
                moves.note(source, origin, document, unchanged=same)
                if same:
                    moved.append(document)
        if moved:
            self._store.touch(*moved)
        self._behind = len(group)
        self._read += sum(len(document.text) for document, _ in group)
        for document, known in group:
            if known is None:
                self.added += 1
                self._add(document)
            elif known[0] != document.digest:
                self.replaced += 1
                self._add(document)
            else:
                self.unchanged += 1
                self._characters += len(document.text)
            self._documents += 1
            self._behind -= 1
            if self._waiting >= self._batch:
                self._send()

    def flush(self) -> None:
        """Encode and store all that waits."""
        self._send()
        self._store_all_but(0)
        self._done = self._documents
        self._report(0)

    def _add(self, document: Document) -> None:
        passages = self._splitter.split(document)
        first = tuple(islice(passages, self._batch + 1))
        if len(first) > self._batch:
            self._add_long(document, chain(first, passages))
        else:
            self._pending.append((document, first))
            self._waiting += len(first)

    def _send(self) -> None:
        """Let what waits be encoded, and store what has been."""
        if self._pending:
            passages = [passage for _, passages in self._pending for passage in passages]
            batch = _Batch(self._pending, self._documents, self._encoded(passages))
            self._under_way.append(batch)
            self._pending, self._waiting = [], 0
        self._store_all_but(self._ahead)

    def _store_all_but(self, count: int) -> None:
        """Store the oldest of what is being encoded, each batch in one transaction."""
        while len(self._under_way) > count:
            batch = self._under_way.popleft()
            vectors = batch.vectors()
            entries: list[Entry] = []
            start = 0
            for document, passages in batch.documents:
                end = start + len(passages)
                part = vectors[start:end]
                entries.append(Entry(document=document, passages=passages, vectors=part))
                start = end
            self._store.put(entries)
            self._done = batch.until
            self._characters += sum(len(document.text) for document, _ in batch.documents)
            self._report(start)
            self._publish()

    def _add_long(self, document: Document, passages: Iterator[Passage]) -> None:
        """A document of more than one batch: piece by piece, seen when it is whole."""
        self._store_all_but(0)
        pieces = iter(lambda: list(islice(passages, self._batch)), [])
        before = self._characters
        with self._store.stage(document) as stage:
            for piece, vectors in self._in_order(pieces):
                stage.add(piece, vectors)
                self._characters = before + piece[-1].end
                self._report(len(piece))
        self._characters = before + len(document.text)
        self._publish()

    def _in_order(
        self, pieces: Iterable[Sequence[Passage]]
    ) -> Iterator[tuple[Sequence[Passage], Vectors]]:
        """Each with its vectors, while the next ones are being encoded."""
        under_way: deque[tuple[Sequence[Passage], _Encoded]] = deque()
        for piece in pieces:
            under_way.append((piece, self._encoded(piece)))
            while len(under_way) > self._ahead:
                first, vectors = under_way.popleft()
                yield first, vectors()
        for rest, vectors in under_way:
            yield rest, vectors()

    @property
    def _ahead(self) -> int:
        return self._encoder.ahead if isinstance(self._encoder, EncoderAhead) else 0

    def _encoded(self, passages: Sequence[Passage]) -> _Encoded:
        """Begin with them."""
        texts = [passage_text(passage) for passage in passages]
        if isinstance(self._encoder, EncoderAhead):
            vectors = self._encoder.begin(texts)
        else:
            vectors = lambda: self._encoder.encode_passages(texts)  # noqa: E731
        return lambda: checked_vectors(self._encoder, vectors(), len(texts))

    def _publish(self) -> None:
        if self._unpublished >= _PUBLISH_EVERY:
            self._store.publish()
            self._unpublished = 0

    def _report(self, passages: int) -> None:
        self._passages += passages
        self._unpublished += passages
        behind = self._behind + self._documents - self._done
        now = Progress(self._done, self._passages, behind, self._characters, self._read)
        if self._progress is not None and now != self._told:
            self._progress(now)
            self._told = now
