"""Where a form or a sign-in leads on to: only to screens that there are."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute

from ..keys import Key

__all__ = ["Ways", "ways_of"]


class Ways:
    """The addresses of an application's screens."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        """Of the groups of screens; what takes any address is to be left out."""
        self._patterns = tuple(
            route.path_regex
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute) and "GET" in (route.methods or ())
        )

    def screen_at(self, path: str, *, key: Key | None = None) -> str:
        """The path of the screen that an address of ours names, or of the nearest one above it.

        `/m/acme/ask`, to which a form is sent, is no screen: `/m/acme` is. The start for another
        site's address, and for that of a memory which `key` does not see.
        """
        if not path.startswith("/") or path[1:2] in ("/", "\\") or not path.isprintable():
            return "/"
        place = path.partition("?")[0].partition("#")[0]
        parts = place.split("/")
        memory = unquote(parts[2]) if parts[1] == "m" and parts[2:] else None
        if key is not None and memory is not None and not key.sees(memory):
            return "/"
        if self._is_screen(place):
            return path
        while len(parts) > 1 and not self._is_screen("/".join(parts)):
            parts.pop()
        return "/".join(parts) or "/"

    def _is_screen(self, path: str) -> bool:
        plain = unquote(path)
        return path != "/login" and any(pattern.match(plain) for pattern in self._patterns)


def ways_of(request: Request) -> Ways:
    """Those of the application that a request came to."""
    ways: Ways = request.app.state.ways
    return ways
