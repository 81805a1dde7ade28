"""`spanmem memory recover`: a sound database out of what a damaged one still holds.

    damaged/      the damaged files, as they were
    recovering/   the sound database while it is being made

Each step leaves the memory so that the command can be given again: the damaged files keep their
place until the sound one takes it.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import cast

from ...core import files
from ...core.errors import InputError, MemoryDamaged
from ..database import FILE, Database, chunks, marks, restored
from ..documents import DocumentRows
from ..turns import COLUMNS, TurnRows, drop_dangling
from ..views.index_types import INDEX_TYPES, IndexType
from .salvage import DOCUMENT, PASSAGE, Row, Wreck
from .verify import in_rows

__all__ = ["ASIDE", "DRAFT", "Recovered", "prospects", "recover"]

ASIDE, DRAFT = "damaged", "recovering"
_PAGE = 4096
_CHUNK = 4096
"""Rows stored in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What was saved of a memory, and what was lost."""

    documents: int
    passages: int
    turns: int
    lost_documents: int | None
    """None, here and below: what tells how many there were is lost as well."""
    lost_passages: int | None
    lost_turns: int | None
    incomplete: tuple[str, ...] = ()
    """Ids of documents that lack passages or their title; indexing them again makes them whole."""
    kept: str = ""
    """Where the damaged files are; empty where the memory was sound."""


def prospects(folder: Path) -> str:
    """How far `recover` would get, in words; the damaged files are only read."""
    command = f"`spanmem memory recover --memory {folder}`"
    try:
        with closing(Wreck(folder)) as wreck:
            found = _salvage(wreck, None)
    except sqlite3.DatabaseError:
        found = None
    if found is None or not found.documents + found.passages + found.turns:
        return f"try {command}, or restore a copy"
    return (
        f"{command} can save {found.documents} documents with {found.passages} passages, and "
        f"{found.turns} turns"
    )


def recover(folder: Path, *, encoder: str | None = None) -> Recovered:
    """Put a sound database in the place of a damaged one, whose files are kept aside.

    A sound one stays as it is. The caller holds the writer's lock, and the views are made anew on
    the next opening. `encoder` names the encoder where the database cannot tell it any more.
    Raises InputError where it has to, or where files of an earlier recovery are still there,
    MemoryDamaged where nothing can be read, and StorageError.
    """
    if sound := _sound(folder):
        return sound
    aside, draft = folder / ASIDE, folder / DRAFT
    with files.guarded("recover", folder):
        _set_aside(folder, aside)
        files.remove(draft)
        draft.mkdir()
        try:
            found = _into(draft, aside, encoder)
            for name in (f"{FILE}-wal", f"{FILE}-shm", f"{ASIDE}/{FILE}-shm", "views"):
                files.remove(folder / name)  # a log of the damaged database would be played back
            files.sync(draft / FILE)
            (draft / FILE).replace(folder / FILE)
            files.sync(folder)
        finally:
            files.remove(draft)
    return found


def _sound(folder: Path) -> Recovered | None:
    """What a memory holds to which nothing has happened."""
    try:
        with closing(Database.open(folder)) as database:
            rows = DocumentRows(database)
            if in_rows(database, rows):
                return None
            documents, passages = rows.counts()
            turns = sum(TurnRows(database).scopes().values())
    except MemoryDamaged:
        return None
    return Recovered(
        documents=documents,
        passages=passages,
        turns=turns,
        lost_documents=0,
        lost_passages=0,
        lost_turns=0,
    )


def _set_aside(folder: Path, aside: Path) -> None:
    """Second names for the damaged files; they stay where they are, too."""
    if (aside / FILE).exists():
        if (aside / FILE).samefile(folder / FILE):
            return  # an earlier attempt was interrupted
        raise InputError(
            f"{aside} holds what an earlier recovery kept; move or delete it, and run it again"
        )
    files.remove(aside)
    aside.mkdir()
    for name in (f"{FILE}-wal", FILE):  # the database last: it says that all is there
        if (folder / name).exists():
            files.link(folder / name, aside / name)
    files.sync(aside)
    files.sync(folder)


def _into(draft: Path, aside: Path, encoder: str | None) -> Recovered:
    """Make the sound database. Raises MemoryDamaged where nothing can be read."""
    folder = draft.parent
    source = max([aside, *_lent(aside, draft)], key=_legible)
    if not _legible(source):
        raise MemoryDamaged(
            folder,
            f"nothing in {FILE} can be read",
            way_out="restore a copy of it, or index the documents again into another folder",
        )
    with closing(Wreck(source)) as wreck:
        name = encoder or wreck.meta("encoder")
        if name is None:
            raise InputError(f"{folder} cannot tell its encoder any more; name it with --encoder")
        with closing(Database.create(draft, encoder=name, dim=wreck.dim() or 0)) as sound:
            found = _salvage(wreck, sound)
            if (kind := wreck.meta("kind")) in INDEX_TYPES:
                DocumentRows(sound).note_kind(cast("IndexType", kind))
            sound.settle()
    return replace(found, kept=str(aside))


def _legible(source: Path) -> int:
    """How many rows can be read."""
    try:
        with closing(Wreck(source)) as wreck:
            found = _salvage(wreck, None)
    except sqlite3.DatabaseError:
        return 0
    return found.documents + found.passages + found.turns


def _lent(aside: Path, draft: Path) -> Iterator[Path]:
    """If its first page is lost: copies of the damaged database with that of a new one.

    The page says where each table begins: at the same places in all databases of ours that were
    never compacted, and at others, again the same, in all that were.
    """
    if _legible(aside):
        return
    for compacted in (False, True):
        scratch = draft / f"lent-{compacted}"
        (scratch / "new").mkdir(parents=True)
        with closing(Database.create(scratch / "new", encoder="", dim=1)) as fresh:
            fresh.settle(shrink=compacted)
        first = bytearray((scratch / "new" / FILE).read_bytes()[:_PAGE])
        shutil.copyfile(aside / FILE, scratch / FILE)
        if (aside / f"{FILE}-wal").exists():
            shutil.copyfile(aside / f"{FILE}-wal", scratch / f"{FILE}-wal")
        first[28:32] = ((scratch / FILE).stat().st_size // _PAGE).to_bytes(4, "big")
        with (scratch / FILE).open("r+b") as out:
            out.write(first)
        yield scratch


def _salvage(wreck: Wreck, into: Database | None) -> Recovered:
    """Read all that can be read, and store it in `into` if that is given."""
    dim = wreck.dim() or 0
    documents = _store(into, "documents", DOCUMENT, wreck.documents())
    passages = _store(into, "passages", PASSAGE, wreck.passages(dim))
    turns = _store(into, "turns", f"{COLUMNS}, vector", wreck.turns(dim))
    incomplete: tuple[str, ...] = ()
    if into is not None:
        incomplete = _note_incomplete(into, wreck)
    return Recovered(
        documents=documents,
        passages=passages,
        turns=turns,
        lost_documents=_lost(wreck.count("documents"), documents),
        lost_passages=_lost(wreck.count("passages"), passages),
        lost_turns=_lost(wreck.count("turns"), turns),
        incomplete=incomplete,
    )


def _store(into: Database | None, table: str, columns: str, rows: Iterator[Row]) -> int:
    """Store rows as they come, many in one transaction; returns how many there were."""
    stored = 0
    # A broken tree may bring a row a second time.
    sql = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks(columns.split(', '))})"
    while chunk := list(islice(rows, _CHUNK)):
        stored += len(chunk)
        if into is not None:
            with into.change() as cursor:
                cursor.executemany(sql, chunk)
                stored -= len(chunk) - cursor.rowcount
    return stored


def _note_incomplete(sound: Database, wreck: Wreck) -> tuple[str, ...]:
    """Ids of documents that lack something; without a digest, indexing takes them for changed."""
    suspects = set(wreck.suspects)
    if suspects:
        empty = "SELECT number FROM documents WHERE number NOT IN (SELECT document FROM passages)"
        suspects.update(number for (number,) in sound.all(empty))
    names: list[str] = []
    with sound.change() as cursor:
        for chunk in chunks(sorted(suspects)):
            chosen = f"number IN ({marks(chunk)})"
            names += [
                restored(name)
                for (name,) in cursor.execute(f"SELECT id FROM documents WHERE {chosen}", chunk)
            ]
            cursor.execute(f"UPDATE documents SET digest = '' WHERE {chosen}", chunk)
        cursor.execute("UPDATE meta SET value = '1' WHERE key = 'generation'")
        cursor.execute("UPDATE passages SET generation = 1")
        drop_dangling(cursor)
    return tuple(names)


def _lost(there: int | None, saved: int) -> int | None:
    return None if there is None else max(0, there - saved)
