"""All screens of the page, and its static files, for an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Response
from starlette.staticfiles import StaticFiles

from ..errors import NotFound
from ..rights import Right
from . import (
    administration,
    asking,
    conversations,
    corrections,
    documents,
    figures,
    sign_in,
    unanswered,
)
from .cards import Recent
from .screen import STATIC, PageRoute, Screen, on_memory, on_service, to
from .ways import Ways

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["SCREENS", "install"]

start = APIRouter(route_class=PageRoute, include_in_schema=False)


@start.get("/")
def first(screen: Annotated[Screen, Depends(on_service(Right.ANY, conditions=True))]) -> Response:
    """The first memory that the key may ask; what the service is, where there is none."""
    if not screen.access.may(Right.ASK):
        return to("/about")
    names = (
        name for name in screen.access.service.memories.names() if screen.access.key.sees(name)
    )
    name = next(names, None)
    return to("/about" if name is None else f"/m/{name}")


nowhere = APIRouter(route_class=PageRoute, include_in_schema=False)


@nowhere.get("/m/{memory}/{path:path}")
def missing(
    _screen: Annotated[Screen, Depends(on_memory(Right.ANY, conditions=True))], path: str
) -> Response:
    """An address below a memory that is no screen's."""
    raise NotFound(f"there is no page {path[:100]!r} here; choose one from the menu")


SCREENS: tuple[APIRouter, ...] = (
    start,
    sign_in.router,
    administration.router,
    asking.router,
    documents.router,
    unanswered.router,
    corrections.router,
    conversations.router,
    figures.router,
    nowhere,
)
"""The groups of screens."""


class _Files(StaticFiles):
    """Static files that a browser keeps for good: a changed one has another address."""

    async def get_response(self, path: str, scope: Any) -> Response:
        response = await super().get_response(path, scope)
        if b"v=" in scope["query_string"]:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def install(app: FastAPI) -> None:
    """Serve the page from an application that has the API already."""
    app.state.recent = Recent()
    app.state.ways = Ways(router for router in SCREENS if router is not nowhere)
    for router in SCREENS:
        app.include_router(router)
    app.mount("/static", _Files(directory=STATIC), name="static")
