"""Corrections with their chains, what is proposed, and what was confirmed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Response

from ..access import Access, conditions_refused
from ..api import corrections as api
from ..api import proposals as proposals_api
from ..errors import NotFound
from ..rights import Right
from .screen import PageRoute, Screen, on_memory, to
from .words import path_part

__all__ = ["router"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_SHOWN = 20
_WHAT = {
    "answer": "answered",
    "correction": "corrected",
    "confirmed": "confirmed",
    "imported": "imported",
    "withdrawal": "taken back",
}
Shelf = Literal["live", "proposed", "superseded", "withdrawn", "confirmed"]
Reader = Annotated[Screen, Depends(on_memory(Right.READ, conditions=True))]
Editor = Annotated[Screen, Depends(on_memory(Right.EDIT))]
Identifier = Annotated[str, Path(max_length=64)]


@router.get("/m/{memory}/corrections")
def corrections(
    screen: Reader,
    state: Shelf = "live",
    scope: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Those of a state, newest first, for everyone or in the conversation `scope`."""
    access = screen.access
    if state == "proposed":
        if access.key.where:
            raise conditions_refused("the list of proposals")
        listed = proposals_api.list_proposals(access, state="open", limit=_SHOWN, cursor=cursor)
        items = [{**item, "before": _answered(access, item)} for item in listed["items"]]
    else:
        confirmed = state == "confirmed"
        listed = api.list_corrections(
            access,
            scope=scope,
            kind="confirmed" if confirmed else "correction",
            state="live" if state == "confirmed" else state,
            limit=_SHOWN,
            cursor=cursor,
        )
        items = [{**item, "chain": _chain(access, item)} for item in listed["items"]]
    waiting: dict[str, Any] = {"items": [], "next": None}
    if not access.key.where:
        waiting = proposals_api.list_proposals(access, state="open", limit=_SHOWN)
    return screen.page(
        "corrections.jinja",
        items=items,
        next=listed["next"],
        state=state,
        scope=scope,
        proposed=f"{len(waiting['items'])}{'+' if waiting['next'] else ''}",
        kinds=_WHAT,
    )


@router.post("/m/{memory}/corrections/{turn}/withdraw")
def withdraw(
    screen: Editor, turn: Identifier, scope: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Take a correction back; what it took the place of counts again."""
    api.withdraw(screen.access, turn, scope=scope)
    return to(f"{screen.root}/corrections{f'?scope={path_part(scope)}' if scope else ''}")


@router.post("/m/{memory}/proposals/{proposal}/accept")
def accept(screen: Editor, proposal: Identifier) -> Response:
    """Make a proposal a correction."""
    proposals_api.accept(screen.access, proposal)
    return to(f"{screen.root}/corrections?state=proposed")


@router.post("/m/{memory}/proposals/{proposal}/reject")
def reject(screen: Editor, proposal: Identifier) -> Response:
    """Turn a proposal down."""
    proposals_api.reject(screen.access, proposal)
    return to(f"{screen.root}/corrections?state=proposed")


def _chain(access: Access, item: dict[str, Any]) -> list[dict[str, Any]]:
    """All that an answer to one question has been, newest first."""
    try:
        chain = api.get_correction(access, item["id"], scope=item["scope"])["chain"]
    except NotFound:  # withdrawn by another, or erased, since it was listed
        chain = [item]
    return list(reversed(chain))


def _answered(access: Access, proposal: dict[str, Any]) -> str | None:
    """What the question of a proposal was answered with; None: it was not known."""
    if proposal["asked"] is None:
        return None
    try:
        row = access.service.log.get(access.memory, proposal["asked"])
    except NotFound:
        return None
    return row.answer.text if row.stored else None
