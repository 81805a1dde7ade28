"""What a memory shows now: its published views, and in our own memory what they lack."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..documents import DocumentRows, Numbers
from . import publish as publishing
from .index_types import IndexType

__all__ = ["CurrentIndexes", "SearchSnapshot"]

_NONE: Numbers = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class SearchSnapshot:
    """What one search looks at."""

    views: tuple[publishing.Indexes, ...]
    """Together they show every passage there is."""
    removed: Numbers
    """Passages that no view may show."""
    late: Numbers
    """Those among them that the lexical views still hold."""


class CurrentIndexes:
    """The views of a memory, kept up with its rows. Safe to use from several threads."""

    def __init__(self, path: Path, rows: DocumentRows) -> None:
        self._path, self._rows = path, rows
        self._guard = threading.RLock()
        self._publishing = threading.RLock()
        self.notices: list[str] = []
        """What was mended, such as a view that had to be made anew."""
        self.published: publishing.Indexes | None = None
        self._seen = -1
        self._scene = SearchSnapshot((), _NONE, _NONE)
        self.reload()

    def reload(self) -> None:
        """Start over from what is on the disk; what cannot be used there counts as absent."""
        with self._guard:
            try:
                found = publishing.load(self._path)
            except publishing.IndexLost as lost:
                found = None
                self.notices.append(f"the views are made anew from the rows: {lost}")
            if found is not None and found.generation > self._rows.generation():
                found = None
                self.notices.append("the views are made anew: they are newer than the rows")
            self._show(found)
            waiting = self._rows.waiting(self._seen)
            if found is not None and waiting:
                self.notices.append(f"the views lacked {waiting} passages and caught up")

    def publish(self, *, afresh: IndexType | None = None) -> None:
        """Bring the views up to date on disk; `afresh` takes nothing over from the old ones.

        Meanwhile other threads go on searching what there was, and what came since.
        """
        with self._publishing:
            before = None if afresh else self.published
            made = publishing.publish(self._path, self._rows, before, afresh or "flat")
            with self._guard:
                self._show(made)

    def now(self, *, write: bool) -> SearchSnapshot:
        """What to search; who may `write` publishes what is new, others keep it to themselves."""
        if self._rows.generation() == self._seen:
            return self._scene
        if write and self._publishing.acquire(blocking=False):
            try:
                self.publish()
            finally:
                self._publishing.release()
            return self._scene
        with self._guard:
            if (generation := self._rows.generation()) != self._seen:
                self._catch_up(generation)
            return self._scene

    def _show(self, published: publishing.Indexes | None) -> None:
        views = (published,) if published else ()
        self._compose(published, views, published.generation if published else -1)

    def _catch_up(self, generation: int) -> None:
        """Follow a writer: its published views if they are newer, the rest in our own memory."""
        try:
            newer = publishing.load(self._path)
        except publishing.IndexLost:
            newer = None
        published, views, seen = self.published, self._scene.views, self._seen
        before = published.generation if published else -1
        if newer is not None and before < newer.generation <= generation:
            published, views, seen = newer, (newer,), newer.generation
        if seen < generation:
            more = publishing.in_memory(self._rows, seen)
            views, seen = (*views, more), more.generation
        self._compose(published, views, seen)

    def _compose(
        self, published: publishing.Indexes | None, views: tuple[publishing.Indexes, ...], seen: int
    ) -> None:
        shown = published.generation if published else -1
        self._scene = SearchSnapshot(views, self._rows.removed(), self._rows.removed(shown))
        # Last: who finds this generation seen takes the scene without asking again.
        self.published, self._seen = published, seen
