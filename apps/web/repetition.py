"""What stands around operations so that a repeated POST is done once (`idempotency.py`)."""

from __future__ import annotations

import hashlib

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...core.errors import InputError, SpanMemError
from .access import identify, service_of
from .idempotency import Stored

__all__ = ["IdempotentRequests"]

_TOKEN = 128
_LARGEST = 1 << 20
"""Bytes of an answer that are kept; a larger one is given once."""
_KEPT_HEADERS = frozenset({b"content-type", b"location", b"retry-after"})


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
        if token is None or kind.startswith("multipart/"):
            await self._app(scope, receive, send)
            return
        if not 1 <= len(token) <= _TOKEN or not token.isascii() or not token.isprintable():
            raise InputError(f"an Idempotency-Key has 1 to {_TOKEN} printable ASCII characters")
        try:
            key = identify(request).id
        except SpanMemError:  # which the operation itself tells
            await self._app(scope, receive, send)
            return
        body = await request.body()
        digest = hashlib.sha256(
            b"\0".join((scope["path"].encode(), scope.get("query_string", b""), body))
        ).digest()
        kept = service_of(request).idempotency
        memory = _memory_in(scope["path"])
        stored = await run_sync(lambda: kept.begin(key, token, digest, memory=memory))
        if stored is not None:
            await _send(stored, send)
            return
        answer: Stored | None = None
        try:
            answer = await self._answered(scope, _replay(body, receive), send)
        finally:
            await run_sync(kept.end, key, token, answer)

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


async def _send(stored: Stored, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in stored.headers]
    headers += [
        (b"content-length", str(len(stored.body)).encode()),
        (b"idempotency-replayed", b"true"),
    ]
    await send({"type": "http.response.start", "status": stored.status, "headers": headers})
    await send({"type": "http.response.body", "body": stored.body})
