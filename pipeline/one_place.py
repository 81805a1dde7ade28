"""How probably two questions that one place answers ask the same. Pure.

A logistic regression over what tells: how near the questions are, how surely the cross-encoder
finds them the same and the reader that the place answers the new one as well as the corrected one,
how near the new one's own words are to what stands there, and what stands in whose place. Two
questions of one frame, with something else in it, are mostly about two things; of two whose frames
differ ("How old must drivers be?", "What is the minimum age for driving?") one is mostly the other
in other words, if it is answered in the same place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .english.contrast import Contrast, Doubt

__all__ = ["SURE", "OnePlace"]

SURE = 0.75
"""From here on two questions are the same."""
_BIAS = -1.4
_PER_COSINE, _PER_OWN_COSINE, _IF_NOTHING_NEW = 6.402, 2.171, 0.509
_PER_SCORE_LOGIT, _PER_LOGIT_AHEAD, _PER_ORDER = 0.163, 0.214, -5.892
_PER_OWN, _PER_OTHER = 0.24, 0.423
_BY_DOUBT: dict[Doubt, float] = {
    "nothing": 0.0, "words": 0.0, "things": 0.0, "verb": -1.225, "thing": -math.inf,
}  # fmt: skip
"""Weights of a logistic regression with an L2 penalty of 3.3 over standardized features, here over
raw ones; docs/remembering.md says on which questions it was fitted. One thing in the place of the
other makes another question, however sure an encoder it was not fitted on is."""
_MOST = 4
"""Words up to which each one more counts."""
_LEAST = -20.0
"""Logits down to which each one less counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePlace:
    """What is known of a new question and a corrected one that are answered at one place."""

    similarity: float
    """Cosine of the two questions' vectors, -1..1."""
    own_to_sentence: float
    """Cosine of the vectors of `difference.new` and of the place's sentence, -1..1; where there are
    no such words it says nothing."""
    score: float
    """The cross-encoder's probability that both ask the same, 0..1."""
    ahead: float
    """Logits by which the reader finds what stands there sooner for the new question than for the
    corrected one; mostly below 0."""
    difference: Contrast
    """Of the new question to the corrected one."""
    others: int
    """Words of meaning that the corrected one alone has."""

    @property
    def probability(self) -> float:
        """That both ask the same, 0..1."""
        own = len(self.difference.own)
        new = _PER_OWN_COSINE * self.own_to_sentence if own else _IF_NOTHING_NEW
        total = (
            _BIAS
            + _PER_COSINE * self.similarity
            + new
            + _PER_SCORE_LOGIT * _logit(self.score)
            + _PER_LOGIT_AHEAD * max(_LEAST, self.ahead)
            + _PER_ORDER * self.difference.order
            + _PER_OWN * min(_MOST, own)
            + _PER_OTHER * min(_MOST, self.others)
            + _BY_DOUBT[self.difference.doubt]
        )
        return 0.0 if total == -math.inf else 1 / (1 + math.exp(-total))


def _logit(share: float) -> float:
    return math.log(max(share, 1e-3) / (1 - min(share, 1 - 1e-3)))
