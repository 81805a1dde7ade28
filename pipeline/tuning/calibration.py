"""Calibration on held-out questions: the weight of retrieval beside reading, the rule by which
reading stops, and the confidence.

Each held-out question is read once over all that a memory returns for it. From that reading alone
comes what a rule that stops earlier would have made of it, on which the confidence is then fitted;
and an answerable case, one without an answer, for which the passages that hold it are left out,
and one in a memory of few passages.
Some are asked once more with a name exchanged, of what no document speaks of.
Several memories take turns: scores that are telling among a million passages are not among fifty,
and a confidence fitted on memories of one size alone is wrong in those of another.

Kinds of text differ as sizes do. Where several are given, all count alike, whatever their number
of questions, and how strongly the fit is held back is chosen by the kinds left out in turn: the
confidence is for texts that nobody fitted it on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...core import files
from ...core.errors import InputError, ModelError
from ...core.questions import RowLedger
from ...core.records import Hit
from ...models.device import fingerprint
from ...models.training.outputs import check_writable, writing
from ...models.training.resumption import digest_of_data, named_digests
from ...models.weights import weights_files
from ...reader.calibration import Calibration
from ...reader.metrics import exact_match, f1, holds_answer
from ...reader.provenance import question_hashes
from ...reader.reader import ReadRequest
from ...reader.spans import Reading
from ...reader.stopping import Stopping
from ..qa import QA
from ..rank import Ranked, rank
from ..settings import Settings
from .kinds import Candidates, LeftOut, fit_all, leave_each_out
from .questions import HeldOutQuestion, draw_questions, exchange_names
from .recipe import CalibrationRecipe, TextKind
from .stopping import Look, StoppingReport, fit_stopping, looks_at, prefix, read_by

__all__ = ["CalibrationRecipe", "CalibrationResult", "TextKind", "calibrate"]


_RIGHT = 0.6
"""F1 from which a candidate counts as right: rows hold the words of one annotator, and others
would have marked an article or a unit more or less."""


_SMALL = 8
"""Most passages of a small memory."""
_LEAST = 50
"""Questions with an answer that a fit needs, of all kinds together."""


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
    rows: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What became of the rows of the data: see `RowLedger.to_json`."""
    stopping: StoppingReport | None = None
    """What the rule did to questions left out of its fit; None: no rule, all passages are read."""


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
    """Read the held-out questions, tune, fit and write.

    Raises InputError for unusable data, also such as the reader was trained on, and for an `output`
    that holds another reader; StorageError where nothing can be written there.
    """
    settings = (settings or Settings()).override({"reader.model": recipe.reader})
    check_writable(recipe.output)
    ledger = RowLedger()
    digests = named_digests(
        (path.name, digest_of_data(path))
        for kind in recipe.all_kinds.values()
        for path in kind.data
    )
    cases, about = _read_all(recipe, settings, ledger)
    weights = str(about["reader"]).rpartition("@")[2] if "@" in str(about["reader"]) else None
    answerable = [case for group in cases.values() for case in group if case.golds]
    scores = {weight: _scores(answerable, weight) for weight in recipe.retrieval_weights}
    weight = max(scores, key=lambda w: (scores[w][1], -w))
    groups = {name: _variants(group, recipe) for name, group in cases.items()}
    fitted = _fitted(groups, Calibration(retrieval_weight=weight), recipe, settings)
    calibration, stopping, penalty, left_out = fitted
    best_match, best_f1 = scores[weight]
    recall = round(100 * float(np.mean([_holds_answer(case) for case in answerable])), 3)
    facts = {
        **about,
        "rows": ledger.to_json(),
        "questions": {name: sum(bool(c.golds) for c in group) for name, group in cases.items()},
        "exact_match": best_match,
        "f1": best_f1,
        "recall": recall,
        "f1_by_retrieval_weight": {str(w): f1_score for w, (_, f1_score) in scores.items()},
        "unanswerable": recipe.unanswerable,
        "small": recipe.small,
        "candidates": recipe.candidates,
        "changed": recipe.changed,
        "stopping": None if stopping is None else asdict(stopping),
        "penalty": penalty,
        "seed": recipe.seed,
    }
    asked = {case.question for group in cases.values() for case in group}
    with writing(recipe.output):
        recipe.output.mkdir(parents=True, exist_ok=True)
        calibration.save(
            recipe.output,
            facts,
            weights=weights,
            calibrated_on=digests,
            questions=np.unique(question_hashes(asked)).tolist(),
        )
    return CalibrationResult(
        recipe.output,
        len(answerable),
        weight,
        best_match,
        best_f1,
        recall,
        penalty,
        left_out,
        ledger.to_json(),
        stopping,
    )


def _fitted(
    groups: Mapping[str, _Group],
    plain: Calibration,
    recipe: CalibrationRecipe,
    settings: Settings,
) -> tuple[Calibration, StoppingReport | None, float, dict[str, LeftOut]]:
    """The calibration, what its rule did, the penalty chosen, and what was said of kinds left out.

    When reading stops depends on how sure an answer is, and how sure it is on what was read: so
    the confidence is fitted where all is read, a rule for it, the confidence where that stops, and
    the rule again.
    """
    bar = settings.answer.abstain_below
    rule: Stopping | None = None
    report: StoppingReport | None = None
    calibration, penalty, left_out = _confidence(groups, plain, recipe, bar)
    for refit in (True, False):
        looks = {
            name: [_looked_at(case, calibration, bar) for case in group.whole]
            for name, group in groups.items()
        }
        rule, report = fit_stopping(looks, recipe.changed)
        calibration = replace(calibration, stopping=rule)
        if rule is not None and refit:
            calibration, penalty, left_out = _confidence(groups, calibration, recipe, bar)
    return calibration, report, penalty, left_out


def _confidence(
    groups: Mapping[str, _Group], before: Calibration, recipe: CalibrationRecipe, bar: float
) -> tuple[Calibration, float, dict[str, LeftOut]]:
    """A calibration with the confidence fitted on what is read where the one `before` stops."""
    kinds = {
        name: _candidates([_stopped(c, before, bar) for c in group.all], before, recipe.candidates)
        for name, group in groups.items()
    }
    penalty, left_out = leave_each_out(kinds, before.retrieval_weight)
    fitted = fit_all(list(kinds.values()), before.retrieval_weight, penalty)
    return fitted, penalty, left_out


def _check_output(folder: Path, reader: str) -> None:
    """Raise InputError where `folder` holds weights, and not those of `reader`."""
    try:
        own = fingerprint(weights_files(folder))
    except ModelError:  # a folder without a model: the file is to be put beside one later
        return
    if "@" in reader and reader.rpartition("@")[2] != own:
        raise InputError(
            f"{folder} holds other weights than the reader {reader}, so that its calibration would "
            "not be used there; name that reader's folder, or an empty one, as `output`"
        )


def _read_all(
    recipe: CalibrationRecipe, settings: Settings, ledger: RowLedger
) -> tuple[dict[str, list[_Case]], dict[str, Any]]:
    """Each kind's questions, and those with a name exchanged, as their memories have them read.

    What became of each row is counted in `ledger`. The second value names the reader and the
    memories' passages, for `calibration.json`.
    """
    cases: dict[str, list[_Case]] = {}
    passages: dict[str, list[int]] = {}
    renamed_questions, reader = 0, ""
    for name, kind in recipe.all_kinds.items():
        cases[name], passages[name], step = [], [], len(kind.memory)
        drawn: list[HeldOutQuestion] = []
        exchanged: list[HeldOutQuestion] = []
        for number, path in enumerate(kind.memory):
            with QA.open(settings.override({"memory.path": str(path)})) as qa:
                if number == 0:
                    _check_output(recipe.output, qa.reader.name)
                    drawn = draw_questions(recipe, kind, qa.reader.provenance, ledger)
                    exchanged = exchange_names(drawn, recipe)
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


def _read(qa: QA, question: HeldOutQuestion) -> _Case:
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


@dataclass(frozen=True, slots=True)
class _Group:
    """The cases of one kind of text."""

    whole: tuple[_Case, ...]
    """As they were asked, and as a memory that lacks the answer would have them read."""
    small: tuple[_Case, ...]
    """As in a memory of few passages, where there is little to compare a passage with."""

    @property
    def all(self) -> tuple[_Case, ...]:
        return self.whole + self.small


def _variants(cases: Sequence[_Case], recipe: CalibrationRecipe) -> _Group:
    """The cases, and some of the answerable ones as they would be in other memories."""
    answerable = [case for case in cases if case.golds]
    rng = np.random.default_rng((recipe.seed, 1))
    lacking = [
        _restricted(case, [i for i in range(len(case.hits)) if not _holds(case, i)])
        for case in _drawn(answerable, recipe.unanswerable, rng)
    ]
    small = [_in_small_memory(case, rng) for case in _drawn(answerable, recipe.small, rng)]
    return _Group((*cases, *lacking), tuple(small))


def _looked_at(case: _Case, calibration: Calibration, bar: float) -> tuple[int, tuple[Look, ...]]:
    """The number of its passages, and the looks at it after each stage of reading."""
    looks = looks_at(case.question, case.hits, case.reading, calibration, abstain_below=bar)
    return len(case.hits), looks


def _stopped(case: _Case, calibration: Calibration, bar: float) -> _Case:
    """The case as it is read where reading stops; its answers stay the memory's."""
    if calibration.stopping is None:
        return case
    count, looks = _looked_at(case, calibration, bar)
    read = read_by(calibration.stopping, looks, count)
    return replace(case, hits=case.hits[:read], reading=prefix(case.reading, read))


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


def _candidates(cases: Sequence[_Case], plain: Calibration, keep: int) -> Candidates:
    """The best candidates of all cases."""
    features: list[Mapping[str, float]] = []
    right: list[float] = []
    answerable: list[bool] = []
    for case in cases:
        for candidate in rank(case.reading, case.hits, plain, question=case.question, keep=keep):
            features.append(candidate.features)
            right.append(float(bool(case.golds) and f1(candidate.text, case.golds) >= _RIGHT))
            answerable.append(bool(case.golds))
    return Candidates(tuple(features), tuple(right), tuple(answerable))
