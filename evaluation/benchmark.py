"""Question set -> predictions -> report, for a reader alone and for the whole pipeline."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..core.errors import InputError
from ..core.records import Hit, Passage
from ..pipeline.answers import Answer
from ..pipeline.question import clean_question
from ..pipeline.rank import evidence_of
from ..reader.metrics import holds_answer
from .contamination import TrainingData, unseen
from .datasets import Question, evenly, read_set, retrieval_only, set_digest
from .environment import about_machine
from .matching import answered_by, is_gold, score
from .report import CUTS, OpenReport, ReaderReport
from .results import Outcome, RetrievedPassage

if TYPE_CHECKING:
    from ..pipeline.qa import QA
    from ..reader.reader import Reader, Reading

__all__ = ["benchmark", "benchmark_reader", "holds_answer"]

Step: TypeAlias = Callable[[int, int], None]
"""Called after each batch with the questions done and the questions in all."""

_BATCH = 32
_SCOPE = "benchmark"


def benchmark(
    qa: QA,
    data: str | Path,
    *,
    limit: int | None = None,
    regex: bool = False,
    training_data: TrainingData = "refuse",
    answerable: bool = False,
    remember: bool = False,
    hits: int = 100,
    seed: int = 13,
    step: Step | None = None,
) -> OpenReport:
    """Ask each question of `data` of the whole memory, one at a time.

    `limit` takes that many questions at even distances. Where the set has no unanswerable
    question, the best answer counts even if the pipeline would have held it back. With `regex`
    the answers are regular expressions, and F1 equals exact match. With `answerable` all passages
    are searched for answers, and the questions that any of them answers are scored apart, too.
    With `remember` all are asked under the scope `benchmark`, whose turns stay in the memory;
    otherwise nothing is remembered or recalled. Raises InputError.
    """
    task = _Task.prepare(qa.reader, data, limit=limit, regex=regex, training_data=training_data)
    ask = _asking(qa, hits, remember=remember, search_only=task.retrieval_only)
    began = time.perf_counter()
    outcomes = tuple(_asked_all(task, ask, step))
    return OpenReport(
        outcomes=outcomes,
        seconds=time.perf_counter() - began,
        seed=seed,
        about={
            "reader": qa.reader.name,
            "encoder": qa.encoder.name,
            "memory": dict(zip(("documents", "passages"), qa.memory.counts(), strict=True)),
            **task.about(settings=qa.settings.model_dump(by_alias=True)),
        },
        cuts=tuple(k for k in CUTS if k <= hits),
        answered=answered_by(qa.memory.passages(), task.questions, regex=regex)
        if answerable
        else None,
    )


def benchmark_reader(
    reader: Reader,
    data: str | Path,
    *,
    limit: int | None = None,
    regex: bool = False,
    training_data: TrainingData = "refuse",
    null_margin: float = 0.0,
    seed: int = 13,
    step: Step | None = None,
) -> ReaderReport:
    """Let `reader` read each question of `data` against its own gold context.

    Where the set has unanswerable questions, a span must beat "no answer here" by more than
    `null_margin` logits; otherwise the best span is the prediction. Raises InputError for rows
    without a context.
    """
    task = _Task.prepare(reader, data, limit=limit, regex=regex, training_data=training_data)
    pairs = [(question, _gold_passage(question, data)) for question in task.questions]
    margin = None if task.forced else null_margin
    outcomes: list[Outcome] = []
    began = time.perf_counter()
    for at in range(0, len(pairs), _BATCH):
        batch = pairs[at : at + _BATCH]
        readings = _read(reader, batch)
        outcomes += [
            _reader_outcome(question, passage, reading, margin, regex=regex)
            for (question, passage), reading in zip(batch, readings, strict=True)
        ]
        if step is not None:
            step(len(outcomes), len(pairs))
    return ReaderReport(
        outcomes=tuple(outcomes),
        seconds=time.perf_counter() - began,
        seed=seed,
        about={"reader": reader.name, **task.about(settings={"null_margin": null_margin})},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """The questions of a run, and what is to be known of the set they come from."""

    data: Path
    size: int
    """Questions in the set."""
    left_out: int
    """Questions that the reader was trained on, not among `questions`."""
    questions: tuple[Question, ...]
    forced: bool
    """Whether every question of the set has an answer: then the best one counts in any case."""
    retrieval_only: bool
    regex: bool

    @classmethod
    def prepare(
        cls,
        reader: Reader,
        data: str | Path,
        *,
        limit: int | None,
        regex: bool,
        training_data: TrainingData,
    ) -> _Task:
        every = read_set(data, regex=regex)
        fresh = unseen(every, set_digest(data), Path(data), reader, training_data)
        return cls(
            data=Path(data),
            size=len(every),
            left_out=len(every) - len(fresh),
            questions=evenly(fresh, limit),
            forced=all(q.answers for q in every),
            retrieval_only=retrieval_only(every),
            regex=regex,
        )

    def about(self, *, settings: dict[str, Any]) -> dict[str, Any]:
        """What is needed to run it again and to see what it can be compared with."""
        return {
            "data": self.data.name,
            "data_sha256": set_digest(self.data),
            "data_questions": self.size,
            "left_out_as_trained_on": self.left_out,
            "always_answers": self.forced,
            **about_machine(),
            "settings": settings,
        }


@dataclass(frozen=True, slots=True)
class _Asking:
    """What came of asking one question."""

    answer: Answer | None
    """None where only passages were looked for."""
    hits: Sequence[Hit]
    latency_ms: float
    read: Sequence[Hit] = ()
    """Passages in the order in which reading left them."""


def _asking(qa: QA, hits: int, *, remember: bool, search_only: bool) -> Callable[[str], _Asking]:
    """How questions are asked."""

    def search(asked: str) -> _Asking:
        at = time.perf_counter()
        found = qa.search(asked, hits=hits)[:hits]
        return _Asking(None, found, 1000 * (time.perf_counter() - at))

    def answer(asked: str) -> _Asking:
        at = time.perf_counter()
        (result,) = qa.answer_with_hits([asked], hits=hits)
        elapsed = 1000 * (time.perf_counter() - at)
        return _Asking(result.answer, result.hits, elapsed, result.reranked)

    def converse(asked: str) -> _Asking:
        at = time.perf_counter()
        answer = qa.ask(asked, scope=_SCOPE)
        elapsed = 1000 * (time.perf_counter() - at)
        return _Asking(answer, qa.search(asked, hits=hits)[:hits], elapsed)

    return search if search_only else converse if remember else answer


def _asked_all(task: _Task, ask: Callable[[str], _Asking], step: Step | None) -> Iterator[Outcome]:
    for done, question in enumerate(task.questions, start=1):
        asked = _asked(question)
        yield _open_outcome(question, None if asked is None else ask(asked), task)
        if step is not None:
            step(done, len(task.questions))


def _asked(question: Question) -> str | None:
    """The question as it can be asked; None for rows that nobody could ask, such as `?`."""
    try:
        return clean_question(question.text)
    except InputError:
        return None


def _read(reader: Reader, batch: Sequence[tuple[Question, Passage]]) -> list[Reading | None]:
    """One reading per question; None where there is nothing to ask."""
    from ..reader.reader import ReadRequest

    requests = {
        i: ReadRequest(asked, (passage,))
        for i, (question, passage) in enumerate(batch)
        if (asked := _asked(question)) is not None
    }
    readings = dict(zip(requests, reader.read(list(requests.values())), strict=True))
    return [readings.get(i) for i in range(len(batch))]


def _reader_outcome(
    question: Question,
    passage: Passage,
    reading: Reading | None,
    null_margin: float | None,
    *,
    regex: bool,
) -> Outcome:
    if reading is None or not reading.spans:
        return _outcome(question, "", "", regex=regex, confidence=-math.inf)
    best = reading.spans[0]
    held_back = null_margin is not None and best.margin <= null_margin
    return _outcome(
        question,
        "" if held_back else best.text,
        best.text,
        regex=regex,
        confidence=best.margin,
        abstained=held_back,
        evidence=evidence_of(Hit(passage=passage, score=0.0), best.start, best.end),
    )


def _open_outcome(question: Question, asking: _Asking | None, task: _Task) -> Outcome:
    if asking is None:
        return _outcome(question, "", "", regex=task.regex, confidence=0.0, abstained=True)
    found = tuple(_found(question, hit, regex=task.regex) for hit in asking.hits)
    if (answer := asking.answer) is None:
        taken = {"retrieve": asking.latency_ms}
        rest: dict[str, Any] = {"confidence": 0.0, "stages_ms": taken}
        given = best_text = ""
    else:
        best = answer.answers[0] if answer.answers else None
        best_text = best.text if best else ""
        given = best_text if task.forced else (answer.text or "")
        rest = {
            "confidence": best.confidence if best else 0.0,
            "abstained": answer.abstained,
            "evidence": best.evidence if best else None,
            "kind": best.kind if best else "passage",
            "stages_ms": answer.timings_ms,
        }
    return _outcome(
        question,
        given,
        best_text,
        regex=task.regex,
        hits=found,
        reread=_reread(found, asking.read),
        latency_ms=asking.latency_ms,
        **rest,
    )


def _reread(found: Sequence[RetrievedPassage], read: Sequence[Hit]) -> tuple[RetrievedPassage, ...]:
    """What was found, those that were read first; nothing where that is not known."""
    if not read:
        return ()
    places = {hit.passage.key: i for i, hit in enumerate(read)}
    return tuple(sorted(found, key=lambda one: places.get(one.key, len(places))))


def _found(question: Question, hit: Hit, *, regex: bool) -> RetrievedPassage:
    passage = hit.passage
    return RetrievedPassage(
        key=passage.key,
        document=passage.document,
        score=hit.score,
        holds=holds_answer(passage.text, question.answers, regex=regex),
        gold=is_gold(passage, question),
    )


def _outcome(question: Question, given: str, best: str, *, regex: bool, **rest: Any) -> Outcome:
    """The outcome of a prediction `given`, where `best` was the best candidate."""
    right, overlap = score(given, question.answers, regex=regex)
    best_right = score(best, question.answers, regex=regex)[0] if best else 0.0
    return Outcome(
        question=question,
        prediction=given,
        exact_match=right,
        f1=overlap,
        best=best,
        best_right=best_right,
        **rest,
    )


def _gold_passage(question: Question, data: str | Path) -> Passage:
    if question.context is None:
        raise InputError(
            f"{data}: question {question.id} has no context to read; "
            "ask such a set of a memory with `spanmem benchmark open`"
        )
    text = question.context
    return Passage(document=question.id, start=0, end=len(text), text=text, title=question.title)
