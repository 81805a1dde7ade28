"""What a request may: its key, its memory, and what of that memory it is shown.

    @router.post("/ask")
    async def ask_one(access: Annotated[Access, Depends(allow(Right.ASK))], ...) -> ...:

An operation below `/v1/memories/{memory}` declares `allow`, any other `allow_service`; one that
declares neither keeps the application from being made. Keys with conditions on documents are let
into those alone that declare `conditions=True`: these check every document that they tell of.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import HTTPException, Path, Request

from ...core.errors import InputError
from .conditions import both
from .errors import Forbidden, NotFound, Unauthorized
from .identifiers import must_be_a_line
from .keys import LOCAL, Key
from .rights import RIGHTS, Right
from .sessions import cookie_name, must_come_from_here

if TYPE_CHECKING:
    from fastapi.dependencies.models import Dependant

    from .service import Service

__all__ = [
    "Access",
    "Allow",
    "AllowInMemory",
    "allow",
    "allow_service",
    "conditions_refused",
    "identify",
    "in_utf8",
    "known_parameters",
    "service_of",
]

_SCOPE = 200
"""Characters of a scope's name."""


@dataclass(frozen=True, slots=True)
class Access:
    """A request's key, checked, and the memory that it names; "" where it names none."""

    service: Service
    key: Key
    memory: str
    address: str
    """The caller's address."""
    request_id: str

    def may(self, right: Right) -> bool:
        """Whether the key has a further right."""
        return self.key.may(right)

    def require(self, right: Right, what: str) -> None:
        """Raise Forbidden unless the key has a further right; `what` needs it: "correcting"."""
        if not self.may(right):
            if right in RIGHTS[self.key.kind]:
                raise conditions_refused(what)
            raise Forbidden(
                f"{what} needs the right {right.value!r}, which a key of the kind "
                f"{self.key.kind.value!r} lacks; use another key"
            )

    def charge(self, cost: int) -> None:
        """Count a request as `cost` more, as a batch does for each question beyond the first.

        Raises RateLimited.
        """
        if cost > 0:
            self.service.limits.take(self.service.limits.ask, self.key.id, cost)

    def scope(self, name: str) -> str:
        """The scope that a client's name stands for: the key's prefix comes before it.

        "" is the shared scope, for every key. Raises InputError for what is no scope's name.
        """
        must_be_a_line("a scope's name", name, _SCOPE)
        if name in (".", ".."):  # no address can name it: clients take it for a step in the path
            raise InputError(f"a scope's name is not {name!r}; give it another")
        return f"{self.key.prefix}{name}" if name else ""

    def shown_scope(self, scope: str) -> str:
        """A scope as the client names it. Raises NotFound for one that its key may not see."""
        if not scope.startswith(self.key.prefix):
            raise NotFound("no such scope")
        return scope.removeprefix(self.key.prefix)

    def where(self, conditions: Mapping[str, Any] | None) -> dict[str, Any]:
        """The key's conditions on documents and the request's: both must hold.

        Raises InputError for two that cannot be joined.
        """
        return both(self.key.where, conditions)


@dataclass(frozen=True, slots=True)
class Allow:
    """A dependency that lets in keys with a right; its value is an `Access` without a memory."""

    right: Right
    conditions: bool = False
    """Whether keys with conditions on documents are let in."""

    async def __call__(self, request: Request) -> Access:
        """Raise Unauthorized or Forbidden."""
        return _access(request, self.right, "", self.conditions)


@dataclass(frozen=True, slots=True)
class AllowInMemory:
    """Likewise for an operation on a memory, which the key must see."""

    right: Right
    conditions: bool = False
    """Whether keys with conditions on documents are let in."""

    async def __call__(
        self,
        request: Request,
        memory: Annotated[str, Path(description="Name of the memory.", max_length=100)],
    ) -> Access:
        """Raise Unauthorized, NotFound or Forbidden."""
        return _access(request, self.right, memory, self.conditions)


def allow(right: Right, *, conditions: bool = False) -> AllowInMemory:
    """What an operation below `/v1/memories/{memory}` depends on.

    `conditions`: it tells a key with conditions of nothing that rests on a document hidden from it.
    """
    return AllowInMemory(right, conditions)


def allow_service(right: Right, *, conditions: bool = False) -> Allow:
    """What an operation depends on that is about no single memory; `conditions` as in `allow`."""
    return Allow(right, conditions)


def conditions_refused(what: str) -> Forbidden:
    """The refusal of something that a key without conditions may do."""
    return Forbidden(
        f"{what} is not for a key with conditions on documents (where); use a key without: "
        "documents of several tenants are kept apart by memories"
    )


def service_of(request: Request) -> Service:
    """The service that an application was made for."""
    service: Service = request.app.state.service
    return service


async def known_parameters(request: Request) -> None:
    """What operations depend on that pass over no parameter of their address.

    Raises InputError for one that is not known: `?erased=true` would remove and not erase, a
    mistyped filter list everything.
    """
    if not request.query_params:
        return
    known = list(_parameters(request.scope["route"].dependant))
    for name in request.query_params:
        if name not in known:
            there = f"known are {', '.join(known)}" if known else "there are none"
            raise InputError(f"query: {name[:100]!r} is not a parameter here; {there}")


async def in_utf8(request: Request) -> None:
    """What operations depend on that take JSON in UTF-8 alone, as its standard has it (RFC 8259).

    Python's reader guesses UTF-16 and UTF-32, of which each begins with a zero or a mark.
    """
    if request.headers.get("content-type", "").startswith("multipart/"):
        return  # which is streamed
    head = (await request.body())[:4]
    if b"\0" in head or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise HTTPException(400)


def _parameters(dependant: Dependant) -> Iterator[str]:
    """The names that an operation, and what it depends on, take from their address."""
    yield from (field.alias for field in dependant.query_params)
    for further in dependant.dependencies:
        yield from _parameters(further)


def identify(request: Request) -> Key:
    """The key of a request: by `Authorization: Bearer`, or by the session of its cookie.

    Browsers send the first to no site by themselves. Whatever they do send by themselves must come
    from a page of ours to change something. Raises Unauthorized and Forbidden.
    """
    identity = getattr(request.state, "identity", None)
    if isinstance(identity, Key):
        return identity
    service = service_of(request)
    if not service.settings.service.auth:
        must_come_from_here(request, browser=False)
        return LOCAL
    header = request.headers.get("authorization", "")
    cookie = request.cookies.get(cookie_name(request))
    if not header and cookie:
        must_come_from_here(request)
        return service.sessions.check(cookie)
    scheme, _, token = header.partition(" ")
    if not token:
        raise Unauthorized("no key; send one as `Authorization: Bearer sm_...`")
    if scheme.lower() != "bearer":
        raise Unauthorized(f"a key is sent as `Authorization: Bearer sm_...`, not {scheme[:20]!r}")
    return service.keys.check(token.strip())


def _access(request: Request, right: Right, memory: str, conditions: bool) -> Access:
    service = service_of(request)
    key = identify(request)
    request.state.key = key.id
    request.state.is_admin = key.may(Right.ADMIN)
    if memory and not (key.sees(memory) and memory in service.memories.names()):
        raise NotFound(f"no memory {memory[:100]!r} for this key; GET /v1/info lists those it sees")
    request.state.memory = memory
    address = request.client.host if request.client else ""
    access = Access(service, key, memory, address, getattr(request.state, "request_id", ""))
    access.require(right, "this")
    if key.where and not conditions:
        raise conditions_refused("this")
    policy = service.limits.policy(right, request.method)
    if policy is not None:
        request.state.rate = service.limits.take(policy, key.id)
    return access
