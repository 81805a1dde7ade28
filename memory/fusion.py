"""How the memory is addressed: two views fused, hops joined, two banks behind a gate. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

__all__ = ["Fused", "Fusion", "Mode", "fuse", "nearer"]

Mode: TypeAlias = Literal["hybrid", "dense", "lexical"]
"""Which views a search asks."""


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
