"""Score fusion: how dense, lexical and proximity scores of a passage become one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Candidate", "Fusion", "Mode", "add_proximity", "fuse"]

Mode: TypeAlias = Literal["hybrid", "dense", "lexical"]
"""Which indexes a search asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """Settings of a search over both indexes."""

    depth: int = 100
    """Candidates that each index contributes, at least."""
    dense_weight: float = 0.85
    """Share of the dense score beside the lexical one, 0..1."""
    proximity_weight: float = 0.33
    """Share of the words' proximity in the fused score, 0..1; 0: it is not computed."""
    title_boost: float = 0.3
    """Weight of a title's words beside the text's in the lexical index."""
    phrase_boost: float = 0.2
    """Weight of words that stand side by side in question and text, beside the words' own."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage, by number, with its fused score and the scores it came by."""

    number: int
    score: float
    dense: float | None
    lexical: float | None
    proximity: float | None = None


def fuse(
    dense: Mapping[int, float] | None, lexical: Mapping[int, float] | None, weight: float
) -> list[Candidate]:
    """All candidates, best first; None for an index that was not asked.

    `dense` holds cosines, `lexical` BM25 scores, by passage number. BM25 is divided by its highest
    value of this query, cosines stay as they are; where a candidate is missing from one list it
    gets that list's lowest score. Of both: ``weight * dense + (1 - weight) * lexical``; with one
    index alone its own score. Equal scores are ordered by number.
    """
    cosines, bm25 = dense or {}, lexical or {}
    highest = max(bm25.values(), default=0.0)
    scaled = {n: score / highest if highest > 0 else 0.0 for n, score in bm25.items()}
    lowest_cosine = min(cosines.values(), default=0.0)
    lowest_scaled = min(scaled.values(), default=0.0)
    candidates: list[Candidate] = []
    for number in {**cosines, **scaled}:
        d, x = cosines.get(number, lowest_cosine), scaled.get(number, lowest_scaled)
        if lexical is None:
            score = d
        elif dense is None:
            score = x
        else:
            score = weight * d + (1 - weight) * x
        candidates.append(Candidate(number, score, cosines.get(number), bm25.get(number)))
    return sorted(candidates, key=_rank)


def add_proximity(
    candidates: Iterable[Candidate], proximity: Mapping[int, float], weight: float
) -> list[Candidate]:
    """Candidates with ``(1 - weight) * score + weight * proximity`` for their score, best first.

    Each has its proximity (see `memory.proximity`) by its number; one that lacks it is dropped.
    """
    weighed = [
        Candidate(c.number, (1 - weight) * c.score + weight * near, c.dense, c.lexical, near)
        for c in candidates
        if (near := proximity.get(c.number)) is not None
    ]
    return sorted(weighed, key=_rank)


def _rank(candidate: Candidate) -> tuple[float, int]:
    return -candidate.score, candidate.number
