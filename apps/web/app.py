"""The application: routers, what surrounds every request, start and stop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware import Middleware

from . import logs, mcp, notify, openai, problems
from .access import in_utf8, known_parameters
from .api import (
    about,
    ask,
    audit,
    conversations,
    corrections,
    documents,
    feedback,
    jobs,
    keys,
    memories,
    proposals,
    unanswered,
)
from .base_path import PublicAddress
from .middleware import BodyLimits, Surroundings
from .operations import operations
from .pages import routes as pages
from .repetition import IdempotentRequests
from .service import Service

__all__ = ["ROUTERS", "create_app"]

ROUTERS: tuple[APIRouter, ...] = (
    about.router,
    memories.router,
    ask.router,
    conversations.router,
    corrections.router,
    proposals.router,
    feedback.router,
    unanswered.router,
    documents.router,
    jobs.router,
    keys.router,
    audit.router,
)
"""The groups of operations of `/v1`."""


def create_app(service: Service, *, start: bool = True) -> FastAPI:
    """The ASGI application of a service, which is started with it and not closed.

    `start=False` leaves starting to the caller. Raises RuntimeError for an operation that declares
    no right: a fault of ours.
    """
    public_url = service.settings.service.public_url
    public = [] if public_url is None else [Middleware(PublicAddress, public_url=public_url)]
    app = FastAPI(
        title="SpanMem",
        openapi_url=None,
        # They name the address that a proxy calls, to which a client would go with its key.
        redirect_slashes=False,
        # Its own log would hold what faults said, and with it questions.
        telemetry={"logs": False},
        middleware=[
            *public,
            Middleware(Surroundings, service=service),
            Middleware(BodyLimits, service=service),
            Middleware(IdempotentRequests),
        ],
        lifespan=_lifespan(service, start),
    )
    app.state.service = service
    problems.install(app)
    app.include_router(about.public)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(known_parameters), Depends(in_utf8)])
    # Clients that are not ours send it parameters of their own, such as `api-version`.
    app.include_router(openai.router, dependencies=[Depends(in_utf8)])
    mcp.install(app)
    pages.install(app)
    for route, allowed in operations(app):
        if allowed is None:
            raise RuntimeError(f"{route.path} declares no right; depend on allow(...)")
    return app


def _lifespan(service: Service, start: bool) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        limiter = anyio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = service.settings.service.workers
        async with mcp.serving(app), anyio.create_task_group() as tasks:
            if start:
                tasks.start_soon(_start, service)
            tasks.start_soon(_watchdog)
            yield
            notify.tell("STOPPING=1")
            await anyio.to_thread.run_sync(service.drain)
            tasks.cancel_scope.cancel()

    return lifespan


async def _start(service: Service) -> None:
    """Start beside the requests, which are told meanwhile that it is loading.

    What stands in the way ends the server: a service that never gets ready helps nobody.
    """
    try:
        await anyio.to_thread.run_sync(service.start, abandon_on_cancel=True)
    except Exception as error:
        service.failure = error
        service.stop()
        logs.event("failed", error=type(error).__name__)
        service.on_failure()
        return
    notify.tell("READY=1")


async def _watchdog() -> None:
    """Tell systemd that the event loop goes round, if it wants to know."""
    while (seconds := notify.watchdog_seconds()) is not None:
        notify.tell("WATCHDOG=1")
        await anyio.sleep(seconds / 2)
