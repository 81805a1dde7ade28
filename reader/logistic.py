"""Logistic regression over a few named features, with slopes of a known sign."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["bounded", "fit_logistic", "log_odds", "probability"]

_BOUND = 30.0


def bounded(value: float) -> float:
    """Infinite where nothing was read or nothing competes; the fit needs numbers."""
    return max(-_BOUND, min(_BOUND, value))


def probability(bias: float, slopes: Mapping[str, float], features: Mapping[str, float]) -> float:
    """The logistic function of bias and weighed features, strictly between 0 and 1."""
    z = bias + sum(slope * bounded(features[name]) for name, slope in slopes.items())
    return 1 / (1 + math.exp(-bounded(z)))


def log_odds(share: float) -> float:
    """The inverse of the logistic function, bounded like its argument; `share` is in 0..1."""
    if not 0 < share < 1:
        return _BOUND if share >= 1 else -_BOUND
    return bounded(math.log(share) - math.log1p(-share))


def fit_logistic(
    features: Sequence[Mapping[str, float]],
    true: Sequence[float],
    names: Sequence[str],
    *,
    against: Collection[str] = (),
    weights: Sequence[float] | None = None,
    penalty: float = 0.1,
) -> tuple[float, dict[str, float]]:
    """Bias and slopes from one row per case; `true` is 1.0 or 0.0, `weights` counts rows unequally.

    Minimized is the weighted sum of log losses plus `penalty` / 2 times the squared slopes of the
    standardized features. No slope may have the wrong sign, which is below 0 for the features
    `against`: what is evidence for something in one kind of text is never made evidence against it
    by the accidents of another. Raises ValueError unless both outcomes are among the rows.
    """
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import expit

    truth = np.asarray(true, np.float64)
    if truth.size == 0 or truth.min() == truth.max():
        raise ValueError("both right and wrong candidates are needed")
    sign = np.array([-1.0 if name in against else 1.0 for name in names])
    x = np.array([[bounded(row[name]) for name in names] for row in features])
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = sign * (x - mean) / scale
    counts = np.ones(len(truth)) if weights is None else np.asarray(weights, np.float64)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        bias, slopes = parameters[0], parameters[1:]
        logits = bias + z @ slopes
        losses = np.logaddexp(0.0, logits) - truth * logits
        rest = counts * (expit(logits) - truth)
        gradient = np.concatenate([[rest.sum()], z.T @ rest + penalty * slopes])
        return float(counts @ losses + penalty / 2 * slopes @ slopes), gradient

    start = np.zeros(len(names) + 1)
    bounds = [(None, None), *[(0.0, None)] * len(names)]
    best: Any = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    slopes = sign * best.x[1:] / scale
    bias = float(best.x[0] - (slopes * mean).sum())
    # Adding zero turns a slope of -0.0 into one of 0.0.
    return round(bias, 6), {n: round(float(w), 6) + 0.0 for n, w in zip(names, slopes, strict=True)}
