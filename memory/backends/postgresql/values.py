"""How values are kept: texts that PostgreSQL refuses, keys, vectors, and rows of a binary COPY."""

from __future__ import annotations

import hashlib
import re
import struct
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.records import Vectors
from ...database import pack

__all__ = [
    "copied",
    "key_of",
    "literal",
    "lock_number",
    "must_fit",
    "restored",
    "storable",
    "tsvector",
    "unpacked",
    "vector_bytes",
]

_MARK = "\ufdd0"
"""A noncharacter that says of the next one that it stands for another."""
_ODD = re.compile(f"[\0\ud800-\udfff{_MARK}]")
_MARKED = re.compile(f"{_MARK}(.)", re.DOTALL)
_SURROGATE, _PRIVATE, _NUL, _ITSELF = 0xD800, 0xE000, "\ue800", "\ue801"
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_COPY_END = struct.pack(">h", -1)


def storable(text: str) -> str:
    """A text without NUL and halves of characters, which PostgreSQL's text cannot hold."""
    return _ODD.sub(_masked, text)


def restored(stored: str) -> str:
    """A text as it was given to `storable`."""
    return _MARKED.sub(_unmasked, stored) if _MARK in stored else stored


def _masked(match: re.Match[str]) -> str:
    odd = match[0]
    if odd in ("\0", _MARK):
        return _MARK + (_NUL if odd == "\0" else _ITSELF)
    return _MARK + chr(ord(odd) - _SURROGATE + _PRIVATE)


def _unmasked(match: re.Match[str]) -> str:
    stand_in = match[1]
    if stand_in in (_NUL, _ITSELF):
        return "\0" if stand_in == _NUL else _MARK
    code = ord(stand_in) - _PRIVATE + _SURROGATE
    return chr(code) if _SURROGATE <= code < _PRIVATE else match[0]


def key_of(text: str) -> uuid.UUID:
    """The key of a document's id, a scope or a turn's id: 128 bits of its SHA-256.

    An index takes no text of more than some thousand bytes, and a key of 16 is compared quicker.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return uuid.UUID(bytes=digest[:16])


def lock_number(*parts: str) -> int:
    """A number for an advisory lock, 64 bits with a sign."""
    seed = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(seed).digest()[:8], "big", signed=True)


def must_fit(vectors: Any, shape: tuple[int, ...]) -> None:
    """Raise ValueError for vectors of another shape."""
    if vectors.shape != shape:
        raise ValueError(f"vectors must have shape {shape}, not {vectors.shape}")


def literal(vector: NDArray[np.float32]) -> str:
    """A vector as pgvector reads it, shape (dim,)."""
    return "[" + ",".join(map(repr, vector.astype(np.float64).tolist())) + "]"


def vector_bytes(vector: NDArray[np.float32]) -> bytes:
    """A vector as a binary halfvec. Raises InputError for one that is not finite in float16."""
    halved = np.frombuffer(pack(vector), "<f2")
    return struct.pack(">hh", len(halved), 0) + halved.astype(">f2").tobytes()


def unpacked(vectors: Sequence[bytes], dim: int) -> Vectors:
    """Binary halfvecs as rows of a float32 array, shape (n, dim)."""
    rows = [np.frombuffer(vector, ">f2", offset=4) for vector in vectors]
    return np.array(rows, np.float32).reshape(-1, dim)


def tsvector(lexemes: Iterable[str]) -> bytes:
    """A binary tsvector of distinct lexemes without places."""
    sorted_lexemes = sorted(lexeme.encode() for lexeme in set(lexemes))
    body = b"".join(lexeme + b"\0\0\0" for lexeme in sorted_lexemes)
    return struct.pack(">i", len(sorted_lexemes)) + body


def copied(rows: Iterable[Sequence[bytes | str | int | uuid.UUID | None]]) -> bytes:
    """Rows as COPY ... FORMAT BINARY takes them; whole numbers are of 4 bytes."""
    parts = [_COPY_HEADER]
    for row in rows:
        parts.append(struct.pack(">h", len(row)))
        for value in row:
            data = _field(value)
            parts.append(struct.pack(">i", -1 if data is None else len(data)))
            if data is not None:
                parts.append(data)
    parts.append(_COPY_END)
    return b"".join(parts)


def _field(value: bytes | str | int | uuid.UUID | None) -> bytes | None:
    if isinstance(value, int):
        return struct.pack(">i", value)
    if isinstance(value, str):
        return value.encode()
    return value.bytes if isinstance(value, uuid.UUID) else value
