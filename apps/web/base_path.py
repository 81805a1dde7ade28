"""Serving at `service.public_url`, whatever address a proxy in front of it calls.

Its scheme is the scheme of every request. Of its path, such as `/qa`, the application knows
nothing: only what leaves it, its screens' links and the addresses in headers, begins with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...core.errors import InputError
from ...pipeline.settings import ServiceSettings

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = [
    "OWN",
    "PublicAddress",
    "base_path_of",
    "check_public_path",
    "public_origin",
    "public_path",
    "without",
]

OWN = frozenset(
    {"about", "appearance", "audit", "health", "keys", "login", "logout", "m", "mcp", "metrics"}
    | {"openai", "problems", "static", "v1"}
)
"""What addresses of the service's own begin with."""

_PATH, _ORIGIN = "spanmem.base_path", "spanmem.origin"

_ADDRESSES = frozenset({b"location", b"hx-redirect"})
"""Headers whose value is an address."""
_LINK = re.compile(rb"<(?=/)")


def public_path(settings: ServiceSettings) -> str:
    """The path of `service.public_url`, such as `/qa`; "" where it has none."""
    return urlsplit(settings.public_url or "").path


def base_path_of(request: Request) -> str:
    """The path that addresses in an answer's body begin with; "" where there is none."""
    return str(request.scope.get(_PATH, ""))


def public_origin(request: Request) -> str | None:
    """The scheme and host, with its port, of `service.public_url`; None where that is not set."""
    origin: str | None = request.scope.get(_ORIGIN)
    return origin


def check_public_path(settings: ServiceSettings) -> None:
    """Raise InputError for a path that begins as addresses of the service's own do.

    Behind a proxy that takes the path away, nothing would tell the two apart.
    """
    first = public_path(settings)[1:].partition("/")[0]
    if first in OWN:
        raise InputError(
            f"service.public_url: the service has addresses of its own below /{first}; serve it "
            "below another path"
        )


def without(base_path: str, path: str) -> str:
    """A path as the application knows it: without the base path, if it lies below."""
    inner = path.removeprefix(base_path)
    if inner.startswith("/"):
        return inner
    return path if inner else "/"


class PublicAddress:
    """ASGI middleware that has requests come by the scheme of the public address, whether the proxy
    tells it or not, and takes its path from them and puts it on what is answered.

    Proxies may take the path away before or may not.
    """

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        parts = urlsplit(public_url)
        self._app, self._scheme, self._base_path = app, parts.scheme, parts.path
        self._origin = f"{parts.scheme}://{parts.netloc}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as if it had come to the root of the host."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        raw = scope["raw_path"].decode("latin-1")
        inner = {
            _PATH: self._base_path,
            _ORIGIN: self._origin,
            "scheme": self._scheme,
            "path": without(self._base_path, scope["path"]),
            "raw_path": without(self._base_path, raw).encode("latin-1"),
        }

        async def below(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [self._header(*header) for header in message.get("headers", ())]
                message = {**message, "headers": headers}
            await send(message)

        await self._app({**scope, **inner}, receive, below)

    def _header(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        base_path = self._base_path.encode("ascii")
        if name.lower() in _ADDRESSES and value.startswith(b"/"):
            return name, base_path + value
        if name.lower() == b"link":
            return name, _LINK.sub(b"<" + base_path, value)
        return name, value
