"""Texts -> stretches of tokens -> masked batches, after SpanBERT (Joshi et al. 2020). Pure.

Spans of whole words are masked, with lengths from a geometric distribution that is cut off, until
a share of the tokens is reached. Whether a span's tokens become ``[MASK]`` (80 %), random ones
(10 %) or stay (10 %) is decided once for the span. Spans never touch, so that the tokens on both
sides of each, from which the span-boundary objective predicts it, are to be seen.

Everything random is drawn from ``(seed, epoch, stretch)``: see `examples.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..windows import Featurizer
from .examples import LENGTHS, Ids

__all__ = ["MaskedBatch", "Masking", "Pieces", "Portion", "Stretch", "cut", "mask", "portions"]

_SHORTEST = 16
"""Tokens of a stretch that is worth reading."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The token ids that have a part to play."""

    cls: int
    sep: int
    pad: int
    mask: int
    ordinary: Ids
    """What a random token is drawn from: no special ones, none that stands for nothing."""

    @classmethod
    def of(cls, tokenizer: Any) -> Pieces:
        words: dict[str, int] = tokenizer.get_vocab()
        kept = [i for w, i in words.items() if not (len(w) > 2 and w[0] == "[" and w[-1] == "]")]
        return cls(
            int(tokenizer.cls_token_id),
            int(tokenizer.sep_token_id),
            int(tokenizer.pad_token_id),
            int(tokenizer.mask_token_id),
            np.array(sorted(kept), np.int32),
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Contiguous text of one document."""

    ids: Ids
    words: Ids
    """Where each word begins, and the number of tokens at the end."""


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
class Portion:
    """Stretches that are computed together, and their padded length."""

    epoch: int
    number: int
    rows: tuple[int, ...]
    length: int


def cut(texts: Iterable[str], featurizer: Featurizer, *, size: int) -> Iterator[Stretch]:
    """Stretches of at most `size` tokens, cut between words; no token is in two of them."""
    pending: list[str] = []

    def emit() -> Iterator[Stretch]:
        for tokens in featurizer.tokenize_all(pending):
            starts = np.flatnonzero(~np.array(tokens.inside, np.bool_))
            borders = np.append(starts, len(tokens.ids)).astype(np.int32)
            ids = np.array(tokens.ids, np.int32)
            first = 0
            while first < len(borders) - 1:
                last = int(np.searchsorted(borders, borders[first] + size, side="right")) - 1
                last = max(last, first + 1)  # a word longer than a stretch is cut short
                a, b = borders[first], min(borders[last], borders[first] + size)
                if b - a >= min(_SHORTEST, size):
                    words = np.append(borders[first:last] - a, b - a).astype(np.int32)
                    yield Stretch(ids[a:b], words)
                first = last
        pending.clear()

    for text in texts:
        pending.append(text)
        if len(pending) == 256:
            yield from emit()
    yield from emit()


def portions(stretches: Sequence[Stretch], *, tokens: int, seed: int, epoch: int) -> list[Portion]:
    """All stretches in a new order, those of like length together, in a new order too."""
    order = np.random.default_rng((seed, epoch)).permutation(len(stretches))
    groups: dict[int, list[int]] = {}
    found: list[tuple[int, tuple[int, ...]]] = []
    for index in order:
        length = next(n for n in LENGTHS if n >= len(stretches[index].ids) + 2)
        group = groups.setdefault(length, [])
        group.append(int(index))
        if len(group) == max(1, tokens // length):
            found.append((length, tuple(group)))
            group.clear()
    found += [(length, tuple(group)) for length, group in groups.items() if group]
    mixed = np.random.default_rng((seed, epoch, 1)).permutation(len(found))
    return [Portion(epoch, n, found[i][1], found[i][0]) for n, i in enumerate(mixed)]


def draw_spans(words: Ids, masking: Masking, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Half-open token spans to mask, in the order in which they were drawn.

    On average they hold exactly the share of the tokens, where there is room: the last span,
    which would go beyond, is taken with the probability that makes it so.
    """
    room = masking.share * int(words[-1])
    taken = np.zeros(len(words) - 1, np.bool_)
    lengths = masking.lengths()
    spans: list[tuple[int, int]] = []
    while room > 0:
        count = 1 + int(rng.choice(len(lengths), p=lengths))
        start = _free_place(taken, count, rng)
        if start is None:
            break
        first, last = int(words[start]), int(words[start + count])
        if last - first > room and rng.random() >= room / (last - first):
            break
        taken[start : start + count] = True
        spans.append((first, last))
        room -= last - first
    return spans


def _free_place(taken: NDArray[np.bool_], count: int, rng: np.random.Generator) -> int | None:
    """The first of `count` words of which none is taken, nor has a taken neighbor; None: none."""
    # A free word is imagined before the first and behind the last: [CLS] and [SEP].
    total = np.concatenate(([0, 0], np.cumsum(taken), [taken.sum()]))
    starts = np.arange(len(taken) - count + 1)
    if not len(starts):
        return None
    free = starts[total[starts + count + 2] == total[starts]]
    return int(rng.choice(free)) if len(free) else None


def mask(
    stretches: Sequence[Stretch], portion: Portion, pieces: Pieces, masking: Masking, seed: int
) -> MaskedBatch:
    """``[CLS] stretch [SEP]`` of each stretch of the portion, its spans masked.

    At least one word is: in a small portion chance may pick none, and nothing has no mean loss.
    """
    shape = len(portion.rows), portion.length
    ids = np.full(shape, pieces.pad, np.int64)
    present = np.zeros(shape, np.int64)
    found: list[NDArray[np.int64]] = []
    for row, index in enumerate(portion.rows):
        rng = np.random.default_rng((seed, portion.epoch, index, 2))
        stretch = stretches[index]
        text = stretch.ids.astype(np.int64)
        base = row * portion.length + 1  # behind [CLS]
        spans = draw_spans(stretch.words, masking, rng)
        if not (spans or found) and row == len(portion.rows) - 1:
            spans = [(int(stretch.words[0]), int(stretch.words[1]))]
        for first, last in spans:
            inner = np.arange(first, last)
            edges = np.full((2, len(inner)), [[base + first - 1], [base + last]])
            found.append(np.stack([base + inner, *edges, inner - first, text[inner]]))
            fate = rng.random()
            if fate < 0.8:
                text[inner] = pieces.mask
            elif fate < 0.9:
                text[inner] = rng.choice(pieces.ordinary, len(inner))
        length = len(text) + 2
        ids[row, :length] = [pieces.cls, *text, pieces.sep]
        present[row, :length] = 1
    masked = np.concatenate(found, axis=1) if found else np.zeros((5, 0), np.int64)
    return MaskedBatch(ids, present, *masked)
