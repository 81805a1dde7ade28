"""What stands around operations so that a repeated POST is done once (`idempotency.py`)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...core.errors import InputError, SpanMemError
from .access import identify, service_of
from .idempotency import Idempotency, Stored

__all__ = ["IdempotentRequests", "Repeatable", "replayed"]

_TOKEN = 128
_LARGEST = 1 << 20
"""Bytes of an answer that are kept; a larger one is given once."""
_KEPT_HEADERS = frozenset({b"content-type", b"location", b"retry-after"})


@dataclass(slots=True)
class Repeatable:
    """A request that came with a token."""

    _kept: Idempotency
    _key: str
    _token: str
    _scope: Scope
    begun: bool = False
    """Whether it is the first with this token, and noted."""

    def begin(self, content: bytes) -> Stored | None:
        """See `Idempotency.begin`; `content` stands for all that the request holds."""
        address = self._scope["path"].encode(), self._scope.get("query_string", b"")
        digest = hashlib.sha256(b"\0".join((*address, content))).digest()
        memory = _memory_in(self._scope["path"])
        stored = self._kept.begin(self._key, self._token, digest, memory=memory)
        self.begun = stored is None
        return stored

    def end(self, answer: Stored | None) -> None:
        """See `Idempotency.end`."""
        self._kept.end(self._key, self._token, answer)


class IdempotentRequests:
    """ASGI middleware that answers a repeated POST with the first one's answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise what `Idempotency.begin` raises, to be answered by whoever stands around it."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        token = request.headers.get("idempotency-key")
        kind = request.headers.get("content-type", "")
        if token is None:
            await self._app(scope, receive, send)
            return
        if not 1 <= len(token) <= _TOKEN or not token.isascii() or not token.isprintable():
            raise InputError(f"an Idempotency-Key has 1 to {_TOKEN} printable ASCII characters")
        try:
            key = identify(request).id
        except SpanMemError:  # which the operation itself tells
            await self._app(scope, receive, send)
            return
        repeatable = Repeatable(service_of(request).idempotency, key, token, scope)
        if kind.startswith("multipart/"):  # whose operation says when all has come, and what it was
            request.state.repeatable = repeatable
        else:
            body = await request.body()
            stored = await run_sync(repeatable.begin, body)
            if stored is not None:
                await replayed(stored)(scope, receive, send)
                return
            receive = _replay(body, receive)
        answer: Stored | None = None
        try:
            answer = await self._answered(scope, receive, send)
        finally:
            if repeatable.begun:
                await run_sync(repeatable.end, answer)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> Stored | None:
        """Let the application answer; returns what is worth keeping of it."""
        status, headers, size = 0, list[tuple[str, str]](), 0
        pieces: list[bytes] = []

        async def watched(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                for name, value in message.get("headers", ()):
                    if name.lower() in _KEPT_HEADERS:
                        headers.append((name.decode("latin-1"), value.decode("latin-1")))
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
                if size <= _LARGEST:
                    pieces.append(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, watched)
        if not 200 <= status < 300 or size > _LARGEST:
            return None
        return Stored(status, tuple(headers), b"".join(pieces))


def _memory_in(path: str) -> str:
    parts = path.split("/")
    return parts[3] if parts[1:3] == ["v1", "memories"] and len(parts) > 3 else ""


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body which was read already, and then goes on."""
    first = True

    async def again() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again


def replayed(stored: Stored) -> Response:
    """The answer that was given before, marked as such."""
    headers = {**dict(stored.headers), "idempotency-replayed": "true"}
    return Response(stored.body, stored.status, headers)
