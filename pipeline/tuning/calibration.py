"""Calibration on held-out questions: the weight of retrieval beside reading, and the confidence.

Each held-out question is read once over what a memory returns for it. From that reading alone
come an answerable case, one without an answer, for which the passages that hold it are left out,
and one in a memory of few passages.
Some are asked once more with a name exchanged, of what no document speaks of.
Several memories take turns: scores that are telling among a million passages are not among fifty,
and a confidence fitted on memories of one size alone is wrong in those of another.

Kinds of text differ as sizes do. Where several are given, all count alike, whatever their number
of questions, and how strongly the fit is held back is chosen by the kinds left out in turn: the
confidence is for texts that nobody fitted it on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ...core import files
from ...core.errors import InputError
from ...core.records import Hit
from ...core.rows import question_rows
from ...models.training.recipes import held_out
from ...reader.calibration import Calibration
from ...reader.metrics import exact_match, f1, holds_answer
from ...reader.provenance import Provenance
from ...reader.reader import ReadRequest
from ...reader.spans import Reading
from ..english.entities import names_in, renamed
from ..qa import QA
from ..question import clean_question
from ..rank import Ranked, rank
from ..settings import Settings
from .kinds import Candidates, LeftOut, fit_all, leave_each_out

__all__ = ["CalibrationRecipe", "CalibrationResult", "TextKind", "calibrate"]


_RIGHT = 0.6
"""F1 from which a candidate counts as right: rows hold the words of one annotator, and others
would have marked an article or a unit more or less."""


_SMALL = 8
"""Most passages of a small memory."""
_LEAST = 50
"""Questions with an answer that a fit needs, of all kinds together."""


def _as_tuple(value: Any) -> Any:
    """One folder or file stands for a list of one."""
    return (value,) if isinstance(value, str | Path) else value


Paths = Annotated[tuple[Path, ...], BeforeValidator(_as_tuple), Field(min_length=1)]


class TextKind(BaseModel):
    """A kind of text: its questions, and the memories that they are asked of."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    memory: Paths
    """Holds the passages of the questions, among many others; of several, each in its turn."""
    data: Paths
    """Questions with their answers, as `spanmem benchmark open` reads them; rows without an answer
    are what the memory does not tell. A row's `where` bounds the documents, as in `ask`."""
    questions: int | None = Field(default=None, ge=1)
    """Drawn of the data, at most; None: as many as the recipe's `questions`."""
    training_data: Literal["leave-out", "allow"] = "leave-out"
    """Whether questions that the reader was trained on may be asked."""


class CalibrationRecipe(BaseModel):
    """Settings of `spanmem train calibration`; paths are relative to the working directory.

    Either `memory` and `data` are given, or `kinds`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    memory: Paths | None = None
    """As in `TextKind`, for a fit on one kind of text."""
    data: Paths | None = None
    """Likewise."""
    kinds: dict[str, TextKind] = Field(default_factory=dict[str, TextKind])
    """By name, in place of `memory` and `data`."""
    reader: str | None = None
    """Folder of the reader; None: the bundled one."""
    output: Path
    """Folder that gets `calibration.json`; give the reader's own to make it take effect."""
    held_out_articles: float | None = Field(default=None, gt=0, le=1)
    """As in the reader's training: only questions on these articles are used; None: on all."""
    questions: int = Field(default=1000, ge=1)
    """Of each kind, at most."""
    unanswerable: float = Field(default=0.15, ge=0, le=1)
    """How many cases without an answer there are for each one with an answer."""
    small: float = Field(default=0.5, ge=0, le=1)
    """How many cases in a memory of few passages there are for each one with an answer."""
    renamed: float = Field(default=0.1, ge=0, le=1)
    """How many questions are asked with a name exchanged, for each question."""
    candidates: int = Field(default=1, ge=1)
    """Best candidates per case that the confidence is fitted on."""
    retrieval_weights: tuple[float, ...] = (0, 2, 4, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50)
    """Tried in turn; the one with the best F1 stays."""
    seed: int = Field(default=13, ge=0)

    @model_validator(mode="after")
    def _one_way_of_naming_data(self) -> CalibrationRecipe:
        plain = self.memory is not None and self.data is not None
        if bool(self.kinds) == plain or (self.kinds and (self.memory or self.data)):
            raise ValueError("give either `memory` and `data`, or `kinds`, which hold both each")
        return self

    @property
    def all_kinds(self) -> dict[str, TextKind]:
        """The kinds; a recipe without them has one, called `all`."""
        if self.memory is None or self.data is None:
            return self.kinds
        return {"all": TextKind(memory=self.memory, data=self.data)}


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
    penalty: float
    """See `reader.calibration.fit`."""
    left_out: Mapping[str, LeftOut]
    """By kind; empty where there is but one."""


@dataclass(frozen=True, slots=True)
class _Question:
    text: str
    golds: tuple[str, ...]
    """Empty: the memory does not tell."""
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """A question as it was read over its hits."""

    question: str
    golds: tuple[str, ...]
    """The answers; empty: nothing that was read answers the question."""
    hits: tuple[Hit, ...]
    reading: Reading


@files.refusals()
def calibrate(recipe: CalibrationRecipe, settings: Settings | None = None) -> CalibrationResult:
    """Read the held-out questions, tune, fit and write. Raises InputError for unusable data."""
    settings = (settings or Settings()).override({"reader.model": recipe.reader})
    cases, about = _read_all(recipe, settings)
    answerable = [case for group in cases.values() for case in group if case.golds]
    scores = {weight: _scores(answerable, weight) for weight in recipe.retrieval_weights}
    weight = max(scores, key=lambda w: (scores[w][1], -w))
    kinds = {
        name: _candidates([*group, *_variants(group, recipe)], weight, recipe.candidates)
        for name, group in cases.items()
    }
    penalty, left_out = leave_each_out(kinds, weight)
    calibration = fit_all(list(kinds.values()), weight, penalty)
    best_match, best_f1 = scores[weight]
    recall = round(100 * float(np.mean([_holds_answer(case) for case in answerable])), 3)
    facts = {
        **about,
        "questions": {name: sum(bool(c.golds) for c in group) for name, group in cases.items()},
        "exact_match": best_match,
        "f1": best_f1,
        "recall": recall,
        "f1_by_retrieval_weight": {str(w): f1_score for w, (_, f1_score) in scores.items()},
        "unanswerable": recipe.unanswerable,
        "small": recipe.small,
        "candidates": recipe.candidates,
        "penalty": penalty,
        "seed": recipe.seed,
    }
    recipe.output.mkdir(parents=True, exist_ok=True)
    calibration.save(recipe.output, facts)
    return CalibrationResult(
        recipe.output, len(answerable), weight, best_match, best_f1, recall, penalty, left_out
    )


def _read_all(
    recipe: CalibrationRecipe, settings: Settings
) -> tuple[dict[str, list[_Case]], dict[str, Any]]:
    """Each kind's questions, and those with a name exchanged, as their memories have them read.

    The second value names the reader and the memories' passages, for `calibration.json`.
    """
    cases: dict[str, list[_Case]] = {}
    passages: dict[str, list[int]] = {}
    renamed_questions, reader = 0, ""
    for name, kind in recipe.all_kinds.items():
        cases[name], passages[name], step = [], [], len(kind.memory)
        drawn: list[_Question] = []
        for number, path in enumerate(kind.memory):
            with QA.open(settings.override({"memory.path": str(path)})) as qa:
                if not drawn:
                    drawn = _questions(recipe, kind, qa.reader.provenance)
                    exchanged = _renamed(drawn, recipe)
                    renamed_questions += len(exchanged)
                share = [*drawn[number::step], *exchanged[number::step]]
                cases[name] += [_read(qa, question) for question in share]
                reader = qa.reader.name
                passages[name].append(qa.memory.counts()[1])
    if (count := sum(bool(c.golds) for group in cases.values() for c in group)) < _LEAST:
        raise InputError(
            f"only {count} held-out questions with an answer, and {_LEAST} are the least to "
            "calibrate on; raise `held_out_articles`, or add data"
        )
    return cases, {"reader": reader, "passages": passages, "renamed": renamed_questions}


def _questions(
    recipe: CalibrationRecipe, kind: TextKind, provenance: Provenance
) -> list[_Question]:
    """Questions that the reader was not trained on, drawn without replacement."""
    rows = [row for path in kind.data for row in _rows(path, recipe.held_out_articles)]
    if kind.training_data == "leave-out":
        seen = provenance.seen([row.text for row in rows])
        rows = [row for row, known in zip(rows, seen, strict=True) if not known]
    order = np.random.default_rng(recipe.seed).permutation(len(rows))
    return [rows[i] for i in order[: kind.questions or recipe.questions]]


def _rows(path: Path, held_out_articles: float | None) -> Iterator[_Question]:
    """The questions of a file, on held-out articles if a share of these is given."""
    for row in question_rows(path):
        fields = row.fields
        try:
            if held_out_articles is not None and not held_out(
                fields.get("title", ""), held_out_articles
            ):
                continue
            answers = fields["answers"] if "answers" in fields else fields["answer"]
            texts = answers["text"] if isinstance(answers, Mapping) else answers
            golds = (texts,) if isinstance(texts, str) else tuple(texts)
            yield _Question(clean_question(fields["question"]), golds, fields.get("where"))
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{row.place} is no question row ({error}); each row needs question and answers"
            ) from error


def _renamed(questions: Sequence[_Question], recipe: CalibrationRecipe) -> list[_Question]:
    """Questions about what no document speaks of, made of those that have a name."""
    rng = np.random.default_rng((recipe.seed, 2))
    texts = [question.text for question in questions if question.golds]
    substitutes = sorted({w.raw for text in texts for w in names_in(text) if w.raw.isalpha()})
    variants = [renamed(text, substitutes, rng) for text in texts]
    usable = [_Question(variant, ()) for variant in variants if variant is not None]
    return usable[: round(recipe.renamed * len(texts))]


def _read(qa: QA, question: _Question) -> _Case:
    hits = tuple(qa.search(question.text, where=question.where))
    (reading,) = qa.reader.read([ReadRequest(question.text, tuple(hit.passage for hit in hits))])
    return _Case(question.text, question.golds, hits, reading)


def _holds_answer(case: _Case) -> bool:
    return any(_holds(case, i) for i in range(len(case.hits)))


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


def _variants(cases: Sequence[_Case], recipe: CalibrationRecipe) -> Iterator[_Case]:
    """The answerable cases as they would be in other memories.

    Some are drawn for a memory that lacks the answer, others for one of few passages, where there
    is little to compare a passage with.
    """
    cases = [case for case in cases if case.golds]
    rng = np.random.default_rng((recipe.seed, 1))
    for case in _drawn(cases, recipe.unanswerable, rng):
        yield _restricted(case, [i for i in range(len(case.hits)) if not _holds(case, i)])
    for case in _drawn(cases, recipe.small, rng):
        yield _in_small_memory(case, rng)


def _drawn(cases: Sequence[_Case], share: float, rng: np.random.Generator) -> list[_Case]:
    return [cases[i] for i in rng.permutation(len(cases))[: round(share * len(cases))]]


def _in_small_memory(case: _Case, rng: np.random.Generator) -> _Case:
    """The best passage that holds the answer, if any, among 0 to 7 that do not."""
    numbers = range(len(case.hits))
    answering = [i for i in numbers if _holds(case, i)][:1]
    others = rng.permutation([i for i in numbers if not _holds(case, i)])
    return _restricted(case, sorted([*answering, *others[: int(rng.integers(_SMALL))].tolist()]))


def _holds(case: _Case, number: int) -> bool:
    return holds_answer(case.hits[number].passage.text, case.golds)


def _restricted(case: _Case, kept: Sequence[int]) -> _Case:
    """The case had nothing but the passages number `kept` been found."""
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
    golds = case.golds if any(_holds(case, i) for i in kept) else ()
    return _Case(case.question, golds, tuple(case.hits[i] for i in kept), reading)


def _candidates(cases: Sequence[_Case], weight: float, keep: int) -> Candidates:
    """The best candidates of all cases."""
    features: list[Mapping[str, float]] = []
    right: list[float] = []
    answerable: list[bool] = []
    for case in cases:
        plain = Calibration(retrieval_weight=weight)
        for candidate in rank(case.reading, case.hits, plain, question=case.question, keep=keep):
            features.append(candidate.features)
            right.append(float(bool(case.golds) and f1(candidate.text, case.golds) >= _RIGHT))
            answerable.append(bool(case.golds))
    return Candidates(tuple(features), tuple(right), tuple(answerable))
