"""Serving below a path of a host's, such as `/qa`: the application knows nothing of it.

Only what leaves it, its screens' links and the addresses in headers, begins with the path.
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

__all__ = ["OWN", "BasePath", "base_path_of", "check_public_path", "public_path", "without"]

OWN = frozenset(
    {"about", "appearance", "audit", "health", "keys", "login", "logout", "m", "mcp", "metrics"}
    | {"openai", "problems", "static", "v1"}
)
"""What addresses of the service's own begin with."""

_KEY = "spanmem.base_path"

_ADDRESSES = frozenset({b"location", b"hx-redirect"})
"""Headers whose value is an address."""
_LINK = re.compile(rb"<(?=/)")


def public_path(settings: ServiceSettings) -> str:
    """The path of `service.public_url`, such as `/qa`; "" where it has none."""
    return urlsplit(settings.public_url or "").path


def base_path_of(request: Request) -> str:
    """The path that addresses in an answer's body begin with; "" where there is none."""
    return str(request.scope.get(_KEY, ""))


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


class BasePath:
    """ASGI middleware that takes the base path from requests and puts it on what is answered.

    Proxies may take it away before or may not.
    """

    def __init__(self, app: ASGIApp, base_path: str) -> None:
        self._app, self._base_path = app, base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as if it had come to the root of the host."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        raw = scope["raw_path"].decode("latin-1")
        inner = {
            _KEY: self._base_path,
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
