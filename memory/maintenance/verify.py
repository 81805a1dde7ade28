"""Does a memory contradict itself? Read-only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..database import Database, unpack, unpack_all
from ..documents import DocumentRows
from ..turns import TurnRows
from ..views.indexes import Indexes, altered_files

__all__ = ["in_rows", "index", "problems", "sizes"]


def sizes(folder: Path, rows: DocumentRows, turns: TurnRows) -> dict[str, int]:
    """How much of what there is."""
    documents, passages = rows.counts()
    scopes = turns.scopes()
    return {
        "documents": documents,
        "passages": passages,
        "turns": sum(scopes.values()),
        "scopes": len(scopes),
        "bytes": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()),
    }


def index(rows: DocumentRows, views: Indexes | None) -> dict[str, Any]:
    """The vector index: what is wanted, and what the segments are."""
    segments = views.segments if views is not None else ()
    return {
        "wanted": rows.kind(),
        "segments": len(segments),
        "passages": {
            kind: sum(len(s.numbers) for s in segments if s.index_type == kind)
            for kind in sorted({s.index_type for s in segments})
        },
        "recall_at_10": min((s.recall for s in segments), default=1.0),
    }


def problems(database: Database, rows: DocumentRows, views: Indexes | None) -> list[str]:
    """What is wrong, one line each; empty when sound."""
    lines = in_rows(database, rows)
    if views is not None and views.folder is not None:
        lines += altered_files(views) + _in_views(rows, views)
    return lines


def in_rows(database: Database, rows: DocumentRows) -> list[str]:
    """What is wrong with the truth itself."""
    return [
        *_in_database(database, rows),
        *_in_texts(rows, TurnRows(database)),
        *_in_passages(rows),
        *_in_turn_vectors(database, rows.dim()),
    ]


def _in_database(database: Database, rows: DocumentRows) -> list[str]:
    lines = [str(line) for (line,) in database.all("PRAGMA integrity_check") if line != "ok"]
    checks = {
        "passages belong to no document": "SELECT count(*) FROM passages "
        "WHERE document NOT IN (SELECT number FROM documents)",
        "passages are there though they were removed": "SELECT count(*) FROM removed "
        "JOIN passages USING (number)",
        "vectors have another length than the encoder's": "SELECT count(*) FROM passages "
        f"WHERE length(vector) <> {2 * rows.dim()}",
        "turns' vectors have another length than the encoder's": "SELECT count(*) "
        f"FROM turn_vectors WHERE length(vector) <> {2 * rows.dim()}",
        "turns lack their vector": "SELECT count(*) FROM turns "
        "WHERE can_answer AND sequence NOT IN (SELECT sequence FROM turn_vectors)",
        "turns' vectors belong to no such turn": "SELECT count(*) FROM turn_vectors AS v "
        "LEFT JOIN turns AS t USING (sequence) WHERE NOT coalesce(t.can_answer, 0) "
        "OR v.scope <> t.scope OR v.correction <> (t.kind = 'correction') "
        "OR v.live <> (t.superseded_by IS NULL)",
        "turns are newer than the memory": "SELECT count(*) FROM turn_vectors "
        f"WHERE changed > {database.turns_generation()}",
        "passages are newer than the memory": "SELECT count(*) FROM passages "
        f"WHERE generation > {rows.generation()}",
        "turns supersede one that is not there": "SELECT count(*) FROM turns WHERE supersedes "
        "IS NOT NULL AND supersedes NOT IN (SELECT id FROM turns)",
    }
    for what, sql in checks.items():
        if count := database.one(sql)[0]:
            lines.append(f"{count} {what}")
    return lines


def _in_texts(rows: DocumentRows, turns: TurnRows) -> list[str]:
    """What is kept as JSON, or must be text, and is not."""
    unreadable = {"metadata of {} documents": rows.unreadable(), "{} turns": turns.unreadable()}
    return [
        f"{what.format(len(names))} cannot be read, the first is {names[0]!r}"
        for what, names in unreadable.items()
        if names
    ]


def _in_passages(rows: DocumentRows) -> list[str]:
    """Passages whose key or vector is not what it must be."""
    keys = sum(stored != passage.key for stored, passage in rows.keyed())
    lengths = infinite = 0
    for chunk in rows.since(-1, 4096):
        try:
            vectors = unpack_all([passage.vector for passage in chunk], rows.dim())
            norms = np.linalg.norm(vectors, axis=1)
        except ValueError:  # a vector of another length, which has been told already
            continue
        infinite += int((~np.isfinite(norms)).sum())
        lengths += int((np.abs(norms - 1) > 0.01).sum())
    counts = {
        "passages are not what their key says": keys,
        "vectors are not finite": infinite,
        "vectors are not of length 1": lengths,
    }
    return [f"{count} {what}" for what, count in counts.items() if count]


def _in_turn_vectors(database: Database, dim: int) -> list[str]:
    """Turns' vectors that are not finite; one of another length has been told already."""
    sql = "SELECT vector FROM turn_vectors WHERE length(vector) = ?"
    count = sum(not np.isfinite(unpack(row[0])).all() for row in database.all(sql, (2 * dim,)))
    return [f"{count} turns' vectors are not finite"] if count else []


def _in_views(rows: DocumentRows, views: Indexes) -> list[str]:
    """Passages that a view holds too many, or lacks."""
    lines: list[str] = []
    shown = [n for segment in views.segments for n in segment.numbers.tolist()]
    removed = set(rows.removed().tolist())
    live, stored = set(shown) - removed, set(rows.numbers().tolist())
    late = rows.waiting(views.generation)
    if len(shown) != len(set(shown)):
        lines.append("the dense view holds a passage twice")
    if live - stored:
        lines.append(f"the dense view holds {len(live - stored)} passages that are not stored")
    if len(stored - live) != late:
        lines.append(f"the dense view lacks {len(stored - live) - late} passages")
    # The lexical view still holds what was removed since it was published.
    gone = len(set(rows.removed(views.generation).tolist()) & set(shown))
    expected = len(stored) - late + gone
    if len(views.lexical) != expected:
        lines.append(f"the lexical view holds {len(views.lexical)} passages, not {expected}")
    return lines
