"""The two indexes of one generation of the rows, as they lie on the disk.

    views/CURRENT             name of the folder that counts
    views/g12/manifest.json   what it holds, with SHA-256, and the generation it reflects
    views/g12/dense-0.faiss   vectors; dense-0.npy beside it: their passages' numbers
    views/g12/lexical/        the Tantivy index

A folder is never changed once it counts; `publish` puts the next one in its place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from ...core import files
from .dense import Segment, SegmentFacts
from .lexical import LexicalIndex

__all__ = [
    "CURRENT",
    "FORMAT",
    "LEXICAL",
    "MANIFEST",
    "VIEWS",
    "FileFacts",
    "IndexLost",
    "Indexes",
    "Manifest",
    "altered_files",
    "load_indexes",
]

FORMAT = 3
"""Raised where files or the words in them change; older views are made anew from the rows."""
VIEWS, CURRENT, MANIFEST, LEXICAL = "views", "CURRENT", "manifest.json", "lexical"
"""Names in a memory's folder."""
_ATTEMPTS = 5
"""Folders that are tried while a writer puts newer ones in their place."""


class IndexLost(Exception):
    """The views cannot be used as they are; the message says why. They can be made anew."""


class FileFacts(TypedDict):
    """What a file was when it was published."""

    size: int
    sha256: str


class Manifest(TypedDict):
    """What a folder of views holds."""

    format: int
    generation: int
    dense: Mapping[str, SegmentFacts]
    """By the name of the index file, in their order."""
    files: Mapping[str, FileFacts]
    """By their path within the folder, the manifest itself not among them."""


@dataclass(frozen=True, slots=True)
class Indexes:
    """Dense and lexical index as of one generation of the rows."""

    generation: int
    segments: tuple[Segment, ...]
    lexical: LexicalIndex
    folder: Path | None = None
    """None: in memory only."""
    manifest: Manifest | None = None
    """None where there is no folder."""


def load_indexes(memory: Path) -> Indexes | None:
    """The indexes that count, None where none were ever published. Raises IndexLost.

    Sizes of files are compared, hashes are not: see `altered_files`.
    """
    current = memory / VIEWS / CURRENT
    if not current.is_file():
        if current.parent.is_dir() and any(current.parent.glob("g*")):
            raise IndexLost("no folder is named as the current one")
        return None
    return _load_current(current, attempts=_ATTEMPTS)


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
            lexical=LexicalIndex(folder / LEXICAL),
            folder=folder,
            manifest=manifest,
        )
    except (RuntimeError, ValueError, OSError, KeyError, TypeError) as error:
        raise IndexLost(" ".join(str(error).split())) from error


def _manifest(folder: Path) -> Manifest:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        if manifest["format"] != FORMAT:
            raise IndexLost(f"its format is {manifest['format']}, not {FORMAT}")
        if missing := {"files", "generation", "dense"} - manifest.keys():
            raise IndexLost(f"the manifest lacks {', '.join(sorted(missing))}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexLost(f"the manifest cannot be read ({error})") from error
    return cast("Manifest", manifest)


def altered_files(indexes: Indexes) -> list[str]:
    """Files whose bytes are not those that were published, a sentence each; none when all are."""
    if indexes.folder is None or indexes.manifest is None:
        return []
    return [
        f"view file {name} was altered"
        for name, facts in indexes.manifest["files"].items()
        if not (indexes.folder / name).is_file()
        or files.digest(indexes.folder / name) != facts["sha256"]
    ]
