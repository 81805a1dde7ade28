"""Unanswered questions as a work list: answered now, set aside, opened again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Response

from ..access import Access
from ..api import corrections as corrections_api
from ..api import unanswered as api
from ..api.feedback import DOUBTS
from ..asked import Asked
from ..errors import Conflict
from ..rights import Right
from ..shown import asked_json
from ..unanswered import GapState
from .asking import VERDICTS
from .screen import PageRoute, Screen, filled, on_memory, to

__all__ = ["router"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_SHOWN = 20
_EXAMPLES = 4
_NEAREST = 2
Reader = Annotated[Screen, Depends(on_memory(Right.READ))]
Editor = Annotated[Screen, Depends(on_memory(Right.EDIT))]
Identifier = Annotated[str, Path(max_length=64)]


@router.get("/m/{memory}/unanswered")
def unanswered(
    screen: Reader,
    state: GapState = "open",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """What was asked in vain or answered wrongly, asked last first."""
    listed = api.list_gaps(screen.access, state=state, limit=_SHOWN, cursor=cursor)
    gaps = [_with_examples(screen.access, gap) for gap in listed["items"]]
    return screen.page("unanswered.jinja", gaps=gaps, next=listed["next"], state=state)


@router.post("/m/{memory}/unanswered/{gap}/answer")
def answer(
    screen: Editor, gap: Identifier, text: Annotated[str, Form(max_length=20_000)] = ""
) -> Response:
    """Tell everyone who asks it, as a correction of the question asked last."""
    examples = api.get_gap(screen.access, gap)["examples"]
    if not examples:
        raise Conflict("this question is kept no more; ask it, and answer it there")
    body = filled(
        corrections_api.Correction, asked=examples[0]["id"], text=text.replace("\r\n", "\n").strip()
    )
    corrections_api.add_correction(screen.access, body)
    return to(f"{screen.root}/unanswered")


@router.post("/m/{memory}/unanswered/{gap}/state")
def change(
    screen: Editor, gap: Identifier, state: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """Set it aside, or open it again."""
    api.change_gap(screen.access, gap, filled(api.Change, state=state))
    return to(f"{screen.root}/unanswered")


def _with_examples(access: Access, gap: dict[str, Any]) -> dict[str, Any]:
    """A group with other words of its question, what was said of the answers, and near places."""
    examples = api.get_gap(access, gap["id"])["examples"]
    words = dict.fromkeys(example["question"] for example in examples)
    words.pop(gap["question"], None)
    places: dict[str, dict[str, Any]] = {}
    for example in examples:
        source = _nearest(access, example["id"])
        if source is not None:
            places.setdefault(source["passage"], source)
    return {
        **gap,
        "examples": list(words)[:_EXAMPLES],
        "nearest": list(places.values())[:_NEAREST],
        "said": [
            (VERDICTS.get(each["verdict"], each["verdict"]), each["comment"], each["at"])
            for example in examples
            for each in example["feedback"]
            if each["comment"] or each["verdict"] in DOUBTS
        ][:_EXAMPLES],
    }


def _nearest(access: Access, asked: str) -> dict[str, Any] | None:
    """Where the best candidate of a question stood, in its sentence; None: it was told."""
    row = access.service.log.get(access.memory, asked)
    shown = asked_json(Asked(row.id, row.memory, row.scope, row.level, row.answer), access)
    source: dict[str, Any] | None = shown["answers"][0]["source"] if shown["answers"] else None
    return source if source is not None and source["key"] else None
