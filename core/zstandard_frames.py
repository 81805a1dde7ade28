"""Whether a Zstandard file is whole: its frames and blocks are walked by their headers (RFC 8878).

The library unpacks what a cut file holds and then says nothing, as if it had come to the end.
"""

from __future__ import annotations

from io import FileIO
from typing import BinaryIO

__all__ = ["is_whole"]

_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = bytes(range(0x50, 0x60))
_RLE = 1


def is_whole(file: BinaryIO | FileIO, size: int) -> bool:
    """Whether `file`, of `size` bytes and at its beginning, holds whole frames and nothing else.

    Only headers are read, each block's body is jumped over; nothing is unpacked, and no checksum
    compared. The position in the file is moved.
    """
    at = 0
    while at < size:
        end = _frame_end(file, at, size)
        if end is None:
            return False
        at = end
    return at == size and size > 0


def _frame_end(file: BinaryIO | FileIO, at: int, size: int) -> int | None:
    """Where the frame that begins at `at` ends; None where it is none, or cut."""
    file.seek(at)
    head = file.read(8)
    if len(head) == 8 and head[0] in _SKIPPABLE and head[1:4] == b"\x2a\x4d\x18":
        return _within(at + 8 + int.from_bytes(head[4:8], "little"), size)
    if head[:4] != _MAGIC or len(head) < 5:
        return None
    descriptor = head[4]
    single_segment = descriptor >> 5 & 1
    content_size = (single_segment, 2, 4, 8)[descriptor >> 6]
    window, dictionary = 1 - single_segment, (0, 1, 2, 4)[descriptor & 3]
    place: int | None = at + 5 + window + dictionary + content_size
    checksum = 4 if descriptor >> 2 & 1 else 0
    last = False
    while not last:
        if place is None:
            return None
        file.seek(place)
        header = file.read(3)
        if len(header) < 3:
            return None
        bits = int.from_bytes(header, "little")
        last, kind, length = bool(bits & 1), bits >> 1 & 3, bits >> 3
        place = _within(place + 3 + (1 if kind == _RLE else length), size)
    return None if place is None else _within(place + checksum, size)


def _within(at: int, size: int) -> int | None:
    return at if at <= size else None
