"""Question set -> predictions -> report, for a reader alone and for the whole pipeline."""

from __future__ import annotations

import hashlib
import math
import os
import platform
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..memory.errors import InputError
from ..memory.records import Passage
from ..reader.metrics import exact_match, f1, normalize
from .questions import Question, clean_question, evenly, read_questions
from .report import CUTS, OpenReport, Outcome, ReaderReport
from .versions import installed

if TYPE_CHECKING:
    from ..reader.read import Reader, Reading
    from .answers import Trace
    from .qa import QA

__all__ = ["benchmark", "benchmark_reader", "first_rank", "holds_answer"]

Step = Callable[[int, int], None]
"""Called after each batch with the questions done and the questions in all."""

_REGEX = re.IGNORECASE | re.UNICODE | re.MULTILINE
_BATCH = 32


def benchmark(
    qa: QA,
    data: str | Path,
    *,
    limit: int | None = None,
    regex: bool = False,
    hits: int = 100,
    seed: int = 13,
    step: Step | None = None,
) -> OpenReport:
    """Ask each question of `data` of the whole memory, one at a time, remembering nothing.

    `limit` takes that many questions at even distances. Where the set has no unanswerable
    question, the best answer counts even if the pipeline would have held it back. With `regex`
    the answers are regular expressions, and F1 equals exact match. Raises InputError.
    """
    every = read_questions(data, regex=regex)
    chosen = evenly(every, limit)
    forced = all(q.answers for q in every)
    outcomes: list[Outcome] = []
    began = time.perf_counter()
    for done, question in enumerate(chosen, start=1):
        at = time.perf_counter()
        asked = _asked(question)
        trace = None if asked is None else qa.trace([asked], hits=hits)[0]
        elapsed = 1000 * (time.perf_counter() - at)
        outcomes.append(_open_outcome(question, trace, elapsed, forced=forced, regex=regex))
        if step is not None:
            step(done, len(chosen))
    return OpenReport(
        outcomes=tuple(outcomes),
        seconds=time.perf_counter() - began,
        seed=seed,
        about={
            "reader": qa.reader.name,
            "encoder": qa.encoder.name,
            "memory": dict(zip(("documents", "passages"), qa.memory.counts(), strict=True)),
            **_about(data, every, forced=forced, settings=qa.settings.model_dump(by_alias=True)),
        },
        cuts=tuple(k for k in CUTS if k <= hits),
    )


def benchmark_reader(
    reader: Reader,
    data: str | Path,
    *,
    limit: int | None = None,
    regex: bool = False,
    null_margin: float = 0.0,
    seed: int = 13,
    step: Step | None = None,
) -> ReaderReport:
    """Let `reader` read each question of `data` against its own gold context.

    Where the set has unanswerable questions, a span must beat "no answer here" by more than
    `null_margin` logits; otherwise the best span is the prediction. Raises InputError for rows
    without a context.
    """
    every = read_questions(data, regex=regex)
    chosen = evenly(every, limit)
    forced = all(q.answers for q in every)
    passages = [_gold_passage(question, data) for question in chosen]
    margin = None if forced else null_margin
    outcomes: list[Outcome] = []
    began = time.perf_counter()
    for at in range(0, len(chosen), _BATCH):
        batch = chosen[at : at + _BATCH]
        readings = _read(reader, batch, passages[at : at + _BATCH])
        outcomes += [
            _reader_outcome(question, reading, margin, regex=regex)
            for question, reading in zip(batch, readings, strict=True)
        ]
        if step is not None:
            step(len(outcomes), len(chosen))
    about = _about(data, every, forced=forced, settings={"null_margin": null_margin})
    return ReaderReport(
        outcomes=tuple(outcomes),
        seconds=time.perf_counter() - began,
        seed=seed,
        about={"reader": reader.name, **about},
    )


def holds_answer(text: str, answers: Sequence[str], *, regex: bool = False) -> bool:
    """Whether an answer occurs in `text`: as whole normalized words, or as a regular expression."""
    if regex:
        return any(re.search(answer, text, _REGEX) for answer in answers)
    padded = f" {normalize(text)} "
    return any(f" {gold} " in padded for gold in map(normalize, answers) if gold)


def first_rank(texts: Sequence[str], answers: Sequence[str], *, regex: bool = False) -> int | None:
    """Rank, from 1, of the first text that holds an answer; None if none does."""
    for rank, text in enumerate(texts, start=1):
        if holds_answer(text, answers, regex=regex):
            return rank
    return None


def _asked(question: Question) -> str | None:
    """The question as it can be asked; None for rows that nobody could ask, such as `?`."""
    try:
        return clean_question(question.text)
    except InputError:
        return None


def _read(
    reader: Reader, questions: Sequence[Question], passages: Sequence[Passage]
) -> list[Reading | None]:
    """One reading per question; None where there is nothing to ask."""
    from ..reader.read import ReadRequest

    requests = {
        i: ReadRequest(asked, (passage,))
        for i, (question, passage) in enumerate(zip(questions, passages, strict=True))
        if (asked := _asked(question)) is not None
    }
    readings = dict(zip(requests, reader.read(list(requests.values())), strict=True))
    return [readings.get(i) for i in range(len(questions))]


def _reader_outcome(
    question: Question, reading: Reading | None, null_margin: float | None, *, regex: bool
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
    )


def _open_outcome(
    question: Question, trace: Trace | None, elapsed: float, *, forced: bool, regex: bool
) -> Outcome:
    if trace is None:
        return _outcome(question, "", "", regex=regex, abstained=True)
    best = trace.answer.answers[0] if trace.answer.answers else None
    best_text = best.text if best else ""
    texts = [hit.passage.text for hit in trace.hits]
    return _outcome(
        question,
        best_text if forced else (trace.answer.text or ""),
        best_text,
        regex=regex,
        confidence=best.confidence if best else 0.0,
        abstained=trace.answer.abstained,
        rank=first_rank(texts, question.answers, regex=regex),
        hits=tuple((hit.passage.key, hit.score) for hit in trace.hits),
        latency_ms=elapsed,
        stages_ms=trace.timings_ms,
    )


def _outcome(question: Question, given: str, best: str, *, regex: bool, **rest: Any) -> Outcome:
    """The outcome of a prediction `given`, where `best` was the best candidate."""
    right, overlap = _score(given, question.answers, regex=regex)
    best_right = _score(best, question.answers, regex=regex)[0] if best else 0.0
    return Outcome(
        question=question,
        prediction=given,
        exact_match=right,
        f1=overlap,
        best_right=best_right,
        **rest,
    )


def _score(prediction: str, answers: Sequence[str], *, regex: bool) -> tuple[float, float]:
    """Exact match and F1, 0..1. A regular expression must match from the prediction's start."""
    if regex and answers:
        right = float(any(re.match(answer, prediction, _REGEX) for answer in answers))
        return right, right
    return exact_match(prediction, answers), f1(prediction, answers)


def _gold_passage(question: Question, data: str | Path) -> Passage:
    if question.context is None:
        raise InputError(
            f"{data}: question {question.id} has no context to read; "
            "ask such a set of a memory with `spanmem benchmark open`"
        )
    text = question.context
    return Passage(document=question.id, start=0, end=len(text), text=text, title=question.title)


def _about(
    data: str | Path, questions: Sequence[Question], *, forced: bool, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What is needed to run it again and to see what it can be compared with."""
    return {
        "data": Path(data).name,
        "data_sha256": hashlib.sha256(Path(data).read_bytes()).hexdigest(),
        "data_questions": len(questions),
        "always_answers": forced,
        "versions": {name: installed(name) for name in ("spanmem", "torch", "transformers")},
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "settings": settings,
    }
