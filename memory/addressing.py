"""How the memory is addressed: two views fused, hops joined, two banks behind a gate. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from .records import TurnHit

__all__ = ["Fused", "Fusion", "fuse", "gate", "joined", "nearer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """Settings of a search over both views."""

    depth: int = 100
    """Candidates that each view contributes, at least."""
    dense_weight: float = 0.85
    """Share of the dense score beside the lexical one, 0..1."""
    proximity_weight: float = 0.33
    """Share of the words' proximity in the fused score, 0..1; 0: it is not computed."""
    title_boost: float = 0.3
    """Weight of a title's words beside the text's in the lexical view."""
    phrase_boost: float = 0.2
    """Weight of words that stand side by side in question and text, beside the words' own."""


@dataclass(frozen=True, slots=True)
class Fused:
    """A candidate with the scores it came by."""

    number: int
    score: float
    dense: float | None
    lexical: float | None
    proximity: float | None = None


def fuse(
    dense: Mapping[int, float] | None, lexical: Mapping[int, float] | None, weight: float
) -> list[Fused]:
    """All candidates, best first; None for a view that was not asked.

    `dense` holds cosines, `lexical` BM25 scores, by passage number. BM25 is divided by its highest
    value of this query, cosines stay as they are; where a candidate is missing from one list it
    gets that list's lowest score. Of both: ``weight * dense + (1 - weight) * lexical``; with one
    view alone its own score. Equal scores are ordered by number.
    """
    top = max(lexical.values(), default=0.0) if lexical else 0.0
    scaled = {n: s / top if top > 0 else 0.0 for n, s in (lexical or {}).items()}
    lows = min((dense or {}).values(), default=0.0), min(scaled.values(), default=0.0)
    found: list[Fused] = []
    for number in {**(dense or {}), **scaled}:
        d = (dense or {}).get(number)
        x = scaled.get(number)
        if lexical is None:
            score = lows[0] if d is None else d
        elif dense is None:
            score = lows[1] if x is None else x
        else:
            score = weight * (lows[0] if d is None else d)
            score += (1 - weight) * (lows[1] if x is None else x)
        found.append(Fused(number, score, d, (lexical or {}).get(number)))
    return sorted(found, key=lambda f: (-f.score, f.number))


def nearer(fused: Iterable[Fused], proximity: Mapping[int, float], weight: float) -> list[Fused]:
    """Candidates with ``(1 - weight) * score + weight * proximity`` for their score, best first.

    Each has its proximity (see `memory.proximity`) by its number; one that lacks it is gone.
    """
    found = [
        replace(one, score=(1 - weight) * one.score + weight * near, proximity=near)
        for one in fused
        if (near := proximity.get(one.number)) is not None
    ]
    return sorted(found, key=lambda f: (-f.score, f.number))


def joined(hops: Sequence[Mapping[str, float]], decay: float) -> list[tuple[str, float]]:
    """All that several hops found, best first; each hop maps what it found to its score.

    What hop number h found, from 0, counts with its score times ``decay ** h``, and with the best
    of these where several hops found it. Scores are not below 0 in effect: a negative one is taken
    as it is, since shrinking would lift it. Equal scores keep the order in which they were found.
    """
    best: dict[str, float] = {}
    for h, found in enumerate(hops):
        for key, score in found.items():
            counted = score * decay**h if score > 0 else score
            best[key] = max(counted, best.get(key, counted))
    return sorted(best.items(), key=lambda pair: -pair[1])


def gate(
    turns: Iterable[TurnHit], passes: Callable[[TurnHit], bool], *, scope: str
) -> TurnHit | None:
    """Which bank answers: the past turn that does, or None for the passages.

    The two banks' scores are never mixed. A cosine between two questions and one between a
    question and a passage mean different things, and neither says that two questions ask the same.
    So the gate is shut unless `passes` (the verifier, and whether the turn still stands) opens it
    for a turn; of several it takes a correction before an answer, the own scope before the common
    one, the new before the old, and then the one more alike.
    """
    open_to = [hit for hit in turns if passes(hit)]
    return max(open_to, key=lambda hit: _precedence(hit, scope), default=None)


def _precedence(hit: TurnHit, scope: str) -> tuple[bool, bool, str, float]:
    turn = hit.turn
    return turn.kind == "correction", turn.scope == scope, turn.created_at, hit.similarity
