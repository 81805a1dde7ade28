"""The cache of what is derived from models here: graphs, digests of weights, and what is quickest.

All of it can be made anew; a folder that is removed costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from ...core import files

__all__ = ["CACHE_VARIABLE", "cache_folder", "content_digest", "keep", "keep_folder", "key_of"]

CACHE_VARIABLE = "SPANMEM_CACHE"
"""Environment variable that names the folder; `/dev/null` keeps nothing."""
_SETTLED = 2_000_000_000
"""Nanoseconds after which a file's times tell whether it has changed."""
_LARGE = 1 << 20
"""Bytes from which the digest of a file is kept: to read a smaller one takes no longer."""


def cache_folder() -> Path | None:
    """The folder, made where it is missing; None where nothing can be kept.

    It is what `CACHE_VARIABLE` names, or `spanmem` in the user's folder for caches.
    """
    named = os.environ.get(CACHE_VARIABLE)
    try:
        if named:
            folder = Path(named)
        else:
            caches = os.environ.get("XDG_CACHE_HOME")
            folder = (Path(caches) if caches else Path.home() / ".cache") / "spanmem"
        folder = folder.absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: nobody's home
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def key_of(*facts: object, contents: Iterable[Path] = ()) -> str:
    """A name for what depends on these facts and on the contents of these files. Raises OSError."""
    digest = hashlib.sha256("\0".join(map(str, facts)).encode("utf-8", "surrogatepass"))
    for path in contents:
        digest.update(content_digest(path).encode() if path.is_file() else b"-")
    return digest.hexdigest()[:24]


def content_digest(path: Path) -> str:
    """SHA-256 of a file, in hex, computed once unless the file changes. Raises OSError.

    Of a large file it is kept for other processes, under a name that depends on all that the
    system changes with a file: its number, size and times, also the one that no program can set.
    """
    state = path.stat()
    age = time.time_ns() - state.st_mtime_ns
    if age < _SETTLED:  # it may change again, and its time may not
        return files.digest(path)
    facts = state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns
    settled = time.time_ns() - state.st_ctime_ns >= _SETTLED
    return _digest(path, facts, settled and state.st_size >= _LARGE)


@lru_cache(maxsize=64)
def _digest(path: Path, facts: tuple[int, ...], is_kept: bool) -> str:
    place = cache_folder() if is_kept else None
    if place is None:
        return files.digest(path)
    kept = place / f"{key_of('digest', path.absolute(), *facts)}.sha256"
    try:
        if re.fullmatch(r"[0-9a-f]{64}", known := kept.read_text(encoding="ascii")):
            return known
    except (OSError, ValueError):
        pass
    digest = files.digest(path)
    keep(kept, digest.encode())
    return digest


def keep(path: Path, data: bytes) -> bool:
    """Let a file of the cache hold `data`, whole or not at all; false where it cannot be written.

    Several processes may keep the same at once: each writes a draft of its own.
    """
    draft = _draft(path)
    try:
        files.write(draft, data)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        return False
    return True


def keep_folder(path: Path, fill: Callable[[Path], None]) -> bool:
    """Likewise a folder of the cache with the files that `fill` writes into the one it is given."""
    draft = _draft(path)
    try:
        draft.mkdir(mode=0o700)
        fill(draft)
        for file in draft.iterdir():
            files.sync(file)
        draft.rename(path)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        return path.is_dir()  # another process was first
    return True


def _draft(path: Path) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}.new")
