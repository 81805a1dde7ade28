"""Question set -> predictions -> report, for a reader alone and for the whole pipeline."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias, Unpack

from ..core import files
from ..core.arguments import function, instance, optional, takes
from ..core.arguments import path as path_of
from ..core.errors import InputError
from ..core.records import Hit, Passage
from ..memory.address import shown
from ..models.runtimes.protocol import computed_by
from ..pipeline.answers import Answer
from ..pipeline.plugins import must_fulfil
from ..pipeline.qa import QA
from ..pipeline.question import clean_question
from ..pipeline.rank import evidence_of
from ..pipeline.settings import Settings
from ..reader.metrics import holds_answer
from ..reader.reader import Reader, Reading, ReadRequest
from .datasets import Question
from .matching import answered_by, is_gold, is_own_document, score
from .measurable import must_let_through, named_documents
from .question_set import QuestionSet
from .report import CUTS, OpenReport, ReaderReport
from .results import Outcome, RetrievedPassage
from .settings import BenchmarkKeywords, BenchmarkSettings

__all__ = ["benchmark", "benchmark_pipeline", "benchmark_reader", "holds_answer"]

Step: TypeAlias = Callable[[int, int], None]
"""Called after each batch with the questions done and the questions in all."""

_BATCH = 32
_SCOPE = "benchmark"


_OPTIONS = optional(instance(BenchmarkSettings, wanted="BenchmarkSettings, or keywords"))


@takes(
    qa=instance(QA, wanted="a QA"),
    data=path_of,
    options=_OPTIONS,
    step=optional(function),
)
@files.refusals()
def benchmark(
    qa: QA,
    data: str | Path,
    *,
    options: BenchmarkSettings | None = None,
    step: Step | None = None,
    **keywords: Unpack[BenchmarkKeywords],
) -> OpenReport:
    """Ask each question of `data` of the whole memory, one at a time.

    `options`, or keywords named like them, say how; keywords win. `limit` takes that many
    questions at even distances. Where the set has no unanswerable question, the best answer counts
    even if the pipeline would have held it back. With `regex` the answers are regular expressions,
    and F1 equals exact match. With `answerable` all passages are searched for answers, and the
    questions that any of them answers are scored apart, too. With `remember` all are asked under
    the scope `benchmark`, whose turns stay in the memory; otherwise nothing is remembered or
    recalled. Questions that cannot be asked are left out, counted, and have no score. Raises
    InputError, also where the filter of the settings lets no document through, or where the
    documents that the data names are all that it can be judged by, and the memory has none.
    """
    options = (options or BenchmarkSettings()).change(**keywords)
    questions = QuestionSet.read(qa.reader, data, options)
    must_let_through(qa.memory, qa.encoder, qa.settings.retrieve.where)
    named = named_documents(qa.memory, questions.sample, must=questions.retrieval_only)
    ask = _asking(qa, options, search_only=questions.retrieval_only)
    began = time.perf_counter()
    outcomes = tuple(_ask_all(questions, ask, step))
    seconds = time.perf_counter() - began
    settings = {**qa.settings.model_dump(), "benchmark": options.options()}
    settings["memory"]["path"] = shown(place) if (place := qa.settings.memory.path) else None
    return OpenReport(
        outcomes=outcomes,
        seconds=seconds,
        seed=options.seed,
        about={
            "reader": qa.reader.name,
            "encoder": qa.encoder.name,
            **_computed(reader=qa.reader, encoder=qa.encoder),
            "memory": dict(zip(("documents", "passages"), qa.memory.counts(), strict=True)),
            **({"judged_documents": asdict(named)} if named.named else {}),
            **questions.about(settings=settings),
        },
        unasked=questions.unasked,
        documents_known=named.in_memory > 0,
        cuts=tuple(k for k in CUTS if k <= options.hits),
        answered=answered_by(qa.memory.passages(), questions.sample, regex=options.regex)
        if options.answerable
        else None,
    )


def _computed(**models: object) -> dict[str, Any]:
    """By what each model is computed, where that is known: numbers differ by it, if by little."""
    ways = {name: computed_by(model) for name, model in models.items()}
    known = {name: way for name, way in ways.items() if way is not None}
    return {"computed_by": known} if known else {}


@takes(data=path_of, options=_OPTIONS, step=optional(function))
@files.refusals()
def benchmark_reader(
    reader: Reader,
    data: str | Path,
    *,
    options: BenchmarkSettings | None = None,
    step: Step | None = None,
    **keywords: Unpack[BenchmarkKeywords],
) -> ReaderReport:
    """Let `reader` read each question of `data` against its own gold context.

    `options` and keywords as in `benchmark`, of which `limit`, `regex`, `training_data`,
    `null_margin` and `seed` count here. Where the set has unanswerable questions, a span must beat
    "no answer here" by more than `null_margin` logits; otherwise the best span is the prediction.
    Raises InputError, also for rows without a context.
    """
    must_fulfil(reader, Reader, "reader")
    options = (options or BenchmarkSettings()).change(**keywords)
    questions = QuestionSet.read(reader, data, options)
    pairs = [(question, _gold_passage(question, data)) for question in questions.sample]
    margin = None if questions.answerable else options.null_margin
    outcomes: list[Outcome] = []
    began = time.perf_counter()
    for at in range(0, len(pairs), _BATCH):
        batch = pairs[at : at + _BATCH]
        readings = _read(reader, batch)
        outcomes += [
            _reader_outcome(question, passage, reading, margin, regex=options.regex)
            for (question, passage), reading in zip(batch, readings, strict=True)
        ]
        if step is not None:
            step(len(outcomes), len(pairs))
    return ReaderReport(
        outcomes=tuple(outcomes),
        seconds=time.perf_counter() - began,
        seed=options.seed,
        about={
            "reader": reader.name,
            **_computed(reader=reader),
            **questions.about(
                settings={"null_margin": options.null_margin, "regex": options.regex}
            ),
        },
        unasked=questions.unasked,
    )


@contextmanager
def benchmark_pipeline(settings: Settings, options: BenchmarkSettings) -> Generator[QA]:
    """The pipeline that `settings` name, over a copy of its memory if turns are remembered there.

    So a benchmark leaves no trace. Raises InputError where the settings name no memory, and what
    `QA` raises.
    """
    from ..pipeline.factory import copied_memory, memory_path

    if not options.remember:
        with QA.open(settings) as qa:
            yield qa
        return
    with copied_memory(memory_path(settings)) as copy, QA(copy, settings=settings) as qa:
        yield qa


@dataclass(frozen=True, slots=True)
class _Asking:
    """What came of asking one question."""

    answer: Answer | None
    """None where only passages were looked for."""
    hits: Sequence[Hit]
    latency_ms: float
    read: Sequence[Hit] = ()
    """Passages in the order in which reading left them."""
    own_left_out: bool = False
    """Whether the question's own document was among the passages, and is left out."""


_OWN = 4
"""Passages that a document may have which is itself the question, of a few hundred words."""


def _asking(
    qa: QA, options: BenchmarkSettings, *, search_only: bool
) -> Callable[[Question], _Asking]:
    """How a question is asked."""
    hits = options.hits

    def search(question: Question) -> _Asking:
        more = _OWN if qa.memory.known([question.id]) else 0
        began = time.perf_counter()
        passages = qa.search(question.text, hits=hits + more)
        elapsed = 1000 * (time.perf_counter() - began)
        others = [hit for hit in passages if not is_own_document(hit.passage, question)]
        return _Asking(None, others[:hits], elapsed, own_left_out=len(others) < len(passages))

    def answer(question: Question) -> _Asking:
        began = time.perf_counter()
        (result,) = qa.answer_with_hits([question.text], hits=hits)
        elapsed = 1000 * (time.perf_counter() - began)
        return _Asking(result.answer, result.hits, elapsed, result.reranked)

    def converse(question: Question) -> _Asking:
        began = time.perf_counter()
        answer = qa.ask(question.text, scope=_SCOPE, history=())
        elapsed = 1000 * (time.perf_counter() - began)
        return _Asking(answer, qa.search(question.text, hits=hits)[:hits], elapsed)

    return search if search_only else converse if options.remember else answer


def _ask_all(
    questions: QuestionSet, ask: Callable[[Question], _Asking], step: Step | None
) -> Iterator[Outcome]:
    for done, question in enumerate(questions.sample, start=1):
        asking = ask(question)
        if asking.own_left_out:
            questions.rows.repair("the query's own document was left out of what was found")
        yield _open_outcome(question, asking, questions)
        if step is not None:
            step(done, len(questions.sample))


def _read(reader: Reader, batch: Sequence[tuple[Question, Passage]]) -> list[Reading]:
    """One reading per question."""
    return reader.read(
        [ReadRequest(clean_question(question.text), (passage,)) for question, passage in batch]
    )


def _reader_outcome(
    question: Question,
    passage: Passage,
    reading: Reading,
    null_margin: float | None,
    *,
    regex: bool,
) -> Outcome:
    if not reading.spans:
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


def _open_outcome(question: Question, asking: _Asking, questions: QuestionSet) -> Outcome:
    passages = tuple(_judged(question, hit, regex=questions.regex) for hit in asking.hits)
    if (answer := asking.answer) is None:
        rest: dict[str, Any] = {
            "confidence": 0.0,
            "stages_ms": {"retrieve": asking.latency_ms},
        }
        prediction = best_text = ""
    else:
        best = answer.answers[0] if answer.answers else None
        best_text = best.text if best else ""
        prediction = best_text if questions.answerable else (answer.text or "")
        rest = {
            "confidence": best.confidence if best else 0.0,
            "abstained": answer.abstained,
            "evidence": best.evidence if best else None,
            "kind": best.kind if best else "passage",
            "passages_read": len(asking.read) or None,
            "windows_read": answer.windows_read,
            "stages_ms": answer.timings_ms,
        }
    return _outcome(
        question,
        prediction,
        best_text,
        regex=questions.regex,
        hits=passages,
        reread=_reread(passages, asking.read),
        latency_ms=asking.latency_ms,
        **rest,
    )


def _reread(
    passages: Sequence[RetrievedPassage], read: Sequence[Hit]
) -> tuple[RetrievedPassage, ...]:
    """The passages, those that were read first; nothing where that is not known."""
    if not read:
        return ()
    places = {hit.passage.key: i for i, hit in enumerate(read)}
    return tuple(sorted(passages, key=lambda passage: places.get(passage.key, len(places))))


def _judged(question: Question, hit: Hit, *, regex: bool) -> RetrievedPassage:
    passage = hit.passage
    return RetrievedPassage(
        key=passage.key,
        document=passage.document,
        score=hit.score,
        holds=holds_answer(passage.text, question.answers, regex=regex),
        gold=is_gold(passage, question),
    )


def _outcome(
    question: Question, prediction: str, best: str, *, regex: bool, **rest: Any
) -> Outcome:
    """The outcome of a prediction, where `best` was the best candidate."""
    right, overlap = score(prediction, question.answers, regex=regex)
    judged = bool(best) and bool(question.answers)
    best_right = score(best, question.answers, regex=regex)[0] if judged else 0.0
    return Outcome(
        question=question,
        prediction=prediction,
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
