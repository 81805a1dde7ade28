"""Temporary folders of people's words: gone when their block ends, swept when their process died.

A process that is killed outright removes nothing. So each folder holds a file that its process has
locked for as long as it lives: the operating system lets go of the lock, whatever the end was, and
the next process that makes such a folder removes those that nobody holds.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import StorageError

__all__ = ["temporary_folder"]

_HELD, _MADE = "spanmem-held-", "spanmem-made-"
_LOCK, _FILES = "held", "files"


@contextmanager
def temporary_folder() -> Generator[Path]:
    """An empty folder that only this user may enter, removed with all it holds afterwards.

    Also removes what processes that are no more have left. Raises StorageError where there is no
    place for temporary files.
    """
    place = _place()
    _sweep(place)
    try:
        # Without its lock nobody may see it as held: it would be taken for a dead process's.
        made = Path(tempfile.mkdtemp(prefix=_MADE, dir=place))
    except OSError as error:
        raise _refusal(place, error) from error
    lock, folder = -1, made
    try:
        try:
            lock = os.open(made / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            if _locked(lock):
                folder = made.with_name(_HELD + made.name.removeprefix(_MADE))
                made.rename(folder)
            (folder / _FILES).mkdir()
        except OSError as error:
            raise _refusal(place, error) from error
        yield folder / _FILES
    finally:
        for path in (folder, made):
            _remove(path)
        if lock >= 0:
            os.close(lock)


def _place() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except OSError as error:
        raise StorageError(
            f"there is no place for temporary files ({error.strerror or error}); name one by "
            "TMPDIR that may be written to"
        ) from error


def _refusal(place: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{place}: no temporary folder can be made there: {error.strerror or error}; free some "
        "space, or name another place by TMPDIR"
    )


def _sweep(place: Path) -> None:
    """Remove the folders here of which the process is gone. Never in the way of what follows."""
    with suppress(OSError):
        for folder in list(place.glob(f"{_HELD}*")):
            if _is_ours(folder) and _is_left(folder):
                _remove(folder)


def _remove(folder: Path) -> None:
    """The words first, the lock last: whoever is killed meanwhile leaves what can be swept."""
    for path in (folder / _FILES, folder):
        shutil.rmtree(path, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder of this user's, and no link that somebody planted."""
    try:
        state = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid()


def _is_left(folder: Path) -> bool:
    """Whether nobody holds its lock any more."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return _locked(lock)
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    """Whether the lock could be taken; not where another has it, or there are no locks."""
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
