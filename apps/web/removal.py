"""What is to be removed: a document, all that an uploaded file holds, or what is gone already."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...core.records import document_key
from ...memory.protocol import Catalog
from .errors import NotFound
from .uploads import documents_of, files_of

if TYPE_CHECKING:
    from .access import Access
    from .database import Database

__all__ = ["named"]


def named(access: Access, key: str, *, erase: bool = False) -> list[str]:
    """The ids of the documents that a key of an address names: of one, or of those of a file.

    For erasing also those that are here no more and that the service still knows of: of what was
    removed, words stay in turns, questions and files. Raises NotFound where there is none.
    """
    service, memory = access.service, access.memory
    with service.memories.using(memory) as qa:
        if isinstance(qa.memory, Catalog):
            info = qa.memory.document(key)
            if info is not None:
                return [info.id]
            file = next((name for name in service.uploads.files(memory) if _fits(name, key)), None)
            if file is not None and (held := documents_of(qa.memory, file)):
                return held
    gone = _known(service.database, memory, key) if erase else []
    if not gone:
        raise NotFound(f"no document {key} in this memory; GET …/documents lists those here")
    return gone


def _fits(document: str, key: str) -> bool:
    return document_key(document) == key


def _known(database: Database, memory: str, key: str) -> list[str]:
    """Ids, in rows of the service, of a document with that key, or of the rows of such a file."""
    with database.read() as connection:
        names = _mentioned(connection, memory)
    return sorted(name for name in names if any(_fits(file, key) for file in files_of(name)))


def _mentioned(connection: sqlite3.Connection, memory: str) -> set[str]:
    """Documents that questions were answered from, files that were read, and what was removed."""
    names = connection.execute(
        "SELECT document FROM asked WHERE memory = ?1 UNION SELECT document FROM job_files "
        "JOIN jobs ON jobs.id = job WHERE memory = ?1",
        (memory,),
    )
    removed: Sequence[sqlite3.Row] = connection.execute(
        "SELECT arguments FROM jobs WHERE memory = ? AND kind = 'remove'", (memory,)
    ).fetchall()
    ids = {str(row["document"]) for row in names}
    for row in removed:
        ids.update(json.loads(row["arguments"]).get("documents", ()))
    return ids
