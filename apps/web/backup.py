"""A copy of a service, taken while it serves, and a service made from a copy.

    OUT/manifest.json            what the copy holds: path, size and SHA-256 of each file
    OUT/service.sqlite           keys, jobs, originals, the audit log
    OUT/memories/NAME.memory/    the rows of each memory; views are made anew when it is opened
    OUT/files/ab/abcdef…         originals by their hash

Databases are copied by SQLite's online backup, each as it stood at one moment after the call began:
all that had been acknowledged before is in it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core import files
from ...core.databases import copy_database
from ...core.errors import InputError
from ...core.times import now
from ...memory.database import FILE as ROWS
from ...memory.store import Memory
from ...pipeline.settings import Settings
from .database import FILE
from .memories import SUFFIX, Memories

__all__ = ["Report", "back_up", "restore"]

_MANIFEST = "manifest.json"
_FORMAT = 1
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Report:
    """What a copy holds."""

    path: Path
    memories: tuple[str, ...]
    files: int
    """Files, originals included."""
    bytes: int
    notices: tuple[str, ...] = ()
    """What is not in it."""

    def to_json(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "path": str(self.path),
            "memories": list(self.memories),
            "files": self.files,
            "bytes": self.bytes,
            "notices": list(self.notices),
        }


def back_up(data: Path, settings: Settings, out: Path) -> Report:
    """Copy the service of the folder `data` to `out`, whole or not at all.

    An earlier copy there is replaced once the new one is whole and was verified; originals that it
    has are not copied again. Raises InputError where `data` holds no service, or other files are in
    the way, StorageError, and MemoryDamaged for a memory that is not sound.
    """
    _must_hold_service(data)
    out = files.absolute(out)
    _must_be_free(out)
    draft, old = _beside(out, ".new"), _beside(out, ".old")
    if old.exists() and not out.exists():
        old.rename(out)  # an earlier run ended between its last two steps
    files.remove(draft)
    with files.guarded("write", draft):
        draft.mkdir(mode=0o700, parents=True)
        # The service first: all that it refers to is there, and is copied after it.
        _copy_database(data / FILE, draft / FILE)
        _copy_originals(draft / FILE, data, draft, out)
        names, notices = _copy_memories(data, settings, draft)
        held = _seal(draft)
        if out.exists():
            files.remove(old)
            out.rename(old)
        draft.rename(out)
        files.sync(out.parent)
        files.remove(old)
    size = sum(int(entry["bytes"]) for entry in held.values())
    return Report(out, names, len(held), size, notices)


def restore(copy: Path, data: Path) -> Report:
    """Make the service that a copy holds in the folder `data`, which must be new or empty.

    Each file is compared with the manifest first. Raises InputError for what is no copy, or is not
    as it was made, and where `data` holds something; and StorageError.
    """
    copy, data = files.absolute(copy), files.absolute(data)
    held = _manifest(copy)
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise InputError(f"{data} holds something already; name a new folder, or move it away")
    _must_be_whole(copy, held)
    draft = _beside(data, ".new")
    files.remove(draft)
    with files.guarded("write", draft):
        draft.mkdir(mode=0o700, parents=True)
        for name in held:
            _place(copy / name, draft / name)
        for folder in ("memories", "files"):
            (draft / folder).mkdir(mode=0o700, exist_ok=True)
        if data.exists():
            data.rmdir()
        draft.rename(data)
        files.sync(data.parent)
    size = sum(int(entry["bytes"]) for entry in held.values())
    names = sorted({Path(name).parts[1].removesuffix(SUFFIX) for name in held if _in_memory(name)})
    return Report(data, tuple(names), len(held), size)


# -- their parts


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _in_memory(name: str) -> bool:
    return name.startswith("memories/")


def _must_hold_service(data: Path) -> None:
    if not (data / FILE).exists():
        raise InputError(f"{data} holds no service; name its folder with --data")


def _must_be_free(out: Path) -> None:
    if not out.exists():
        return
    names = {path.name for path in out.iterdir()} if out.is_dir() else set[str]()
    if not out.is_dir() or (names and _MANIFEST not in names):
        raise InputError(f"{out} is no earlier copy; name a new folder")


def _copy_database(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy_database(source, target)
    _must_be_undamaged(source, target)
    target.chmod(0o600)
    files.sync(target)


def _must_be_undamaged(source: Path, copy: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as connection:
            told = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    except sqlite3.Error as error:
        told = [str(error)]
    if told != ["ok"]:
        raise InputError(f"{source} is damaged: {told[0]}; mend it first")


def _copy_originals(service: Path, data: Path, draft: Path, earlier: Path) -> None:
    """The files that the copied service refers to; those of the earlier copy as further links."""
    with closing(sqlite3.connect(service)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        hashes = {
            sha256
            for table in ("uploads", "job_files")
            if table in tables
            for (sha256,) in connection.execute(f"SELECT sha256 FROM {table}")
        }
    for sha256 in sorted(hashes):
        name = Path("files", sha256[:2], sha256)
        if (data / name).exists():  # those of jobs that have ended are gone, and so are erased ones
            source = earlier / name if (earlier / name).exists() else data / name
            _place(source, draft / name, link=source.is_relative_to(earlier))


def _place(source: Path, target: Path, *, link: bool = False) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if link:
        files.link(source, target)
        return
    with source.open("rb") as old, target.open("xb") as new:
        while block := old.read(1 << 20):
            new.write(block)
    target.chmod(0o600)
    files.sync(target)


def _copy_memories(
    data: Path, settings: Settings, draft: Path
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rows of each memory, opened once and verified; names, and what cannot be copied."""
    memories = Memories(data / "memories", settings)
    copied: list[str] = []
    notices: list[str] = []
    for name in memories.names():
        place = memories.place(name)
        if _URL.match(place):
            notices.append(f"{name} is on a server and not in this copy; back it up there")
            continue
        folder = draft / "memories" / f"{name}{SUFFIX}"
        _copy_database(Path(place) / ROWS, folder / ROWS)
        _must_be_sound(folder)
        copied.append(name)
    return tuple(copied), tuple(notices)


def _must_be_sound(folder: Path) -> None:
    """Raise InputError where a copied memory contradicts itself; leaves nothing but its rows."""
    with Memory.open(folder) as memory:
        faults = memory.verify()
    for path in folder.iterdir():
        if path.name != ROWS:
            files.remove(path)
    if faults:
        raise InputError(
            f"memory {folder.name.removesuffix(SUFFIX)!r} is not sound: {faults[0]}; run `spanmem "
            "memory verify` on it"
        )


def _seal(draft: Path) -> dict[str, Any]:
    """Write the manifest, last; returns what it lists."""
    held = {
        path.relative_to(draft).as_posix(): {
            "sha256": files.digest(path),
            "bytes": path.stat().st_size,
        }
        for path in _paths(draft)
    }
    table = {"format": _FORMAT, "made": now(), "files": held}
    files.save(draft / _MANIFEST, json.dumps(table, indent=1))
    return held


def _paths(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _manifest(copy: Path) -> dict[str, Any]:
    """The files that a copy holds. Raises InputError."""
    try:
        table = json.loads((copy / _MANIFEST).read_text(encoding="utf-8"))
        held: dict[str, Any] = dict(table["files"])
        number = int(table["format"])
        safe = all(
            not Path(name).is_absolute() and ".." not in Path(name).parts and "sha256" in entry
            for name, entry in held.items()
        )
    except FileNotFoundError:
        raise InputError(f"{copy} is no copy of a service: it has no {_MANIFEST}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        safe, number, held = False, _FORMAT, {}
    if number > _FORMAT:
        raise InputError(
            f"{copy} was made by a newer SpanMem; upgrade with `pip install -U spanmem`"
        )
    if not safe or FILE not in held:
        raise InputError(f"{copy / _MANIFEST} cannot be read; take another copy")
    return held


def _must_be_whole(copy: Path, held: dict[str, Any]) -> None:
    for name, entry in held.items():
        path = copy / name
        if not path.is_file():
            raise InputError(f"{copy}: {name} is missing; take another copy")
        if files.digest(path) != entry["sha256"]:
            raise InputError(f"{copy}: {name} is not as it was copied; take another copy")
