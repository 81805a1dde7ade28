"""The turns that answers, corrections and imported conversations leave."""

from __future__ import annotations

import uuid

from ..core import times
from ..core.records import Evidence, Turn, TurnKind
from .answers import Answer

__all__ = ["answered", "new_turn", "precedence"]


def precedence(turn: Turn) -> tuple[bool, bool, str]:
    """Which of several turns a correction takes the place of: the one that would answer."""
    return turn.kind == "correction", bool(turn.evidence), turn.created_at


def answered(answer: Answer, scope: str, model: str) -> Turn:
    """The turn that an answer is remembered by.

    Its evidence is where the best candidate stands, given or held back. An answer that came from
    memory has none: so it can never be the ground of another.
    """
    best = answer.answers[0] if answer.answers else None
    fresh = best is not None and best.kind == "passage"
    return new_turn(
        scope,
        answer.looked_up,
        answer.text,
        "answer",
        confidence=answer.confidence,
        evidence=(best.evidence,) if best and fresh else (),
        model=model,
    )


def new_turn(
    scope: str,
    question: str,
    answer: str | None,
    kind: TurnKind,
    *,
    confidence: float = 1.0,
    evidence: tuple[Evidence, ...] = (),
    author: str = "",
    model: str = "",
) -> Turn:
    return Turn(
        id=uuid.uuid4().hex,
        scope=scope,
        question=question,
        answer=answer,
        kind=kind,
        confidence=confidence,
        created_at=times.now(),
        evidence=evidence,
        author=author,
        model=model,
    )
