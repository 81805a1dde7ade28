"""Opening a memory where its address says it is: a folder's path, or a server's URL."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..core import files
from ..core.errors import InputError, MemoryNotFound, SpanMemError
from ..core.records import Prompts
from .address import SCHEMES, scheme_of, shown

if TYPE_CHECKING:
    from .backends.postgresql.store import ServerMemory
    from .store import Memory

__all__ = ["AnyMemory", "create_memory", "is_there", "open_memory", "take_away"]

AnyMemory: TypeAlias = "Memory | ServerMemory"


def open_memory(source: str | Path, *, write: bool = False) -> AnyMemory:
    """The memory at a path or an address; with `write` passages can be changed.

    Raises InputError for a scheme that is not ours, and what `Memory.open` and `ServerMemory.open`
    raise.
    """
    if _is_folder(source):
        from .store import Memory

        return Memory.open(source, write=write)
    from .backends.postgresql.store import ServerMemory

    return ServerMemory.open(str(source), write=write)


def create_memory(source: str | Path, *, encoder: str, dim: int, prompts: Prompts) -> AnyMemory:
    """A new memory at a path or an address, or the one there, open for writing.

    Raises what `Memory.create` and `ServerMemory.create` raise.
    """
    if _is_folder(source):
        from .store import Memory

        return Memory.create(source, encoder=encoder, dim=dim, prompts=prompts)
    from .backends.postgresql.store import ServerMemory

    return ServerMemory.create(str(source), encoder=encoder, dim=dim, prompts=prompts)


def is_there(source: str | Path) -> bool:
    """Whether there is a memory at a path or an address. Raises StorageError for a dead server."""
    if _is_folder(source):
        from .database import FILE

        return (Path(source) / FILE).exists()
    try:
        open_memory(source, write=True).close()
    except MemoryNotFound:
        return False
    return True


def take_away(memory: AnyMemory) -> None:
    """Close a memory that was made in vain, and let it be gone."""
    from .backends.postgresql.store import ServerMemory

    if isinstance(memory, ServerMemory):
        try:
            memory.drop()
        finally:
            memory.close()
        return
    with suppress(SpanMemError):  # what failed first is told
        memory.close()
    files.remove(memory.path)


def _is_folder(source: str | Path) -> bool:
    scheme = scheme_of(source)
    if scheme is not None and scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise InputError(
            f"{shown(source)} is no folder, and no address of a memory that this can change "
            f"(known: {known}); name a memory's folder, or such an address"
        )
    return scheme is None
