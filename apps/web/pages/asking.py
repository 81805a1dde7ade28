"""Asking, and what is said of answers: the screen that everyone sees first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Form, Query, Request, Response

from ....core.errors import InputError
from ..api.ask import Question, asking_of, while_connected
from ..asked import Asked, AskedRow
from ..identifiers import new_id
from ..rights import Right
from ..shown import asked_json
from .screen import PageRoute, Screen, on_memory, to
from .words import ON_PAGE, path_part

__all__ = ["router"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)
VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "wrong": "Wrong",
        "incomplete": "Only part of it",
        "outdated": "Out of date",
        "off-topic": "About something else",
    }
)
"""What may be the matter with an answer: each is work of another kind."""
_SHOWN = 20
"""Answers of a conversation that the screen holds."""
_UNPROCESSABLE = 422
_ONE_LINE = 300
Asker = Annotated[Screen, Depends(on_memory(Right.ASK))]
Conversation = Annotated[str, Form(max_length=200)]


@router.get("/m/{memory}")
def ask(screen: Asker, c: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The box, and below it the conversation `c`, newest first."""
    return _screen(screen, c)


@router.post("/m/{memory}/ask")
async def ask_question(
    request: Request,
    screen: Asker,
    question: Annotated[str, Form(max_length=20_000)] = "",
    conversation: Conversation = "",
    alone: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Ask; `alone` asks it as it stands, without what came before in the conversation."""
    access = screen.access
    access.service.require_ready()
    conversation = conversation or f"{ON_PAGE}/{new_id()}"
    try:
        asking = asking_of(Question(question=question, scope=conversation), access, door="page")
        if alone:
            asking = replace(asking, history=())
        asked = await while_connected(request, access.service.engine.ask(access.memory, asking))
    except InputError as error:
        return await run_sync(
            lambda: _screen(
                screen, conversation, question=question, slip=str(error), status=_UNPROCESSABLE
            )
        )
    request.app.state.recent.add(asked)
    return to(_address(screen, conversation))
