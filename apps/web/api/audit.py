"""The audit log, for whoever holds an admin key."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from ..access import Access, allow_service
from ..audit import Entry
from ..models import Cursor, Limit, page, read_cursor
from ..rights import Right
from .lists import ListRoute

__all__ = ["router"]

router = APIRouter(route_class=ListRoute, prefix="/v1/audit", tags=["audit"])
_PAGE = 500
"""Entries that are read at once."""


@router.get("", operation_id="listAudit", summary="Who did what")
def list_audit(
    access: Annotated[Access, Depends(allow_service(Right.ADMIN))],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Newest first. Reading it is noted, too."""
    entries = access.service.audit.entries(before=read_cursor(cursor), limit=limit + 1)
    if cursor is None:
        access.service.audit.add(access, "audit.read", "")
    return page(entries, limit, lambda entry: entry.id, Entry.to_json)


@router.get(
    "/csv",
    operation_id="exportAudit",
    summary="Who did what, as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "A line for each act."}},
)
def export_audit(
    access: Annotated[Access, Depends(allow_service(Right.ADMIN))],
) -> StreamingResponse:
    """All of it, newest first, with names of the columns. Reading it is noted, too."""
    access.service.audit.add(access, "audit.export", "")
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_lines(access), media_type="text/csv", headers=headers)


def _lines(access: Access) -> Iterator[str]:
    # The mark at the beginning tells Excel that it is UTF-8.
    yield "\ufeff" + _line(field.name for field in fields(Entry))
    before = None
    while entries := access.service.audit.entries(before=before, limit=_PAGE):
        yield "".join(_line(map(_plain, entry.to_json().values())) for entry in entries)
        before = entries[-1].id


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: keys may be called anything."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
