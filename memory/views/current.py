"""What a memory shows now: its published indexes, and in our own memory what they lack."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...core.forks import on_fork, undivided
from ..documents import DocumentRows, Numbers
from .index_types import IndexType
from .indexes import Indexes, IndexLost, load_indexes
from .publish import index_in_memory, publish_indexes

__all__ = ["CurrentIndexes", "SearchSnapshot"]

_NONE: Numbers = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class SearchSnapshot:
    """What one search looks at."""

    indexes: tuple[Indexes, ...]
    """Together they hold every passage there is."""
    removed: Numbers
    """Passages that no index may show; ascending."""
    removed_since: Numbers
    """Those among them that were removed since publishing: lexical indexes still hold them."""


class CurrentIndexes:
    """The indexes of a memory, kept up with its rows. Safe to use from several threads."""

    def __init__(self, path: Path, rows: DocumentRows) -> None:
        """Of the memory in the folder `path`; loads what is published there."""
        self._path, self._rows = path, rows
        self._renew_locks()
        on_fork(self, CurrentIndexes._renew_locks)
        self.notices: list[str] = []
        """What was mended, such as a view that had to be made anew."""
        self.published: Indexes | None = None
        self._generation = -1
        self._snapshot = SearchSnapshot((), _NONE, _NONE)
        self.reload()

    def _renew_locks(self) -> None:
        self._guard, self._publishing = threading.RLock(), threading.RLock()

    def reload(self) -> None:
        """Start over from what is on the disk; what cannot be used there counts as absent."""
        with self._guard:
            try:
                published = load_indexes(self._path)
            except IndexLost as lost:
                published = None
                self.notices.append(f"the views are made anew from the rows: {lost}")
            if published is not None and published.generation > self._rows.generation():
                published = None
                self.notices.append("the views are made anew: they are newer than the rows")
            self._show(published)
            waiting = self._rows.waiting(self._generation)
            if published is not None and waiting:
                self.notices.append(f"the views lacked {waiting} passages and caught up")

    def close(self) -> None:
        """Let go of the files, which a search that goes on holds until it is done."""
        with self._guard:
            self.published, self._generation = None, -1
            self._snapshot = SearchSnapshot((), _NONE, _NONE)

    def publish(self, *, afresh: IndexType | None = None) -> None:
        """Bring the indexes up to date on disk; `afresh`, of that type, takes nothing over.

        Meanwhile other threads go on searching what there was, and what came since. Raises
        StorageError.
        """
        with self._publishing, undivided():
            previous = None if afresh else self.published
            published = publish_indexes(self._path, self._rows, previous, afresh or "flat")
            with self._guard:
                self._show(published)

    def snapshot(self, *, publish: bool) -> SearchSnapshot:
        """What to search now; without `publish` what is new is indexed in our own memory only.

        Nor does a thread publish while another one does: it would wait for it. Raises StorageError.
        """
        if self._rows.generation() == self._generation:
            return self._snapshot
        if publish and self._publishing.acquire(blocking=False):
            try:
                self.publish()
            finally:
                self._publishing.release()
            return self._snapshot
        with self._guard:
            if (generation := self._rows.generation()) != self._generation:
                self._catch_up(generation)
            return self._snapshot

    def _show(self, published: Indexes | None) -> None:
        indexes = (published,) if published else ()
        self._compose(published, indexes, published.generation if published else -1)

    def _catch_up(self, generation: int) -> None:
        """Follow a writer: its published indexes if they are newer, the rest in our own memory."""
        try:
            newer = load_indexes(self._path)
        except IndexLost:
            newer = None
        published, indexes, reached = self.published, self._snapshot.indexes, self._generation
        before = published.generation if published else -1
        if newer is not None and before < newer.generation <= generation:
            published, indexes, reached = newer, (newer,), newer.generation
        if reached < generation:
            rest = index_in_memory(self._rows, reached)
            indexes, reached = (*indexes, rest), rest.generation
        self._compose(published, indexes, reached)

    def _compose(
        self, published: Indexes | None, indexes: tuple[Indexes, ...], generation: int
    ) -> None:
        on_disk = published.generation if published else -1
        self._snapshot = SearchSnapshot(indexes, self._rows.removed(), self._rows.removed(on_disk))
        # Last: who finds this generation reached takes the snapshot without asking again.
        self.published, self._generation = published, generation
