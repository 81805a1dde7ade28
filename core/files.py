"""The few file operations that durability rests on; every refusal becomes a StorageError.

`refusals` does that for whole calls: at the doors of the package, whatever the system refuses and
wherever, it arrives as an error of the family that names the path.

They are called through this module (`files.sync`), so that the fault tests can make each fail.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from .errors import StorageError


@contextmanager
def guarded(doing: str, path: Path) -> Generator[None]:
    """Turn an OSError inside the block into a StorageError that says what was being done."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot {doing} {_shown(path)}: {_why(error, path)}; what was stored before is "
            "unharmed, check free space and permissions and run it again"
        ) from error


@contextmanager
def refusals(path: object = None) -> Generator[None]:
    """Turn an OSError that nothing inside has put in words into a StorageError that names its path.

    Also a decorator. `path` is named where the error names none. What is no refusal of the system
    passes: a reader of our output that has left, the errors of network libraries.
    """
    try:
        yield
    except (ConnectionError, InterruptedError, TimeoutError):
        raise
    except OSError as error:
        if error.errno is None and not isinstance(error, shutil.Error):
            raise
        raise refusal(error, path) from error


def absolute(path: str | Path) -> Path:
    """The whole path. Raises StorageError for a relative one where the working folder is gone."""
    with refusals(path):
        return Path(path).absolute()


def refusal(error: OSError, path: object = None) -> StorageError:
    """A refusal of the system in one line: the path, why, and the way out."""
    name = error.filename if error.filename is not None else path
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        copies = cast("list[tuple[object, object, object]]", error.args[0])  # those that failed
        name, why = copies[0][1], str(copies[0][2])
    else:
        why = _why(error, name)
    subject = "the operating system refused" if name is None else f"cannot use {_shown(name)}"
    way_out = _WAYS_OUT.get(error.errno or 0, "check the path, its permissions and free space")
    return StorageError(f"{subject}: {why}; {way_out}")


_WAYS_OUT = {
    errno.EMFILE: "raise the limit of open files (ulimit -n), or close some",
    errno.ENFILE: "raise the limit of open files, or close some",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.ELOOP: "mend the link, or name what it should lead to",
    errno.ENOLCK: "move it to a local disk",
    errno.ENOSPC: "free some space and run it again",
    errno.EDQUOT: "free some space and run it again",
    errno.EROFS: "name a place that can be written",
}
_LONGEST = 200
"""Characters of a path that are shown."""


def _why(error: OSError, path: object) -> str:
    """What the system says, and what lies behind it where that misleads."""
    why = error.strerror or str(error)
    if error.errno not in (errno.ENOENT, errno.EEXIST):
        return why
    place = Path(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else Path()
    if not place.is_absolute() and not _has_working_folder():
        return "it is a relative path, and the working folder is gone; name it by its whole path"
    if place.is_symlink() and not place.exists():
        return f"it is a link to {_shown(place.readlink())}, which leads nowhere"
    return why


def _has_working_folder() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True


def _shown(path: object) -> str:
    """A path in one line of bounded length."""
    text = os.fsdecode(path) if isinstance(path, bytes) else str(path)
    text = "".join(c if c.isprintable() or c == " " else repr(c)[1:-1] for c in text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}...{text[-_LONGEST // 3 :]}"


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
    """Give an immutable file a second name; copy it, as a whole, where the system cannot link."""
    try:
        os.link(source, target)
    except OSError:
        beside = target.with_name(target.name + ".new")
        shutil.copy2(source, beside)
        sync(beside)
        beside.replace(target)


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
