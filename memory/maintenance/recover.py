"""`spanmem memory recover`: a sound database out of what a damaged one still holds.

    damaged/      the damaged files, as they were
    recovering/   the sound database while it is being made

Each step leaves the memory so that the command can be given again: the damaged files keep their
place until the sound one takes it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import cast

from ...core import files
from ...core.errors import InputError, MemoryDamaged
from ...core.records import Prompts
from ..database import FILE, Database, chunks, marks, restored
from ..documents import DocumentRows
from ..migrations import note_given, note_words, set_carried_apart
from ..turn_records import COLUMNS
from ..turns import TurnRows, drop_dangling
from ..views.index_types import INDEX_TYPES, IndexType
from .salvage import DOCUMENT, PASSAGE, TURN_VECTOR, Row, SavedTurn, Wreck
from .verify import in_rows

__all__ = ["ASIDE", "DRAFT", "Recovered", "prospects", "recover"]

ASIDE, DRAFT = "damaged", "recovering"
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
            report = _salvage(wreck, None)
    except sqlite3.DatabaseError:
        report = None
    if report is None or not _legible(report):
        return f"try {command}, or restore a copy"
    return (
        f"{command} can save {report.documents} documents with {report.passages} passages, and "
        f"{report.turns} turns"
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
            report = _into(draft, aside, encoder)
            for name in (f"{FILE}-wal", f"{FILE}-shm", f"{ASIDE}/{FILE}-shm", "views"):
                files.remove(folder / name)  # a log of the damaged database would be played back
            files.sync(draft / FILE)
            (draft / FILE).replace(folder / FILE)
            files.sync(folder)
        finally:
            files.remove(draft)
    return report


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
    try:
        with closing(Wreck(aside)) as wreck:
            if not _legible(_salvage(wreck, None)):
                raise sqlite3.DatabaseError("no row can be read")
    except sqlite3.DatabaseError as error:
        raise MemoryDamaged(
            folder,
            f"nothing in {FILE} can be read",
            way_out="restore a copy of it, or index the documents again into another folder",
        ) from error
    with closing(Wreck(aside)) as wreck:
        name = encoder or wreck.meta("encoder")
        if name is None:
            raise InputError(f"{folder} cannot tell its encoder any more; name it with --encoder")
        sound = Database.create(
            draft, encoder=name, dim=wreck.dim() or 0, prompts=_prompts(wreck.meta("prompts"))
        )
        with closing(sound):
            report = _salvage(wreck, sound)
            if (kind := wreck.meta("kind")) in INDEX_TYPES:
                DocumentRows(sound).note_kind(cast("IndexType", kind))
            sound.settle()
    return replace(report, kept=str(aside))


def _prompts(noted: str | None) -> Prompts:
    """The encoder's prompts as noted; none where that cannot be read."""
    try:
        return Prompts(**json.loads(noted or "{}"))
    except (ValueError, TypeError):
        return Prompts()


def _legible(report: Recovered) -> bool:
    """Whether any row could be read."""
    return bool(report.documents + report.passages + report.turns)


def _salvage(wreck: Wreck, into: Database | None) -> Recovered:
    """Read all that can be read, and store it in `into` if that is given."""
    dim = wreck.dim() or 0
    documents = _store(into, "documents", DOCUMENT, wreck.documents())
    passages = _store(into, "passages", PASSAGE, wreck.passages(dim))
    turns = _store_turns(into, wreck.turns(dim))
    incomplete: tuple[str, ...] = ()
    if into is not None:
        incomplete = _note_incomplete(into, wreck)
        _finish_turns(into, wreck.format)
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


def _store_turns(into: Database | None, turns: Iterator[SavedTurn]) -> int:
    """Store turns and their vectors as they come; returns how many there were."""
    stored = 0
    while chunk := list(islice(turns, _CHUNK)):
        stored += _store(into, "turns", COLUMNS, iter([turn.row for turn in chunk]))
        vectors = [turn.vector_row for turn in chunk if turn.vector is not None]
        _store(into, "turn_vectors", TURN_VECTOR, iter(vectors))
    return stored


def _finish_turns(sound: Database, source_format: int) -> None:
    """Work out what depends on other turns, and is not taken over from the damaged database."""
    with sound.change() as cursor:
        note_given(cursor)
        if source_format < 2:
            set_carried_apart(cursor)
        note_words(cursor)
        drop_dangling(cursor)


def _note_incomplete(sound: Database, wreck: Wreck) -> tuple[str, ...]:
    """Ids of documents that lack something; without a digest, indexing takes them for changed."""
    suspects = set(wreck.suspects)
    if suspects:
        empty = "SELECT number FROM documents WHERE number NOT IN (SELECT document FROM passages)"
        suspects.update(number for (number,) in sound.all(empty))
    names: list[str] = []
    with sound.change() as cursor:
        for chunk in chunks(sorted(suspects)):
            among = f"number IN ({marks(chunk)})"
            names += [
                restored(name)
                for (name,) in cursor.execute(f"SELECT id FROM documents WHERE {among}", chunk)
            ]
            cursor.execute(f"UPDATE documents SET digest = '' WHERE {among}", chunk)
        cursor.execute("UPDATE meta SET value = '1' WHERE key = 'generation'")
        cursor.execute("UPDATE passages SET generation = 1")
    return tuple(names)


def _lost(there: int | None, saved: int) -> int | None:
    return None if there is None else max(0, there - saved)
