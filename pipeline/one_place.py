"""How probably two questions that one place answers ask the same. Pure.

A logistic regression over what tells: how near the questions are, how surely the cross-encoder
finds them the same and the reader that the place answers the new one, and what stands in whose
place. A question with one thing in the other's place, or with a word more, is mostly about another
thing; one whose whole frame differs ("How old must drivers be?", "What is the minimum age for
driving?") mostly the same question in other words, if it is answered in the same place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .english.contrast import Contrast, Doubt

__all__ = ["SURE", "OnePlace"]

SURE = 0.85
"""From here on two questions are the same."""
_BIAS = -2.517
_PER_COSINE, _PER_SENTENCE_COSINE = 2.937, 5.213
_PER_SCORE_LOGIT, _PER_CONFIDENCE_LOGIT = 0.146, 0.269
_PER_OWN, _PER_OTHER, _PER_SHARED, _IF_NARROWER = 0.318, 0.071, -0.424, -1.832
_BY_DOUBT: dict[Doubt, float] = {
    "nothing": 0.0, "words": 0.431, "things": -0.715, "verb": -1.969, "thing": -math.inf,
}  # fmt: skip
"""Weights of a logistic regression with an L2 penalty of 3 over standardized features, here over
raw ones; docs/remembering.md says on which questions it was fitted. One thing in the place of the
other (-3.2 there) makes another question, however sure an encoder it was not fitted on is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePlace:
    """What is known of a new question and a corrected one that are answered at one place."""

    similarity: float
    """Cosine of the two questions' vectors, -1..1."""
    to_sentence: float
    """Cosine of the new question's and the place's sentence's vectors, -1..1."""
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
        own = len(self.difference.own)
        total = (
            _BIAS
            + _PER_COSINE * self.similarity
            + _PER_SENTENCE_COSINE * self.to_sentence
            + _PER_SCORE_LOGIT * _logit(self.score)
            + _PER_CONFIDENCE_LOGIT * _logit(self.confidence)
            + _PER_OWN * own
            + _PER_OTHER * self.others
            + _PER_SHARED * self.difference.shared
            + _BY_DOUBT[self.difference.doubt]
            + (_IF_NARROWER if own and not self.others else 0.0)
        )
        return 0.0 if total == -math.inf else 1 / (1 + math.exp(-total))


def _logit(share: float) -> float:
    return math.log(max(share, 1e-4) / (1 - min(share, 1 - 1e-4)))
