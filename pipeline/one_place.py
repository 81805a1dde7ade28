"""How probably two questions that one place answers ask the same. Pure.

A logistic regression over what tells: how near the questions are, how surely the cross-encoder
finds them the same and the reader that the place answers the new one, how near the new one's own
words are to what stands there, and what stands in whose place. Two questions of one frame, with
something else in it, are mostly about two things, unless the cross-encoder is sure; of two whose
frames differ ("How old must drivers be?", "What is the minimum age for driving?") one is mostly the
other in other words, if it is answered in the same place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .english.contrast import Contrast, Doubt

__all__ = ["SURE", "OnePlace"]

SURE = 0.8
"""From here on two questions are the same."""
_BIAS = -6.49
_PER_COSINE, _PER_OWN_COSINE, _IF_NOTHING_NEW = 7.442, 3.425, 1.341
_PER_SCORE_LOGIT, _PER_CONFIDENCE_LOGIT = 0.103, 0.186
_PER_ORDER, _PER_SCORE_LOGIT_IN_ORDER = -0.826, 0.453
_PER_OWN, _PER_OTHER = 0.479, 0.92
_BY_DOUBT: dict[Doubt, float] = {
    "nothing": 0.0, "words": 0.0, "things": 0.0, "verb": -2.946, "thing": -math.inf,
}  # fmt: skip
"""Weights of a logistic regression with an L2 penalty of 3.3 over standardized features, here over
raw ones; docs/remembering.md says on which questions it was fitted. One thing in the place of the
other (-3.2 there) makes another question, however sure an encoder it was not fitted on is."""
_MOST = 4
"""Words up to which each one more counts."""


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
    confidence: float
    """That with which the reader answers the new question at the place, 0..1."""
    difference: Contrast
    """Of the new question to the corrected one."""
    others: int
    """Words of meaning that the corrected one alone has."""

    @property
    def probability(self) -> float:
        """That both ask the same, 0..1."""
        order, score = self.difference.order, _logit(self.score)
        own = len(self.difference.own)
        new = _PER_OWN_COSINE * self.own_to_sentence if own else _IF_NOTHING_NEW
        total = (
            _BIAS
            + _PER_COSINE * self.similarity
            + new
            + (_PER_SCORE_LOGIT + _PER_SCORE_LOGIT_IN_ORDER * order) * score
            + _PER_CONFIDENCE_LOGIT * _logit(self.confidence)
            + _PER_ORDER * order
            + _PER_OWN * min(_MOST, own)
            + _PER_OTHER * min(_MOST, self.others)
            + _BY_DOUBT[self.difference.doubt]
        )
        return 0.0 if total == -math.inf else 1 / (1 + math.exp(-total))


def _logit(share: float) -> float:
    return math.log(max(share, 1e-3) / (1 - min(share, 1 - 1e-3)))
