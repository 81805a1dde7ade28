"""Conversations: by name, and each with its turns."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Response

from ..api import conversations as api
from ..rights import Right
from .screen import PageRoute, Screen, on_memory, to

__all__ = ["router"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_SHOWN = 50
_KINDS = {
    "answer": "answered",
    "correction": "corrected",
    "confirmed": "confirmed",
    "imported": "imported",
    "withdrawal": "taken back",
}
Reader = Annotated[Screen, Depends(on_memory(Right.READ))]
Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/m/{memory}/conversations")
def conversations(
    screen: Reader, prefix: Annotated[str, Query(max_length=200)] = "", cursor: Cursor = None
) -> Response:
    """All whose names begin with `prefix`, by name."""
    listed = api.list_scopes(screen.access, prefix=prefix, limit=_SHOWN, cursor=cursor)
    return screen.page(
        "conversations.jinja", scopes=listed["items"], next=listed["next"], prefix=prefix
    )


@router.get("/m/{memory}/conversations/turns")
def turns(
    screen: Annotated[Screen, Depends(on_memory(Right.READ, conditions=True))],
    scope: Annotated[str, Query(max_length=200)] = "",
    cursor: Cursor = None,
) -> Response:
    """What was asked, answered and told in one, newest first."""
    listed = api.list_turns(screen.access, scope, limit=_SHOWN, cursor=cursor)
    return screen.page(
        "turns.jinja", turns=listed["items"], next=listed["next"], scope=scope, turn_kinds=_KINDS
    )


@router.post("/m/{memory}/conversations/erase")
async def erase(
    screen: Annotated[Screen, Depends(on_memory(Right.EDIT))],
    scope: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """Erase one from every file; a job does it."""
    await api.erase_scope(screen.access, scope)
    return to(f"{screen.root}/documents#jobs")
