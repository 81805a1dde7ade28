"""Which files a path stands for: folders walked, links followed once, and what is passed over."""

from __future__ import annotations

import heapq
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from ..core.compression import COMPRESSED, content_suffix
from ..core.errors import InputError

__all__ = ["NoText", "ReadLog", "file_kind", "file_size", "files_inside", "unreadable"]

_Key: TypeAlias = tuple[int, int]
"""Device and inode: what a folder is, whatever path leads there."""


class NoText(InputError):
    """There is nothing to read in a file: in a folder it is passed over, and told."""

    EMPTY, TEXTLESS, NO_SUFFIX = "empty", "without text", "no suffix"

    def __init__(self, message: str, kind: str) -> None:
        self.kind = kind
        super().__init__(message)


class ReadLog:
    """What people should know of a run besides its documents and what went wrong."""

    BROKEN, SPECIAL = "broken link", "no regular file"
    ABOVE, MEMORY = "link to a folder above", "memory"
    _MOST, _NAMED, _KINDS = 20, 3, 8

    def __init__(self) -> None:
        self.passed_over: Counter[str] = Counter()
        """How many files (or links, or folders) of each kind: a suffix, or words."""
        self._first: dict[str, list[str]] = {}
        self._notices: list[str] = []
        self._more = 0

    def pass_over(self, kind: str, path: Path) -> None:
        """Count something in a folder that is not read, and remember where the first ones lie."""
        self.passed_over[kind] += 1
        first = self._first.setdefault(kind, [])
        if len(first) < self._NAMED:
            first.append(str(path))

    def note(self, notice: str) -> None:
        """Keep a notice; of very many their number."""
        if len(self._notices) < self._MOST:
            self._notices.append(notice)
        else:
            self._more += 1

    @property
    def notices(self) -> tuple[str, ...]:
        """The first notices, and how many more there were; then what was passed over, and where."""
        more = [f"and {self._more:,} more such notices"] if self._more else []
        return (*self._notices, *more, *self._places())

    def _places(self) -> Iterator[str]:
        """Of each kind the first that was passed over; of files that should be read, a few."""
        kinds = self.passed_over.most_common()
        # What might have been read is named first: people look for it.
        kinds.sort(key=lambda kind: kind[0].startswith("."))
        named: list[str] = []
        for kind, number in kinds[: self._KINDS]:
            shown = self._first[kind][: 1 if kind.startswith(".") else self._NAMED]
            rest = f" and {number - len(shown):,} more" if number > len(shown) else ""
            named.append(f"{', '.join(shown)}{rest} ({kind})")
        if named:
            yield f"not read: {'; '.join([*named, *['...'] * (len(kinds) > self._KINDS)])}"


def file_kind(path: Path, compressible: frozenset[str]) -> str:
    """What a file's name says of its format: a suffix in lower case, "" where it has none.

    Of a compressed file it is the suffix of what is inside, if that is `compressible`; else that of
    the archive. What stands behind a dot is no suffix if it is a number, as in `LICENSE-2.0`, or
    holds blanks; pages of manuals are packed by such a name, `ls.1.gz`.
    """
    suffix = content_suffix(path)
    page = re.fullmatch(r"\.[1-9]", suffix)
    if path.suffix.lower() in COMPRESSED and suffix not in compressible and not page:
        return path.suffix.lower()
    return "" if re.search(r"\s|^\.\d*$", suffix) else suffix


def file_size(file: Path) -> int:
    """Bytes on the disk; 0 where that cannot be known."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def unreadable(error: OSError) -> InputError:
    """The error for a file or folder that the operating system does not let us read."""
    why = error.strerror or error
    return InputError(
        f"{error.filename}: cannot be read: {why}; mend that, or go on with --skip-bad"
    )


def files_inside(
    folder: Path, log: ReadLog, on_unread: Callable[[OSError], None], own: Path | None = None
) -> list[Path]:
    """The regular files of a folder and of those in it, in the order of their names.

    Hidden ones are left out, and so are memories; `own` is the one that is written to. A linked
    folder is read once, below the first link to it, unless it lies inside of the folder anyway, or
    around it.
    """
    files: list[Path] = []
    for path in _walk(folder, log, on_unread, own):
        try:
            regular = stat.S_ISREG(path.stat().st_mode)
        except FileNotFoundError:
            log.pass_over(ReadLog.BROKEN, path)
        except OSError:
            files.append(path)  # what is wrong shows on reading
        else:
            if regular:
                files.append(path)
            else:
                log.pass_over(ReadLog.SPECIAL, path)
    return sorted(files)


def _walk(
    folder: Path, log: ReadLog, on_unread: Callable[[OSError], None], own: Path | None
) -> Iterator[Path]:
    """All that lies in a folder and is none; linked folders come last, each once."""
    above = {key for path in folder.resolve().parents if (key := _key(path))}
    seen: set[_Key] = set()
    linked: list[str] = []
    waiting = [folder]
    while waiting or linked:
        if waiting:
            place = waiting.pop()
            key = _key(place)
        else:
            place = Path(heapq.heappop(linked))
            key = _key(place)
            if key in above:
                log.pass_over(ReadLog.ABOVE, place)
                continue
        if key in seen:
            continue
        if key is not None:
            seen.add(key)
        if place != folder and _is_memory(place):
            if own is None or key != _key(own):
                log.pass_over(ReadLog.MEMORY, place)
            continue
        try:
            entries = [entry for entry in os.scandir(place) if not entry.name.startswith(".")]
        except OSError as error:  # or what lies in it would pass for gone
            on_unread(error)
            continue
        for entry in entries:
            path = place / entry.name
            if not entry.is_symlink() and entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif entry.is_symlink() and os.path.isdir(path):  # noqa: PTH112  no error for loops
                heapq.heappush(linked, str(path))
            else:
                yield path


def _key(path: Path) -> _Key | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _is_memory(folder: Path) -> bool:
    """Whether this is the folder of a memory, also of one that is just being written."""
    from ..memory.database import FILE
    from ..memory.lock import LOCK

    try:
        if not (folder / FILE).is_file():
            return False
        if (folder / LOCK).exists():
            # Not looked into: it may be open here, and closing it would let go of SQLite's locks.
            return True
        with (folder / FILE).open("rb") as rows:
            head = rows.read(1 << 16)
    except OSError:
        return False
    return head.startswith(b"SQLite format 3\0") and b"CREATE TABLE passages" in head
