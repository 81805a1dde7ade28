"""Recurring-span selection, after Splinter (Ram et al. 2021): answering learned without labels.

Where words recur in a text, one occurrence is left in place and each other becomes ``[MASK]``. The
words around one of those are the question, and the occurrence left is its answer. Splinter marks
answers by a head of its own; here the input has the reader's form, ``[CLS] question [SEP] passage
[SEP]``, and the head is the reader's, so that what is learned goes over to fine-tuning whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TypeAlias

import numpy as np

from .examples import LENGTHS, TrainingBatch, WindowRow, collate
from .masking import PlannedBatch, PretrainingText, Stretch, Vocabulary

__all__ = [
    "Cloze",
    "Word",
    "common_words",
    "make_cloze",
    "recurring_batch",
    "recurring_spans",
    "words_of",
]

Word: TypeAlias = tuple[int, ...]
"""A word's tokens."""

_COMMON = 1e-3
"""Share of a text's words from which on a word is common: articles, prepositions, points."""
_SAMPLE = 2000
_LONGEST = 10
_AROUND = 24
"""Tokens of a question on either side of what it asks for."""


@dataclass(frozen=True, slots=True)
class Cloze:
    """A question with a masked span, and the passage that holds what was masked."""

    question: tuple[int, ...]
    passage: tuple[int, ...]
    start: int
    """The answer's first token in `passage`."""
    end: int
    """Its last one."""


def words_of(stretch: Stretch) -> list[Word]:
    """The words of a stretch."""
    ids = stretch.ids.tolist()
    borders = stretch.borders.tolist()
    return [tuple(ids[a:b]) for a, b in pairwise(borders)]


def common_words(stretches: Iterable[Stretch]) -> frozenset[Word]:
    """Words too common to begin or end an answer, by their share in the first stretches."""
    counts = Counter(word for s in islice(stretches, _SAMPLE) for word in words_of(s))
    least = max(2.0, _COMMON * counts.total())
    return frozenset(word for word, count in counts.items() if count > least)


def recurring_spans(words: Sequence[Word], common: Set[Word]) -> list[list[tuple[int, int]]]:
    """Clusters of equal half-open word spans, two spans or more in each.

    Longer spans go first, and no word is in two: so each is as long as it can be. None begins or
    ends with a common word.
    """
    used = [False] * len(words)
    clusters: list[list[tuple[int, int]]] = []
    for length in range(min(_LONGEST, len(words) // 2), 0, -1):
        places: dict[tuple[Word, ...], list[int]] = {}
        for start in range(len(words) - length + 1):
            last = start + length - 1
            if words[start] not in common and words[last] not in common:
                starts = places.setdefault(tuple(words[start : last + 1]), [])
                apart = not starts or start >= starts[-1] + length
                if apart and not any(used[start : last + 1]):
                    starts.append(start)
        for starts in places.values():
            free = [s for s in starts if not any(used[s : s + length])]
            if len(free) > 1:
                clusters.append([(s, s + length) for s in free])
                for s in free:
                    used[s : s + length] = [True] * length
    return clusters


def make_cloze(
    words: Sequence[Word],
    cluster: Sequence[tuple[int, int]],
    mask: int,
    rng: np.random.Generator,
) -> Cloze:
    """A question about a cluster, and the passage with one occurrence left.

    All others are masked, those within longer spans too.
    """
    kept, queried = (cluster[i] for i in rng.permutation(len(cluster))[:2])
    tokens: list[int] = []
    start = end = hole = 0
    for first, last in _split_at_occurrences(words, kept, queried):
        inner = [token for word in words[first:last] for token in word]
        if (first, last) == kept:
            start, end = len(tokens), len(tokens) + len(inner) - 1
        elif words[first:last] == words[kept[0] : kept[1]]:
            hole = len(tokens) if (first, last) == queried else hole
            inner = [mask]
        tokens += inner
    return Cloze(_question(tokens, hole, start, end), tuple(tokens), start, end)


def _split_at_occurrences(
    words: Sequence[Word], kept: tuple[int, int], queried: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    """The text from left to right: occurrences of a span, and the single words between them."""
    answer = words[kept[0] : kept[1]]
    at = 0
    while at < len(words):
        last = at + len(answer)
        known = [span for span in (kept, queried) if span[0] < last and at < span[1]]
        if words[at:last] == answer and all(span == (at, last) for span in known):
            yield at, last
            at = last
        else:
            yield at, at + 1
            at += 1


def _question(tokens: Sequence[int], hole: int, start: int, end: int) -> tuple[int, ...]:
    """The tokens around the hole, as far as the answer on either side."""
    first = max(0, hole - _AROUND, end + 1 if end < hole else 0)
    last = min(len(tokens), hole + _AROUND + 1, start if start > hole else len(tokens))
    return tuple(tokens[first:last])


def recurring_batch(
    text: PretrainingText, planned: PlannedBatch, common: Set[Word], *, size: int
) -> TrainingBatch | None:
    """A question for each stretch of the planned batch in which words recur; None if in none.

    Windows hold at most `size` tokens.
    """
    rows: list[WindowRow] = []
    for index in planned.rows:
        rng = np.random.default_rng((text.seed, planned.epoch, index, 3))
        words = words_of(text.stretches[index])
        clusters = recurring_spans(words, common)
        if clusters:
            cluster = clusters[rng.integers(len(clusters))]
            cloze = make_cloze(words, cluster, text.vocabulary.mask, rng)
            rows.append(_window(cloze, text.vocabulary, size, rng))
    if not rows:
        return None
    longest = max(len(row.ids) for row in rows)
    length = next(n for n in LENGTHS if n >= longest)
    return collate([[row] for row in rows], length, text.vocabulary.pad)


def _window(cloze: Cloze, vocabulary: Vocabulary, size: int, rng: np.random.Generator) -> WindowRow:
    """The window, as long as `size` tokens allow, with the answer at a random place in it."""
    lead = (vocabulary.cls, *cloze.question, vocabulary.sep)
    room = size - len(lead) - 1
    lowest = min(max(0, cloze.end + 1 - room), cloze.start)
    highest = min(cloze.start, len(cloze.passage) - room)
    first = int(rng.integers(lowest, highest + 1)) if highest > lowest else lowest
    ids = (*lead, *cloze.passage[first : first + room], vocabulary.sep)
    shift = len(lead) - first
    end = min(cloze.end + shift, len(ids) - 2)
    types = (0,) * len(lead) + (1,) * (len(ids) - len(lead))
    return WindowRow(ids, types, len(lead), len(ids) - 1, cloze.start + shift, end)
