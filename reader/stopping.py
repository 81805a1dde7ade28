"""When reading may stop: how the best answer so far stands -> the probability that it stays.

Passages are read in order of promise. Logistic regression over a few features says whether the
best answer of those read would still be the best one, and given or held back as now, had all been
read; from a probability of `least` on, the rest is left unread. Both are fitted on held-out
questions that were read over all their passages (`spanmem train calibration`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .logistic import probability

__all__ = ["STOPPING", "STOPPING_AGAINST", "Stopping"]

STOPPING = ("ahead", "logits", "lead", "share", "decided", "unread")
"""What the rule may rest on; `pipeline/stages.py` computes them over the passages read so far:

- ahead: logits by which retrieval prefers the best answer's passage to the best unread one
- logits: the answer's score without what retrieval adds to it
- lead, share: as in `calibration.FEATURES`
- decided: tanh of twice the log-odds between the confidence and that under which no answer is
  given, 0..1: near it, reading on may well tip the scale
- unread: log of the number of passages that are not read
"""

STOPPING_AGAINST = frozenset({"unread"})
"""What speaks against stopping; all others speak for it."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """A rule by which reading stops before all passages are read."""

    least: float
    """Probability from which it does, 0..1."""
    bias: float
    weights: Mapping[str, float]
    """Per feature of `STOPPING`; features left out count nothing."""

    def stays(self, features: Mapping[str, float]) -> float:
        """Probability, strictly between 0 and 1, that reading on leaves the answer as it is."""
        return probability(self.bias, self.weights, features)

    def enough(self, features: Mapping[str, float]) -> bool:
        """Whether the rest need not be read."""
        return self.stays(features) >= self.least

    @classmethod
    def of(cls, table: Any) -> Stopping:
        """The rule of a JSON object. Raises ValueError, KeyError, TypeError or AttributeError."""
        slopes = {str(name): float(slope) for name, slope in table["weights"].items()}
        rule = cls(float(table["least"]), float(table["bias"]), slopes)
        if not all(map(math.isfinite, (rule.least, rule.bias, *slopes.values()))):
            raise ValueError("the numbers of its `stopping` are not finite")
        if unknown := sorted(set(slopes) - set(STOPPING)):
            raise ValueError(
                f"its `stopping` weighs {', '.join(unknown)}, but known are {', '.join(STOPPING)}"
            )
        return rule
