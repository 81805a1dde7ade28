"""Statistics over the questions of a benchmark. Pure; every function has known-value tests.

Resampling is scipy's and the area under the ROC curve scikit-learn's, imported where they are used:
both cost a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.errors import InputError

__all__ = [
    "ReliabilityBin",
    "RiskCoverageCurve",
    "auroc",
    "bootstrap_interval",
    "brier_score",
    "calibration_noise",
    "coverage_at",
    "expected_calibration_error",
    "mean_reciprocal_rank",
    "ndcg_at",
    "paired_bootstrap_interval",
    "percentiles",
    "randomization_test",
    "recall_at",
    "reliability",
    "risk_at",
    "risk_coverage",
]

Doubles = NDArray[np.float64]

_DRAWN_AT_ONCE = 100_000
"""Values that a bootstrap draws in one batch: 0.8 MB, which stays in the processor's cache."""

_SIGNS_AT_ONCE = 100
"""Rows of signs that a randomization test draws in one batch: 8 MB for 10,000 questions."""


@dataclass(frozen=True, slots=True)
class RiskCoverageCurve:
    """Risk against coverage: one point per distinct confidence, coverage rising."""

    coverage: tuple[float, ...]
    """Share of questions answered, 0..1."""
    risk: tuple[float, ...]
    """Share of those answered wrongly, 0..1."""
    area: float
    """Mean risk over all coverages, 0..1: lower is better."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Questions of about the same confidence."""

    confidence: float
    """Their mean confidence, 0..1."""
    correct: tuple[float, ...]
    """Whether each was right, 0..1."""


def bootstrap_interval(
    values: ArrayLike, *, seed: int, rounds: int = 1000, level: float = 0.95
) -> tuple[float, float]:
    """Bootstrap interval of the mean of `values`, shape (n,). Equal seeds, equal result.

    By percentiles (Efron and Tibshirani 1993, chapter 13). Raises InputError for no value, or one
    that is no number.
    """
    sample = _sample(values)
    if sample.min() == sample.max():
        return float(sample[0]), float(sample[0])
    return _percentile_bootstrap((sample,), np.mean, seed=seed, rounds=rounds, level=level)


def paired_bootstrap_interval(
    statistic: Callable[[Doubles, Doubles], float],
    confidence: ArrayLike,
    correct: ArrayLike,
    *,
    seed: int,
    rounds: int = 300,
) -> tuple[float, float]:
    """Bootstrap interval, 95 %, of what `statistic` makes of both, shapes (n,).

    A question's two values are drawn together. Raises InputError for no value, or one that is no
    number.
    """
    sure, right = _sample(confidence), _sample(correct)
    if sure.size == 1:
        alone = statistic(sure, right)
        return alone, alone
    return _percentile_bootstrap((sure, right), statistic, seed=seed, rounds=rounds)


def _percentile_bootstrap(
    columns: tuple[Doubles, ...],
    statistic: Callable[..., float],
    *,
    seed: int,
    rounds: int,
    level: float = 0.95,
) -> tuple[float, float]:
    """The ends of the interval of what `statistic` makes of the columns, shapes (n,), n > 1."""
    from scipy.stats import bootstrap

    alone = len(columns) == 1
    ends = bootstrap(
        columns,
        statistic,
        n_resamples=rounds,
        batch=max(1, _DRAWN_AT_ONCE // columns[0].size),
        vectorized=alone,
        paired=not alone,
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(ends.low), float(ends.high)


def randomization_test(differences: ArrayLike, *, seed: int, rounds: int = 10_000) -> float:
    """Two-sided p of a mean difference in pairs, shape (n,): how often chance gives as much.

    If two systems are alike, each pair could as well have been the other way round: the signs are
    drawn anew `rounds` times (Smucker et al. 2007). p is (k + 1) / (rounds + 1), never 0, as the
    pairs as they are count, too (Phipson and Smyth 2010). Raises InputError for no value, or one
    that is no number.
    """
    from scipy.stats import monte_carlo_test

    pairs = _sample(differences)
    pairs = pairs[pairs != 0]
    if not pairs.size:
        return 1.0
    rng = np.random.default_rng(seed)

    def signs(size: tuple[int, int]) -> Doubles:
        return 2.0 * rng.integers(0, 2, size, np.int8) - 1

    def distance(signs: Doubles, axis: int) -> Doubles:
        # Rounded: sums that are equal on paper differ by the order in which they are added.
        distances: Doubles = np.abs(signs @ pairs).round(9)
        return distances

    # scipy's permutation_test shuffles by sorting, and takes thirty times as long for 10,000 pairs.
    test = monte_carlo_test(
        np.ones(pairs.size),
        signs,
        distance,
        vectorized=True,
        n_resamples=rounds,
        batch=_SIGNS_AT_ONCE,
        alternative="greater",
    )
    return float(test.pvalue)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The 50th, 95th and 99th percentile, between neighbors by linear interpolation."""
    points = np.percentile(np.asarray(values, np.float64), [50, 95, 99])
    return {name: round(float(x), 3) for name, x in zip(("p50", "p95", "p99"), points, strict=True)}


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Share of questions whose first right passage has rank 1..k; None: not found. 0..1."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Mean of 1 / rank of the first right passage, 0 where none was found. 0..1.

    Voorhees 1999.
    """
    return sum(1 / rank for rank in ranks if rank is not None) / len(ranks)


def ndcg_at(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Normalized discounted cumulative gain of the first `k` of `ranking`, 0..1.

    A document's gain is its grade, 0 where it has none, divided by log2(1 + rank), as in
    trec_eval (after Järvelin and Kekäläinen 2002); 1 is the best that any order of all graded
    documents reaches.
    """
    gains = [grades.get(name, 0) for name in ranking[:k]]
    best = sorted(grades.values(), reverse=True)[:k]
    return _discounted(gains) / _discounted(best) if any(best) else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(1 + rank) for rank, gain in enumerate(gains, start=1))


def risk_coverage(confidence: ArrayLike, correct: ArrayLike) -> RiskCoverageCurve:
    """How the error grows with the share answered, the most confident questions first.

    El-Yaniv and Wiener 2010. Both of shape (n,), n > 0; `correct` 0..1. Equal confidences are
    answered together.
    """
    answered, risk = _risks(confidence, correct)
    n = answered[-1]
    widths = np.diff(answered, prepend=0)
    return RiskCoverageCurve(
        tuple((answered / n).tolist()), tuple(risk.tolist()), float((risk * widths).sum() / n)
    )


def _risks(confidence: ArrayLike, correct: ArrayLike) -> tuple[NDArray[np.int64], Doubles]:
    """Of each distinct confidence, falling: questions at least as sure, and the wrong of them."""
    sure, right = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    order = np.argsort(-sure, kind="stable")
    sure, right = sure[order], right[order]
    answered = np.arange(1, sure.size + 1)
    last = np.append(sure[1:] != sure[:-1], True)
    return answered[last], (1 - np.cumsum(right) / answered)[last]


def risk_at(coverage: float, curve: RiskCoverageCurve) -> float:
    """Share answered wrongly where at least the share `coverage`, 0..1, is answered, 0..1."""
    points = zip(curve.coverage, curve.risk, strict=True)
    return next(risk for answered, risk in points if answered >= coverage - 1e-9)


def coverage_at(
    precision: float, confidence: ArrayLike, correct: ArrayLike, *, among: int | None = None
) -> float:
    """The largest share that can be answered with at least `precision` of it right, 0..1.

    Shares are of `among` questions (None: those given), since some have no candidate.
    """
    answered, risk = _risks(confidence, correct)
    reached = answered[1 - risk >= precision - 1e-9]
    return int(reached[-1]) / (among or int(answered[-1])) if reached.size else 0.0


def reliability(
    confidence: ArrayLike, correct: ArrayLike, *, bins: int = 10
) -> list[ReliabilityBin]:
    """The questions in `bins` equal bins of confidence 0..1, without the empty ones."""
    sure, right = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    return [
        ReliabilityBin(float(sure[place == b].mean()), tuple(right[place == b].tolist()))
        for b in np.unique(place)
    ]


def expected_calibration_error(
    confidence: ArrayLike, correct: ArrayLike, *, bins: int = 10
) -> float:
    """Mean distance of confidence and success over `bins` equal bins of 0..1, by their size.

    Naeini et al. 2015; Guo et al. 2017.
    """
    filled = reliability(confidence, correct, bins=bins)
    gaps = [abs(len(b.correct) * b.confidence - sum(b.correct)) for b in filled]
    return sum(gaps) / sum(len(b.correct) for b in filled)


def calibration_noise(
    confidence: ArrayLike, *, seed: int, rounds: int = 200, bins: int = 10
) -> float:
    """The expected calibration error of so few questions, were every confidence true, 0..1.

    Bins of few questions are off by chance alone: an error near this value is no sign of a wrong
    confidence (Bröcker and Smith 2007, "Increasing the Reliability of Reliability Diagrams").
    Outcomes are drawn `rounds` times from `confidence`, shape (n,). Raises InputError for no value.
    """
    sure = _sample(confidence)
    drawn = np.random.default_rng(seed).random((rounds, sure.size)) < sure
    errors = [expected_calibration_error(sure, right, bins=bins) for right in drawn]
    return float(np.mean(errors))


def brier_score(confidence: ArrayLike, correct: ArrayLike) -> float:
    """Mean squared distance of confidence and success, shapes (n,), 0..1: lower is better.

    Brier 1950. Raises InputError for no value, or one that is no number.
    """
    return float(np.mean((_sample(confidence) - _sample(correct)) ** 2))


def auroc(scores: ArrayLike, positive: ArrayLike) -> float | None:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties half.

    None where one kind is missing. Shapes (n,); `positive` is boolean; scores may be infinite.
    Raises InputError for a score that is no number.
    """
    marked = np.asarray(positive, bool)
    if marked.all() or not marked.any():
        return None
    from sklearn.metrics import roc_auc_score

    # Ranks have the same area as the scores, and no infinity, which scikit-learn refuses.
    _, ranks = np.unique(_sample(scores), return_inverse=True)
    return float(roc_auc_score(marked, ranks))


def _sample(values: ArrayLike) -> Doubles:
    """The values as float64. Raises InputError for none at all, or one that is no number."""
    sample = np.asarray(values, np.float64)
    if not sample.size:
        raise InputError("there is no value to take a statistic of; measure at least one question")
    if missing := int(np.isnan(sample).sum()):
        raise InputError(
            f"{missing:,} of {sample.size:,} values are no numbers (NaN); leave their questions out"
        )
    return sample
