"""Which original each uploaded document has, and which files nothing refers to any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.records import document_key
from ...core.times import now
from ...memory.protocol import Catalog
from .database import Database
from .files import Files

__all__ = ["Original", "Uploads", "belongs", "documents_of", "files_of"]

_ENDS = (":", "#")
"""What stands between the id of a file and that of one of its rows."""


@dataclass(frozen=True, slots=True)
class Original:
    """The file that a document's text comes from."""

    document: str
    """Id of the document, or how the ids of the file's documents begin."""
    name: str
    sha256: str
    bytes: int
    key: str
    added_at: str
    updated_at: str

    def to_json(self) -> dict[str, Any]:
        """As the API shows it; by `key` all documents of the file are removed."""
        return {
            "name": self.name,
            "key": document_key(self.document),
            "bytes": self.bytes,
            "sha256": self.sha256,
            "added": self.added_at,
            "updated": self.updated_at,
        }


def belongs(document: str, file: str) -> bool:
    """Whether a document is that of a file, or of one of the file's rows."""
    rest = document[len(file) :]
    return document.startswith(file) and (not rest or rest[0] in _ENDS)


def files_of(document: str) -> list[str]:
    """The ids that the file of a document may have."""
    ends = [at for at, character in enumerate(document) if character in _ENDS]
    return [document, *(document[:at] for at in ends)]


def documents_of(catalog: Catalog, file: str) -> list[str]:
    """Ids of all documents of a file."""
    names: list[str] = []
    after: str | None = None
    while page := catalog.list_documents(prefix=file, after=after, limit=1000):
        names += [info.id for info in page if belongs(info.id, file)]
        after = page[-1].id
    return names


class Uploads:
    """The originals of a service."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database, self._files = database, files

    def of(self, memory: str, documents: Sequence[str]) -> dict[str, Original]:
        """Originals by the ids of documents, of those that have one."""
        wanted = {document: files_of(document) for document in documents}
        names = sorted({name for names in wanted.values() for name in names})
        held: dict[str, Original] = {}
        with self._database.read() as connection:
            for at in range(0, len(names), 500):
                part = names[at : at + 500]
                marks = ", ".join("?" * len(part))
                rows = connection.execute(
                    "SELECT document, name, sha256, bytes, key, added_at, updated_at FROM uploads "
                    f"WHERE memory = ? AND document IN ({marks})",
                    (memory, *part),
                )
                held.update((row["document"], Original(*row)) for row in rows)
        owners = {document: next((n for n in wanted[document] if n in held), None)
                  for document in documents}  # fmt: skip
        return {document: held[name] for document, name in owners.items() if name is not None}

    def files(self, memory: str) -> list[str]:
        """The ids of the files that the documents of a memory come from."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT document FROM uploads WHERE memory = ?", (memory,))
            return [str(row["document"]) for row in rows]

    def put(self, memory: str, originals: Iterable[tuple[str, str, str, int]], key: str) -> None:
        """Note document, name, SHA-256 and size of originals, in place of earlier ones."""
        time = now()
        rows = list(originals)
        with self._database.write() as connection:
            before = [
                row["sha256"]
                for document, *_ in rows
                for row in connection.execute(
                    "SELECT sha256 FROM uploads WHERE memory = ? AND document = ?",
                    (memory, document),
                )
            ]
            connection.executemany(
                "INSERT INTO uploads VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) "
                "ON CONFLICT DO UPDATE SET name = ?3, sha256 = ?4, bytes = ?5, key = ?6, "
                "updated_at = ?7",
                (
                    (memory, document, name, sha, size, key, time)
                    for document, name, sha, size in rows
                ),
            )
        self.sweep(before)

    def drop(self, memory: str, documents: Sequence[str], *, erase: bool = False) -> None:
        """Forget the originals of documents, and their files where nothing else refers to them.

        With `erase` also the rows of jobs that name them.
        """
        hashes: list[str] = []
        with self._database.write() as connection:
            for document in documents:
                hashes += _take(connection, "uploads", memory, document)
                if erase:
                    hashes += _take(connection, "job_files", memory, document)
        self.sweep(hashes)

    def sweep(self, hashes: Iterable[str] | None = None) -> None:
        """Remove those files, None: all, that neither an original nor an open job refers to."""
        there = list(self._files.hashes() if hashes is None else dict.fromkeys(hashes))
        with self._database.read() as connection:
            loose = [sha256 for sha256 in there if not _is_needed(connection, sha256)]
        for sha256 in loose:
            # Looked at again in a transaction: nobody notes the same bytes meanwhile.
            with self._database.write() as connection:
                if not _is_needed(connection, sha256):
                    self._files.remove(sha256)


def _take(connection: sqlite3.Connection, table: str, memory: str, document: str) -> list[str]:
    """Delete a document's rows; returns the hashes that they had."""
    mine = "memory = ?" if table == "uploads" else "job IN (SELECT id FROM jobs WHERE memory = ?)"
    hashes: list[str] = []
    for name in files_of(document):
        rows = connection.execute(
            f"DELETE FROM {table} WHERE document = ? AND {mine} RETURNING sha256", (name, memory)
        )
        hashes += [row["sha256"] for row in rows]
    return hashes


def _is_needed(connection: sqlite3.Connection, sha256: str) -> bool:
    """Whether an original, or a job that may still be done or tried again, refers to a file."""
    row = connection.execute(
        "SELECT 1 FROM uploads WHERE sha256 = ?1 UNION ALL SELECT 1 FROM job_files "
        "WHERE sha256 = ?1 AND state IN ('queued', 'failed', 'cancelled') LIMIT 1",
        (sha256,),
    ).fetchone()
    return row is not None
