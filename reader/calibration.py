"""From what the pipeline knows about a candidate answer to the probability that it is right.

Logistic regression over a few features, fitted on questions held out of training and stored with
the reader as `calibration.json`, together with the retrieval weight that was tuned beside it, and
the rule by which reading stops (`stopping`).
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..core import files
from ..core.errors import ModelError
from .logistic import fit_logistic, probability
from .stopping import Stopping

__all__ = ["CALIBRATION_FILE", "FEATURES", "FITTED", "Calibration", "belongs_to", "fit"]

log = logging.getLogger(__name__)

FEATURES = (
    *("above_null", "covered", "echo", "lead", "share"),
    *("behind", "support", "missing", "margin"),
)
"""What a candidate's confidence may rest on; `pipeline/rank.py` computes them:

- above_null: tanh of a quarter of the margin, -1..1
- covered: the share of the question's content words that the passage holds
- echo: the share of them that the answer repeats
- lead: logits by which the answer beats the best other one (negative where it does not)
- share: log-odds of the answer, with what overlaps it, in the distribution over all spans of all
  passages
- behind: by how much the passage's fused retrieval score is below the best passage's
- support: log of the number of places that give the answer
- missing: 1 where the passage lacks a name, code or number of the question, else 0
- margin: logits by which the best span beats its window's null score

None is a retrieval score as it is: what is high among encyclopedia articles is low among manuals.
So is the margin: a reader is several logits surer of texts like those it was trained on, right or
wrong. What is fitted has it squashed, so that it tells for or against and no more.
"""

FITTED = FEATURES[:-1]
"""What `fit` weighs; the margin as it is was weighed by earlier fits."""

_AGAINST = frozenset({"behind", "echo", "missing"})
"""Features that speak against a candidate; all others speak for it."""

CALIBRATION_FILE = "calibration.json"
_told: set[tuple[str, str]] = set()
"""Calibrations of other weights that were told of in this process."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the confidence, and how much retrieval counts beside reading."""

    retrieval_weight: float = 5.0
    """Logits that one unit of fused retrieval score is worth."""
    bias: float = -1.0
    weights: Mapping[str, float] = field(default_factory=lambda: {"margin": 0.5, "share": 0.1})
    """Per feature; features left out count nothing. The defaults suit no reader in particular: by
    them an answer that "no answer here" beats in its window stays under one half."""
    stopping: Stopping | None = None
    """When passages are left unread; None: never."""

    def confidence(self, features: Mapping[str, float]) -> float:
        """Probability, strictly between 0 and 1, that a candidate with these features is right."""
        return probability(self.bias, self.weights, features)

    def save(
        self,
        folder: Path,
        facts: Mapping[str, object],
        *,
        weights: str | None = None,
        calibrated_on: Mapping[str, str] | None = None,
        questions: Sequence[int] = (),
    ) -> None:
        """Write `calibration.json` beside the weights; `facts` say how it came about.

        `weights` are the fingerprint of the reader's, by which it is known to belong to them;
        `calibrated_on` are the SHA-256 of the data by name, `questions` the 64-bit hashes of those
        it was fitted on. Raises StorageError.
        """
        table = {
            "format": 1,
            **asdict(self),
            "weights_fingerprint": weights,
            "calibrated_on": dict(calibrated_on or {}),
            "fitted": dict(facts),
            "questions": [f"{number % 2**64:016x}" for number in questions],
        }
        files.save(folder / CALIBRATION_FILE, json.dumps(table, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path, *, weights: str | None = None) -> Calibration:
        """What is stored with the reader, or the defaults. Raises ModelError for a broken file.

        `weights` are the fingerprint of the reader's: what was fitted on others is not used, which
        is logged once.
        """
        path = folder / CALIBRATION_FILE
        if not path.is_file():
            return cls()
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            slopes = {str(name): float(w) for name, w in table["weights"].items()}
            rule = table.get("stopping")
            calibration = cls(
                float(table["retrieval_weight"]),
                float(table["bias"]),
                slopes,
                None if rule is None else Stopping.of(rule),
            )
            if not all(map(math.isfinite, _numbers(calibration))):
                raise ValueError("its numbers are not finite")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"{path} is no calibration ({error}); remove it, or make it anew with "
                "`spanmem train calibration`"
            ) from error
        if unknown := sorted(set(slopes) - set(FEATURES)):
            raise ModelError(
                f"{path} weighs {', '.join(unknown)}, but known are {', '.join(FEATURES)}; "
                "make it anew with `spanmem train calibration`"
            )
        if belongs_to(table, weights):
            return calibration
        _tell_of_others(path, weights or "")
        return cls()


def _numbers(calibration: Calibration) -> list[float]:
    return [calibration.retrieval_weight, calibration.bias, *calibration.weights.values()]


def belongs_to(table: Mapping[str, Any], weights: str | None) -> bool:
    """Whether what a `calibration.json` holds was fitted on the weights of this fingerprint.

    Without a fingerprint nothing is known against it. Files of earlier releases name the reader
    with it.
    """
    fitted = table.get("fitted")
    named = str(fitted.get("reader") or "") if isinstance(fitted, Mapping) else ""
    return weights is None or weights == (
        table.get("weights_fingerprint") or named.rpartition("@")[2] or None
    )


def _tell_of_others(path: Path, weights: str) -> None:
    if (str(path), weights) not in _told:
        _told.add((str(path), weights))
        log.warning(
            "%s was fitted on other weights than those beside it, so it is not used, and "
            "confidences are rough; make it anew with `spanmem train calibration`",
            path,
        )


def fit(
    features: Sequence[Mapping[str, float]],
    right: Sequence[float],
    *,
    retrieval_weight: float,
    weights: Sequence[float] | None = None,
    penalty: float = 0.1,
) -> Calibration:
    """Fit on one row per candidate; `right` is 1.0 or 0.0, `weights` counts rows unequally.

    See `logistic.fit_logistic`. Raises ValueError unless both right and wrong candidates are among
    them.
    """
    bias, slopes = fit_logistic(
        features, right, FITTED, against=_AGAINST, weights=weights, penalty=penalty
    )
    return Calibration(retrieval_weight, bias, slopes)
