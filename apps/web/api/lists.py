"""Lists that come in parts: where the next one is, told by a `Link` header too (RFC 8288)."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

__all__ = ["ListRoute"]


class ListRoute(APIRoute):
    """A route whose answer may have a `next`, which its `cursor` takes."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Answers with the address of the next part in the header."""
        handler = super().get_route_handler()
        if all(parameter.name != "cursor" for parameter in self.dependant.query_params):
            return handler

        async def linked(request: Request) -> Response:
            response = await handler(request)
            place = json.loads(bytes(response.body))["next"]
            if place is not None:
                further = request.url.include_query_params(cursor=place).query
                # As it was sent: a decoded name may hold slashes and letters that no header takes.
                path = request.scope["raw_path"].decode("ascii")
                response.headers["Link"] = f'<{path}?{further}>; rel="next"'
            return response

        return linked
