"""Paired comparison of two runs on the same questions: differences, intervals, p.

Each question is its own control: only the differences of the two runs on it are looked at.
Pure but for `read_report`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError
from .metrics import bootstrap_interval, randomization_test
from .results import Outcome

__all__ = ["Comparison", "compare", "must_be_alike", "question_rows", "read_report"]

_SCORES = ("exact_match", "f1")
_CUTS = (1, 5, 20)
"""Ranks at which recall is compared."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of two runs, over the questions of both; scores 0..100, `mrr` 0..1."""

    measure: str
    n: int
    this: float
    other: float
    difference: float
    """This run's score less the other's."""
    low: float
    """Lower end of the difference's bootstrap interval of 95 %."""
    high: float
    p: float
    """Chance of so large a difference, either way, if the runs were alike."""

    def line(self) -> str:
        """The comparison as a line of text."""
        return (
            f"{self.measure:<12} {self.this:.3f} against {self.other:.3f}: {self.difference:+.3f} "
            f"({self.low:+.3f} to {self.high:+.3f}), p = {self.p:.4f}, n = {self.n:,}"
        )


def question_rows(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Each question with its scores, as a report keeps them: 0..100, ranks from 1 or None."""
    return [
        {
            "id": o.question.id,
            "question": o.question.text,
            "answers": list(o.question.answers),
            "prediction": o.prediction,
            "exact_match": 100 * o.exact_match,
            "f1": round(100 * o.f1, 6),
            "confidence": round(o.confidence, 6) if np.isfinite(o.confidence) else None,
            "abstained": o.abstained,
            "kind": o.kind,
            "document": o.evidence.document if o.evidence else None,
            "rank": o.rank,
            "gold_rank": o.gold_rank,
            "latency_ms": round(o.latency_ms, 3),
        }
        for o in outcomes
    ]


def read_report(path: str | Path) -> dict[str, Any]:
    """A report with its questions, by its file or its folder. Raises InputError."""
    file = Path(path) / "report.json" if Path(path).is_dir() else Path(path)
    try:
        table: Any = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{file}: no such file; make it with --report FOLDER") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read as a report: {error}") from error
    if not isinstance(table, dict) or not isinstance(table.get("questions"), list):
        raise InputError(f"{file}: holds no questions to compare; make it with --report FOLDER")
    return table


def must_be_alike(this: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Raise InputError where two reports were measured on different data."""
    if this["data_sha256"] != other.get("data_sha256"):
        raise InputError(
            f"the runs were measured on different data ({this['data']} and {other.get('data')}); "
            "compare runs on the same file"
        )


def compare(this: Mapping[str, Any], other: Mapping[str, Any], *, seed: int) -> list[Comparison]:
    """Both reports, measure by measure, over the questions that both asked.

    Raises InputError where they were measured on different data or share no question.
    """
    must_be_alike(this, other)
    by_id = {row["id"]: row for row in this["questions"]}
    pairs = [(by_id[row["id"]], row) for row in other["questions"] if row["id"] in by_id]
    if not pairs:
        raise InputError("the runs share no question; ask the same ones, with the same --limit")
    comparisons: list[Comparison] = []
    for name in _measures(this, other):
        judged = pairs if name in _SCORES else [(a, b) for a, b in pairs if a["answers"]]
        if judged:
            values = [(_value(name, a), _value(name, b)) for a, b in judged]
            comparisons.append(_comparison(name, np.array(values), seed))
    return comparisons


def _measures(this: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    names = [name for name in _SCORES if name in this and name in other]
    if "recall" in this and "recall" in other:
        names += [f"recall@{k}" for k in _CUTS] + ["mrr"]
    return names


def _value(measure: str, row: Mapping[str, Any]) -> float:
    if measure in _SCORES:
        return float(row[measure])
    rank = row["rank"]
    if measure == "mrr":
        return 1 / rank if rank else 0.0
    return 100.0 * (rank is not None and rank <= int(measure.partition("@")[2]))


def _comparison(name: str, values: NDArray[np.float64], seed: int) -> Comparison:
    """Of values of shape (n, 2): this run's and the other's."""
    differences = values[:, 0] - values[:, 1]
    low, high = bootstrap_interval(differences, seed=seed)
    return Comparison(
        measure=name,
        n=len(values),
        this=float(values[:, 0].mean()),
        other=float(values[:, 1].mean()),
        difference=float(differences.mean()),
        low=low,
        high=high,
        p=randomization_test(differences, seed=seed),
    )
