"""Originals of what was uploaded: streamed to `incoming/`, hashed, and kept by their hash.

A name that a client sends is shown to people, and never used as a path.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ...core import files
from .errors import TooLarge
from .identifiers import new_id

__all__ = ["PREFIX", "Files", "Upload", "cleaned_name", "distinct", "kept_name", "unmarked"]

PREFIX = "upload/"
"""How the ids of uploaded documents begin."""
_NAME, _BYTES = 120, 240
"""Characters of a name, and bytes in UTF-8: a file is read by it, whose name has 255 at most."""
_FOLDERS = 40
"""Characters of the folders that a name shows, the last ones."""
_ODD = re.compile(r"[^\w.()+@&,=' -]")
_PICTURES = frozenset({"So", "Mn", "Mc"})
"""Unicode's categories of symbols, emoji among them, and of marks that letters are written with."""
_SUFFIX = re.compile(r"(?:\.[A-Za-z0-9]{1,10}){0,2}$")
_HASH = re.compile(r"[0-9a-f]{64}")
_MARK, _DIGITS = "~", 10
"""What stands before the hash of a name that could not be kept as it is, and the hash's digits.

No cleaned name holds the mark, so that no other file has such a name by itself."""

_MARKED = re.compile(rf"{_MARK}[0-9a-f]{{{_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was received as a whole."""

    name: str
    sha256: str
    size: int
    """Bytes."""


def cleaned_name(name: str) -> str:
    """A file's name as it is shown and told by: one line without folders or odd characters.

    What the name says of the format, its suffixes, stays.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    plain = _plain(last) or "file"
    short = len(plain) <= _NAME and len(plain.encode()) <= _BYTES
    return plain if short else _with_suffix(plain, "")


def _plain(text: str) -> str:
    """A text without odd characters, and without space and dots around it."""
    sound = text.encode("utf-8", "replace").decode()
    return _ODD.sub(_or_line, sound).strip(" .")


def _or_line(odd: re.Match[str]) -> str:
    character = odd.group()
    return character if unicodedata.category(character) in _PICTURES else "_"


def kept_name(name: str) -> str:
    """A file's name cleaned; one that loses something by it is told apart by a hash of the whole.

    `C#.txt` becomes `C_~a1c6ae0209.txt`, each time it is sent, and never takes the place of
    `C_.txt`. Folders that a name begins with count, and are shown before it, so that people can
    tell it from others; how they are divided, and the form of composed letters (NFC), make no other
    name.
    """
    folders = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    whole = "/".join(part for part in folders if part not in ("", ".", ".."))
    plain = cleaned_name(name)
    if plain == whole:
        return plain
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    above = _plain(" - ".join(whole.split("/")[:-1]))[-_FOLDERS:].strip(" .")
    return _with_suffix(f"{above} - {plain}" if above else plain, _MARK + digest)


def unmarked(title: str, name: str) -> str:
    """A title that was made of a kept name, without the hash that tells the file apart."""
    mark = _MARKED.search(name)
    return title.removesuffix(mark.group()).rstrip() if mark else title


def _with_suffix(plain: str, mark: str) -> str:
    """A name of at most so many characters, with a mark before its suffixes, which stay."""
    suffix = _SUFFIX.search(plain)
    end = suffix.group() if suffix else ""
    rest = mark + end
    stem = plain[: len(plain) - len(end)][: _NAME - len(rest)]
    return stem.encode()[: _BYTES - len(rest)].decode(errors="ignore").rstrip(" .") + rest


def distinct(uploads: Sequence[Upload]) -> list[str]:
    """The name of each file of a request, with a hash of its bytes where several have the same.

    A number would not tell which of them a later file of that name is to take the place of: that
    one is a document of its own. The same bytes twice are one.
    """
    times = Counter(name for name, _ in {(upload.name, upload.sha256) for upload in uploads})
    return [
        _with_suffix(upload.name, _MARK + upload.sha256[:_DIGITS])
        if times[upload.name] > 1
        else upload.name
        for upload in uploads
    ]


class Files:
    """The files of a service, in its data folder."""

    def __init__(self, data: Path, *, clear: bool = True) -> None:
        """Make the folders; with `clear` remove what uploads that were broken off have left.

        Raises StorageError.
        """
        self._kept, self._incoming = data / "files", data / "incoming"
        self._keeping = threading.Lock()
        with files.guarded("make", self._incoming):
            self._kept.mkdir(mode=0o700, exist_ok=True)
            self._incoming.mkdir(mode=0o700, exist_ok=True)
            for left in self._incoming.iterdir() if clear else ():
                files.remove(left)

    @contextmanager
    def receive(self, name: str, most: int) -> Generator[Incoming]:
        """A file that is being received, of `most` bytes; it is gone afterwards unless kept."""
        path = self._incoming / new_id()
        with files.guarded("write", path):
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        incoming = Incoming(path, os.fdopen(handle, "wb"), kept_name(name), most)
        try:
            yield incoming
        finally:
            incoming.close()
            path.unlink(missing_ok=True)

    def keep(self, incoming: Incoming) -> Upload:
        """Give a received file its place by its hash, on the disk when this returns.

        It may be called again, as long as the file is being received.
        """
        upload = incoming.finish()
        place = self.path(upload.sha256)
        with files.guarded("write", place), self._keeping:
            if not place.exists():  # what is there is whole, and may be being read
                place.parent.mkdir(mode=0o700, exist_ok=True)
                files.link(incoming.path, place)
                files.sync(place.parent)
                files.sync(self._kept)
        return upload

    def keep_bytes(self, name: str, raw: bytes) -> Upload:
        """Likewise for what is in hand, which has an id of its own beside the name."""
        upload = Upload(cleaned_name(name), hashlib.sha256(raw).hexdigest(), len(raw))
        if self.path(upload.sha256).exists():
            return upload
        with self.receive(name, len(raw)) as incoming:
            incoming.write(raw)
            self.keep(incoming)
        return upload

    def path(self, sha256: str) -> Path:
        """Where the file of this hash lies, if it is there. Raises ValueError for no hash."""
        if not _HASH.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is no SHA-256")
        return self._kept / sha256[:2] / sha256

    def open(self, sha256: str) -> BinaryIO | None:
        """The file of this hash, to be read to its end whatever becomes of its name; None: gone.

        Raises StorageError.
        """
        place = self.path(sha256)
        with files.guarded("read", place):
            try:
                return place.open("rb")
            except FileNotFoundError:
                return None

    def remove(self, sha256: str) -> None:
        """Remove the file of this hash; it may be gone already."""
        place = self.path(sha256)
        place.unlink(missing_ok=True)
        with suppress(OSError):
            place.parent.rmdir()  # if it was the last

    def hashes(self) -> Iterator[str]:
        """Of all files that are kept."""
        for path in self._kept.glob("??/*"):
            if _HASH.fullmatch(path.name):
                yield path.name


class Incoming:
    """A file on its way: written block by block, and hashed meanwhile."""

    def __init__(self, path: Path, file: BinaryIO, name: str, most: int) -> None:
        self.path, self.name, self._file, self._most = path, name, file, most
        self._hash, self.size = hashlib.sha256(), 0

    def write(self, block: bytes) -> None:
        """Write more of it. Raises TooLarge beyond the bound, and StorageError."""
        self.size += len(block)
        if self.size > self._most:
            raise TooLarge(
                f"{self.name}: a file has at most {self._most:,} bytes here; divide it, or have "
                "service.file_bytes raised"
            )
        self._hash.update(block)
        with files.guarded("write", self.path):
            self._file.write(block)

    def finish(self) -> Upload:
        """Wait until all of it is on the disk."""
        if not self._file.closed:
            with files.guarded("write", self.path):
                self._file.flush()
                os.fsync(self._file.fileno())
            self.close()
        return Upload(self.name, self._hash.hexdigest(), self.size)

    def close(self) -> None:
        """Close it; harmless when closed already."""
        self._file.close()
