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
    beside = path.with_name(path.name + ".new")
    write(beside, data)
    beside.replace(path)
    sync(path.parent)


def save(path: Path, text: str) -> None:
    """`replace` for text, in UTF-8. Raises StorageError where it cannot be written."""
    with guarded("write", path):
        replace(path, text.encode("utf-8"))


@contextmanager
def draft(path: Path) -> Generator[Path]:
    """A file to write beside `path`, which takes its place when the block ends well.

    Whole or not at all, even if the power fails; otherwise the draft is removed. Raises
    StorageError where the operating system refuses.
    """
    beside = path.with_name(path.name + ".new")
    try:
        with guarded("write", path):
            yield beside
            sync(beside)
            beside.replace(path)
            sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


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


def digest(*paths: Path) -> str:
    """SHA-256 of a file's bytes, or of those of several files in a row, in hex. Raises OSError."""
    sha256 = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                sha256.update(block)
    return sha256.hexdigest()
