from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.reader.logistic import bounded, fit_logistic, log_odds, probability


@given(st.floats(-29, 29))
def test_log_odds_are_the_inverse_of_the_probability(z: float) -> None:
    assert log_odds(probability(z, {}, {})) == pytest.approx(z, abs=1e-3)


@pytest.mark.parametrize(("share", "odds"), [(0.0, -30.0), (1.0, 30.0), (0.5, 0.0)])
def test_certainty_has_bounded_log_odds(share: float, odds: float) -> None:
    assert log_odds(share) == odds


@given(st.floats(allow_nan=False))
def test_an_infinite_feature_weighs_no_more_than_a_bounded_one(value: float) -> None:
    assert -30 <= bounded(value) <= 30
    assert 0 < probability(0.0, {"a": 1.0}, {"a": value}) < 1


def test_a_slope_is_of_the_sign_that_is_known() -> None:
    rows = [{"a": float(i), "b": float(-i)} for i in range(20)]
    _, slopes = fit_logistic(rows, [float(i > 9) for i in range(20)], ("a", "b"), against={"a"})
    assert slopes == {"a": 0.0, "b": 0.0}
    _, slopes = fit_logistic(rows, [float(i > 9) for i in range(20)], ("a", "b"), against={"b"})
    assert slopes["a"] > 0 > slopes["b"]


def test_one_outcome_alone_teaches_nothing() -> None:
    with pytest.raises(ValueError, match="both"):
        fit_logistic([{"a": 1.0}, {"a": 2.0}], [1.0, 1.0], ("a",))
