"""Paired comparison of two runs on the same questions: differences, intervals, p.

Each question is its own control: only the differences of the two runs on it are looked at.
Pure but for `read_report`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError
from .metrics import bootstrap_interval, randomization_test
from .results import Outcome

__all__ = ["Comparison", "compare", "must_be_alike", "question_rows", "read_report"]

_SCORES = ("exact_match", "f1")
_GOLD = "gold_"
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
    low: float | None
    """Lower end of the difference's bootstrap interval of 95 %; None: one question has none."""
    high: float | None
    p: float
    """Chance of so large a difference, either way, if the runs were alike."""

    def line(self) -> str:
        """The comparison as a line of text."""
        bounds = self.bounds("+.3f")
        return (
            f"{self.measure:<12} {self.this:.3f} against {self.other:.3f}: {self.difference:+.3f}"
            f"{bounds and ' ' + bounds}, p = {self.p:.4f}, n = {self.n:,}"
        )

    def bounds(self, digits: str) -> str:
        """`(-0.8 to +2.1)` with such digits, or nothing."""
        if self.low is None or self.high is None:
            return ""
        return f"({self.low:{digits}} to {self.high:{digits}})"

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; an interval that there is not is absent."""
        return {name: value for name, value in asdict(self).items() if value is not None}


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
            "named": bool(o.question.documents or (o.answerable and o.question.context)),
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
    _check_rows(file, table["questions"])
    return table


def _check_rows(file: Path, rows: Sequence[Any]) -> None:
    """Raise InputError for rows that another wrote, or that have one id: they cannot be paired."""
    ids: set[str] = set()
    for number, row in enumerate(rows, start=1):
        whole = isinstance(row, dict) and isinstance(row.get("id"), str)
        if not whole or not all(_is_number(row.get(name)) for name in _SCORES):
            raise InputError(
                f"{file}: question {number:,} has no id, exact_match and f1; make the report anew "
                "with --report FOLDER"
            )
        if row["id"] in ids:
            raise InputError(
                f"{file}: two questions have the id {row['id']!r}, and cannot be paired; make the "
                "report anew with --report FOLDER"
            )
        ids.add(row["id"])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def must_be_alike(this: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Raise InputError where two reports were measured on different data, or judged otherwise."""
    if this["data_sha256"] != other.get("data_sha256"):
        raise InputError(
            f"the runs were measured on different data ({this['data']} and {other.get('data')}); "
            "compare runs on the same file"
        )
    regex = [_option(table, "regex") for table in (this, other)]
    if None not in regex and regex[0] != regex[1]:
        raise InputError(
            "one of the runs took the answers for regular expressions, the other did not; compare "
            "runs with the same --regex"
        )


def _option(table: Mapping[str, Any], name: str) -> Any:
    """An option of the benchmark that made a report; None where the report does not tell."""
    settings = table.get("settings")
    if not isinstance(settings, Mapping):
        return None
    options = settings.get("benchmark", settings)
    return options.get(name) if isinstance(options, Mapping) else None


def compare(this: Mapping[str, Any], other: Mapping[str, Any], *, seed: int) -> list[Comparison]:
    """Both reports, measure by measure, over the questions that both asked.

    Raises InputError where they were measured on different data, share no question or measure, or
    read a question otherwise.
    """
    must_be_alike(this, other)
    by_id = {row["id"]: row for row in this["questions"]}
    pairs = [(by_id[row["id"]], row) for row in other["questions"] if row["id"] in by_id]
    if not pairs:
        raise InputError("the runs share no question; ask the same ones, with the same --limit")
    for a, b in pairs:
        if any(a[name] != b.get(name) for name in ("question", "answers")):
            raise InputError(
                f"question {a['id']} is another one in the two runs, or has other answers, though "
                "their data are the same; another release read it otherwise: make both reports anew"
            )
    comparisons: list[Comparison] = []
    for name in _measures(this, other):
        judged = [(a, b) for a, b in pairs if _is_judged(name, a)]
        if judged:
            values = [(_value(name, a), _value(name, b)) for a, b in judged]
            comparisons.append(_comparison(name, np.array(values), seed))
    if not comparisons:
        raise InputError(
            "the runs have no measure in common; compare runs of one benchmark, in which the same "
            "is judged"
        )
    return comparisons


def _measures(this: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Scores that both runs have; reciprocal ranks where both looked equally deep."""
    names = [name for name in _SCORES if name in this and name in other]
    equally_deep = _option(this, "hits") == _option(other, "hits")
    for kind in ("", _GOLD):
        cuts = [set(table.get(f"{kind}recall", ())) for table in (this, other)]
        names += [f"{kind}recall@{k}" for k in _CUTS if all(str(k) in both for both in cuts)]
        if equally_deep and f"{kind}mrr" in this and f"{kind}mrr" in other:
            names.append(f"{kind}mrr")
    return names


def _is_judged(measure: str, row: Mapping[str, Any]) -> bool:
    """Whether the question counts for the measure."""
    if measure in _SCORES:
        return True
    if measure.startswith(_GOLD):
        return bool(row.get("named"))
    return bool(row["answers"])


def _value(measure: str, row: Mapping[str, Any]) -> float:
    if measure in _SCORES:
        return float(row[measure])
    rank = row["gold_rank" if measure.startswith(_GOLD) else "rank"]
    if measure.endswith("mrr"):
        return 1 / rank if rank else 0.0
    return 100.0 * (rank is not None and rank <= int(measure.partition("@")[2]))


def _comparison(name: str, values: NDArray[np.float64], seed: int) -> Comparison:
    """Of values of shape (n, 2): this run's and the other's."""
    differences = values[:, 0] - values[:, 1]
    low, high = bootstrap_interval(differences, seed=seed) if len(values) > 1 else (None, None)
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
