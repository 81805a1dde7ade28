"""Predictions and rankings in the formats of SQuAD, TREC, KILT and DPR. Pure.

Predictions hold every question of the run, also those that could not be asked, without an answer:
for the scorers of others a missing one is a mistake. Rankings hold those that were asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .datasets import Question
from .results import Outcome, PassageLookup

__all__ = ["dpr_retrieval", "kilt_predictions", "squad_predictions", "trec_qrels", "trec_run"]


def squad_predictions(outcomes: Sequence[Outcome], unasked: Sequence[Question] = ()) -> str:
    """SQuAD's predictions file: question id -> answer text, empty where there is none."""
    table = {o.question.id: o.prediction for o in outcomes} | {q.id: "" for q in unasked}
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def trec_run(outcomes: Sequence[Outcome], *, tag: str = "spanmem") -> str:
    """A TREC run: `question Q0 passage rank score tag`; spaces in question ids become `_`.

    Scores fall from rank to rank, also in single precision, by which trec_eval sorts: where two
    passages score alike, the later one is put as little lower as can be.
    """
    rows = [
        f"{name} Q0 {hit.key} {rank} {score} {tag}\n"
        for name, o in zip(_trec_ids(outcomes), outcomes, strict=True)
        for rank, (hit, score) in enumerate(
            zip(o.hits, _falling([hit.score for hit in o.hits]), strict=True), start=1
        )
    ]
    return "".join(rows)


def trec_qrels(outcomes: Sequence[Outcome]) -> str:
    """Judgments of the run's passages: `question 0 passage 1` where an answer occurs, else 0.

    Where the data knows documents but no answers, passages of those documents have their grade.
    A question with no passage at all has a line, too, so that it counts as not found.
    """
    rows: list[str] = []
    for name, o in zip(_trec_ids(outcomes), outcomes, strict=True):
        if not o.answerable and not o.question.documents:
            continue
        for hit in o.hits:
            grade = hit.holds if o.answerable else o.question.documents.get(hit.document, 0)
            rows.append(f"{name} 0 {hit.key} {int(grade)}\n")
        if not o.hits:
            rows.append(f"{name} 0 none 0\n")
    return "".join(rows)


def kilt_predictions(outcomes: Sequence[Outcome], unasked: Sequence[Question] = ()) -> str:
    """KILT's predictions, one JSON object a line: the answer, and the passages it came from.

    `wikipedia_id` holds the document's id in the memory, whatever that is, best first; the place
    of the answer itself comes with its characters in the document.
    """
    rows = [_kilt_row(o) for o in outcomes]
    rows += [_kilt_answer(q, "", []) for q in unasked]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def dpr_retrieval(outcomes: Sequence[Outcome], lookup: PassageLookup) -> list[dict[str, Any]]:
    """DPR's retrieval results: each question with its passages; `lookup` finds one by its key."""
    return [
        {
            "question": o.question.text,
            "answers": list(o.question.answers),
            "ctxs": [
                {
                    "id": hit.key,
                    "title": passage.title,
                    "text": passage.text,
                    "score": round(hit.score, 6),
                    "has_answer": hit.holds,
                }
                for hit in o.hits
                if (passage := lookup(hit.key)) is not None
            ],
        }
        for o in outcomes
    ]


def _trec_ids(outcomes: Sequence[Outcome]) -> list[str]:
    """Each question's id as one word, another for each: `a b` is not taken for `a_b`."""
    words = [re.sub(r"\s+", "_", o.question.id) or "_" for o in outcomes]
    taken = {o.question.id for o in outcomes}
    names: list[str] = []
    for word, o in zip(words, outcomes, strict=True):
        name, count = word, 1
        while name != o.question.id and name in taken:
            count += 1
            name = f"{word}#{count}"
        taken.add(name)
        names.append(name)
    return names


def _falling(scores: Sequence[float]) -> Iterator[str]:
    """The scores, best first, as texts of single-precision numbers each below the last."""
    last = np.float32(np.inf)
    for score in scores:
        text = f"{score:.6f}"
        if not np.float32(text) < last:
            text = f"{np.nextafter(last, np.float32(-np.inf)):.9g}"
        last = np.float32(text)
        yield text


def _kilt_row(o: Outcome) -> dict[str, Any]:
    places: list[dict[str, Any]] = []
    if o.evidence is not None and o.prediction:
        places.append(
            {
                "wikipedia_id": o.evidence.document,
                "title": o.evidence.title,
                "start_character": o.evidence.start,
                "end_character": o.evidence.end,
            }
        )
    named = {place["wikipedia_id"] for place in places}
    places += [{"wikipedia_id": name} for name in o.documents if name not in named]
    return _kilt_answer(o.question, o.prediction, places)


def _kilt_answer(question: Question, answer: str, places: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": question.id,
        "input": question.text,
        "output": [{"answer": answer, "provenance": places}],
    }
