"""Predictions and rankings in the formats of SQuAD, TREC, KILT and DPR. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from .results import Outcome, PassageLookup

__all__ = ["dpr_retrieval", "kilt_predictions", "squad_predictions", "trec_qrels", "trec_run"]


def squad_predictions(outcomes: Sequence[Outcome]) -> str:
    """SQuAD's predictions file: question id -> answer text, empty where there is none."""
    table = {o.question.id: o.prediction for o in outcomes}
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def trec_run(outcomes: Sequence[Outcome], *, tag: str = "spanmem") -> str:
    """A TREC run: `question Q0 passage rank score tag`; spaces in question ids become `_`."""
    rows = [
        f"{_trec_id(o)} Q0 {hit.key} {rank} {hit.score:.6f} {tag}\n"
        for o in outcomes
        for rank, hit in enumerate(o.hits, start=1)
    ]
    return "".join(rows)


def trec_qrels(outcomes: Sequence[Outcome]) -> str:
    """Judgments of the run's passages: `question 0 passage 1` where an answer occurs, else 0.

    Where the data knows documents but no answers, passages of those documents have their grade.
    A question with no passage at all has a line, too, so that it counts as not found.
    """
    rows: list[str] = []
    for o in outcomes:
        if not o.answerable and not o.question.documents:
            continue
        for hit in o.hits:
            grade = hit.holds if o.answerable else o.question.documents.get(hit.document, 0)
            rows.append(f"{_trec_id(o)} 0 {hit.key} {int(grade)}\n")
        if not o.hits:
            rows.append(f"{_trec_id(o)} 0 none 0\n")
    return "".join(rows)


def kilt_predictions(outcomes: Sequence[Outcome]) -> str:
    """KILT's predictions, one JSON object a line: the answer, and the passages it came from.

    `wikipedia_id` holds the document's id in the memory, whatever that is, best first; the place
    of the answer itself comes with its characters in the document.
    """
    return "".join(json.dumps(_kilt_row(o), ensure_ascii=False) + "\n" for o in outcomes)


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


def _trec_id(outcome: Outcome) -> str:
    return re.sub(r"\s+", "_", outcome.question.id)


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
    return {
        "id": o.question.id,
        "input": o.question.text,
        "output": [{"answer": o.prediction, "provenance": places}],
    }
