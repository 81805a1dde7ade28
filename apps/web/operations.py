"""The operations of an application, and what each declares of the keys that it lets in."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from .access import Allow, AllowInMemory

__all__ = ["operations"]


def operations(app: FastAPI) -> Iterator[tuple[RouteContext, Allow | AllowInMemory | None]]:
    """Each operation of the API, and whom it lets in; None: it declares nothing."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            calls = [dependency.call for dependency in route.dependant.dependencies]
            allowed = [call for call in calls if isinstance(call, Allow | AllowInMemory)]
            yield route, allowed[0] if allowed else None
