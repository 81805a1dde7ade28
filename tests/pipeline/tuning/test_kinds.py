"""Confidences that hold on a kind of text which took no part in the fit, on kinds made for it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spanmem.core.errors import InputError
from spanmem.evaluation.metrics import expected_calibration_error
from spanmem.pipeline.tuning.kinds import Candidates, fit_all, leave_each_out
from spanmem.reader.calibration import FEATURES, FITTED


def kind(seed: int, count: int = 600, level: float = 0.0, misleading: float = 0.0) -> Candidates:
    """Candidates whose share and lead tell how likely they are right, as in every kind.

    `level` shifts all shares, `misleading` makes `support` speak for (or against) being right.
    """
    rng = np.random.default_rng(seed)
    features: list[dict[str, float]] = []
    right: list[float] = []
    for _ in range(count):
        row = dict(zip(FEATURES, rng.normal(size=len(FEATURES)).tolist(), strict=True))
        row["share"] += level
        logit = 1.5 * row["share"] + row["lead"] + misleading * row["support"]
        features.append(row)
        right.append(float(rng.random() < 1 / (1 + math.exp(-logit))))
    return Candidates(tuple(features), tuple(right), (True,) * count)


def test_it_holds_on_a_kind_left_out() -> None:
    kinds = {name: kind(seed, level=seed / 2 - 1) for seed, name in enumerate("abcd")}
    _, left_out = leave_each_out(kinds, 5.0)
    assert set(left_out) == set(kinds)
    for name, said in left_out.items():
        assert said.right == kinds[name].right
        assert expected_calibration_error(said.confidence, said.right) < 0.07


def test_the_kind_left_out_takes_no_part() -> None:
    kinds = {"a": kind(1), "b": kind(2), "c": kind(3)}
    other = {**kinds, "c": kind(4)}
    penalty, left_out = leave_each_out(kinds, 5.0)
    expected = fit_all([kinds["a"], kinds["b"]], 5.0, penalty)
    assert left_out["c"].confidence == tuple(map(expected.confidence, kinds["c"].features))
    assert leave_each_out(other, 5.0)[1]["a"] != left_out["a"]


def test_what_only_one_kind_shows_is_held_back_the_more_strongly() -> None:
    alike = {name: kind(seed, count=60) for seed, name in enumerate("abc")}
    apart = {
        name: kind(seed, count=60, misleading=way)
        for seed, (name, way) in enumerate({"a": 3.0, "b": 0.0, "c": -3.0}.items())
    }
    assert leave_each_out(apart, 5.0)[0] > leave_each_out(alike, 5.0)[0]


def test_kinds_count_alike_whatever_their_size() -> None:
    large, small = kind(1, 2000, level=1.0), kind(2, 100, level=-1.0)
    alone = fit_all([large, small], 5.0, 1e-6)
    often = Candidates(small.features * 20, small.right * 20, small.answerable * 20)
    repeated = fit_all([large, often], 5.0, 1e-6)
    assert alone.bias == pytest.approx(repeated.bias, abs=0.02)
    for name in FITTED:
        assert alone.weights[name] == pytest.approx(repeated.weights[name], abs=0.02)


def test_one_kind_leaves_nothing_out() -> None:
    assert leave_each_out({"a": kind(1)}, 5.0)[1] == {}


def test_candidates_that_are_all_right_are_refused() -> None:
    rows = kind(1, 20)
    with pytest.raises(InputError, match="equally right"):
        fit_all([Candidates(rows.features, (1.0,) * 20, rows.answerable)], 5.0, 1.0)
