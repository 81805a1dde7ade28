"""Span masking: texts -> stretches of tokens -> masked batches, as in SpanBERT. Pure.

After Joshi et al. 2020, section 3.1: spans of whole words are masked, with lengths from a
geometric distribution that is cut off, until a share of the tokens is reached. Whether a span's
tokens become ``[MASK]`` (80 %), random ones (10 %) or stay (10 %) is decided once for the span.
Spans never touch, so that the tokens on both sides of each, from which the span-boundary objective
predicts it, are to be seen.

Everything random is drawn from ``(seed, epoch, stretch)``: see `examples.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.questions import RowLedger
from ..windows import Featurizer
from .examples import LENGTHS, Ids

__all__ = [
    "MaskedBatch",
    "Masking",
    "PlannedBatch",
    "PretrainingText",
    "Stretch",
    "Vocabulary",
    "cut_stretches",
    "draw_spans",
    "mask_batch",
    "plan_batches",
]

_SHORTEST = 16
"""Tokens of a stretch that is worth reading."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer's special ids, and the ids of its ordinary tokens."""

    cls: int
    sep: int
    pad: int
    mask: int
    ordinary: Ids
    """What a random token is drawn from: no special ones, none that stands for nothing."""

    @classmethod
    def of(cls, tokenizer: Any) -> Vocabulary:
        """The ids of a BERT tokenizer; ``[unused1]`` and its like are no ordinary tokens."""
        table: dict[str, int] = tokenizer.get_vocab()
        ordinary = [
            i for word, i in table.items()
            if not (len(word) > 2 and word[0] == "[" and word[-1] == "]")
        ]  # fmt: skip
        return cls(
            int(tokenizer.cls_token_id),
            int(tokenizer.sep_token_id),
            int(tokenizer.pad_token_id),
            int(tokenizer.mask_token_id),
            np.array(sorted(ordinary), np.int32),
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """A training sequence: contiguous tokens of one document."""

    ids: Ids
    borders: Ids
    """Where each word begins, and the number of tokens at the end."""


@dataclass(frozen=True, slots=True)
class PretrainingText:
    """Tokenized texts to learn from, and the seed of all that is drawn over them."""

    stretches: Sequence[Stretch]
    vocabulary: Vocabulary
    seed: int


@dataclass(frozen=True, slots=True)
class Masking:
    """How much is masked: `share` of the tokens, in spans of 1 to `longest` words.

    A span has n words with a probability proportional to ``p * (1 - p) ** (n - 1)``.
    """

    share: float = 0.15
    p: float = 0.2
    longest: int = 10

    def lengths(self) -> NDArray[np.float64]:
        """Probabilities of 1, 2, ... `longest` words."""
        weights = np.array([self.p * (1 - self.p) ** n for n in range(self.longest)], np.float64)
        weights /= weights.sum()
        return weights


@dataclass(frozen=True, slots=True)
class MaskedBatch:
    """Arrays of shape (rows, length), and of shape (masked,) for the masked tokens, flattened."""

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    at: NDArray[np.int64]
    """Where each masked token stands: row * length + column."""
    left: NDArray[np.int64]
    """Where the token before its span stands."""
    right: NDArray[np.int64]
    """Where the token behind its span stands."""
    place: NDArray[np.int64]
    """Its number in its span, from 0."""
    labels: NDArray[np.int64]
    """What it was."""


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """Which stretches make the batch `number` of an epoch, and their padded length."""

    epoch: int
    number: int
    rows: tuple[int, ...]
    """Indices of stretches."""
    length: int
    """Tokens, ``[CLS]`` and ``[SEP]`` included."""


def cut_stretches(
    texts: Iterable[str], featurizer: Featurizer, *, size: int, ledger: RowLedger | None = None
) -> Iterator[Stretch]:
    """Stretches of at most `size` tokens, cut between words; no token is in two of them.

    Texts too short for one are left out, and counted in `ledger`.
    """
    pending: list[str] = []

    def emit() -> Iterator[Stretch]:
        for tokens in featurizer.tokenize_all(pending):
            starts = np.flatnonzero(~np.array(tokens.inside, np.bool_))
            borders = np.append(starts, len(tokens.ids)).astype(np.int32)
            ids = np.array(tokens.ids, np.int32)
            first = 0
            if ledger is not None and len(ids) < min(_SHORTEST, size):
                ledger.leave_out(f"its text is shorter than {min(_SHORTEST, size)} tokens")
            while first < len(borders) - 1:
                last = int(np.searchsorted(borders, borders[first] + size, side="right")) - 1
                last = max(last, first + 1)  # a word longer than a stretch is cut short
                a, b = borders[first], min(borders[last], borders[first] + size)
                if b - a >= min(_SHORTEST, size):
                    own = np.append(borders[first:last] - a, b - a).astype(np.int32)
                    yield Stretch(ids[a:b], own)
                first = last
        pending.clear()

    for text in texts:
        pending.append(text)
        if len(pending) == 256:
            yield from emit()
    yield from emit()


def plan_batches(text: PretrainingText, *, tokens: int, epoch: int) -> list[PlannedBatch]:
    """All stretches in a new order, in batches of about `tokens` padded tokens and like lengths."""
    order = np.random.default_rng((text.seed, epoch)).permutation(len(text.stretches))
    open_groups: dict[int, list[int]] = {}
    batches: list[tuple[int, tuple[int, ...]]] = []
    for index in order:
        length = next(n for n in LENGTHS if n >= len(text.stretches[index].ids) + 2)
        group = open_groups.setdefault(length, [])
        group.append(int(index))
        if len(group) == max(1, tokens // length):
            batches.append((length, tuple(group)))
            group.clear()
    batches += [(length, tuple(group)) for length, group in open_groups.items() if group]
    shuffled = np.random.default_rng((text.seed, epoch, 1)).permutation(len(batches))
    return [PlannedBatch(epoch, n, batches[i][1], batches[i][0]) for n, i in enumerate(shuffled)]


def draw_spans(borders: Ids, masking: Masking, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Half-open token spans to mask, in the order in which they were drawn.

    `borders` are those of a `Stretch`. On average the spans hold exactly the share of the tokens,
    where there is room: the last one, which would go beyond, is taken with the probability that
    makes it so.
    """
    room = masking.share * int(borders[-1])
    taken = np.zeros(len(borders) - 1, np.bool_)
    lengths = masking.lengths()
    spans: list[tuple[int, int]] = []
    while room > 0:
        count = 1 + int(rng.choice(len(lengths), p=lengths))
        start = _free_place(taken, count, rng)
        if start is None:
            break
        first, last = int(borders[start]), int(borders[start + count])
        if last - first > room and rng.random() >= room / (last - first):
            break
        taken[start : start + count] = True
        spans.append((first, last))
        room -= last - first
    return spans


def _free_place(taken: NDArray[np.bool_], count: int, rng: np.random.Generator) -> int | None:
    """A first word of `count` words that are not taken nor next to taken ones; None: no room."""
    # A free word is imagined before the first and behind the last: [CLS] and [SEP].
    total = np.concatenate(([0, 0], np.cumsum(taken), [taken.sum()]))
    starts = np.arange(len(taken) - count + 1)
    if not len(starts):
        return None
    free = starts[total[starts + count + 2] == total[starts]]
    return int(rng.choice(free)) if len(free) else None


def mask_batch(text: PretrainingText, planned: PlannedBatch, masking: Masking) -> MaskedBatch:
    """``[CLS] stretch [SEP]`` of each stretch of the planned batch, its spans masked.

    At least one word is: in a small batch chance may pick none, and nothing has no mean loss.
    """
    vocabulary, shape = text.vocabulary, (len(planned.rows), planned.length)
    ids = np.full(shape, vocabulary.pad, np.int64)
    mask = np.zeros(shape, np.int64)
    masked: list[NDArray[np.int64]] = []
    for row, index in enumerate(planned.rows):
        rng = np.random.default_rng((text.seed, planned.epoch, index, 2))
        stretch = text.stretches[index]
        tokens = stretch.ids.astype(np.int64)
        base = row * planned.length + 1  # behind [CLS]
        spans = draw_spans(stretch.borders, masking, rng)
        if not (spans or masked) and row == len(planned.rows) - 1:
            spans = [(int(stretch.borders[0]), int(stretch.borders[1]))]
        for first, last in spans:
            inner = np.arange(first, last)
            edges = np.full((2, len(inner)), [[base + first - 1], [base + last]])
            masked.append(np.stack([base + inner, *edges, inner - first, tokens[inner]]))
            fate = rng.random()
            if fate < 0.8:
                tokens[inner] = vocabulary.mask
            elif fate < 0.9:
                tokens[inner] = rng.choice(vocabulary.ordinary, len(inner))
        length = len(tokens) + 2
        ids[row, :length] = [vocabulary.cls, *tokens, vocabulary.sep]
        mask[row, :length] = 1
    columns = np.concatenate(masked, axis=1) if masked else np.zeros((5, 0), np.int64)
    return MaskedBatch(ids, mask, *columns)
