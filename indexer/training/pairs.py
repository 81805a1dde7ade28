"""Question rows -> a question, the passage that answers it, and passages that do not. Pure.

Passages are cut and written as the indexer cuts and writes them, so that a retriever is trained on
what it will be asked to tell apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...core.records import Document, Passage
from ..encoders.encoder import passage_text
from ..passages import Splitter

__all__ = ["Pair", "Search", "load_pairs", "load_search"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One question, as the encoder gets it."""

    question: str
    passage: str
    negatives: tuple[str, ...]
    keys: tuple[str, ...]
    """What pairs of one batch must not share: a passage of one would then be held against the
    question of another, which it may well answer."""


@dataclass(frozen=True, slots=True)
class Search:
    """Questions over a small corpus; the answer to each is in all its `relevant` passages."""

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
) -> Iterator[Pair]:
    """Flat SQuAD rows, which may carry ``negatives: [[title, text], ...]``, as pairs.

    Rows without an answer are left out. A row's title is dropped, from all its passages, with the
    probability `title_dropout`; what is random is drawn from ``(seed, row)``.
    """
    for number, row in enumerate(rows):
        cut = _around_answer(row, words, overlap)
        if cut is None:
            continue
        rng = np.random.default_rng((seed, number))
        plain = rng.random() < title_dropout
        found = row.get("negatives", ())
        others = [found[i] for i in rng.permutation(len(found))[:negatives]]
        texts = [text for _, text in others]
        yield Pair(
            question=row["question"],
            passage=_written("" if plain else cut[0].title, cut[0].text),
            negatives=tuple(_written("" if plain else title, text) for title, text in others),
            keys=(row["context"], cut[0].text, row["answers"]["text"][0].casefold(), *texts),
        )


def _written(title: str, text: str) -> str:
    return passage_text(Passage(document="", start=0, end=len(text), text=text, title=title))


def load_search(
    rows: Iterable[Mapping[str, Any]], *, words: int, overlap: int, limit: int
) -> Search:
    """The first `limit` answerable questions over the passages of their contexts."""
    search = Search()
    cuts: dict[tuple[str, str], str] = {}
    for row in rows:
        held = _around_answer(row, words, overlap)
        if held is None:
            continue
        context = cuts.setdefault((held[0].title, row["context"]), f"{len(cuts)}")
        for passage in _passages(row, words, overlap):
            search.passages.setdefault(f"{context}:{passage.start}", passage_text(passage))
        question = f"{len(search.questions)}"
        search.questions[question] = row["question"]
        search.relevant[question] = {f"{context}:{passage.start}" for passage in held}
        if len(search.questions) == limit:
            break
    return search


def _around_answer(row: Mapping[str, Any], words: int, overlap: int) -> list[Passage] | None:
    """The passages that hold the first answer whole, the one with most around it first.

    None where the row has no answer, or a cut goes through it.
    """
    if not row["answers"]["text"]:
        return None
    start = row["answers"]["answer_start"][0]
    end = start + len(row["answers"]["text"][0])
    held = [p for p in _passages(row, words, overlap) if p.start <= start and end <= p.end]
    return sorted(held, key=lambda p: -min(start - p.start, p.end - end)) or None


def _passages(row: Mapping[str, Any], words: int, overlap: int) -> Iterator[Passage]:
    title = row.get("title", "").replace("_", " ")
    document = Document(id="", text=row["context"], title=title)
    return Splitter(words, overlap).split(document)
