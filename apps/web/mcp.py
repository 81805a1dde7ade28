"""The Model Context Protocol at `/mcp`: the tools of `apps.mcp`, behind the key of each request.

Without sessions, and with plain JSON for answers: nothing is kept between two requests, so nothing
can leak from one to another, and any number of proxies may stand before it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.routing import Route

from ...core.errors import InputError
from .access import Access, allow, identify, service_of
from .api.ask import Search, note, search, similar
from .api.corrections import Correction
from .api.documents import get_text
from .api.proposals import add_proposal
from .asked import Asking
from .errors import NotFound, Unauthorized
from .rights import Right
from .shown import asked_json

if TYPE_CHECKING:
    from fastapi import FastAPI
    from mcp.server.mcpserver import Context
    from starlette.types import Receive, Scope, Send

    from ..client.protocol import History, Table

__all__ = ["install", "serving"]

PATH = "/mcp"


def install(app: FastAPI) -> None:
    """Add the address. What serves there is begun by `serving`."""
    # POST alone: without sessions there is nothing to listen to, nor to end.
    for path in (PATH, f"{PATH}/"):
        app.router.routes.append(Route(path, _Door(app), methods=["POST"]))


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncGenerator[None]:
    """Serve assistants within the block, if the library is installed."""
    try:
        from mcp.server.transport_security import TransportSecuritySettings

        from ...evaluation.environment import installed
        from ..mcp.server import create_server
    except ImportError:
        yield
        return
    settings = app.state.service.settings.service
    server = create_server(_find, version=installed(), corrections=settings.mcp_corrections)
    # By which names it may be called is checked for all requests, before they come here.
    unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    server.streamable_http_app(
        stateless_http=True, json_response=True, transport_security=unchecked
    )
    async with server.session_manager.run():
        app.state.mcp = server.session_manager
        try:
            yield
        finally:
            app.state.mcp = None


class _Door:
    """The ASGI application at the address."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request with a valid key on. Raises Unauthorized, Forbidden, NotFound."""
        identify(Request(scope, receive))
        manager = getattr(self._app.state, "mcp", None)
        if manager is None:
            raise NotFound("assistants are not served here; install 'spanmem[mcp]' and start again")
        # The protocol has clients accept two kinds of answers. Many name one, or any, and the SDK
        # would turn them away, although the one kind that they get here is the one they read.
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept"]
        headers.append((b"accept", b"application/json, text/event-stream"))
        await manager.handle_request({**scope, "headers": headers}, receive, send)


async def _find(context: Context[Any], memory: str | None) -> _MemoryOfKey:
    """The memory that a tool's call names, if the key of its request sees it."""
    request = context.request_context.request
    if not isinstance(request, Request):
        raise Unauthorized("no key; send one as `Authorization: Bearer sm_...`")
    if memory is None:
        names, key = service_of(request).memories.names(), identify(request)
        seen = [name for name in names if key.sees(name)]
        if len(seen) != 1:
            known = ", ".join(seen[:20]) or "none"
            raise InputError(f"which memory? name one of those that the key sees: {known}")
        memory = seen[0]
    access = await allow(Right.ASK, conditions=True)(request, memory)
    access.service.require_ready()
    return _MemoryOfKey(request, access)


class _MemoryOfKey:
    """A memory as a request's key may use it, by the operations of the API. An `AsyncClient`."""

    def __init__(self, request: Request, access: Access) -> None:
        self._request, self._access = request, access

    async def aname(self) -> str:
        return self._access.memory

    async def aask(
        self,
        question: str,
        *,
        scope: str = "",
        history: History | None = None,
        where: Mapping[str, Any] | None = None,
        top_k: int | None = None,
    ) -> Table:
        access = self._access
        asking = Asking(
            question=question,
            scope=access.scope(scope),
            history=None if history is None else tuple(history),
            where=access.where(where),
            sees=access.key.where,
            top_k=top_k,
            key=access.key.id,
            door="mcp",
        )
        asked = await access.service.engine.ask(access.memory, asking)
        note(self._request, access, asked)
        return asked_json(asked, access)

    async def asearch(
        self, question: str, *, limit: int = 10, where: Mapping[str, Any] | None = None
    ) -> list[Table]:
        body = Search(question=question, limit=limit, where=dict(where or {}))
        return _items(await search(self._access, body))

    async def asimilar(self, question: str, *, limit: int = 5) -> list[Table]:
        return _items(await similar(self._access, question, limit))

    async def apropose(self, question: str, text: str, *, author: str = "") -> Table:
        body = Correction(question=question, text=text)
        return {**await run_sync(add_proposal, self._access, body), "state": "proposed"}

    async def adocument(self, key: str) -> str:
        self._access.require(Right.READ, "reading a document's whole text")
        return str((await run_sync(get_text, self._access, key))["text"])


def _items(table: Table) -> list[Table]:
    return cast("list[Table]", table["items"])
