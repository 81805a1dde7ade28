"""The operations of an application, and the right that each declares."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from .access import Allow, AllowInMemory
from .rights import Right

__all__ = ["operations"]


def operations(app: FastAPI) -> Iterator[tuple[RouteContext, Right | None]]:
    """Each operation of the API, and its right; None: it declares none."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            calls = [dependency.call for dependency in route.dependant.dependencies]
            rights = [call.right for call in calls if isinstance(call, Allow | AllowInMemory)]
            yield route, rights[0] if rights else None
