"""Publishing: indexes are built in a folder of their own, then put in place whole.

The new folder takes over, by hard links, the files that stay as they are, so that publishing costs
what is new.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ...core import files
from ...core.errors import StorageError
from ..database import unpack_all
from ..documents import DocumentRows
from .builder import SegmentSet, SegmentWriter
from .dense import Segment
from .index_types import IndexType, resolve
from .indexes import (
    CURRENT,
    FORMAT,
    LEXICAL,
    MANIFEST,
    VIEWS,
    FileFacts,
    Indexes,
    IndexLost,
    Manifest,
    load_indexes,
)
from .lexical import LexicalEntry, LexicalIndex

__all__ = ["index_in_memory", "publish_indexes"]

_BATCH = 2048
_LOCKS = (".tantivy-writer.lock", ".tantivy-meta.lock")


def publish_indexes(
    memory: Path, rows: DocumentRows, previous: Indexes | None, index_type: IndexType = "flat"
) -> Indexes:
    """Bring the indexes up to the rows' generation and let them count. Raises StorageError.

    Without `previous` ones all vectors go into an index of this type; what comes later is always
    flat, until the next time.
    """
    generation = rows.generation()
    if previous is not None and previous.generation == generation:
        return previous
    views = memory / VIEWS
    draft, target = views / f"g{generation}.new", views / f"g{generation}"
    with files.guarded("write the views in", views):
        for leftover in (draft, target):
            files.remove(leftover)
        draft.mkdir(parents=True)
        try:
            _build(draft, rows, previous, generation, index_type)
            draft.rename(target)
            files.sync(views)
            files.replace(views / CURRENT, target.name.encode())
        except (RuntimeError, ValueError) as error:  # what faiss and tantivy raise on a full disk
            raise StorageError(
                f"cannot write the views in {views}: {' '.join(str(error).split())}; the passages "
                "are stored, check free space and run it again"
            ) from error
        finally:
            files.remove(draft)
        published = _read_back(memory)
        for folder in views.glob("g*"):
            if folder != target:
                files.remove(folder)
    return published


def _read_back(memory: Path) -> Indexes:
    try:
        if (published := load_indexes(memory)) is None:
            raise IndexLost("they vanished")
    except IndexLost as lost:
        raise StorageError(
            f"cannot read the views in {memory / VIEWS} that were put in place: {lost}; the "
            "passages are stored, run it again"
        ) from lost
    return published


def index_in_memory(rows: DocumentRows, since: int) -> Indexes:
    """Indexes of the passages newer than the generation `since`, on no disk."""
    generation = rows.generation()
    lexical = LexicalIndex(None)
    segments: list[Segment] = []
    writer = SegmentWriter(rows.dim(), segments.append)
    _index_passages(rows, lexical, (), writer, since=since, until=generation)
    return Indexes(generation, tuple(segments), lexical)


def _build(
    draft: Path,
    rows: DocumentRows,
    previous: Indexes | None,
    generation: int,
    index_type: IndexType,
) -> None:
    """Fill the folder `draft`: what stays of the `previous` indexes, and what came since."""
    since = previous.generation if previous else -1
    segments = SegmentSet(draft, rows.removed())
    (draft / LEXICAL).mkdir()
    if previous and previous.folder and previous.manifest:
        for path in (previous.folder / LEXICAL).iterdir():
            if path.name not in _LOCKS:
                files.link(path, draft / LEXICAL / path.name)
        for name, segment in zip(previous.manifest["dense"], previous.segments, strict=True):
            segments.adopt(segment, previous.folder / name)
        writer = SegmentWriter(rows.dim(), segments.add)
    else:
        numbers = rows.numbers()
        writer = SegmentWriter(
            rows.dim(),
            segments.add,
            index_type=resolve(index_type, len(numbers)),
            numbers=numbers,
            stored_vectors=rows.vectors,
        )
    lexical = LexicalIndex(draft / LEXICAL)
    removed = rows.removed(since).tolist()
    _index_passages(rows, lexical, removed, writer, since=since, until=generation)
    listed = _sync_files(draft, previous)
    _seal(
        draft,
        Manifest(format=FORMAT, generation=generation, dense=segments.facts(), files=listed),
    )


def _sync_files(draft: Path, previous: Indexes | None) -> dict[str, FileFacts]:
    """Wait until all files are on the disk; what they are, those taken over by what is known."""
    known = previous.manifest["files"] if previous and previous.manifest else {}
    listed: dict[str, FileFacts] = {}
    for path in sorted(p for p in draft.rglob("*") if p.is_file() and p.name not in _LOCKS):
        name = path.relative_to(draft).as_posix()
        if previous and previous.folder and name in known:
            old = previous.folder / name
            if old.is_file() and path.samefile(old):
                listed[name] = known[name]
                continue
        listed[name] = FileFacts(size=path.stat().st_size, sha256=files.digest(path))
        files.sync(path)
    return listed


def _seal(draft: Path, manifest: Manifest) -> None:
    """Write the manifest, after all that it lists."""
    files.write(draft / MANIFEST, json.dumps(manifest, indent=1).encode())
    for folder in (draft / LEXICAL, draft):
        files.sync(folder)


def _index_passages(
    rows: DocumentRows,
    lexical: LexicalIndex,
    removed: Iterable[int],
    writer: SegmentWriter,
    *,
    since: int,
    until: int,
) -> None:
    """Add the passages after generation `since`, up to `until`, to both indexes, in batches."""
    dim = rows.dim()

    def entries() -> Iterator[list[LexicalEntry]]:
        for batch in rows.since(since, _BATCH, until=until):
            numbers = np.array([number for number, *_ in batch], np.int64)
            writer.add(numbers, unpack_all([vector for *_, vector in batch], dim))
            yield [LexicalEntry(number, title, text) for number, title, text, _ in batch]

    lexical.update(entries(), removed)
    writer.close()
