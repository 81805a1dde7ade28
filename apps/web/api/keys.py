"""Keys: made, listed, revoked and replaced by whoever holds an admin key."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from ....core.errors import InputError
from ....core.times import moment, now
from ..access import Access, allow_service
from ..errors import Conflict, NotFound
from ..keys import Key
from ..models import Body, Cursor, Limit, page, read_cursor
from ..rights import EVERY_MEMORY, Kind, Right
from .lists import ListRoute

__all__ = ["router", "show_key"]

router = APIRouter(route_class=ListRoute, prefix="/v1/keys", tags=["keys"])
Admin = Annotated[Access, Depends(allow_service(Right.ADMIN))]
Identifier = Annotated[str, Path(alias="key", description="Id of a key.", max_length=100)]


class NewKey(Body):
    """A key to be made."""

    kind: Annotated[Kind, Field(strict=False)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    """Whose it is, for the audit log."""
    memories: Annotated[list[str], Field(max_length=1000)] = Field(default_factory=list[str])
    prefix: Annotated[str, Field(max_length=100)] = ""
    """What the scopes that it names begin with, up to a slash; `*`: it names every scope. A key to
    ask, or with conditions, has one of its own if none is given, made from its id."""
    where: dict[str, Any] = Field(default_factory=dict[str, Any])
    """Metadata that documents must have to be seen with it; for ask and agent keys alone."""
    expires_at: Annotated[str, Field(max_length=50)] | None = None
    """Time, ISO 8601 in UTC; none: never."""


class Rotation(Body):
    """How a key is replaced."""

    hours: Annotated[float, Field(ge=0, le=24 * 365)] = 24.0
    """How long the old one is still valid."""


def show_key(key: Key) -> dict[str, Any]:
    """A key without its secret, which nobody has any more."""
    return {
        "id": key.id,
        "kind": key.kind.value,
        "name": key.name,
        "memories": list(key.memories),
        "prefix": key.prefix,
        "where": dict(key.where),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used": key.last_used,
    }


@router.get("", operation_id="listKeys", summary="All keys")
def list_keys(access: Admin, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """Newest first, revoked ones included; without their secrets."""
    before = read_cursor(cursor)
    keys = [key for key in reversed(access.service.keys.all()) if _place(key) < (before or "~")]
    return page(keys[: limit + 1], limit, _place, show_key)


@router.post("", operation_id="addKey", summary="Make a key", status_code=201)
def add_key(access: Admin, body: NewKey) -> dict[str, Any]:
    """The answer holds the whole key, this once only."""
    known = access.service.memories.names()
    for name in body.memories:
        if name != EVERY_MEMORY and name not in known:
            raise InputError(
                f"memories: there is no memory {name[:100]!r}; GET /v1/info lists them"
            )
    if body.expires_at is not None and moment(body.expires_at) <= now():
        raise InputError(f"expires_at: {body.expires_at} is past; give a time to come, in UTC")
    key, token = access.service.keys.add(
        body.kind,
        body.name,
        memories=body.memories,
        prefix=body.prefix,
        where=body.where,
        expires_at=body.expires_at,
        by=access.key.id,
    )
    access.service.audit.add(access, "key.add", key.id)
    return {**show_key(key), "token": token}


@router.delete("/{key}", operation_id="revokeKey", summary="End a key")
def revoke_key(access: Admin, key: Identifier) -> dict[str, Any]:
    """It is valid no more, and the sessions that were begun with it have ended.

    The last admin key is not ended here: nobody could make another over the network.
    """
    _must_not_be_last(access, key)
    _must_be_there(access, key)
    revoked = access.service.keys.revoke(key)
    access.service.audit.add(access, "key.revoke", key)
    return show_key(revoked)


@router.post("/{key}/rotate", operation_id="rotateKey", summary="Replace a key", status_code=201)
def rotate_key(access: Admin, key: Identifier, body: Rotation) -> dict[str, Any]:
    """A new key with the same rights; the old one ends after some time."""
    _must_be_there(access, key)
    new, token = access.service.keys.rotate(key, hours=body.hours, by=access.key.id)
    access.service.audit.add(access, "key.rotate", key)
    return {**show_key(new), "token": token}


def _must_be_there(access: Access, identifier: str) -> None:
    """Raise NotFound for the id of no key."""
    if all(key.id != identifier for key in access.service.keys.all()):
        raise NotFound(f"no key {identifier!r}; GET /v1/keys lists those there are")


def _must_not_be_last(access: Access, identifier: str) -> None:
    """Raise Conflict for the one valid admin key, without which nobody gets in any more."""
    admins = [key for key in access.service.keys.all() if key.kind is Kind.ADMIN and key.valid]
    lasting = [key for key in admins if key.expires_at is None] or admins
    if [key.id for key in lasting] == [identifier]:
        raise Conflict(
            "this is the last admin key: without it nobody can make keys over the network; make "
            "another first, or end it where the service runs, by `spanmem keys revoke`"
        )


def _place(key: Key) -> str:
    return f"{key.created_at} {key.id}"
