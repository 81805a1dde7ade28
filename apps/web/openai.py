"""The chat completions of OpenAI's API at `/openai/v1`: a socket for clients that speak it.

A memory is a model, the last message of the user is the question, and those before it are the
conversation in which a follow-up finds what it leaves out. Nothing is written: the answer stands
verbatim in its source, which comes with it, in the text and as `citations`. What steers a language
model (`temperature`, `tools`) is passed over, and no tokens are counted.

See https://platform.openai.com/docs/api-reference/chat.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from ...core.errors import InputError
from ..client.prompts import SOURCE, UNKNOWN, quoted
from .access import Access, allow_service
from .api.ask import note, while_connected
from .asked import Asking
from .errors import NotFound
from .rights import Right
from .shown import asked_json

__all__ = ["history_of", "is_prompt", "router"]

_PAIRS = 10
"""Latest exchanges that a follow-up is completed from."""
_LONGEST = 3000
"""Characters of an earlier message that are looked at."""
_HEADING = re.compile(r"\s*#{1,6} \w")
_SPEAKERS = tuple(
    re.compile(rf"^\W*(?:{names})\W*:", re.IGNORECASE | re.MULTILINE)
    for names in ("user|human", "assistant|ai|bot")
)
"""How lines begin that show who spoke in a conversation: the one who asks, and the model."""


router = APIRouter(prefix="/openai/v1", tags=["openai"])
Asker = Annotated[Access, Depends(allow_service(Right.ASK, conditions=True))]


class _Given(BaseModel):
    """Part of a request: what is not known is passed over, as clients send more than is used."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Part(_Given):
    """A piece of a message; those that are no text, such as images, are passed over."""

    text: str | None = None


class Message(_Given):
    """A message of the conversation; those that neither the user nor the assistant wrote count
    nothing.
    """

    role: str
    content: str | list[str | Part] | None = None

    @property
    def text(self) -> str:
        """What it says, in one text."""
        if not isinstance(self.content, list):
            return (self.content or "").strip()
        parts = [part if isinstance(part, str) else part.text for part in self.content]
        return "\n".join(part for part in parts if part).strip()


class StreamOptions(_Given):
    """What a stream holds besides."""

    include_usage: bool = False


class Chat(_Given):
    """A conversation that ends with a question."""

    model: Annotated[str, Field(max_length=100, examples=["support"])]
    """Name of a memory."""
    messages: Annotated[list[Message], Field(min_length=1, max_length=2000)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    user: Annotated[str, Field(max_length=200)] | None = None
    """Names a scope: what it asks is remembered there, and answered from there again."""


@router.get("/models", operation_id="listModels", summary="The memories as OpenAI's models")
def list_models(access: Asker) -> dict[str, Any]:
    """Those that the key sees."""
    names = [name for name in access.service.memories.names() if access.key.sees(name)]
    return {"object": "list", "data": [_model(name) for name in names]}


@router.get("/models/{model}", operation_id="getModel", summary="A memory as OpenAI's model")
def get_model(access: Asker, model: Annotated[str, Path(max_length=100)]) -> dict[str, Any]:
    """One that the key sees."""
    return _model(_seen(access, model))


@router.post(
    "/chat/completions",
    operation_id="complete",
    summary="Ask as OpenAI's clients do",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def complete(request: Request, access: Asker, body: Chat) -> Response:
    """The answer and its source as text, the source once more in `citations`; or "I do not know."

    With `stream` it comes in one piece: an answer that is read exists as a whole.
    """
    access.service.require_ready()
    memory = _seen(access, body.model)
    question, history = history_of(body.messages)
    asking = Asking(
        question=question,
        scope=access.scope(body.user or ""),
        history=history,
        where=access.where(None),
        sees=access.key.where,
        key=access.key.id,
        door="openai",
        of_a_program=is_prompt(question),
    )
    asked = await while_connected(request, access.service.engine.ask(memory, asking))
    note(request, access, asked)
    answer = asked_json(asked, access)
    if not body.stream:
        return JSONResponse(_completion(answer))
    usage = body.stream_options is not None and body.stream_options.include_usage
    return Response("".join(_events(answer, usage)), media_type="text/event-stream")


def history_of(messages: Sequence[Message]) -> tuple[str, tuple[tuple[str, str | None], ...]]:
    """The question that messages end with, and the (question, answer) pairs before it.

    An answer is what the assistant said next, without the line that names its source. Raises
    InputError where the user asks nothing.
    """
    pairs: list[tuple[str, str | None]] = []
    for message in messages:
        text, role = message.text, message.role.lower()
        if role == "user" and text:
            pairs.append((text, None))
        elif role == "assistant" and pairs and text:
            said = text.partition(f"\n\n{SOURCE}")[0][:_LONGEST]
            pairs[-1] = pairs[-1][0], None if said == UNKNOWN else said
    if not pairs:
        raise InputError("messages: none of the user's has a text; end with the question")
    earlier = [(asked[:_LONGEST], said) for asked, said in pairs[-_PAIRS - 1 : -1]]
    return pairs[-1][0], tuple(earlier)


def is_prompt(text: str) -> bool:
    """Whether a message is written for a language model, and asked by no one.

    Chat programs have titles, tags and next questions made by the same model that answers: by a
    text that opens with a heading, or holds the conversation line by line with its speakers.
    """
    return _HEADING.match(text) is not None or all(said.search(text) for said in _SPEAKERS)


def _seen(access: Access, model: str) -> str:
    """The memory of that name. Raises NotFound where the key sees none such."""
    if not (access.key.sees(model) and model in access.service.memories.names()):
        raise NotFound(f"no memory {model[:100]!r} for this key; GET /openai/v1/models lists those")
    return model


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "spanmem"}


def _completion(answer: dict[str, Any]) -> dict[str, Any]:
    message = {
        "role": "assistant",
        "content": quoted(answer),
        "refusal": None,
        "annotations": _annotations(answer),
    }
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**_head(answer, "chat.completion"), "choices": [choice], "usage": _USAGE}


_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def _events(answer: dict[str, Any], usage: bool) -> Iterator[str]:
    """The stream: the answer, its end, its usage if wanted, and the end of the stream."""
    head = _head(answer, "chat.completion.chunk")
    content = {"content": quoted(answer), "annotations": _annotations(answer)}
    for delta, reason in (({"role": "assistant", **content}, None), ({}, "stop")):
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        yield f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"
    if usage:
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': _USAGE})}\n\n"
    yield "data: [DONE]\n\n"


def _head(answer: dict[str, Any], kind: str) -> dict[str, Any]:
    """What a completion and its pieces have in common, with what OpenAI's do not have."""
    names = ("id", "level", "confidence", "abstained", "looked_up", "notices")
    return {
        "id": f"chatcmpl-{answer['id']}",
        "object": kind,
        "created": int(time.time()),
        "model": answer["memory"],
        "citations": _citations(answer),
        "spanmem": {name: answer[name] for name in names},
    }


def _citations(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The places of the answer, best first; `start` and `end` count characters of the document."""
    if answer["abstained"] or not answer["answers"]:
        return []
    best = answer["answers"][0]
    names = ("document", "key", "title", "page", "url", "start", "end")
    return [
        {"index": index, **{name: place[name] for name in names}, "quote": place["text"]}
        for index, place in enumerate((best["source"], *best["support"]), start=1)
    ]


def _annotations(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of the places that have an address, as OpenAI annotates a text by what it rests on."""
    length = len(answer["text"] or "")
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "url": place["url"],
                "title": place["title"] or place["document"],
                "start_index": 0,
                "end_index": length,
            },
        }
        for place in _citations(answer)
        if place["url"]
    ]
