"""The two views on disk: made in a folder of their own, then put in place whole.

    views/CURRENT             name of the folder that counts
    views/g12/manifest.json   what it holds, with SHA-256, and the generation it reflects
    views/g12/dense-0.faiss   vectors; dense-0.npy beside it: their passages' numbers
    views/g12/lexical/        the Tantivy index

A folder is never changed once it counts. A new one takes over, by hard links, the files that stay
as they are, so that publishing costs what is new.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...core import files
from ...core.errors import StorageError
from ..database import unpack_all
from ..documents import DocumentRows, Numbers
from .builder import SegmentSet, SegmentWriter
from .dense import Segment
from .index_types import IndexType, resolve
from .lexical import Lexical

FORMAT = 2
_CHUNK = 2048
_LOCKS = (".tantivy-writer.lock", ".tantivy-meta.lock")


class IndexLost(Exception):
    """The views cannot be used as they are; the message says why. They can be made anew."""


@dataclass(frozen=True, slots=True)
class Indexes:
    """Both views as of one generation of the rows."""

    generation: int
    segments: tuple[Segment, ...]
    lexical: Lexical
    folder: Path | None = None
    """None: in memory only."""
    manifest: dict[str, Any] = field(default_factory=dict[str, Any])


def load(memory: Path) -> Indexes | None:
    """The views that count, None where none were ever published. Raises IndexLost.

    Sizes are compared, hashes are not: see `check`.
    """
    current = memory / "views" / "CURRENT"
    if not current.is_file():
        if current.parent.is_dir() and any(current.parent.glob("g*")):
            raise IndexLost("no folder is named as the current one")
        return None
    return _load_current(current, attempts=5)


def _load_current(current: Path, *, attempts: int) -> Indexes:
    name = current.read_text(encoding="utf-8").strip()
    try:
        return _load(current.parent / name)
    except IndexLost:
        # A writer may have put a newer folder in place while this one was being read.
        if attempts == 1 or current.read_text(encoding="utf-8").strip() == name:
            raise
    return _load_current(current, attempts=attempts - 1)


def _load(folder: Path) -> Indexes:
    manifest = _manifest(folder)
    for name, facts in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise IndexLost(f"{name} is missing")
        if path.stat().st_size != facts["size"]:
            raise IndexLost(f"{name} has {path.stat().st_size} bytes instead of {facts['size']}")
    try:
        dense = manifest["dense"]
        return Indexes(
            generation=int(manifest["generation"]),
            segments=tuple(Segment.read(folder / name, dense[name]) for name in dense),
            lexical=Lexical(folder / "lexical"),
            folder=folder,
            manifest=manifest,
        )
    except (RuntimeError, ValueError, OSError, KeyError, TypeError) as error:
        raise IndexLost(" ".join(str(error).split())) from error


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        if manifest["format"] != FORMAT:
            raise IndexLost(f"its format is {manifest['format']}, not {FORMAT}")
        if missing := {"files", "generation", "dense"} - manifest.keys():
            raise IndexLost(f"the manifest lacks {', '.join(sorted(missing))}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexLost(f"the manifest cannot be read ({error})") from error
    return manifest


def check(views: Indexes) -> list[str]:
    """Files whose bytes are not those that were published; empty when all are."""
    if views.folder is None:
        return []
    found: list[str] = []
    for name, facts in views.manifest["files"].items():
        path = views.folder / name
        if not path.is_file() or files.digest(path) != facts["sha256"]:
            found.append(f"view file {name} was altered")
    return found


def publish(
    memory: Path, rows: DocumentRows, before: Indexes | None, kind: IndexType = "flat"
) -> Indexes:
    """Bring the views up to the rows' generation and let them count. Raises StorageError.

    Without views `before` them all vectors go into an index of this kind; what came later is
    always flat, until the next time.
    """
    generation = rows.generation()
    if before is not None and before.generation == generation:
        return before
    root = memory / "views"
    draft, target = root / f"g{generation}.new", root / f"g{generation}"
    with files.guarded("write the views in", root):
        for leftover in (draft, target):
            files.remove(leftover)
        draft.mkdir(parents=True)
        try:
            _make(draft, rows, before, generation, kind)
            draft.rename(target)
            files.sync(root)
            files.replace(root / "CURRENT", target.name.encode())
        except (RuntimeError, ValueError) as error:  # what faiss and tantivy raise on a full disk
            raise StorageError(
                f"cannot write the views in {root}: {' '.join(str(error).split())}; the passages "
                "are stored, check free space and run it again"
            ) from error
        finally:
            files.remove(draft)
        made = load(memory)
        for old in root.glob("g*"):
            if old != target:
                files.remove(old)
    if made is None:
        raise StorageError(f"the views in {root} vanished while they were put in place")
    return made


def in_memory(rows: DocumentRows, since: int) -> Indexes:
    """Indexes of the passages newer than generation `since`, on no disk."""
    generation = rows.generation()
    lexical = Lexical(None)
    segments: list[Segment] = []
    intake = SegmentWriter(rows.dim(), segments.append)
    _take_in(rows, (since, generation), lexical, (), intake)
    return Indexes(generation, tuple(segments), lexical)


def _make(
    draft: Path, rows: DocumentRows, before: Indexes | None, generation: int, kind: IndexType
) -> None:
    since = before.generation if before else -1
    shelf = SegmentSet(draft, rows.removed())
    (draft / "lexical").mkdir()
    if before and before.folder:
        for path in (before.folder / "lexical").iterdir():
            if path.name not in _LOCKS:
                files.link(path, draft / "lexical" / path.name)
        for name, segment in zip(before.manifest["dense"], before.segments, strict=True):
            shelf.take_over(segment, before.folder / name)
        intake = SegmentWriter(rows.dim(), shelf.put)
    else:
        numbers = rows.numbers()
        made = resolve(kind, len(numbers))
        intake = SegmentWriter(
            rows.dim(), shelf.put, kind=made, numbers=numbers, truth=rows.vectors
        )
    lexical = Lexical(draft / "lexical")
    _take_in(rows, (since, generation), lexical, rows.removed(since), intake)
    manifest = {"format": FORMAT, "generation": generation, "dense": shelf.facts()}
    _seal(draft, manifest, before)


def _seal(draft: Path, manifest: dict[str, Any], before: Indexes | None) -> None:
    """Wait until all files are on the disk, and write the manifest, with their hashes, last."""
    known = before.manifest["files"] if before else {}
    listed: dict[str, Any] = {}
    for path in sorted(p for p in draft.rglob("*") if p.is_file() and p.name not in _LOCKS):
        name, size = path.relative_to(draft).as_posix(), path.stat().st_size
        old = before.folder / name if before and before.folder and name in known else None
        if old is not None and old.is_file() and path.samefile(old):
            listed[name] = known[name]
            continue
        listed[name] = {"size": size, "sha256": files.digest(path)}
        files.sync(path)
    table = {**manifest, "files": listed}
    files.write(draft / "manifest.json", json.dumps(table, indent=1).encode())
    for folder in (draft / "lexical", draft):
        files.sync(folder)


def _take_in(
    rows: DocumentRows,
    span: tuple[int, int],
    lexical: Lexical,
    removed: Sequence[int] | Numbers,
    intake: SegmentWriter,
) -> None:
    """Feed the passages after one generation and up to another to both views, in pieces."""
    dim = rows.dim()

    def texts() -> Iterator[list[tuple[int, str, str]]]:
        for chunk in rows.since(span[0], _CHUNK, until=span[1]):
            numbers = np.array([n for n, *_ in chunk], np.int64)
            intake.add(numbers, unpack_all([v for *_, v in chunk], dim))
            yield [(n, title, text) for n, title, text, _ in chunk]

    lexical.change(texts(), removed)
    intake.close()
