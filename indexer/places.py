"""Where documents came from: paths compared, folders that moved, and what is gone from them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypeAlias

from ..core.records import Document, DocumentInfo

__all__ = ["Known", "Moves", "Places", "gone", "key_of", "place_of"]

Known: TypeAlias = tuple[str, str, str]
"""Digest, source and origin of a document, as a store knows them."""


def key_of(name: str) -> bytes:
    """An id as bytes; it may hold half a character."""
    return name.encode("utf-8", "surrogatepass")


def place_of(source: str, origin: str) -> str:
    """The whole path, with the number of the row: files of two folders may have one name."""
    if origin.endswith(source):
        return origin
    name, _, row = source.rpartition(":")
    return f"{origin}:{row}" if origin.endswith(name) else source


def _root_of(source: str, origin: str) -> str:
    """The folder that was indexed, by the path below it that ends the origin; "" for no file."""
    if not Path(origin).is_absolute():
        return ""
    for name in (source, source.rpartition(":")[0]):
        if name and origin.endswith(f"/{name}"):
            return origin[: -len(name) - 1] or "/"
    return ""


def _is_there(path: str) -> bool:
    """Whether something is at a path; what may not be looked at is there."""
    try:
        os.stat(path)  # noqa: PTH116  as it stands: a `..` behind a link means what it says
    except (FileNotFoundError, NotADirectoryError):
        return Path(os.path.normpath(path)).exists()
    except OSError:
        return True
    return True


class Places:
    """Files, folders and datasets, in whatever way their paths are written."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._real: Callable[[Path], Path] = lru_cache(4096)(Path.resolve)
        written = [Path(path) for path in paths]
        # As written, too: what lies behind a linked folder is below the folder that holds the link.
        self._paths = {p for path in written for p in (self._resolved(path), path)}

    def hold(self, origin: str) -> bool:
        """Whether this is one of the places, or below one."""
        written = Path(origin)
        path = self._resolved(written)
        return not self._paths.isdisjoint((path, *path.parents, written, *written.parents))

    def elsewhere(self, before: str, now: str) -> bool:
        """Whether a document's old file is still there, beside the new one, and is none of these.

        A file among these shows by itself whether it still holds the document.
        """
        old, new = Path(before), Path(now)
        if not old.is_absolute() or old == new or not old.exists() or self.hold(before):
            return False
        return not new.exists() or not old.samefile(new)

    def _resolved(self, path: Path) -> Path:
        """Without links and `..`; a file that is a link stays one, for it can go by itself."""
        if not path.is_absolute():  # a dataset
            return path
        if os.path.isdir(path):  # noqa: PTH112  what may not be looked at is no error
            return self._real(path)
        return self._real(path.parent) / path.name


class Moves:
    """Documents of this run that had come from a folder where they are no more.

    They tell where the folder lies now, if they are many enough: see `gone`.
    """

    def __init__(self) -> None:
        self._to: dict[str, Counter[str]] = {}
        self._unchanged: Counter[str] = Counter()
        self._there: Callable[[str], bool] = lru_cache(4096)(_is_there)

    def __bool__(self) -> bool:
        return bool(self._to)

    def note(self, source: str, origin: str, document: Document, *, unchanged: bool) -> None:
        """Take note of a document that was stored from `origin` and is read elsewhere now.

        Only an unchanged one is a sign of a move: another folder may have a file of that name.
        """
        old, new = _root_of(source, origin), _root_of(document.source, document.origin)
        if old and new and old != new and not self._there(origin):
            self._to.setdefault(old, Counter())[new] += 1
            self._unchanged[old] += unchanged

    def number(self, root: str) -> int:
        """How many documents have left this folder for another."""
        return sum(self._to.get(root, Counter[str]()).values())

    def unchanged(self, root: str) -> int:
        """How many of these have the same text there."""
        return self._unchanged[root]

    def target(self, root: str) -> str | None:
        """The folder that most of them are in now; None where none was seen."""
        moved = self._to.get(root)
        return max(moved, key=lambda new: moved[new]) if moved else None

    def there(self, path: str) -> bool:
        """Whether something is at a path."""
        return self._there(path)


@dataclass(frozen=True, slots=True)
class _Left:
    """A document that was not read, from a folder that has moved."""

    id: str
    source: str
    moved_to: str
    """Where its file would be now,"""
    root: str
    """and the folder that was indexed."""


@dataclass(frozen=True, slots=True)
class _Lost:
    """What `gone` found."""

    ids: tuple[str, ...]
    """Of the documents to be pruned."""
    moved: tuple[_Left, ...]
    """Of these those whose folder has moved."""
    notices: tuple[str, ...]
    """What cannot be pruned, for nobody knows whether it is gone or only away."""


class _Seen(Protocol):
    """What is known of the documents of this run."""

    def holds(self, name: str) -> bool: ...
    def holds_digest(self, digest: str) -> bool: ...


def gone(
    documents: Callable[[], Iterator[DocumentInfo]],
    seen: _Seen,
    read: Places,
    unread: Places,
    moves: Moves,
) -> _Lost:
    """The documents that came from the places read, and do so no more; so of places that moved.

    A folder has moved if at least half of its documents turned up unchanged elsewhere in this run,
    and their files are gone: what else came from it, and whose file is gone, went with it.
    Of a folder that is gone of which less is seen nothing is known, since a drive may not be
    mounted today: it is told.
    """
    elsewhere: Counter[str] = Counter()
    again: Counter[str] = Counter()
    away: dict[str, bool] = {}
    for document in documents():
        root = _root_of(document.source, document.origin)
        if not root or seen.holds(document.id) or read.hold(document.origin):
            continue
        away[root] = away.get(root, False) or not moves.there(root)
        if away[root] or moves.number(root):
            elsewhere[root] += 1
            again[root] += seen.holds_digest(document.digest)
    moved = {
        root
        for root, left in elsewhere.items()
        if 2 * (moves.unchanged(root) + again[root]) >= left + moves.number(root)
    }
    ids: list[str] = []
    left: list[_Left] = []
    for document in documents():
        if seen.holds(document.id) or unread.hold(document.origin):
            continue
        root = _root_of(document.source, document.origin)
        if read.hold(document.origin):
            ids.append(document.id)
        elif root in moved and not moves.there(document.origin):
            target = moves.target(root)
            if target is not None:
                now = target.rstrip("/") + document.origin[len(root.rstrip("/")) :]
                if unread.hold(now):
                    continue
                left.append(_Left(document.id, document.source, now, target))
            ids.append(document.id)
    told = sorted(root for root in elsewhere if away[root] and root not in moved)
    return _Lost(tuple(ids), tuple(left), tuple(_away(root, elsewhere[root]) for root in told))


def _away(root: str, number: int) -> str:
    documents = "1 document" if number == 1 else f"{number:,} documents"
    return (
        f"{documents} came from {root}, which is not there now, and are kept; index the folder "
        "where it lies now with --prune, or forget them with `spanmem memory forget`"
    )
