"""Asking: one question, many at once, passages alone, and questions that were asked before."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from ....core.errors import InputError, SpanMemError
from ....core.records import TurnHit
from ....pipeline.qa import QA
from ..access import Access, allow
from ..asked import Asked, Asking
from ..errors import DeadlinePassed
from ..models import Body
from ..problems import refused
from ..rights import Right
from ..shown import addresses, asked_json, hit_json, readable_turns, turn_json

__all__ = ["Question", "asking_of", "note", "router", "while_connected"]

router = APIRouter(prefix="/v1/memories/{memory}", tags=["ask"])
Asker = Annotated[Access, Depends(allow(Right.ASK, conditions=True))]
Pair = Annotated[list[str | None], Field(min_length=2, max_length=2)]
_LOOK = 0.25
"""Seconds between two looks whether the caller is still there."""
_AT_ONCE = 4
"""Questions of a batch that are under way at once."""

T = TypeVar("T")


class Question(Body):
    """One question."""

    question: Annotated[str, Field(max_length=20_000, examples=["How long is the warranty?"])]
    """At most 300 words and 3,000 characters."""
    scope: Annotated[str, Field(max_length=200, examples=["customer-42"])] = ""
    """Names a conversation: its turns complete a follow-up, and the answer is remembered there."""
    history: Annotated[list[Pair], Field(max_length=10)] | None = None
    """Without a scope: the pairs of question and answer before it, oldest first."""
    where: Annotated[dict[str, Any], Field(max_length=50)] = Field(default_factory=dict)
    """What documents' metadata must be: `{"lang": "en", "year": {"gte": 2024}}`."""
    top_k: Annotated[int, Field(ge=1, le=20)] | None = None
    """Candidates that come with the answer, at most."""
    as_of: Annotated[str, Field(max_length=40)] | None = None
    """By what was told up to then, in UTC: `2026-11-23T20:00`."""
    remember: bool = True
    """Whether the answer is remembered in its scope."""
    timeout_ms: Annotated[int, Field(ge=1, le=3_600_000)] | None = None
    """In which it is answered or turned away, if that is less than the service gives."""


class Batch(Body):
    """Questions that have nothing to do with each other."""

    questions: Annotated[list[Question], Field(min_length=1, max_length=50)]


class Search(Body):
    """What passages are searched for."""

    question: Annotated[str, Field(max_length=20_000)]
    where: Annotated[dict[str, Any], Field(max_length=50)] = Field(default_factory=dict)
    limit: Annotated[int, Field(ge=1, le=100)] = 10


@router.post("/ask", operation_id="askOne", summary="Ask one question")
async def ask_one(request: Request, access: Asker, body: Question) -> dict[str, Any]:
    """The answer verbatim with its place, and how sure it is; or that none is known."""
    access.service.require_ready()
    asking = asking_of(body, access)
    asked = await while_connected(request, access.service.engine.ask(access.memory, asking))
    note(request, access, asked)
    return asked_json(asked, access)


@router.post("/ask/batch", operation_id="askMany", summary="Ask many questions")
async def ask_many(request: Request, access: Asker, body: Batch) -> dict[str, Any]:
    """Each item is an answer, or has the `problem` that kept it from one.

    A batch waits behind the questions that somebody asks one at a time.
    """
    access.service.require_ready()
    access.charge(len(body.questions) - 1)
    room = asyncio.Semaphore(_AT_ONCE)

    async def answered(question: Question) -> dict[str, Any]:
        try:
            asking = asking_of(question, access)
            async with room:
                asked = await access.service.engine.ask(access.memory, asking, lane="bulk")
        except SpanMemError as error:
            problem = json.loads(bytes(refused(request, error).body))
            return {"question": question.question, "problem": problem}
        return asked_json(asked, access)

    items = await while_connected(request, _all(*map(answered, body.questions)))
    return {"items": items}


@router.post("/search", operation_id="search", summary="Search passages")
async def search(access: Asker, body: Search) -> dict[str, Any]:
    """The passages that the question would be read in, best first, with the scores of each."""
    access.service.require_ready()
    engine, where = access.service.engine, access.where(body.where)
    hits = await engine.search(access.memory, body.question, where=where, limit=body.limit)
    urls = await engine.with_memory(
        access.memory, lambda qa: addresses(qa, (hit.passage.document for hit in hits))
    )
    return {"items": [hit_json(hit, urls) for hit in hits]}


@router.get("/similar", operation_id="findSimilar", summary="Find questions that are answered")
async def similar(
    access: Asker,
    question: Annotated[str, Query(max_length=3000)],
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> dict[str, Any]:
    """Corrected, confirmed and imported questions like this one that are answered for everyone.

    Nothing is read: quick enough for each pause of typing.
    """
    access.service.require_ready()
    where = access.where(None)

    def alike(qa: QA) -> list[TurnHit]:
        may_be_seen = readable_turns(qa, access.key.where)
        return [h for h in qa.similar(question, limit=limit, where=where) if may_be_seen(h.turn)]

    hits = await access.service.engine.with_memory(access.memory, alike)
    return {
        "items": [turn_json(h.turn, access) | {"similarity": round(h.similarity, 4)} for h in hits]
    }


def note(request: Request, access: Access, asked: Asked) -> None:
    """Let the line of the log say how a question was answered."""
    answers, settings = asked.answer.answers, access.service.settings.service
    request.state.figures = {
        "level": asked.level,
        "kind": answers[0].kind if answers else None,
        "queue_ms": round(asked.answer.timings_ms.get("queue", 0.0), 1),
        "question": asked.answer.question if settings.log_questions else None,
    }


def asking_of(body: Question, access: Access, *, door: str = "api") -> Asking:
    """A question as the engine takes it. Raises InputError."""
    if body.history is not None and body.scope:
        raise InputError("scope and history: a scope has its own history; give one of the two")
    history = None if body.history is None else tuple(_pair(pair) for pair in body.history)
    return Asking(
        question=body.question,
        scope=access.scope(body.scope),
        history=history,
        where=access.where(body.where),
        sees=access.key.where,
        top_k=body.top_k,
        as_of=body.as_of,
        remember=body.remember,
        timeout=None if body.timeout_ms is None else body.timeout_ms / 1000,
        key=access.key.id,
        door=door,
    )


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What comes of `work`, which is cancelled when the caller has gone."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=_LOOK))[0]:
            if await request.is_disconnected():
                raise DeadlinePassed("nobody waits for the answer any more; ask again")
        return task.result()
    finally:
        task.cancel()


async def _all(*work: Coroutine[Any, Any, T]) -> list[T]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in work]
    return [task.result() for task in tasks]


def _pair(pair: list[str | None]) -> tuple[str, str | None]:
    question, answer = pair
    if question is None:
        raise InputError("history: each pair begins with a question; it is null in one")
    return question, answer
