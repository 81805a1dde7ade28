"""The application: routers, what surrounds every request, start and stop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from . import problems
from .access import Allow, AllowInMemory
from .api import about
from .rights import Right
from .service import Service

__all__ = ["ROUTERS", "create_app", "operations"]

ROUTERS: tuple[APIRouter, ...] = (about.router,)
"""The groups of operations of `/v1`."""


def create_app(service: Service, *, start: bool = True) -> FastAPI:
    """The ASGI application of a service, which is started with it and not closed.

    `start=False` leaves starting to the caller. Raises RuntimeError for an operation that declares
    no right: a fault of ours.
    """
    app = FastAPI(
        title="SpanMem",
        openapi_url=None,
        telemetry={"logs": False},
        max_body_size=service.settings.service.body_bytes,
        lifespan=_lifespan(service, start),
    )
    app.state.service = service
    problems.install(app)
    app.include_router(about.health)
    for router in ROUTERS:
        app.include_router(router)
    for route, right in operations(app):
        if right is None:
            raise RuntimeError(f"{route.path} declares no right; depend on allow(...)")
    return app


def operations(app: FastAPI) -> Iterator[tuple[RouteContext, Right | None]]:
    """Each operation of the API, and the right that it declares."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            calls = [dependency.call for dependency in route.dependant.dependencies]
            rights = [call.right for call in calls if isinstance(call, Allow | AllowInMemory)]
            yield route, rights[0] if rights else None


def _lifespan(service: Service, start: bool) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        limiter = anyio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = service.settings.service.workers
        async with anyio.create_task_group() as tasks:
            if start:
                tasks.start_soon(anyio.to_thread.run_sync, service.start)
            yield
            await anyio.to_thread.run_sync(service.drain)

    return lifespan
