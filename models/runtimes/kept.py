"""The cache of what is derived from models here: graphs for other engines, and what is quickest.

All of it can be made anew; a folder that is removed costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from ...core import files
from ..device import content_digest

__all__ = ["CACHE_VARIABLE", "cache_folder", "keep", "key_of"]

CACHE_VARIABLE = "SPANMEM_CACHE"
"""Environment variable that names the folder; `/dev/null` keeps nothing."""


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
    digest = hashlib.sha256("\0".join(map(str, facts)).encode())
    for path in contents:
        digest.update(content_digest(path).encode() if path.is_file() else b"-")
    return digest.hexdigest()[:24]


def keep(path: Path, data: bytes) -> bool:
    """Let a file of the cache hold `data`, whole or not at all; false where it cannot be written.

    Several processes may keep the same at once: each writes a draft of its own.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        files.write(draft, data)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        return False
    return True
