"""Candidates of several kinds of text -> one confidence, and how it holds on a kind left out. Pure.

A confidence is used on texts that nobody fitted it on. So what is chosen is chosen by kinds that
took no part in the fit, and none counts more because it has more questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...core.errors import InputError
from ...reader.calibration import Calibration, fit

__all__ = ["Candidates", "LeftOut", "fit_all", "leave_each_out"]

_PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
"""Tried in turn, where several kinds tell which holds on a further one."""
_ONE_KIND = 0.1
"""The penalty where there is but one kind."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The best candidates of one kind's cases: lists of equal length."""

    features: tuple[Mapping[str, float], ...]
    right: tuple[float, ...]
    answerable: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a fit on all other kinds said of one kind's best candidates: lists of equal length."""

    confidence: tuple[float, ...]
    """0..1."""
    right: tuple[float, ...]
    """1.0 or 0.0."""
    answerable: tuple[bool, ...]
    """Whether the memory held the answer."""


def leave_each_out(
    kinds: Mapping[str, Candidates], weight: float
) -> tuple[float, dict[str, LeftOut]]:
    """The penalty whose fits hold best on the kinds that they have not seen, and what these say.

    That is the least mean log loss, all kinds alike.
    """
    if len(kinds) < 2:
        return _ONE_KIND, {}
    fits = {penalty: _left_out(kinds, weight, penalty) for penalty in _PENALTIES}
    losses = {
        penalty: float(np.mean([_log_loss(kind) for kind in left_out.values()]))
        for penalty, left_out in fits.items()
    }
    penalty = min(losses, key=lambda p: (losses[p], p))
    return penalty, fits[penalty]


def _left_out(kinds: Mapping[str, Candidates], weight: float, penalty: float) -> dict[str, LeftOut]:
    left_out: dict[str, LeftOut] = {}
    for name, kind in kinds.items():
        others = [other for key, other in kinds.items() if key != name]
        calibration = fit_all(others, weight, penalty)
        confidence = tuple(map(calibration.confidence, kind.features))
        left_out[name] = LeftOut(confidence, kind.right, kind.answerable)
    return left_out


def _log_loss(kind: LeftOut) -> float:
    sure, right = np.array(kind.confidence), np.array(kind.right)
    return float(-np.mean(np.log(np.where(right > 0, sure, 1 - sure))))


def fit_all(kinds: Sequence[Candidates], weight: float, penalty: float) -> Calibration:
    """The confidence of all kinds' candidates. Raises InputError if all are alike."""
    filled = [kind for kind in kinds if kind.right]
    right = [x for kind in filled for x in kind.right]
    if len(set(right)) < 2:
        raise InputError(
            "all candidates are equally right, so no confidence can be learned; add questions"
        )
    return fit(
        [row for kind in filled for row in kind.features],
        right,
        retrieval_weight=weight,
        weights=[
            len(right) / (len(filled) * len(kind.right)) for kind in filled for _ in kind.right
        ],
        penalty=penalty,
    )
