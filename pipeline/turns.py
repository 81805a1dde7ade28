"""The turns that answers, corrections and imported conversations leave."""

from __future__ import annotations

import uuid

from ..core import times
from ..core.records import Evidence, Turn, TurnKind
from .answers import Answer

__all__ = ["new_turn", "turn_of"]


def turn_of(answer: Answer, scope: str, model: str) -> Turn:
    """The turn that an answer of the reader `model` is remembered by.

    Its evidence is where the best candidate stands, given or held back. An answer that came from
    memory has none: so it can never be the ground of another.
    """
    best = answer.answers[0] if answer.answers else None
    evidence = (best.evidence,) if best is not None and best.kind == "passage" else ()
    return new_turn(
        scope,
        answer.question,
        answer.text,
        "answer",
        carried=answer.carried,
        confidence=answer.confidence,
        evidence=evidence,
        model=model,
    )


def new_turn(
    scope: str,
    question: str,
    answer: str | None,
    kind: TurnKind,
    *,
    carried: tuple[str, ...] = (),
    confidence: float = 1.0,
    evidence: tuple[Evidence, ...] = (),
    author: str = "",
    model: str = "",
) -> Turn:
    """A turn of now, with an id of its own; the store that takes it in numbers it."""
    return Turn(
        id=uuid.uuid4().hex,
        scope=scope,
        question=question,
        carried=carried,
        answer=answer,
        kind=kind,
        confidence=confidence,
        created_at=times.now(),
        evidence=evidence,
        author=author,
        model=model,
    )
