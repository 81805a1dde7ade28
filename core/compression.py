"""Files as bytes, as text and as lines, streamed, and unpacked where they are compressed.

Whatever a file holds, and whatever it unpacks to, is read in bounded memory.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from .encodings import SAMPLE, Encoding, announced, guess
from .errors import RowError
from .zstandard_frames import is_whole

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = [
    "COMPRESSED",
    "OnBadRow",
    "OnNotice",
    "OnRead",
    "content_suffix",
    "decode",
    "open_unpacked",
    "raise_error",
    "read_decoded",
    "read_lines",
    "uncounted",
    "unheard",
]

OnBadRow: TypeAlias = Callable[[RowError], None]
"""Takes what is wrong with a row; raises it, or lets reading go on with the next."""
OnRead: TypeAlias = Callable[[int], None]
"""Takes how many bytes of the file have been read, compressed as they lie on disk."""

OnNotice: TypeAlias = Callable[[str], None]
"""Takes what a reader should be told of, though nothing is wrong: `a.txt: read as windows-1252`."""

COMPRESSED = (".gz", ".zst", ".bz2", ".xz")

_SPARE, _RATIO = 1 << 26, 150
"""Bytes that any file may unpack to, and how many times its own size beyond: a few kilobytes of
gzip can hold gigabytes, but no text that someone wrote comes near this."""
_LARGEST = 1 << 29
"""Bytes of a file that is held as a whole."""
_LONGEST = 1 << 27
"""Bytes of a line, or characters of one in UTF-16."""
_EMPTY, _BLANK = 1_000_000, 2
"""Lines in a row that say nothing, and what each may hold: a little gzip holds billions."""


def raise_error(error: RowError) -> None:
    """The `OnBadRow` that ends reading at the first bad row."""
    raise error


def uncounted(_size: int) -> None:
    """The `OnRead` that does nothing."""


def unheard(_notice: str) -> None:
    """The `OnNotice` that does nothing."""


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


class _Unpacked(io.RawIOBase):
    """What is unpacked from a file, as long as it is in proportion to the file."""

    def __init__(self, path: Path, stream: Any, packed: io.FileIO) -> None:
        self._path, self._stream, self._packed, self._size = path, stream, packed, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        count = int(self._stream.readinto(buffer) or 0)
        self._size += count
        if self._size > _SPARE and self._size > _RATIO * self._packed.tell():
            why = f"it unpacks to more than {_RATIO} times its size"
            raise RowError(self._path, why, "unpack it yourself if that is right")
        return count


@contextmanager
def open_unpacked(path: Path, on_read: OnRead = uncounted) -> Generator[io.BufferedReader]:
    """The bytes of a file, decompressed if its name ends in one of `COMPRESSED`.

    Raises RowError where they cannot be: where the file is cut short, damaged, or unpacks out of
    all proportion; and OSError where it cannot be opened.
    """
    import zstandard

    file = io.FileIO(path)
    suffix = path.suffix.lower()
    try:
        if suffix not in COMPRESSED:
            yield io.BufferedReader(_CountedFile(file, on_read), SAMPLE)
            return
        if file.seekable():
            _check_whole(path, file)
        raw = io.BufferedReader(_CountedFile(file, on_read), SAMPLE)
        yield io.BufferedReader(_Unpacked(path, _UNPACKERS[suffix](raw), file), SAMPLE)
    except (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, gzip.BadGzipFile) as error:
        why = f"it is incomplete or damaged and cannot be unpacked ({error})"
        raise RowError(path, why, "fetch or pack it again") from error
    except OSError as error:
        if suffix == ".bz2" and error.errno is None:  # what the library says of damaged data
            why = f"it is damaged and cannot be unpacked ({error})"
            raise RowError(path, why, "fetch or pack it again") from error
        raise
    finally:
        file.close()


def _check_whole(path: Path, file: io.FileIO) -> None:
    """Raise RowError for an empty file, since what is packed has a header, and for a cut one.

    Only Zstandard's are looked through: the other libraries tell by themselves.
    """
    size = file.seek(0, io.SEEK_END)
    if not size:
        raise RowError(path, "it is empty, and no packed file is", "fetch or pack it again")
    if path.suffix.lower() == ".zst" and not is_whole(file, size):
        raise EOFError("it ends within a frame, or holds something else")
    file.seek(0)


def _unpack_zstandard(raw: Any) -> Any:
    import zstandard

    return zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)


_UNPACKERS: dict[str, Callable[[Any], Any]] = {
    ".gz": lambda raw: gzip.GzipFile(fileobj=raw),
    ".zst": _unpack_zstandard,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}


def decode(place: object, raw: bytes, *, start: bool = True) -> str:
    """UTF-8 as text; at the `start` of a file without a byte order mark. Raises RowError."""
    if b"\0" in raw:
        raise RowError(place, "binary data, not text", "give a text file")
    try:
        return raw.decode("utf-8-sig" if start else "utf-8")
    except UnicodeDecodeError as error:
        raise _not_text(place, "UTF-8", error) from error


def _not_text(place: object, name: str, error: UnicodeDecodeError) -> RowError:
    byte, offset = error.object[error.start], error.start
    why = f"not {name} text (byte {byte:#04x} at offset {offset:,} is out of place)"
    return RowError(place, why, "convert it to UTF-8")


def read_decoded(path: Path, on_read: OnRead = uncounted, on_notice: OnNotice = unheard) -> str:
    """A whole file as text, whatever encoding it is in; a guess is told.

    Raises RowError for what is no text, is damaged, or is larger than half a GiB, and OSError where
    it cannot be opened.
    """
    with open_unpacked(path, on_read) as file:
        raw = file.read(SAMPLE)
        encoding = announced(raw, whole=len(raw) < SAMPLE)
        if b"\0" in raw and encoding is None:
            decode(path, raw)  # of something large and binary no more is read
        raw += file.read(_LARGEST + 1 - len(raw))
    if len(raw) > _LARGEST:
        why = f"it is larger than {_LARGEST >> 20} MiB"
        raise RowError(path, why, "divide it, or give its parts as rows of a .jsonl file")
    if encoding is None:
        try:
            return decode(path, raw)
        except RowError:
            first = next(re.finditer(rb"[\x80-\xff]", raw)).start()
            around = raw[max(0, first - SAMPLE // 4) : first + SAMPLE // 2]
            if b"\0" in raw or (encoding := guess(around)) is None:
                raise
    try:
        text = raw[encoding.mark :].decode(encoding.codec)
    except UnicodeDecodeError as error:
        raise _not_text(path, encoding.told or encoding.codec, error) from error
    _tell(path, encoding, on_notice)
    return text


def _tell(path: Path, encoding: Encoding, on_notice: OnNotice) -> None:
    if encoding.told:
        on_notice(f"{path}: read as {encoding.told}")


def read_lines(
    path: Path,
    on_bad: OnBadRow = raise_error,
    on_read: OnRead = uncounted,
    on_notice: OnNotice = unheard,
) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers, from 1; ends of lines are kept.

    They are decoded one by one, so that a bad one spoils no other. The encoding of a file that is
    no UTF-8 is told by its beginning, or guessed at its first line that is none; a guess is told.
    Raises RowError where the file cannot be unpacked, and OSError where it cannot be opened.
    """
    with open_unpacked(path, on_read) as file:
        head = file.peek(SAMPLE)
        encoding = announced(head, whole=False)
        if encoding is not None:
            file.read(encoding.mark)
        if encoding is not None and encoding.unit > 1:
            _tell(path, encoding, on_notice)
            yield from _wide_lines(path, file, encoding, on_bad)
        else:
            codec = encoding.codec if encoding is not None else "utf-8"
            yield from _byte_lines(path, file, codec, on_bad, on_notice)


def _wide_lines(
    path: Path, file: io.BufferedReader, encoding: Encoding, on_bad: OnBadRow
) -> Iterator[tuple[int, str]]:
    """Lines of UTF-16 and UTF-32, which no byte divides."""
    text = io.TextIOWrapper(file, encoding.codec, newline="\n")
    try:
        yield from _bounded(path, text.readline, on_bad, "\n")
    except UnicodeDecodeError as error:
        raise _not_text(path, encoding.codec, error) from error
    finally:
        text.detach()


def _byte_lines(
    path: Path, file: io.BufferedReader, codec: str, on_bad: OnBadRow, on_notice: OnNotice
) -> Iterator[tuple[int, str]]:
    """Lines of encodings in which the byte of a line's end means nothing else."""
    name, plain = codec, True  # plain: ASCII so far, so that a guess may still be made
    for number, raw in _bounded(path, file.readline, on_bad, b"\n"):
        place = f"{path}:{number}"
        if plain and not raw.isascii():
            plain = False
            encoding = None if _is_utf8(raw) or codec != "utf-8" else guess(raw + file.peek(SAMPLE))
            if encoding is not None:
                codec, name = encoding.codec, encoding.told
                _tell(path, encoding, on_notice)
        try:
            yield number, decode(place, raw, start=False) if codec == "utf-8" else raw.decode(codec)
        except UnicodeDecodeError as error:
            on_bad(_not_text(place, name, error))
        except RowError as error:
            on_bad(error)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


_Line = TypeVar("_Line", str, bytes)


def _bounded(
    path: Path, readline: Callable[[int], _Line], on_bad: OnBadRow, end: _Line
) -> Iterator[tuple[int, _Line]]:
    """Numbered lines; one that is too long to be held is given to `on_bad`."""
    number = empty = 0
    while line := readline(_LONGEST + 1):
        number += 1
        empty = empty + 1 if len(line) <= _BLANK and not line.strip() else 0
        if empty > _EMPTY:
            why = f"more than {_EMPTY:,} empty lines follow each other"
            raise RowError(f"{path}:{number}", why, "remove them")
        if len(line) <= _LONGEST:
            yield number, line
            continue
        while line and not line.endswith(end):
            line = readline(SAMPLE)
        why = f"the line is longer than {_LONGEST >> 20} MiB"
        on_bad(RowError(f"{path}:{number}", why, "divide it"))
