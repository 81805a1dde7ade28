"""Tunes how retrieval and reading are mixed, and calibrates the confidence of the mix.

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


def _several(value: Any) -> Any:
    """One folder stands for a list of one."""
    return (value,) if isinstance(value, str | Path) else value


class CalibrationRecipe(BaseModel):
    """Settings of `spanmem train calibration`; paths are relative to the working directory."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    memory: Annotated[tuple[Path, ...], BeforeValidator(_several)] = Field(min_length=1)
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
    """What was found; scores 0..100, over the answerable cases."""

    output: Path
    questions: int
    retrieval_weight: float
    exact_match: float
    f1: float
    recall: float
    """Questions with an answer in what was read: few, if the memories lack their passages."""


@dataclass(frozen=True, slots=True)
class _Case:
    question: str
    golds: tuple[str, ...]
    """Empty: nothing that was read answers the question."""
    hits: tuple[Hit, ...]
    reading: Reading


def calibrate(recipe: CalibrationRecipe, settings: Settings | None = None) -> CalibrationResult:
    """Read the held-out questions, tune, fit and write. Raises InputError for unusable data."""
    chosen = (settings or Settings()).override({"reader.model": recipe.reader})
    questions = _questions(recipe)
    changed = _renamed([question for question, _ in questions], recipe)
    cases: list[_Case] = []
    strange: list[_Case] = []
    name, passages = "", []
    for turn, memory in enumerate(recipe.memory):
        with QA.open(chosen.override({"memory.path": str(memory)})) as qa:
            dealt = questions[turn :: len(recipe.memory)]
            cases += [_read(qa, question, golds) for question, golds in dealt]
            strange += [_read(qa, question, ()) for question in changed[turn :: len(recipe.memory)]]
            name = qa.reader.name
            passages.append(qa.memory.counts()[1])
    scores = {w: _scores(cases, w) for w in recipe.retrieval_weights}
    weight = max(scores, key=lambda w: (scores[w][1], -w))
    fitted = [*cases, *_without_answers(cases, recipe), *strange]
    found = _fit(fitted, weight, recipe.candidates)
    match, overlap = scores[weight]
    recall = round(100 * float(np.mean([_answerable(case) for case in cases])), 3)
    facts = {
        "reader": name,
        "passages": passages,
        "questions": len(cases),
        "exact_match": match,
        "f1": overlap,
        "recall": recall,
        "f1_by_retrieval_weight": {str(w): s[1] for w, s in scores.items()},
        "unanswerable": recipe.unanswerable,
        "renamed": len(strange),
        "candidates": recipe.candidates,
        "seed": recipe.seed,
    }
    recipe.output.mkdir(parents=True, exist_ok=True)
    found.save(recipe.output, facts)
    return CalibrationResult(recipe.output, len(cases), weight, match, overlap, recall)


def _questions(recipe: CalibrationRecipe) -> list[tuple[str, tuple[str, ...]]]:
    """Held-out questions with their answers, drawn without replacement."""
    kept: list[dict[str, Any]] = [
        row
        for row in read_rows(recipe.data)
        if row["answers"]["text"] and held_out(row.get("title", ""), recipe.held_out_articles)
    ]
    if len(kept) < 50:
        raise InputError(
            f"only {len(kept)} held-out questions with an answer, and 50 are the least to "
            "calibrate on; raise `held_out_articles`, or add data"
        )
    order = np.random.default_rng(recipe.seed).permutation(len(kept))
    chosen = (kept[i] for i in islice(order, recipe.questions))
    return [(row["question"], tuple(row["answers"]["text"])) for row in chosen]


def _renamed(questions: Sequence[str], recipe: CalibrationRecipe) -> list[str]:
    """Questions about what no document speaks of, made of those that have a name."""
    rng = np.random.default_rng((recipe.seed, 2))
    words = {w.raw for question in questions for w in names_in(question) if w.raw.isalpha()}
    others = sorted(words)
    made = (renamed(question, others, rng) for question in questions)
    found = [question for question in made if question is not None]
    return found[: round(recipe.renamed * len(questions))]


def _read(qa: QA, question: str, golds: tuple[str, ...]) -> _Case:
    hits = tuple(qa.search(question))
    (reading,) = qa.reader.read([ReadRequest(question, tuple(hit.passage for hit in hits))])
    return _Case(question, golds, hits, reading)


def _answerable(case: _Case) -> bool:
    return any(holds_answer(hit.passage.text, case.golds) for hit in case.hits)


def _scores(cases: Sequence[_Case], weight: float) -> tuple[float, float]:
    """Exact match and F1 of the best candidates, 0..100."""
    calibration = Calibration(retrieval_weight=weight)
    texts = [_best(rank(c.reading, c.hits, calibration, keep=1)) for c in cases]
    pairs = [(t, c.golds) for t, c in zip(texts, cases, strict=True)]
    return (
        round(100 * float(np.mean([exact_match(t, g) for t, g in pairs])), 3),
        round(100 * float(np.mean([f1(t, g) for t, g in pairs])), 3),
    )


def _best(ranked: Sequence[Ranked]) -> str:
    return ranked[0].text if ranked else ""


def _without_answers(cases: Sequence[_Case], recipe: CalibrationRecipe) -> Iterator[_Case]:
    """Cases as they would be had the memory not held the answer."""
    count = round(recipe.unanswerable * len(cases))
    order = np.random.default_rng((recipe.seed, 1)).permutation(len(cases))
    for case in (cases[i] for i in order[:count]):
        keep = [
            i for i, hit in enumerate(case.hits) if not holds_answer(hit.passage.text, case.golds)
        ]
        place = {old: new for new, old in enumerate(keep)}
        spans = tuple(
            replace(s, passage=place[s.passage]) for s in case.reading.spans if s.passage in place
        )
        reading = Reading(
            spans,
            tuple(case.reading.nulls[i] for i in keep),
            tuple(case.reading.totals[i] for i in keep),
        )
        yield _Case(case.question, (), tuple(case.hits[i] for i in keep), reading)


def _fit(cases: Sequence[_Case], weight: float, candidates: int) -> Calibration:
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
        for one in ranked:
            features.append(one.features)
            right.append(float(bool(case.golds) and f1(one.text, case.golds) >= _RIGHT))
    if len(set(right)) < 2:
        raise InputError("all candidates are equally right, so no confidence can be learned")
    return fit(features, right, retrieval_weight=weight)
