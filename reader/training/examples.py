"""Training examples of a reader: question rows -> token arrays -> batches of a few fixed shapes.

Everything random is drawn from ``(seed, epoch, row)``, never from a running generator: a run that
was killed goes on with exactly the batches it would have seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ModelError
from ...core.questions import RowLedger
from ...models.training.negatives import found_passages, mined_negatives
from ..windows import MAX_QUESTION, MAX_TITLE, Featurizer, Tokens, strides

__all__ = [
    "LENGTHS",
    "TENSORS",
    "UNKNOWN",
    "BatchPlan",
    "Example",
    "Ids",
    "TrainingBatch",
    "WindowRow",
    "collate",
    "load_examples",
    "token_span",
]

Ids = NDArray[np.int32]
LENGTHS = (64, 96, 128, 160, 192, 224, 256, 320, 384, 512)
"""Padded lengths: few, so that the allocator sees the same shapes again and again."""
UNKNOWN = -100
"""Target in a window of which nobody knows what it answers; `cross_entropy` passes it over."""
_NO_TOKEN = "no token covers the answer"
_TOO_LONG = "the answer is longer than a window"
_NO_PASSAGE = "it has neither a context nor found passages"
_CHUNK = 4096
"""Questions that are sorted by length together."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question with its own passage and passages known not to answer it."""

    question: Ids
    title: Ids
    context: Ids
    answers: tuple[tuple[int, int], ...] | None
    """Token spans in `context`, both ends inclusive; empty: unanswerable from it; None: unknown."""
    negatives: tuple[tuple[Ids, Ids], ...]
    """(title, passage) pairs without the answer."""
    passages: tuple[tuple[Ids, Ids], ...] = ()
    """(title, passage) pairs of which nobody knows whether they answer."""
    source: Mapping[str, Any] | None = None
    """The row that it was made of, where it is kept."""


@dataclass(frozen=True, slots=True)
class TrainingBatch:
    """`questions` groups of `group` consecutive windows each; arrays of shape (rows, length)."""

    group: int
    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    types: NDArray[np.int64]
    context: NDArray[np.bool_]
    """True at the passage's own tokens."""
    start: NDArray[np.int64]
    """Shape (rows,): position of the answer's first token; 0, the null, where there is none;
    `UNKNOWN`, where nobody knows."""
    end: NDArray[np.int64]
    numbers: tuple[int, ...] = ()
    """Of the windows, where they were cut once: see `cut_windows`."""


TENSORS = ("ids", "mask", "types", "context", "start", "end")
"""Names of a batch's arrays."""


def load_examples(
    rows: Iterable[Mapping[str, Any]],
    featurizer: Featurizer,
    ledger: RowLedger | None = None,
    *,
    keep: bool = False,
) -> Iterator[Example]:
    """Tokenize flat SQuAD rows, which may carry ``negatives: [[title, text], ...]``.

    Answers that no token span covers, and those that no window can hold, are dropped; a row that
    had answers and loses all of them is left out, and counted in `ledger`, since it would teach
    that its question has none. So is one without any passage. With `keep` each keeps its row, and
    the ``passages: [[title, text], ...]`` that were found for it.
    """
    ledger = RowLedger() if ledger is None else ledger
    for row in rows:
        context = featurizer.tokenize(row["context"])
        question = _ids(featurizer.tokenize(row["question"]))[:MAX_QUESTION]
        title = _ids(featurizer.tokenize(row.get("title", "").replace("_", " ")))[:MAX_TITLE]
        found = row["answers"] or {"answer_start": [], "text": []}
        golds = list(zip(found["answer_start"], found["text"], strict=True))
        spans = [token_span(context, at, at + len(text)) for at, text in golds]
        marks = featurizer.template.special_count() + 1  # and what parts a title
        room = featurizer.size - len(question) - len(title) - marks
        covered = dict.fromkeys(span for span in spans if span is not None)
        answers = tuple(span for span in covered if span[1] - span[0] < room)
        if golds and not answers:
            ledger.leave_out(_TOO_LONG if covered else _NO_TOKEN)
            continue
        if not row["context"] and not found_passages(row):
            ledger.leave_out(_NO_PASSAGE)
            continue
        yield Example(
            question=question,
            title=title,
            context=_ids(context),
            answers=None if row["answers"] is None else answers,
            negatives=tuple(_pair_ids(mined_negatives(row), featurizer)),
            passages=tuple(_pair_ids(found_passages(row), featurizer)) if keep else (),
            source=row if keep else None,
        )


def _pair_ids(
    pairs: Iterable[tuple[str, str]], featurizer: Featurizer
) -> Iterator[tuple[Ids, Ids]]:
    for title, text in pairs:
        yield _ids(featurizer.tokenize(title))[:MAX_TITLE], _ids(featurizer.tokenize(text))


def _ids(tokens: Tokens) -> Ids:
    return np.array(tokens.ids, np.int32)


def token_span(tokens: Tokens, start: int, end: int) -> tuple[int, int] | None:
    """First and last token that overlap the characters `start:end`; None if none does."""
    inside = [i for i, (a, b) in enumerate(tokens.offsets) if a < end and b > start]
    return (inside[0], inside[-1]) if inside else None


class BatchPlan:
    """Deals examples into batches of about `tokens` padded tokens, one epoch after the other."""

    def __init__(
        self,
        examples: Sequence[Example],
        featurizer: Featurizer,
        *,
        tokens: int,
        negatives: int,
        seed: int,
        title_dropout: float = 0.5,
    ) -> None:
        """Raises ModelError for a tokenizer whose null is not at the beginning."""
        self.examples, self.featurizer = examples, featurizer
        self.tokens, self.negatives, self.seed = tokens, negatives, seed
        self.title_dropout = title_dropout
        if featurizer.template.null:
            raise ModelError(
                "the base has its classifying token at the end of a window, and readers are "
                "trained with it at the beginning; train from another base, such as BERT or RoBERTa"
            )

    def epoch(self, epoch: int) -> Iterator[TrainingBatch]:
        """All batches of one epoch; the same ones each time it is called with that epoch.

        What fills no batch waits for the next chunk, so that all but an epoch's last batches have
        one of few shapes.
        """
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.examples))
        waiting: dict[tuple[int, int], list[list[WindowRow]]] = {}
        for chunk, at in enumerate(range(0, len(order), _CHUNK)):
            for index in order[at : at + _CHUNK]:
                rows = self.rows(int(index), epoch)
                longest = max(len(r.ids) for r in rows)
                length = next(n for n in LENGTHS if n >= longest)
                waiting.setdefault((len(rows), length), []).append(rows)
            batches: list[TrainingBatch] = []
            last = at + _CHUNK >= len(order)
            for (group, length), groups in sorted(waiting.items()):
                per = max(1, self.tokens // (group * length))
                full = len(groups) if last else len(groups) // per * per
                batches += [
                    collate(groups[i : min(i + per, full)], length, self.featurizer.pad)
                    for i in range(0, full, per)
                ]
                waiting[group, length] = groups[full:]
            for i in np.random.default_rng((self.seed, epoch, chunk)).permutation(len(batches)):
                yield batches[i]

    def rows(self, index: int, epoch: int) -> list[WindowRow]:
        """The windows of one question: one with a gold answer drawn for this epoch, then others."""
        example = self.examples[index]
        rng = np.random.default_rng((self.seed, epoch, index, 1))
        head = self.featurizer.head(example.question.tolist())
        answer = example.answers[rng.integers(len(example.answers))] if example.answers else None
        title = () if rng.random() < self.title_dropout else tuple(example.title.tolist())
        rows = [self.window(head, title, example.context, answer, rng)]
        negatives = [example.negatives[i] for i in rng.permutation(len(example.negatives))]
        for its_title, passage in negatives[: rng.integers(self.negatives + 1)]:
            shown = tuple(its_title.tolist()) if title else ()
            rows.append(self.window(head, shown, passage, None, rng))
        return rows

    def window(
        self,
        head: tuple[int, ...],
        title: tuple[int, ...],
        passage: Ids,
        answer: tuple[int, int] | None,
        rng: np.random.Generator,
    ) -> WindowRow:
        """A stretch of a passage behind its lead: one with the answer, or any, as drawn."""
        template = self.featurizer.template
        mark = () if template.title_mark is None else (template.title_mark,)
        lead = (*head, *title, *mark) if title else head
        room = self.featurizer.size - len(lead) - len(template.after)
        spans = strides(len(passage), room, self.featurizer.overlap) or [(0, 0)]
        if answer:
            holding = [s for s in spans if s[0] <= answer[0] and answer[1] < s[1]]
            # One longer than the overlap may stand across a seam; `load_examples` saw to it that
            # a window of its own holds it.
            spans = holding or [(answer[0], min(answer[0] + room, len(passage)))]
        first, last = spans[rng.integers(len(spans))]
        ids = (*lead, *passage[first:last].tolist(), *template.after)
        types = self.featurizer.types(len(head), len(ids))
        shift = len(lead) - first
        start, end = (answer[0] + shift, answer[1] + shift) if answer else (0, 0)
        return WindowRow(ids, types, len(lead), len(lead) + last - first, start, end, first)


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One input: the passage stands at `at:until`; `start` and `end` are the answer's tokens, or
    both 0, the null, or both `UNKNOWN`."""

    ids: Sequence[int] | Ids
    types: Sequence[int] | NDArray[np.int8]
    at: int
    until: int
    start: int
    end: int
    first: int = 0
    """The passage's token at `at`."""
    number: int = 0
    """Among windows that were cut once."""


def collate(groups: Sequence[Sequence[WindowRow]], length: int, pad: int) -> TrainingBatch:
    """Windows padded to `length`; each group, one question's, is as large as the others."""
    rows = [row for rows in groups for row in rows]
    ids = np.full((len(rows), length), pad, np.int64)
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    context = np.zeros(ids.shape, np.bool_)
    for i, row in enumerate(rows):
        n = len(row.ids)
        ids[i, :n] = row.ids
        mask[i, :n] = 1
        types[i, :n] = row.types
        context[i, row.at : row.until] = True
    start = np.array([r.start for r in rows], np.int64)
    end = np.array([r.end for r in rows], np.int64)
    numbers = tuple(row.number for row in rows)
    return TrainingBatch(len(groups[0]), ids, mask, types, context, start, end, numbers)
