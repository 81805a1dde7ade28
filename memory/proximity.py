"""How closely a passage brings the words of a question together. Pure.

BM25 counts words wherever they stand. A passage that answers has most of them side by side in one
sentence, and one on the same subject has them scattered (Tao & Zhai 2007, "An exploration of
proximity measures in information retrieval").
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise

__all__ = ["Proximity", "rarity"]

WINDOW = 20
"""Words in a row within which the question's words count together."""
PAIR = 0.5
"""What two neighbors of the question count besides, where they are neighbors in the passage too,
of the less rare one's rarity."""


def rarity(passages: int, holding: int) -> float:
    """What a word tells that `holding` of `passages` contain: BM25's inverse document frequency."""
    # An index counts what was removed until it merges it away: `holding` may be the greater.
    return max(0.0, math.log1p((passages - holding + 0.5) / (holding + 0.5)))


class Proximity:
    """A question to hold passages against.

    The proximity of a passage is the rarity of the question's words in its best `WINDOW` words,
    each counted once, and `PAIR` times that of the pairs there, as a share of what all words and
    pairs of the question add up to.
    """

    def __init__(self, words: Sequence[str], rarities: Mapping[str, float]) -> None:
        """`words` as they run in the question; all of them have their `rarity` in `rarities`."""
        self._words = {word: rarities[word] for word in words}
        self._pairs = {
            (one, two): PAIR * min(rarities[one], rarities[two]) for one, two in pairwise(words)
        }
        self._all = sum(self._words.values()) + sum(self._pairs.values())

    def of(self, words: Sequence[str]) -> float:
        """The proximity of a passage of these words, 0..1."""
        inside: deque[tuple[int, Hashable, float]] = deque()
        held: Counter[Hashable] = Counter()
        now = best = 0.0
        for place, word in enumerate(words):
            if word not in self._words:
                continue
            two = (words[place - 1], word) if place else ("", "")
            found = [(place - 1, two, self._pairs[two])] if two in self._pairs else []
            for entry in (*found, (place, word, self._words[word])):
                inside.append(entry)
                held[entry[1]] += 1
                now += entry[2] if held[entry[1]] == 1 else 0.0
            while inside[0][0] <= place - WINDOW:
                _, gone, worth = inside.popleft()
                held[gone] -= 1
                now -= 0.0 if held[gone] else worth
            best = max(best, now)
        return min(1.0, best / self._all) if self._all > 0 else 0.0
