"""The audit log, for whoever holds an admin key."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from ..access import Access, allow_service
from ..audit import Entry
from ..models import Cursor, Limit, page, read_cursor
from ..rights import Right

__all__ = ["router"]

router = APIRouter(prefix="/v1/audit", tags=["audit"])


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
