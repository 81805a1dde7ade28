"""Giving space back, and forgetting for good."""

from __future__ import annotations

from dataclasses import dataclass

from ...core import files
from ...core.errors import InputError
from ..database import Database
from ..documents import DocumentRows
from ..turns import TurnRows
from ..views.current import CurrentIndexes
from ..views.index_types import IndexType
from .recover import ASIDE

__all__ = ["Request", "compact", "forget"]


@dataclass(frozen=True, slots=True)
class Request:
    """What to forget."""

    documents: tuple[str, ...] = ()
    scope: str | None = None
    turn: str | None = None
    before: str | None = None


def compact(
    database: Database, rows: DocumentRows, indexes: CurrentIndexes, kind: IndexType | None
) -> None:
    """Views without a trace of what was removed, and files without unused space.

    A `kind` of index is noted, so that the next time it is made again.
    """
    if kind is not None:
        rows.note_kind(kind)
    _renew(rows, indexes)
    database.settle(shrink=True)


def forget(
    database: Database,
    rows: DocumentRows,
    turns: TurnRows,
    indexes: CurrentIndexes,
    request: Request,
) -> tuple[int, int]:
    """Erase what is requested from rows, log and views; returns numbers of documents and turns.

    Deleted bytes are overwritten in the database (`secure_delete`), the log is emptied, and the
    views, in which words and vectors outlive their passages, are made anew. Damaged files that
    `recover` kept aside go too.
    """
    if request.scope is None and (request.turn is not None or request.before is not None):
        raise InputError("whose turns? name their scope as well")
    if not request.documents and request.scope is None:
        raise InputError("nothing to forget; name documents or a scope")
    known = rows.digests(request.documents)
    if missing := [name for name in request.documents if name not in known]:
        raise InputError(f"no document {missing[0]!r} here, so nothing was forgotten")
    forgotten = 0
    if request.scope is not None:
        forgotten += turns.forget(request.scope, turn=request.turn, before=request.before)
    documents = 0
    if request.documents:
        # The turns first: were we stopped here, the document would still be there to be named.
        forgotten += turns.forget_quoting(set(request.documents))
        documents = rows.remove(dict.fromkeys(request.documents))
        _renew(rows, indexes)
    files.remove(database.folder / ASIDE)  # what `recover` kept holds it as well
    database.settle()
    return documents, forgotten


def _renew(rows: DocumentRows, indexes: CurrentIndexes) -> None:
    """Make the views anew, with an index of the kind that the memory's size or owner wants."""
    generation = rows.renew()
    indexes.publish(afresh=rows.kind())
    rows.drop_removed(generation)
