"""The scores of a benchmark with their intervals, as values and as JSON. `render` shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import InputError
from ..core.records import DocumentInfo
from .compare import question_rows
from .datasets import Question, retrieval_only
from .metrics import (
    auroc,
    bootstrap_interval,
    coverage_at,
    expected_calibration_error,
    mean_reciprocal_rank,
    ndcg_at,
    paired_bootstrap_interval,
    percentiles,
    recall_at,
    risk_at,
    risk_coverage,
)
from .results import Outcome

__all__ = ["CUTS", "OpenReport", "ReaderReport", "full_report", "memory_digest"]

CUTS = (1, 5, 20, 100)
"""Ranks at which recall is reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderReport:
    """How well a reader reads, each question against its own gold context. Scores 0..100."""

    outcomes: tuple[Outcome, ...]
    seconds: float
    seed: int
    about: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Which data, models, versions and settings: whatever is needed to run it again."""
    unasked: tuple[Question, ...] = ()
    """Questions that could not be asked, such as `?`: they have no score."""

    def __post_init__(self) -> None:
        """Raise InputError for no outcome: there is no score of nothing."""
        if not self.outcomes:
            raise InputError("no question was asked; give at least one that can be")

    @property
    def exact_match(self) -> float:
        """Mean exact match, 0..100."""
        return _mean([o.exact_match for o in self.outcomes])

    @property
    def f1(self) -> float:
        """Mean F1, 0..100."""
        return _mean([o.f1 for o in self.outcomes])

    def to_json(self) -> dict[str, Any]:
        """JSON-ready. Scores 0..100, intervals of 95 %, seconds of the whole run.

        What is undefined is absent: a score of no question, the interval of a single one.
        """
        intervals = _mean_intervals(_answer_columns(self.outcomes), self.seed)
        return self._head("reader", rest={"intervals": intervals} if intervals else {})

    def _head(
        self, benchmark: str, *, judged: bool = True, rest: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """What every report begins with, the scores of the answers where they can be judged."""
        scores = {"exact_match": self.exact_match, "f1": self.f1} if judged else {}
        return {
            "benchmark": benchmark,
            **scores,
            "n": len(self.outcomes),
            "seconds": round(self.seconds, 3),
            **_rate(len(self.outcomes), self.seconds),
            **(_no_answer_scores(self.outcomes) if judged else {}),
            **(rest or {}),
            "seed": self.seed,
            **self.about,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReport(ReaderReport):
    """How well the whole pipeline answers from its memory. Scores 0..100, `mrr` 0..1."""

    cuts: tuple[int, ...] = CUTS
    answered: frozenset[str] | None = None
    """Ids of the questions that any passage of the memory answers; None: not looked for."""
    documents_known: bool = True
    """Whether the memory has any document that the data names: else none could be found."""

    @property
    def retrieval_only(self) -> bool:
        """Whether the data names documents alone, so that no answer can be judged."""
        return retrieval_only([o.question for o in self.outcomes])

    @property
    def recall(self) -> dict[int, float]:
        """For each cut k: share of answerable questions with an answer in the top k, 0..100.

        Empty where no question is answerable.
        """
        return _recall(self._ranks(), self.cuts)

    @property
    def read_recall(self) -> dict[int, float]:
        """The same in the order in which reading leaves the passages; empty if it is not known."""
        return _recall(self._read_ranks(), self.cuts) if self._reread else {}

    @property
    def mrr(self) -> float | None:
        """Mean reciprocal rank of the first passage that holds an answer, 0..1.

        None where no question is answerable.
        """
        ranks = self._ranks()
        return mean_reciprocal_rank(ranks) if ranks else None

    @property
    def latency_ms(self) -> dict[str, float]:
        """Percentiles of the time from question to answer: p50, p95, p99."""
        return percentiles([o.latency_ms for o in self.outcomes])

    @property
    def windows_per_question(self) -> float:
        """Windows read per question, on average; remembered answers need none."""
        return sum(o.windows_read for o in self.outcomes) / len(self.outcomes)

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; see `ReaderReport.to_json`. Latencies in milliseconds."""
        stages = sorted({name for o in self.outcomes for name in o.stages_ms})
        return {
            **self._head("open", judged=not self.retrieval_only),
            **({} if self.retrieval_only else self._judged()),
            **self._gold(),
            **self._answerable(),
            **({} if self.retrieval_only else {"windows_per_question": self.windows_per_question}),
            "latency_ms": self.latency_ms,
            "stages_ms": {
                name: percentiles([o.stages_ms[name] for o in self.outcomes if name in o.stages_ms])
                for name in stages
            },
            **({"intervals": intervals} if (intervals := self._intervals()) else {}),
        }

    def _judged(self) -> dict[str, Any]:
        """Retrieval by where answers occur, and how far the confidences can be believed."""
        table: dict[str, Any] = {}
        if ranks := self._ranks():
            table["recall"] = {str(k): value for k, value in self.recall.items()}
            table["mrr"] = mean_reciprocal_rank(ranks)
        if self._reread:
            table["read_recall"] = {str(k): value for k, value in self.read_recall.items()}
            table["read_mrr"] = mean_reciprocal_rank(self._read_ranks())
        table["abstained"] = sum(o.abstained for o in self.outcomes)
        if silent := sum(not o.best for o in self.outcomes):
            table["without_candidate"] = silent
        if confidence := _confidence_scores(self.outcomes):
            table["confidence"] = confidence
        return table

    def _intervals(self) -> dict[str, list[float]]:
        """Of all scores but those of the answerable questions, which have theirs beside them."""
        answers, later = dict[str, list[float]](), dict[str, list[float]]()
        confidence: dict[str, list[float]] = {}
        if not self.retrieval_only:
            answers = _answer_columns(self.outcomes) | _rank_columns(self._ranks(), self.cuts)
            confidence = _confidence_intervals(self.outcomes, self.seed)
            if self._reread:
                later = _rank_columns(self._read_ranks(), self.cuts, "read_")
        if self._gold():
            later |= _rank_columns(self._gold_ranks(), self.cuts, "gold_")
        return {
            **_mean_intervals(answers, self.seed),
            **confidence,
            **_mean_intervals(later, self.seed),
        }

    @property
    def _reread(self) -> bool:
        return any(o.reread for o in self.outcomes if o.answerable)

    def _read_ranks(self) -> list[int | None]:
        return [o.read_rank for o in self.outcomes if o.answerable]

    def _ranks(self) -> list[int | None]:
        return [o.rank for o in self.outcomes if o.answerable]

    def _gold_ranks(self) -> list[int | None]:
        """Of the questions whose right passages the data names, if any of them is there."""
        return [
            o.gold_rank
            for o in self.outcomes
            if (self.documents_known if o.question.documents else _in_context(o))
        ]

    def _gold(self) -> dict[str, Any]:
        """Retrieval by what the data names, where it names any passage that was found."""
        ranks = self._gold_ranks()
        named = [o for o in self.outcomes if o.question.documents and self.documents_known]
        if not named and not any(ranks):
            return {}
        table: dict[str, Any] = {
            "gold_recall": {str(k): value for k, value in _recall(ranks, self.cuts).items()},
            "gold_mrr": mean_reciprocal_rank(ranks),
        }
        if named:
            gains = [ndcg_at(o.documents, o.question.documents, 10) for o in named]
            table["document_ndcg@10"] = sum(gains) / len(gains)
        return table

    def _answerable(self) -> dict[str, Any]:
        """The scores of the questions that any passage of the memory answers."""
        if self.answered is None:
            return {}
        within = [o for o in self.outcomes if o.question.id in self.answered]
        table: dict[str, Any] = {"n": len(within)}
        if within:
            ranks = [o.rank for o in within]
            table |= {
                "exact_match": _mean([o.exact_match for o in within]),
                "f1": _mean([o.f1 for o in within]),
                "recall": {str(k): value for k, value in _recall(ranks, self.cuts).items()},
                "mrr": mean_reciprocal_rank(ranks),
            }
            columns = _answer_columns(within) | _rank_columns(ranks, self.cuts)
            if intervals := _mean_intervals(columns, self.seed):
                table["intervals"] = intervals
        return {"answerable_in_memory": table}


def full_report(
    report: ReaderReport, table: Mapping[str, Any], documents: Iterable[DocumentInfo] | None = None
) -> dict[str, Any]:
    """`table`, the report as JSON, with each question and the hash of the memory's documents."""
    full = {
        **table,
        "questions": question_rows(report.outcomes),
        "unasked": [question.id for question in report.unasked],
    }
    if documents is not None:
        full["memory"] = {**table["memory"], "sha256": memory_digest(documents)}
    return full


def memory_digest(documents: Iterable[DocumentInfo]) -> str:
    """SHA-256 over the documents' own, in the order of their ids: equal contents, equal digest."""
    digest = hashlib.sha256()
    for name, content in sorted((d.id, d.digest) for d in documents):
        digest.update(f"{name}\0{content}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _recall(ranks: Sequence[int | None], cuts: Sequence[int]) -> dict[int, float]:
    return {k: 100 * recall_at(ranks, k) for k in cuts} if ranks else {}


def _in_context(o: Outcome) -> bool:
    """Whether the right passages are those of the question's own context."""
    return o.answerable and bool(o.question.context)


def _rate(questions: int, seconds: float) -> dict[str, float]:
    return {"questions_per_second": round(questions / seconds, 3)} if seconds > 0 else {}


def _rank_columns(
    ranks: Sequence[int | None], cuts: Sequence[int], prefix: str = ""
) -> dict[str, list[float]]:
    """Per question what recall and reciprocal rank are means of."""
    recalls = {
        f"{prefix}recall@{k}": [100.0 * (r is not None and r <= k) for r in ranks] for k in cuts
    }
    return {**recalls, f"{prefix}mrr": [1 / r if r else 0.0 for r in ranks]}


def _mean(values: Sequence[float]) -> float:
    return 100 * sum(values) / len(values)


def _no_answer_scores(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Scores of the two kinds of questions apart, for data that has unanswerable ones.

    As in the script of SQuAD 2.0, an answer of articles and punctuation alone counts as none.
    """
    empty = [o for o in outcomes if not o.answerable]
    if not empty:
        return {}
    scores = {"no_answer_accuracy": _mean([o.exact_match for o in empty])}
    answerable = [o for o in outcomes if o.answerable]
    if answerable:
        scores["has_answer_exact_match"] = _mean([o.exact_match for o in answerable])
        scores["has_answer_f1"] = _mean([o.f1 for o in answerable])
    area = auroc([o.confidence for o in outcomes], [o.answerable for o in outcomes])
    return scores if area is None else {**scores, "answerability_auroc": area}


def _confidence_scores(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """How far the confidences can be believed: each question's best answer, bar or no bar.

    Right means an exact match. Errors, risks and areas 0..1, of the questions with any candidate or
    of the share answered; the coverage at 80 % precision is a share of all questions. Empty
    where no question has a candidate.
    """
    sure, right = _candidates(outcomes)
    if not sure:
        return {}
    curve = risk_coverage(sure, right)
    scores: dict[str, Any] = {
        "expected_calibration_error": expected_calibration_error(sure, right),
        "risk_coverage_area": curve.area,
        "risk_at_coverage": {str(c): risk_at(c / 100, curve) for c in (25, 50, 75, 100)},
    }
    if any(o.answerable for o in outcomes):
        scores["coverage_at_80_precision"] = coverage_at(0.8, sure, right, among=len(outcomes))
    area = auroc(sure, [x > 0 for x in right])
    return scores if area is None else {**scores, "auroc_of_being_right": area}


def _candidates(outcomes: Sequence[Outcome]) -> tuple[list[float], list[float]]:
    """Confidence and rightness of each question's best candidate, where it has any."""
    judged = [o for o in outcomes if o.best]
    return [o.confidence for o in judged], [o.best_right for o in judged]


def _confidence_intervals(outcomes: Sequence[Outcome], seed: int) -> dict[str, list[float]]:
    """Of the two that a threshold is chosen by; none of fewer than two questions."""
    sure, right = _candidates(outcomes)
    if len(sure) < 2:
        return {}
    intervals = {
        "expected_calibration_error": paired_bootstrap_interval(
            expected_calibration_error, sure, right, seed=seed
        )
    }
    if any(o.answerable for o in outcomes):
        every = len(outcomes)
        intervals["coverage_at_80_precision"] = paired_bootstrap_interval(
            lambda s, r: coverage_at(0.8, s, r, among=every), sure, right, seed=seed
        )
    return {f"confidence {name}": [round(x, 4) for x in ends] for name, ends in intervals.items()}


def _answer_columns(outcomes: Sequence[Outcome]) -> dict[str, list[float]]:
    """Per question, 0..100, what the scores are means of; of each kind of questions apart, too."""
    columns = {
        "exact_match": [100 * o.exact_match for o in outcomes],
        "f1": [100 * o.f1 for o in outcomes],
    }
    if not all(o.answerable for o in outcomes):
        answerable = [o for o in outcomes if o.answerable]
        columns |= {
            "has_answer_exact_match": [100 * o.exact_match for o in answerable],
            "has_answer_f1": [100 * o.f1 for o in answerable],
            "no_answer_accuracy": [100 * o.exact_match for o in outcomes if not o.answerable],
        }
    return columns


def _mean_intervals(columns: Mapping[str, Sequence[float]], seed: int) -> dict[str, list[float]]:
    """Of the mean of each column that has two questions: a single one has no interval."""
    return {
        name: [round(x, 3) for x in bootstrap_interval(values, seed=seed)]
        for name, values in columns.items()
        if len(values) > 1
    }
