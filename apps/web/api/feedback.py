"""What was asked, what was said of the answers, and counts of each day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from ....core.errors import InputError
from ..access import Access, allow
from ..asked import AskedRow
from ..models import Body
from ..proposals import Verdict
from ..rights import Right
from .corrections import visible

__all__ = ["DOUBTS", "router"]

router = APIRouter(prefix="/v1/memories/{memory}", tags=["feedback"])
Asker = Annotated[Access, Depends(allow(Right.ASK, conditions=True))]
Reader = Annotated[Access, Depends(allow(Right.READ))]
Day = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")]
DOUBTS = ("wrong", "outdated", "off-topic")
"""Verdicts that make a question one of the unanswered."""
_DAYS = 30


class Judgment(Body):
    """What somebody says of an answer."""

    verdict: Verdict
    comment: Annotated[str, Field(max_length=2000)] = ""


@router.post("/asked/{asked}/feedback", operation_id="judge", summary="Judge an answer")
def judge(access: Asker, asked: str, body: Judgment) -> dict[str, Any]:
    """One of each key counts for each answer: the last.

    An answer that is wrong, outdated or off the topic makes its question one of the unanswered, for
    as long as anybody says so.
    """
    row = visible(access, asked)
    service = access.service
    new = service.feedback.add(
        row, author=access.key.id, verdict=body.verdict, comment=body.comment.strip()
    )
    if new:
        service.metrics.feedback.labels(access.memory, body.verdict).inc()
    gap = row.gap
    if gap is not None and _was_taken_back(access, row, gap):
        gap = None
        service.log.join(row.id, None)
    if body.verdict in DOUBTS and gap is None and row.looked_up:
        gap = service.gaps.place(access.memory, row.looked_up)
        service.log.join(row.id, gap)
    return {"asked": row.id, "verdict": body.verdict, "unanswered": gap}


def _was_taken_back(access: Access, row: AskedRow, gap: str) -> bool:
    """Whether verdicts alone had made it one of the open ones, and none says so any more."""
    if row.level == "unknown" or access.service.feedback.doubted(row.id, DOUBTS):
        return False
    return access.service.gaps.get(access.memory, gap).state == "open"


@router.get("/asked/{asked}", operation_id="getAsked", summary="One question with its answer")
def get_asked(access: Asker, asked: str) -> dict[str, Any]:
    """As it was answered then, with what was said of it."""
    row = visible(access, asked)
    feedback = access.service.feedback.of(row.id)
    if access.key.where or not access.may(Right.READ):
        feedback = [each for each in feedback if each["author"] == access.key.id]
    return {**row_json(row, access), "feedback": feedback}


@router.get("/stats", operation_id="getStats", summary="How it is going")
def get_stats(
    access: Reader,
    first: Annotated[Day, Query(alias="from")] = None,
    last: Annotated[Day, Query(alias="to")] = None,
) -> dict[str, Any]:
    """Counts of each day: asked, by level, by kind of answer, by door, and verdicts."""
    today = datetime.now(UTC).date()
    try:
        end = today if last is None else datetime.fromisoformat(last).date()
        begin = (
            end - timedelta(days=_DAYS) if first is None else datetime.fromisoformat(first).date()
        )
    except ValueError as error:
        raise InputError(f"from, to: {error}; write a day as 2026-11-27") from None
    days = access.service.log.days(access.memory, begin.isoformat(), end.isoformat())
    return {
        "from": begin.isoformat(),
        "to": end.isoformat(),
        "days": days,
        "open_gaps": access.service.gaps.open_count(access.memory),
    }


def row_json(row: AskedRow, access: Access) -> dict[str, Any]:
    """A question that was asked, as it is kept."""
    answer = row.answer if row.stored else None
    best = answer.answers[0].to_json() if answer is not None and answer.answers else None
    return {
        "id": row.id,
        "at": row.at,
        "door": row.door,
        "scope": access.shown_scope(row.scope) if row.scope else "",
        "turn": row.turn,
        "question": row.question,
        "looked_up": row.looked_up,
        "text": None if answer is None else answer.text,
        "confidence": round(row.confidence, 4),
        "level": row.level,
        "kind": row.kind or None,
        "best": best,
        "unanswered": row.gap,
    }
