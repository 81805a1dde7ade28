"""Asking, and what is said of answers: the screen that everyone sees first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Form, Path, Query, Response

from ....core.errors import InputError
from ..api import corrections as corrections_api
from ..api import documents as documents_api
from ..api import feedback as feedback_api
from ..api import proposals as proposals_api
from ..api.ask import Question, asking_of, note, while_connected
from ..base_path import base_path_of, public_origin
from ..identifiers import new_id
from ..rights import Right
from .cards import Recent, conversation_cards
from .places import place_of
from .screen import PageRoute, Screen, filled, on_memory, to
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
_UNPROCESSABLE = 422
_WORTH_A_LOOK = 0.05
"""Confidence from which another answer is shown."""
Asker = Annotated[Screen, Depends(on_memory(Right.ASK, conditions=True))]
Corrector = Annotated[Screen, Depends(on_memory(Right.CORRECT, conditions=True))]
Conversation = Annotated[str, Form(max_length=200)]
AskedId = Annotated[str, Path(max_length=64)]


@router.get("/m/{memory}")
def ask(
    screen: Asker,
    c: Annotated[str, Query(max_length=200)] = "",
    said: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The box, and below it the conversation `c`, newest first."""
    screen.access.service.require_ready()
    return _screen(screen, c, said=said)


@router.post("/m/{memory}/ask")
async def ask_question(
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
        asking = asking_of(
            filled(Question, question=question, scope=conversation), access, door="page"
        )
        if alone:
            asking = replace(asking, history=())
        asked = await while_connected(
            screen.request, access.service.engine.ask(access.memory, asking)
        )
    except InputError as error:
        slip = str(error)
        return await run_sync(lambda: _screen(screen, conversation, question, slip))
    note(screen.request, access, asked)
    _recent(screen).add(asked)
    return to(_address(screen, conversation))


@router.post("/m/{memory}/asked/{asked}/verdict")
def judge(
    screen: Asker,
    asked: AskedId,
    verdict: Annotated[str, Form(max_length=20)] = "",
    conversation: Conversation = "",
) -> Response:
    """Say whether an answer is right, or what is the matter with it."""
    feedback_api.judge(screen.access, asked, filled(feedback_api.Judgment, verdict=verdict))
    return to(_address(screen, conversation, asked))


@router.post("/m/{memory}/asked/{asked}/confirm")
def confirm(screen: Corrector, asked: AskedId, conversation: Conversation = "") -> Response:
    """Have an answer given from now on: to everyone, or in its conversation, as the key may."""
    scope = "" if screen.access.may(Right.EDIT) else conversation
    body = filled(corrections_api.Confirmation, asked=asked, scope=scope)
    corrections_api.add_confirmation(screen.access, body)
    return to(_address(screen, conversation, asked, "confirmed"))


@router.post("/m/{memory}/asked/{asked}/correct")
def correct(
    screen: Asker,
    asked: AskedId,
    text: Annotated[str, Form(max_length=20_000)] = "",
    conversation: Conversation = "",
    everyone: Annotated[str, Form(max_length=10)] = "",
    document: Annotated[str, Form(pattern=r"^(?:[0-9a-f]{16})?$")] = "",
    start: Annotated[str, Form(max_length=12)] = "",
    end: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """Give the right answer, in a person's words or, of a `document`, in that one's own.

    Who may not correct proposes it.
    """
    access = screen.access
    text = text.replace("\r\n", "\n").strip()
    table: dict[str, Any] = {"asked": asked, "text": text}
    if document:
        info = documents_api.get_document(access, document)
        words = documents_api.get_text(access, document)["text"]
        place = place_of(words, text, start, end)
        table |= {
            "text": None,
            "evidence": {"document": info["id"], "start": place[0], "end": place[1]},
        }
    scope = "" if everyone else conversation
    body = filled(corrections_api.Correction, **table, scope=scope)
    if not access.may(Right.CORRECT):
        proposals_api.add_proposal(access, body)
        return to(_address(screen, conversation, asked, "proposed"))
    corrections_api.add_correction(access, body)
    return to(_address(screen, conversation, asked, "corrected"))


def _recent(screen: Screen) -> Recent:
    recent: Recent = screen.request.app.state.recent
    return recent


def _address(screen: Screen, conversation: str, asked: str = "", said: str = "") -> str:
    """The address of a conversation, at one of its answers."""
    query = "&".join(
        f"{name}={path_part(value)}"
        for name, value in (("c", conversation), ("said", said))
        if value
    )
    return f"{screen.root}{'?' if query else ''}{query}{f'#a{asked}' if asked else ''}"


_SAID: Mapping[str, str] = MappingProxyType(
    {
        "corrected": "Saved. Ask again, and this is the answer.",
        "proposed": "Proposed. Somebody looks at it before it counts.",
        "confirmed": "Confirmed. It is the answer from now on, as long as its source stands.",
    }
)
"""What has been done, told once."""


def _screen(
    screen: Screen, conversation: str, question: str = "", slip: str = "", said: str = ""
) -> Response:
    with screen.access.service.memories.using(screen.memory) as qa:
        documents, passages = qa.memory.counts()
    return screen.page(
        "ask.jinja",
        status=_UNPROCESSABLE if slip else 200,
        answers=conversation_cards(screen.access, _recent(screen), conversation),
        conversation=conversation,
        question=question,
        slip=slip,
        said=_SAID.get(said, ""),
        documents=documents,
        passages=passages,
        verdicts=VERDICTS,
        likely=lambda answers: [each for each in answers if each["confidence"] >= _WORTH_A_LOOK],
        link_of=lambda source: _link(screen, source),
    )


def _link(screen: Screen, source: Mapping[str, Any]) -> str:
    """Where a source is seen: on the web at its words, where it has an address, else here.

    Text fragments: https://wicg.github.io/scroll-to-text-fragment/.
    """
    if source["url"]:
        words = path_part(source["text"]).replace("-", "%2D")
        return f"{source['url'].partition('#')[0]}#:~:text={words}"
    span = f"{source['start']}-{source['end']}"
    request = screen.request
    base = public_origin(request) or str(request.base_url).rstrip("/")
    return f"{base}{base_path_of(request)}{screen.root}/d/{source['key']}?mark={span}#c{span}"
