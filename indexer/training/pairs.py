"""Training pairs of a retriever: a question, the passage that answers it, ones that do not. Pure.

Passages are cut and written as the indexer cuts and writes them, so that a retriever is trained on
what it will be asked to tell apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...core.questions import RowLedger
from ...core.records import Document, Passage
from ...models.training.negatives import mined_negatives, passage_scores
from ..encoders.encoder import passage_text
from ..passages import Splitter

__all__ = ["RetrievalTask", "TrainingPair", "load_pairs", "load_retrieval_task"]

_NO_ANSWER = "it has no answer, and so no passage that a retriever should find"
_CUT = "no passage holds its answer whole"


@dataclass(frozen=True, slots=True)
class TrainingPair:
    """A question and its passage, as the encoder gets them."""

    question: str
    passage: str
    negatives: tuple[str, ...]
    """Passages that do not answer it."""
    keys: tuple[str, ...]
    """What pairs of one batch must not share: a passage of one would then be held against the
    question of another, which it may well answer."""
    scores: tuple[float, ...] = ()
    """How well passage and negatives answer it, as a reader sees it; none: nobody says."""


@dataclass(frozen=True, slots=True)
class RetrievalTask:
    """Queries over a small corpus, with what is relevant: how retrieval is evaluated.

    `questions` and `passages` are texts by key; the answer to a question is in all its `relevant`
    passages.
    """

    questions: dict[str, str] = field(default_factory=dict[str, str])
    passages: dict[str, str] = field(default_factory=dict[str, str])
    relevant: dict[str, set[str]] = field(default_factory=dict[str, set[str]])


def load_pairs(
    rows: Iterable[Mapping[str, Any]],
    *,
    words: int,
    overlap: int,
    negatives: int,
    title_dropout: float,
    seed: int,
    ledger: RowLedger | None = None,
) -> Iterator[TrainingPair]:
    """Flat SQuAD rows, which may carry ``negatives: [[title, text], ...]`` and `scores`, as pairs.

    Rows without an answer, and those whose answer no passage holds whole, are left out, and counted
    in `ledger`. A row's title is dropped, from all its passages, with the
    probability `title_dropout`; what is random is drawn from ``(seed, row)``.
    """
    for number, row in enumerate(rows):
        passages = _answer_passages(row, words, overlap)
        if not passages:
            if ledger is not None:
                ledger.leave_out(_CUT if row["answers"]["text"] else _NO_ANSWER)
            continue
        rng = np.random.default_rng((seed, number))
        untitled = rng.random() < title_dropout
        mined, scores = mined_negatives(row), passage_scores(row)
        drawn = rng.permutation(len(mined))[:negatives].tolist()
        negatives_kept = [mined[i] for i in drawn]
        best = passages[0]
        yield TrainingPair(
            question=row["question"],
            passage=_written("" if untitled else best.title, best.text),
            negatives=tuple(
                _written("" if untitled else title, text) for title, text in negatives_kept
            ),
            keys=(
                row["context"],
                best.text,
                row["answers"]["text"][0].casefold(),
                *(text for _, text in negatives_kept),
            ),
            scores=tuple(scores[i] for i in (0, *(i + 1 for i in drawn))) if scores else (),
        )


def _written(title: str, text: str) -> str:
    return passage_text(Passage(document="", start=0, end=len(text), text=text, title=title))


def load_retrieval_task(
    rows: Iterable[Mapping[str, Any]], *, words: int, overlap: int, limit: int
) -> RetrievalTask:
    """The first `limit` answerable questions over the passages of their contexts."""
    task = RetrievalTask()
    contexts: dict[tuple[str, str], str] = {}
    for row in rows:
        relevant = _answer_passages(row, words, overlap)
        if not relevant:
            continue
        context = contexts.setdefault((relevant[0].title, row["context"]), f"{len(contexts)}")
        for passage in _passages(row, words, overlap):
            task.passages.setdefault(f"{context}:{passage.start}", passage_text(passage))
        question = f"{len(task.questions)}"
        task.questions[question] = row["question"]
        task.relevant[question] = {f"{context}:{passage.start}" for passage in relevant}
        if len(task.questions) == limit:
            break
    return task


def _answer_passages(row: Mapping[str, Any], words: int, overlap: int) -> list[Passage]:
    """The passages that hold the first answer whole, the one with most around it first.

    None are where the row has no answer, or each cut goes through it.
    """
    if not row["answers"]["text"]:
        return []
    start = row["answers"]["answer_start"][0]
    end = start + len(row["answers"]["text"][0])
    whole = [p for p in _passages(row, words, overlap) if p.start <= start and end <= p.end]
    return sorted(whole, key=lambda p: -min(start - p.start, p.end - end))


def _passages(row: Mapping[str, Any], words: int, overlap: int) -> Iterator[Passage]:
    title = row.get("title", "").replace("_", " ")
    document = Document(id="", text=row["context"], title=title)
    return Splitter(words, overlap).split(document)
