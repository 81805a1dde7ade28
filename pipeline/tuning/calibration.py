"""Calibration on held-out questions: the weight of retrieval beside reading, and the confidence.

Each held-out question is read once over what a memory returns for it. From that reading alone
come both an answerable case and one without an answer: the passages that hold it are left out.
Some are asked once more with a name exchanged, of what no document speaks of.
Several memories take turns: scores that are telling among a million passages are not among fifty,
and a confidence fitted on memories of one size alone is wrong in those of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ...core.errors import InputError
from ...core.records import Hit
from ...models.training.recipes import held_out, read_rows
from ...reader.calibration import Calibration, fit
from ...reader.metrics import exact_match, f1, holds_answer
from ...reader.reader import ReadRequest
from ...reader.spans import Reading
from ..english.entities import names_in, renamed
from ..qa import QA
from ..rank import Ranked, rank
from ..settings import Settings

__all__ = ["CalibrationRecipe", "CalibrationResult", "calibrate"]


_RIGHT = 0.6
"""F1 from which a candidate counts as right: rows hold the words of one annotator, and others
would have marked an article or a unit more or less."""


def _as_tuple(value: Any) -> Any:
    """One folder stands for a list of one."""
    return (value,) if isinstance(value, str | Path) else value


class CalibrationRecipe(BaseModel):
    """Settings of `spanmem train calibration`; paths are relative to the working directory."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    memory: Annotated[tuple[Path, ...], BeforeValidator(_as_tuple)] = Field(min_length=1)
    """Holds the passages of the questions, among many others; of several, each in its turn."""
    data: tuple[Path, ...]
    """Flat SQuAD rows as JSON lines, `.gz` too."""
    reader: str | None = None
    """Folder of the reader; None: the bundled one."""
    output: Path
    """Folder that gets `calibration.json`; give the reader's own to make it take effect."""
    held_out_articles: float = Field(default=0.03, gt=0, le=1)
    """As in the reader's training: only questions on these articles are used."""
    questions: int = Field(default=1000, ge=50)
    unanswerable: float = Field(default=0.15, ge=0, le=1)
    """How many cases without an answer there are for each one with an answer."""
    renamed: float = Field(default=0.1, ge=0, le=1)
    """How many questions are asked with a name exchanged, for each question."""
    candidates: int = Field(default=1, ge=1)
    """Best candidates per case that the confidence is fitted on."""
    retrieval_weights: tuple[float, ...] = (0, 2, 4, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50)
    """Tried in turn; the one with the best F1 stays."""
    seed: int = Field(default=13, ge=0)


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """What was fitted, and how well it does: scores 0..100, over the answerable cases."""

    output: Path
    questions: int
    retrieval_weight: float
    exact_match: float
    f1: float
    recall: float
    """Questions with an answer in what was read: few, if the memories lack their passages."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A question as it was read over its hits."""

    question: str
    golds: tuple[str, ...]
    """The answers; empty: nothing that was read answers the question."""
    hits: tuple[Hit, ...]
    reading: Reading


def calibrate(recipe: CalibrationRecipe, settings: Settings | None = None) -> CalibrationResult:
    """Read the held-out questions, tune, fit and write. Raises InputError for unusable data."""
    settings = (settings or Settings()).override({"reader.model": recipe.reader})
    answerable, unknown, memories = _read_all(recipe, settings)
    scores = {weight: _scores(answerable, weight) for weight in recipe.retrieval_weights}
    weight = max(scores, key=lambda w: (scores[w][1], -w))
    cases = [*answerable, *_without_answers(answerable, recipe), *unknown]
    calibration = _fit(cases, weight, recipe.candidates)
    best_match, best_f1 = scores[weight]
    recall = round(100 * float(np.mean([_holds_answer(case) for case in answerable])), 3)
    facts = {
        **memories,
        "questions": len(answerable),
        "exact_match": best_match,
        "f1": best_f1,
        "recall": recall,
        "f1_by_retrieval_weight": {str(w): f1_score for w, (_, f1_score) in scores.items()},
        "unanswerable": recipe.unanswerable,
        "renamed": len(unknown),
        "candidates": recipe.candidates,
        "seed": recipe.seed,
    }
    recipe.output.mkdir(parents=True, exist_ok=True)
    calibration.save(recipe.output, facts)
    return CalibrationResult(recipe.output, len(answerable), weight, best_match, best_f1, recall)


def _read_all(
    recipe: CalibrationRecipe, settings: Settings
) -> tuple[list[_Case], list[_Case], dict[str, Any]]:
    """Held-out questions, and those with a name exchanged, as the memories in turn have them read.

    The third value names the reader and the memories' passages, for `calibration.json`.
    """
    questions = _questions(recipe)
    renamed_questions = _renamed([question for question, _ in questions], recipe)
    answerable: list[_Case] = []
    unknown: list[_Case] = []
    name, passages = "", []
    step = len(recipe.memory)
    for number, path in enumerate(recipe.memory):
        with QA.open(settings.override({"memory.path": str(path)})) as qa:
            share = questions[number::step]
            answerable += [_read(qa, question, golds) for question, golds in share]
            unknown += [_read(qa, question, ()) for question in renamed_questions[number::step]]
            name = qa.reader.name
            passages.append(qa.memory.counts()[1])
    return answerable, unknown, {"reader": name, "passages": passages}


def _questions(recipe: CalibrationRecipe) -> list[tuple[str, tuple[str, ...]]]:
    """Held-out questions with their answers, drawn without replacement."""
    rows: list[dict[str, Any]] = [
        row
        for row in read_rows(recipe.data)
        if row["answers"]["text"] and held_out(row.get("title", ""), recipe.held_out_articles)
    ]
    if len(rows) < 50:
        raise InputError(
            f"only {len(rows)} held-out questions with an answer, and 50 are the least to "
            "calibrate on; raise `held_out_articles`, or add data"
        )
    order = np.random.default_rng(recipe.seed).permutation(len(rows))
    sample = (rows[i] for i in islice(order, recipe.questions))
    return [(row["question"], tuple(row["answers"]["text"])) for row in sample]


def _renamed(questions: Sequence[str], recipe: CalibrationRecipe) -> list[str]:
    """Questions about what no document speaks of, made of those that have a name."""
    rng = np.random.default_rng((recipe.seed, 2))
    names = {w.raw for question in questions for w in names_in(question) if w.raw.isalpha()}
    substitutes = sorted(names)
    variants = [renamed(question, substitutes, rng) for question in questions]
    usable = [variant for variant in variants if variant is not None]
    return usable[: round(recipe.renamed * len(questions))]


def _read(qa: QA, question: str, golds: tuple[str, ...]) -> _Case:
    hits = tuple(qa.search(question))
    (reading,) = qa.reader.read([ReadRequest(question, tuple(hit.passage for hit in hits))])
    return _Case(question, golds, hits, reading)


def _holds_answer(case: _Case) -> bool:
    return any(holds_answer(hit.passage.text, case.golds) for hit in case.hits)


def _scores(cases: Sequence[_Case], weight: float) -> tuple[float, float]:
    """Exact match and F1 of the best candidates, 0..100."""
    calibration = Calibration(retrieval_weight=weight)
    texts = [_best(rank(case.reading, case.hits, calibration, keep=1)) for case in cases]
    golds = [case.golds for case in cases]
    return (
        round(100 * float(np.mean(list(map(exact_match, texts, golds)))), 3),
        round(100 * float(np.mean(list(map(f1, texts, golds)))), 3),
    )


def _best(ranked: Sequence[Ranked]) -> str:
    return ranked[0].text if ranked else ""


def _without_answers(cases: Sequence[_Case], recipe: CalibrationRecipe) -> Iterator[_Case]:
    """Cases as they would be had the memory not held the answer."""
    count = round(recipe.unanswerable * len(cases))
    order = np.random.default_rng((recipe.seed, 1)).permutation(len(cases))
    for case in (cases[i] for i in order[:count]):
        kept = [
            i for i, hit in enumerate(case.hits) if not holds_answer(hit.passage.text, case.golds)
        ]
        number = {old: new for new, old in enumerate(kept)}
        spans = tuple(
            replace(span, passage=number[span.passage])
            for span in case.reading.spans
            if span.passage in number
        )
        reading = Reading(
            spans,
            tuple(case.reading.nulls[i] for i in kept),
            tuple(case.reading.totals[i] for i in kept),
        )
        yield _Case(case.question, (), tuple(case.hits[i] for i in kept), reading)


def _fit(cases: Sequence[_Case], weight: float, candidates: int) -> Calibration:
    """The confidence of the best candidates of all cases. Raises InputError if all are alike."""
    features: list[dict[str, float]] = []
    right: list[float] = []
    for case in cases:
        ranked = rank(
            case.reading,
            case.hits,
            Calibration(retrieval_weight=weight),
            question=case.question,
            keep=candidates,
        )
        for candidate in ranked:
            features.append(candidate.features)
            right.append(float(bool(case.golds) and f1(candidate.text, case.golds) >= _RIGHT))
    if len(set(right)) < 2:
        raise InputError("all candidates are equally right, so no confidence can be learned")
    return fit(features, right, retrieval_weight=weight)
