"""The few file operations that durability rests on; every refusal becomes a StorageError.

They are called through this module (`files.sync`), so that the fault tests can make each fail.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .errors import StorageError


@contextmanager
def guarded(doing: str, path: Path) -> Generator[None]:
    """Turn an OSError inside the block into a StorageError that says what was being done."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise StorageError(
            f"cannot {doing} {path}: {why}; what was stored before is unharmed, "
            "check free space and permissions and run it again"
        ) from error


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, have reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(path: Path, data: bytes) -> None:
    """Write a new file and wait until its bytes are on the disk."""
    with path.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def replace(path: Path, data: bytes) -> None:
    """Let `path` hold `data`, whole or not at all, even if the power fails in between."""
    draft = path.with_name(path.name + ".new")
    write(draft, data)
    draft.replace(path)
    sync(path.parent)


def link(source: Path, target: Path) -> None:
    """Give an immutable file a second name; copy it where the file system cannot link."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def remove(path: Path) -> None:
    """Remove a file or a folder with all it holds; it may be gone already."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    seen = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            seen.update(block)
    return seen.hexdigest()
