"""Keys and the audit log, for the operator; what the service is, for everyone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Response

from ....core.errors import InputError
from ..api import keys as api
from ..rights import Kind, Right
from .screen import PageRoute, Screen, filled, on_service, to

__all__ = ["router"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_ENTRIES = 50
_UNPROCESSABLE = 422
_KINDS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.ASK: "Ask and propose – for an application",
        Kind.AGENT: "Answer customers – ask, see documents, correct in conversations",
        Kind.EDITOR: "Keep the knowledge – documents, corrections for everyone",
        Kind.ADMIN: "Run the service – everything, keys and the audit log",
        Kind.METRICS: "Monitor – figures only",
    }
)
Admin = Annotated[Screen, Depends(on_service(Right.ADMIN))]


@router.get("/keys")
def keys(screen: Admin) -> Response:
    """All keys, and the form for another."""
    return _keys(screen)


@router.post("/keys")
def add_key(
    screen: Admin,
    name: Annotated[str, Form(max_length=200)] = "",
    kind: Annotated[str, Form(max_length=20)] = "",
    memories: Annotated[list[str] | None, Form(max_length=200)] = None,
) -> Response:
    """Make a key; its token stands on this one page and nowhere else."""
    form = {"name": name, "kind": kind, "memories": memories or []}
    try:
        if kind not in list(Kind):
            raise InputError("what may this key do? choose one of the five")
        made = api.add_key(screen.access, filled(api.NewKey, **form))
    except InputError as error:
        return _keys(screen, form=form, slip=str(error), status=_UNPROCESSABLE)
    return _keys(screen, made=made, token=made["token"])


@router.post("/keys/{identifier}/revoke")
def revoke_key(screen: Admin, identifier: str) -> Response:
    """End a key and its sessions."""
    api.revoke_key(screen.access, identifier)
    return to("/keys")


@router.get("/audit")
def audit(screen: Admin, cursor: Annotated[str, Query(max_length=40)] = "") -> Response:
    """What was done, newest first."""
    log = screen.access.service.audit
    entries = log.entries(before=cursor or None, limit=_ENTRIES + 1)
    further = entries[_ENTRIES - 1].id if len(entries) > _ENTRIES else None
    return screen.page("audit.jinja", entries=entries[:_ENTRIES], next=further)


@router.get("/about")
def about(screen: Annotated[Screen, Depends(on_service(Right.ANY, conditions=True))]) -> Response:
    """What answers here, and what its words mean."""
    from ....evaluation.environment import installed

    settings = screen.access.service.settings
    bounds = (
        ("sure", settings.service.sure),
        ("likely", settings.service.likely),
        ("unsure", settings.answer.abstain_below),
        ("unknown", None),
    )
    return screen.page(
        "about.jinja",
        version=installed(),
        reader=settings.reader.model or "the bundled reader",
        encoder=settings.encoder.model or "the bundled encoder",
        bounds=bounds,
    )


def _keys(screen: Screen, *, status: int = 200, **values: Any) -> Response:
    shown: dict[str, Any] = {
        "keys": screen.access.service.keys.all(),
        "kinds": _KINDS,
        "form": {"name": "", "kind": Kind.AGENT.value, "memories": []},
        "made": None,
        "token": "",
        "slip": "",
    }
    return screen.page("keys.jinja", status=status, **{**shown, **values})
