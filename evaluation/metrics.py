"""Statistics over the questions of a benchmark. Pure; every function has known-value tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Bin",
    "Curve",
    "auroc",
    "coverage_at",
    "expected_calibration_error",
    "interval",
    "interval_of",
    "mean_reciprocal_rank",
    "ndcg_at",
    "percentiles",
    "randomization_test",
    "recall_at",
    "reliability",
    "risk_at",
    "risk_coverage",
]

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """Risk against coverage: one point per distinct confidence, coverage rising."""

    coverage: tuple[float, ...]
    """Share of questions answered, 0..1."""
    risk: tuple[float, ...]
    """Share of those answered wrongly, 0..1."""
    area: float
    """Mean risk over all coverages, 0..1: lower is better."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of about the same confidence."""

    confidence: float
    """Their mean confidence, 0..1."""
    correct: tuple[float, ...]
    """Whether each was right, 0..1."""


def interval(
    values: ArrayLike, *, seed: int, rounds: int = 1000, level: float = 0.95
) -> tuple[float, float]:
    """Bootstrap interval of the mean of `values`, shape (n,), n > 0. Equal seeds, equal result."""
    sample = np.asarray(values, np.float64)
    rng = np.random.default_rng(seed)
    means = [float(sample[rng.integers(0, sample.size, sample.size)].mean()) for _ in range(rounds)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def interval_of(
    statistic: Callable[[Doubles, Doubles], float],
    confidence: ArrayLike,
    correct: ArrayLike,
    *,
    seed: int,
    rounds: int = 300,
) -> tuple[float, float]:
    """Bootstrap interval, 95 %, of what `statistic` makes of both, shapes (n,), n > 0."""
    sure, right = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(0, sure.size, sure.size) for _ in range(rounds))
    low, high = np.quantile([statistic(sure[i], right[i]) for i in drawn], [0.025, 0.975])
    return float(low), float(high)


def randomization_test(differences: ArrayLike, *, seed: int, rounds: int = 10_000) -> float:
    """Two-sided p of a mean difference in pairs, shape (n,), n > 0: how often chance gives as much.

    If two systems are alike, each pair could as well have been the other way round: the signs are
    drawn anew `rounds` times (Smucker et al. 2007). Never 0, as the pairs as they are count, too.
    """
    pairs = np.asarray(differences, np.float64)
    pairs = pairs[pairs != 0]
    found, rng = abs(pairs.sum()), np.random.default_rng(seed)
    at_least, once = 0, 100
    for at in range(0, rounds, once):
        signs = 2.0 * rng.integers(0, 2, (min(once, rounds - at), pairs.size), np.int8) - 1
        at_least += int((np.abs(signs @ pairs) >= found - 1e-9).sum())
    return (at_least + 1) / (rounds + 1)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The 50th, 95th and 99th percentile, between neighbors by linear interpolation."""
    found = np.percentile(np.asarray(values, np.float64), [50, 95, 99])
    return {name: round(float(x), 3) for name, x in zip(("p50", "p95", "p99"), found, strict=True)}


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Share of questions whose first right passage has rank 1..k; None: not found. 0..1."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Mean of 1 / rank of the first right passage, 0 where none was found. 0..1."""
    return sum(1 / rank for rank in ranks if rank is not None) / len(ranks)


def ndcg_at(found: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Normalized discounted cumulative gain of the first `k` of `found`, 0..1.

    A document's gain is its grade, 0 where it has none, divided by log2(1 + rank), as in
    trec_eval; 1 is the best that any order of all graded documents reaches.
    """
    gains = [grades.get(name, 0) for name in found[:k]]
    best = sorted(grades.values(), reverse=True)[:k]
    return _discounted(gains) / _discounted(best) if any(best) else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(1 + rank) for rank, gain in enumerate(gains, start=1))


def risk_coverage(confidence: ArrayLike, correct: ArrayLike) -> Curve:
    """Answer the most confident questions first: how the error grows with the share answered.

    Both of shape (n,), n > 0; `correct` 0..1. Equal confidences are answered together.
    """
    sure, right = _sorted(confidence, correct)
    answered = np.arange(1, sure.size + 1)
    risk = 1 - np.cumsum(right) / answered
    last = np.append(sure[1:] != sure[:-1], True)
    points = risk[last]
    widths = np.diff(answered[last], prepend=0)
    return Curve(
        tuple((answered[last] / sure.size).tolist()),
        tuple(points.tolist()),
        float((points * widths).sum() / sure.size),
    )


def risk_at(coverage: float, curve: Curve) -> float:
    """Share answered wrongly where at least the share `coverage`, 0..1, is answered, 0..1."""
    points = zip(curve.coverage, curve.risk, strict=True)
    return next(risk for answered, risk in points if answered >= coverage - 1e-9)


def coverage_at(
    precision: float, confidence: ArrayLike, correct: ArrayLike, *, among: int | None = None
) -> float:
    """The largest share that can be answered with at least `precision` of it right, 0..1.

    Shares are of `among` questions (None: all), for sets of which only some are answerable.
    """
    curve = risk_coverage(confidence, correct)
    n = np.asarray(confidence).size
    reached = [
        c for c, r in zip(curve.coverage, curve.risk, strict=True) if 1 - r >= precision - 1e-9
    ]
    return max(reached, default=0.0) * n / (among or n)


def reliability(confidence: ArrayLike, correct: ArrayLike, *, bins: int = 10) -> list[Bin]:
    """The questions in `bins` equal bins of confidence 0..1, without the empty ones."""
    sure, right = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    return [
        Bin(float(sure[place == b].mean()), tuple(right[place == b].tolist()))
        for b in np.unique(place)
    ]


def expected_calibration_error(
    confidence: ArrayLike, correct: ArrayLike, *, bins: int = 10
) -> float:
    """Mean distance of confidence and success over `bins` equal bins of 0..1, by their size."""
    found = reliability(confidence, correct, bins=bins)
    gaps = [abs(len(one.correct) * one.confidence - sum(one.correct)) for one in found]
    return sum(gaps) / sum(len(one.correct) for one in found)


def auroc(scores: ArrayLike, positive: ArrayLike) -> float | None:
    """Chance that a positive scores above a negative, ties half; None where one kind is missing.

    Shapes (n,); `positive` is boolean.
    """
    values, marked = np.asarray(scores, np.float64), np.asarray(positive, bool)
    high, low = values[marked], np.sort(values[~marked])
    if not high.size or not low.size:
        return None
    below = np.searchsorted(low, high, "left").sum()
    not_above = np.searchsorted(low, high, "right").sum()
    return float((below + not_above) / 2 / (high.size * low.size))


def _sorted(confidence: ArrayLike, correct: ArrayLike) -> tuple[Doubles, Doubles]:
    """Both as float64, the most confident first."""
    sure, right = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    order = np.argsort(-sure, kind="stable")
    return sure[order], right[order]
