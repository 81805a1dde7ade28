"""A memory copied into another one, of whatever engine: what it holds, as it is stored.

Documents come in batches, each a transaction, in the order they were stored; those that the copy
has already are passed over by their digest, so that an interrupted run is simply begun again. Turns
keep their ids, times, order and chains of corrections.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from ..core.errors import InputError, StorageError
from ..core.records import Document, DocumentInfo, Entry
from .address import shown
from .opening import create_memory, open_memory

if TYPE_CHECKING:
    from .opening import AnyMemory

__all__ = ["CopyReport", "copy_memory"]

_LOOKED_UP = 500
"""Documents that are looked up at once."""
_BATCH = 1000
"""Passages that are stored at once, if no document has more."""
_TURNS = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What a copy came to."""

    documents: int
    """Copied now."""
    passages: int
    turns: int
    already_there: int
    """Documents that the copy had."""
    scopes: int


def copy_memory(source: str | Path, target: str | Path) -> CopyReport:
    """Copy a memory to a path or an address, where one is made if need be; compares both at last.

    What the copy has beside it stays. Raises what opening and making a memory raise, InputError
    where both are one, EncoderMismatch where the other has another encoder, and StorageError where
    the two differ in the end, because one was changed meanwhile.
    """
    with open_memory(source) as original:
        _must_differ(original, target)
        with create_memory(
            target, encoder=original.encoder, dim=original.dim, prompts=original.prompts
        ) as copy:
            _must_differ(original, copy.path)
            report = _copied(original, copy)
            copy.publish()
            _must_agree(original, copy)
    return report


def _must_differ(original: AnyMemory, target: str | Path) -> None:
    same = shown(target) == str(original.path)
    if not same and isinstance(original.path, Path) and Path(target).exists():
        same = original.path.samefile(target)
    if same:
        raise InputError(f"{original.path} cannot be copied onto itself; name another place")


def _copied(original: AnyMemory, copy: AnyMemory) -> CopyReport:
    documents = passages = there = turns = 0
    for batch in _lacking(original, copy):
        there += batch.there
        if batch.entries:
            copy.put(batch.entries)
        documents += len(batch.entries)
        passages += sum(len(entry.passages) for entry in batch.entries)
    scopes = original.contents.scopes()
    for scope in scopes:
        for some in _in_turn(original.contents.turns(scope), _TURNS):
            turns += copy.contents.write_turns(some)
    return CopyReport(documents, passages, turns, there, len(scopes))


@dataclass(frozen=True, slots=True)
class _Batch:
    entries: list[Entry]
    there: int


def _lacking(original: AnyMemory, copy: AnyMemory) -> Iterator[_Batch]:
    """Documents that the copy has not, or has otherwise, with what is there in between."""
    entries: list[Entry] = []
    waiting = 0
    for some in _in_turn(original.documents(), _LOOKED_UP):
        known = copy.known([info.id for info in some])
        there = 0
        for info in some:
            if known.get(info.id) == (info.digest, info.source, info.origin):
                there += 1
                continue
            entry = _entry(original, info)
            entries.append(entry)
            waiting += len(entry.passages)
            if waiting >= _BATCH:
                yield _Batch(entries, 0)
                entries, waiting = [], 0
        yield _Batch([], there)
    yield _Batch(entries, 0)


def _entry(original: AnyMemory, info: DocumentInfo) -> Entry:
    passages = tuple(original.passages(info.id))
    vectors = original.contents.vectors(info.id)
    if len(vectors) != len(passages):
        raise _changed(original, f"document {info.id!r}")
    # A store asks no more of a document than what is known of a stored one, and keeps its digest.
    return Entry(document=cast("Document", info), passages=passages, vectors=vectors)


def _must_agree(original: AnyMemory, copy: AnyMemory) -> None:
    """Raise StorageError where the copy lacks something, or has it otherwise."""
    for some in _in_turn(original.documents(), _LOOKED_UP):
        names = [info.id for info in some]
        known, keys = copy.known(names), original.contents.keys(names)
        copied = copy.contents.keys(names)
        for info in some:
            same = known.get(info.id) == (info.digest, info.source, info.origin)
            if not same or keys[info.id] != copied[info.id]:
                raise _changed(original, f"document {info.id!r}")
    for scope in original.contents.scopes():
        ours = {stored.turn.id: stored.turn for stored in copy.contents.turns(scope)}
        theirs = [stored.turn for stored in original.contents.turns(scope)]
        places = {name: at for at, name in enumerate(ours)}
        for turn in theirs:
            if ours.get(turn.id) != turn:
                raise _changed(original, f"turn {turn.id!r} of scope {scope!r}")
        order = [places[turn.id] for turn in theirs]
        if order != sorted(order):
            raise _changed(original, f"the order of the turns of scope {scope!r}")


def _changed(original: AnyMemory, what: str) -> StorageError:
    return StorageError(
        f"the copy of {original.path} differs in {what}: one of both was changed meanwhile; copy "
        "it again, when nobody writes"
    )


def _in_turn(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at once."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some
