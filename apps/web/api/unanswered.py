"""Unanswered questions as a work list."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from ....core.arguments import instant
from ....core.errors import InputError
from ..access import Access, allow
from ..models import Body, Cursor, Limit, page, read_cursor
from ..rights import Right
from ..unanswered import Gap, GapState
from .feedback import row_json
from .lists import ListRoute

__all__ = ["router"]

router = APIRouter(route_class=ListRoute, prefix="/v1/memories/{memory}/gaps", tags=["unanswered"])
Reader = Annotated[Access, Depends(allow(Right.READ))]
Editor = Annotated[Access, Depends(allow(Right.EDIT))]
_EXAMPLES = 10


class Change(Body):
    """What becomes of an unanswered question."""

    state: GapState | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None


@router.get("", operation_id="listGaps", summary="Unanswered questions")
def list_gaps(
    access: Reader,
    state: GapState | None = "open",
    since: Annotated[str | None, Query(max_length=40)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Asked in vain, or answered wrongly; grouped by meaning, those asked last first."""
    gaps = access.service.gaps.listed(
        access.memory,
        prefix=access.key.prefix,
        state=state,
        since="" if since is None else instant("since", since),
        after=_place(read_cursor(cursor)),
        limit=limit + 1,
    )
    return page(gaps, limit, lambda gap: f"{gap.last_at} {gap.id}", Gap.to_json)


@router.get("/{gap}", operation_id="getGap", summary="One with examples")
def get_gap(access: Reader, gap: str) -> dict[str, Any]:
    """With the questions that it was asked by last, the nearest passage of each, and what was said
    of its answer."""
    chosen = access.service.gaps.get(access.memory, gap, prefix=access.key.prefix)
    rows = access.service.log.of_gap(gap, prefix=access.key.prefix, limit=_EXAMPLES)
    said = access.service.feedback
    examples = [{**row_json(row, access), "feedback": said.of(row.id)} for row in rows]
    return {**chosen.to_json(), "examples": examples}


@router.patch("/{gap}", operation_id="changeGap", summary="Set its state or note")
def change_gap(access: Editor, gap: str, body: Change) -> dict[str, Any]:
    """Answered, ignored, or open again."""
    prefix = access.key.prefix
    chosen = access.service.gaps.get(access.memory, gap, prefix=prefix)
    changed = access.service.gaps.change(chosen, state=body.state, note=body.note, prefix=prefix)
    access.service.audit.add(access, "gap.change", gap)
    return changed.to_json()


def _place(cursor: str | None) -> tuple[str, str] | None:
    if cursor is None:
        return None
    at, _, gap = cursor.partition(" ")
    if not gap:
        raise InputError("cursor: give the `next` of the list before, as it is")
    return at, gap
