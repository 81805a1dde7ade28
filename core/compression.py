"""Files as bytes and as lines of UTF-8, streamed, and unpacked where they are compressed."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import RowError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = [
    "COMPRESSED",
    "OnBadRow",
    "OnRead",
    "content_suffix",
    "decode",
    "open_unpacked",
    "raise_error",
    "read_lines",
    "uncounted",
]

OnBadRow: TypeAlias = Callable[[RowError], None]
"""Takes what is wrong with a row; raises it, or lets reading go on with the next."""
OnRead: TypeAlias = Callable[[int], None]
"""Takes how many bytes of the file have been read, compressed as they lie on disk."""

COMPRESSED = (".gz", ".zst")


def raise_error(error: RowError) -> None:
    """The `OnBadRow` that ends reading at the first bad row."""
    raise error


def uncounted(_size: int) -> None:
    """The `OnRead` that does nothing."""


def content_suffix(path: Path) -> str:
    """The suffix that tells the format, in lower case: `.jsonl` for `faq.jsonl` and `faq.jsonl.gz`.

    Empty where there is none.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
        return suffixes[0] if suffixes else ""
    return suffixes[-1] if suffixes else ""


class _CountedFile(io.RawIOBase):
    """A file that tells how far it has been read."""

    def __init__(self, raw: io.FileIO, on_read: OnRead) -> None:
        self._raw, self._on_read = raw, on_read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        count = self._raw.readinto(buffer) or 0
        self._on_read(self._raw.tell())
        return count


@contextmanager
def open_unpacked(path: Path, on_read: OnRead = uncounted) -> Generator[io.BufferedReader]:
    """The bytes of a file, decompressed if its name ends in `.gz` or `.zst`.

    Raises RowError where they cannot be, and OSError where the file cannot be opened.
    """
    import zstandard

    file = io.FileIO(path)
    raw = io.BufferedReader(_CountedFile(file, on_read), 1 << 16)
    try:
        if path.suffix.lower() == ".gz":
            stream: Any = gzip.GzipFile(fileobj=raw)
        elif path.suffix.lower() == ".zst":
            stream = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        else:
            stream = raw
        yield io.BufferedReader(stream)
    except (gzip.BadGzipFile, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise RowError(path, f"cannot be unpacked ({error})", "fetch or pack it again") from error
    finally:
        file.close()


def decode(place: object, raw: bytes, *, start: bool = True) -> str:
    """UTF-8 as text; at the `start` of a file without a byte order mark. Raises RowError."""
    if b"\0" in raw:
        raise RowError(place, "binary data, not text", "give a text file")
    try:
        return raw.decode("utf-8-sig" if start else "utf-8")
    except UnicodeDecodeError as error:
        byte, offset = error.object[error.start], error.start
        why = f"not UTF-8 text (byte {byte:#04x} at offset {offset:,} is out of place)"
        raise RowError(place, why, "convert it to UTF-8") from error


def read_lines(
    path: Path, on_bad: OnBadRow = raise_error, on_read: OnRead = uncounted
) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers, from 1; ends of lines are kept.

    They are decoded one by one, so that a bad one spoils no other. Raises RowError where the file
    cannot be unpacked, and OSError where it cannot be opened.
    """
    with open_unpacked(path, on_read) as file:
        for number, raw in enumerate(file, 1):
            try:
                line = decode(f"{path}:{number}", raw, start=number == 1)
            except RowError as error:
                on_bad(error)
                continue
            yield number, line
