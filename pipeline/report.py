"""What a benchmark found: scores with their intervals, as values, JSON, text and files. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .measures import (
    auroc,
    coverage_at,
    expected_calibration_error,
    interval,
    mean_reciprocal_rank,
    percentiles,
    recall_at,
    risk_at,
    risk_coverage,
)
from .questions import Question

__all__ = ["CUTS", "OpenReport", "Outcome", "ReaderReport", "predictions_json", "trec_run"]

CUTS = (1, 5, 20, 100)
"""Ranks at which recall is reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One question with what became of it."""

    question: Question
    prediction: str
    """Empty: no answer."""
    exact_match: float
    """0 or 1."""
    f1: float
    """0..1."""
    confidence: float
    """Of the best candidate, given or held back; a logit margin where a reader stands alone."""
    best_right: float = 0.0
    """Exact match of the best candidate, given or held back; 0 where nothing is to be answered."""
    abstained: bool = False
    """Whether the pipeline held its best candidate back."""
    rank: int | None = None
    """Rank of the first passage that holds an answer, from 1; None: none of those looked at."""
    hits: tuple[tuple[str, float], ...] = ()
    """Keys and scores of the passages found, best first."""
    latency_ms: float = 0.0
    stages_ms: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def answerable(self) -> bool:
        return bool(self.question.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderReport:
    """How well a reader reads, each question against its own gold context. Scores 0..100."""

    outcomes: tuple[Outcome, ...]
    seconds: float
    seed: int
    about: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Which data, models, versions and settings: whatever is needed to run it again."""

    @property
    def exact_match(self) -> float:
        """Mean exact match, 0..100."""
        return _mean([o.exact_match for o in self.outcomes])

    @property
    def f1(self) -> float:
        """Mean F1, 0..100."""
        return _mean([o.f1 for o in self.outcomes])

    def to_json(self) -> dict[str, Any]:
        """JSON-ready. Scores 0..100, intervals of 95 %, seconds of the whole run."""
        return {
            "benchmark": "reader",
            "exact_match": self.exact_match,
            "f1": self.f1,
            "n": len(self.outcomes),
            "seconds": round(self.seconds, 3),
            "questions_per_second": round(len(self.outcomes) / max(self.seconds, 1e-9), 3),
            **_no_answer_scores(self.outcomes),
            "intervals": _intervals(self.outcomes, self.seed),
            "seed": self.seed,
            **self.about,
        }

    def lines(self) -> list[str]:
        """The report as lines of text."""
        return _lines(self.to_json())


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReport(ReaderReport):
    """How well the whole pipeline answers from its memory. Scores 0..100, `mrr` 0..1."""

    cuts: tuple[int, ...] = CUTS

    @property
    def recall(self) -> dict[int, float]:
        """For each cut k: share of answerable questions with an answer in the top k, 0..100."""
        ranks = self._ranks()
        return {k: 100 * recall_at(ranks, k) if ranks else 0.0 for k in self.cuts}

    @property
    def mrr(self) -> float:
        """Mean reciprocal rank of the first passage that holds an answer, 0..1."""
        ranks = self._ranks()
        return mean_reciprocal_rank(ranks) if ranks else 0.0

    @property
    def latency_ms(self) -> dict[str, float]:
        """Percentiles of the time from question to answer: p50, p95, p99."""
        return percentiles([o.latency_ms for o in self.outcomes])

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; see `ReaderReport.to_json`. Latencies in milliseconds."""
        head = ReaderReport.to_json(self)
        intervals = head.pop("intervals")
        ranks = self._ranks()
        for k in self.cuts if ranks else ():
            found = [100.0 * (rank is not None and rank <= k) for rank in ranks]
            intervals[f"recall@{k}"] = [round(x, 3) for x in interval(found, seed=self.seed)]
        stages = sorted({name for o in self.outcomes for name in o.stages_ms})
        return {
            **head,
            "benchmark": "open",
            "recall": {str(k): value for k, value in self.recall.items()},
            "mrr": self.mrr,
            "abstained": sum(o.abstained for o in self.outcomes),
            "latency_ms": self.latency_ms,
            "stages_ms": {
                name: percentiles([o.stages_ms.get(name, 0.0) for o in self.outcomes])
                for name in stages
            },
            "confidence": _confidence_scores(self.outcomes),
            "intervals": intervals,
        }

    def _ranks(self) -> list[int | None]:
        return [o.rank for o in self.outcomes if o.answerable]


def predictions_json(outcomes: Sequence[Outcome]) -> str:
    """SQuAD's predictions file: question id -> answer text, empty where there is none."""
    table = {o.question.id: o.prediction for o in outcomes}
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def trec_run(outcomes: Sequence[Outcome], *, tag: str = "spanmem") -> str:
    """A TREC run: `question Q0 passage rank score tag`; spaces in question ids become `_`."""
    rows = [
        f"{re.sub(chr(92) + 's+', '_', o.question.id)} Q0 {key} {rank} {score:.6f} {tag}\n"
        for o in outcomes
        for rank, (key, score) in enumerate(o.hits, start=1)
    ]
    return "".join(rows)


def _mean(values: Sequence[float]) -> float:
    return 100 * sum(values) / len(values)


def _no_answer_scores(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Scores of the two kinds of questions apart, for data that has unanswerable ones."""
    empty = [o for o in outcomes if not o.answerable]
    if not empty:
        return {}
    scores = {"no_answer_accuracy": _mean([float(not o.prediction) for o in empty])}
    answerable = [o for o in outcomes if o.answerable]
    if answerable:
        scores["has_answer_exact_match"] = _mean([o.exact_match for o in answerable])
        scores["has_answer_f1"] = _mean([o.f1 for o in answerable])
    found = auroc([o.confidence for o in outcomes], [o.answerable for o in outcomes])
    return scores if found is None else {**scores, "answerability_auroc": found}


def _confidence_scores(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """How far the confidences can be believed: each question's best answer, bar or no bar.

    Right means an exact match. Errors, risks and areas 0..1, of all questions or of the share
    answered; the coverage at 80 % precision is a share of the answerable ones.
    """
    sure, right = [o.confidence for o in outcomes], [o.best_right for o in outcomes]
    answerable = sum(o.answerable for o in outcomes)
    curve = risk_coverage(sure, right)
    return {
        "expected_calibration_error": expected_calibration_error(sure, right),
        "risk_coverage_area": curve.area,
        "risk_at_coverage": {str(c): risk_at(c / 100, curve) for c in (25, 50, 75, 100)},
        "coverage_at_80_precision": coverage_at(0.8, sure, right, among=answerable or None),
        "auroc_of_being_right": auroc(sure, [x > 0 for x in right]),
    }


def _intervals(outcomes: Sequence[Outcome], seed: int) -> dict[str, list[float]]:
    columns = {
        "exact_match": [100 * o.exact_match for o in outcomes],
        "f1": [100 * o.f1 for o in outcomes],
    }
    return {
        name: [round(x, 3) for x in interval(values, seed=seed)] for name, values in columns.items()
    }


def _lines(table: Mapping[str, Any]) -> list[str]:
    """One line per figure, its interval beside it."""
    intervals: Mapping[str, Sequence[float]] = table.get("intervals", {})
    lines: list[str] = []
    for name, value in _flat(table):
        bounds = intervals.get(name)
        beside = f"   ({bounds[0]:.1f} to {bounds[1]:.1f})" if bounds else ""
        shown = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        lines.append(f"{name:<34} {shown}{beside}")
    return lines


def _flat(table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Nested figures under joined names: `recall@20`, `latency_ms p95`."""
    rows: list[tuple[str, Any]] = []
    for name, value in table.items():
        if name in ("intervals", "settings"):
            continue
        if isinstance(value, Mapping):
            joint = "@" if name == "recall" else " "
            rows += [(f"{name}{joint}{inner}", v) for inner, v in _flat(value)]
        else:
            rows.append((name, value))
    return rows
