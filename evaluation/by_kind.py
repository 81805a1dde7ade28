"""How a confidence holds in each kind of text: one table of figures for each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .metrics import (
    auroc,
    brier_score,
    calibration_noise,
    coverage_at,
    expected_calibration_error,
    paired_bootstrap_interval,
)

__all__ = ["Judged", "confidence_by_kind", "confidence_figures"]


class Judged(Protocol):
    """Confidences of one kind's best candidates, and what became of them; equally long."""

    @property
    def confidence(self) -> Sequence[float]:
        """0..1."""
        ...

    @property
    def right(self) -> Sequence[float]:
        """1.0 or 0.0."""
        ...

    @property
    def answerable(self) -> Sequence[bool]:
        """Whether there was anything right to be given."""
        ...


def confidence_by_kind(
    kinds: Mapping[str, Judged], *, abstain_below: float, seed: int
) -> dict[str, dict[str, Any]]:
    """`confidence_figures` of each kind, by its name."""
    return {
        name: confidence_figures(kind, abstain_below=abstain_below, seed=seed)
        for name, kind in kinds.items()
        if kind.confidence
    }


def confidence_figures(kind: Judged, *, abstain_below: float, seed: int) -> dict[str, Any]:
    """What a user of one kind of text has to expect. Shares and errors 0..1.

    The calibration error stands beside its bootstrap interval and beside the error that so few
    questions have by chance. What is `abstain_below` counts as held back. What is undefined is
    absent: the interval of one question, the area where all are right. Raises InputError for no
    candidate.
    """
    sure, right = kind.confidence, kind.right
    given = [x for c, x in zip(sure, right, strict=True) if c >= abstain_below]
    answerable = sum(kind.answerable)
    table: dict[str, Any] = {
        "n": len(sure),
        "answerable": answerable,
        "right": int(sum(right)),
        "expected_calibration_error": expected_calibration_error(sure, right),
        "interval": None,
        "by_chance": calibration_noise(sure, seed=seed),
        "brier_score": brier_score(sure, right),
        "auroc_of_being_right": auroc(sure, [x > 0 for x in right]),
        "coverage_at_80_precision": coverage_at(0.8, sure, right) if answerable else None,
        "right_held_back": int(sum(right) - sum(given)),
        "given": len(given),
        "given_right": int(sum(given)),
    }
    if len(sure) > 1:
        ends = paired_bootstrap_interval(expected_calibration_error, sure, right, seed=seed)
        table["interval"] = [round(x, 4) for x in ends]
    return {name: value for name, value in table.items() if value is not None}
