"""Term proximity: how closely a passage brings the words of a question together. Pure.

BM25 counts words wherever they stand. A passage that answers has most of them side by side in one
sentence, and one on the same subject has them scattered (Tao & Zhai 2007, "An exploration of
proximity measures in information retrieval").
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

__all__ = ["Proximity", "idf"]

WINDOW = 20
"""Words in a row within which the question's words count together."""
PAIR_WEIGHT = 0.5
"""What two neighbors of the question count besides, where they are neighbors in the passage too,
of the idf of the less rare one."""

_Term: TypeAlias = str | tuple[str, str]
"""A word of the question, or two that are neighbors in it."""


def idf(passages: int, document_frequency: int) -> float:
    """BM25's inverse document frequency of a word that some of `passages` hold, at least 0.

    ``ln(1 + (N - n + 0.5) / (n + 0.5))``, as in Lucene and Tantivy.
    """
    # An index counts what was removed until it merges it away: the frequency may be the greater.
    rest = passages - document_frequency
    return max(0.0, math.log1p((rest + 0.5) / (document_frequency + 0.5)))


class Proximity:
    """Scores passages by their proximity to one question.

    The proximity of a passage is the idf of the question's words in its best `WINDOW` words, each
    counted once, and `PAIR_WEIGHT` times that of the pairs there, as a share of what all words and
    pairs of the question add up to.
    """

    def __init__(self, words: Sequence[str], idfs: Mapping[str, float]) -> None:
        """`words` as they run in the question; all of them have their `idf` in `idfs`."""
        of_words: dict[_Term, float] = {word: idfs[word] for word in words}
        of_pairs: dict[_Term, float] = {
            (first, second): PAIR_WEIGHT * min(idfs[first], idfs[second])
            for first, second in pairwise(words)
        }
        self._weights = of_words | of_pairs
        self._total = sum(of_words.values()) + sum(of_pairs.values())

    def score(self, words: Sequence[str]) -> float:
        """The proximity of a passage of these words, 0..1."""
        weights = self._weights
        window: deque[tuple[int, _Term]] = deque()
        counts: dict[_Term, int] = {}
        current = best = 0.0
        before = ""
        for place, word in enumerate(words):
            if word in weights:
                for start, term in ((place - 1, (before, word)), (place, word)):
                    if term in weights:
                        window.append((start, term))
                        counts[term] = count = counts.get(term, 0) + 1
                        current += weights[term] if count == 1 else 0.0
                while window[0][0] <= place - WINDOW:
                    _, term = window.popleft()
                    counts[term] -= 1
                    current -= 0.0 if counts[term] else weights[term]
                best = max(best, current)
            before = word
        return min(1.0, best / self._total) if self._total > 0 else 0.0
