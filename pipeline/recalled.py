"""A remembered turn as an answer's candidate: its text, its place, and how sure it is. Pure."""

from __future__ import annotations

from collections.abc import Collection

from ..core.records import Evidence, Turn, TurnHit
from .answers import AnswerKind, Candidate

__all__ = ["candidate_of", "confidence_of"]


def confidence_of(hit: TurnHit) -> float:
    """A remembered answer's confidence, 0..1: it shrinks with the questions' distance."""
    return max(0.0, min(1.0, hit.turn.confidence * hit.similarity))


def candidate_of(hit: TurnHit, among: Collection[str] | None) -> Candidate:
    """A remembered turn as a candidate, with those further places that are in these documents."""
    turn, text = hit.turn, hit.turn.answer or ""
    evidence = turn.evidence[0] if turn.evidence else _own_words(turn, text)
    kind: AnswerKind = "memory"
    if turn.kind == "correction" or turn.kind == "confirmed":
        kind = turn.kind
    others = tuple(e for e in turn.evidence[1:] if among is None or e.document in among)
    return Candidate(text, confidence_of(hit), hit.similarity, kind, evidence, others, turn.id)


def _own_words(turn: Turn, text: str) -> Evidence:
    """What a person told, as its own evidence."""
    who = turn.author or "unnamed"
    return Evidence(
        document=f"turn:{turn.id}",
        start=0,
        end=len(text),
        text=text,
        passage="",
        passage_text=text,
        title=f"{turn.kind} by {who}, {turn.created_at[:10]}",
    )
