"""The errors under the name of release 0.1.0, for programs written for it; they are in
`core.errors`."""

from ..core.errors import (
    EncoderMismatch,
    FormatTooNew,
    InputError,
    MemoryDamaged,
    MemoryLocked,
    MemoryNotFound,
    ModelError,
    SpanMemError,
    StorageError,
)

__all__ = [
    "EncoderMismatch",
    "FormatTooNew",
    "InputError",
    "MemoryDamaged",
    "MemoryLocked",
    "MemoryNotFound",
    "ModelError",
    "SpanMemError",
    "StorageError",
]
