"""The statistics of a benchmark against values worked out by hand and by brute force."""

from __future__ import annotations

import itertools
import math
from typing import TypeAlias

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spanmem.core.errors import InputError
from spanmem.evaluation.metrics import (
    auroc,
    bootstrap_interval,
    brier_score,
    calibration_noise,
    coverage_at,
    expected_calibration_error,
    mean_reciprocal_rank,
    ndcg_at,
    paired_bootstrap_interval,
    percentiles,
    randomization_test,
    recall_at,
    reliability,
    risk_at,
    risk_coverage,
)

Array: TypeAlias = NDArray[np.float64]

marks = st.lists(
    st.tuples(st.integers(0, 10).map(lambda x: x / 10), st.booleans()), min_size=1, max_size=40
)


def test_recall_and_reciprocal_rank() -> None:
    ranks = [1, 2, None, 20]
    assert [recall_at(ranks, k) for k in (1, 5, 20, 100)] == [0.25, 0.5, 0.75, 0.75]
    assert mean_reciprocal_rank(ranks) == pytest.approx((1 + 0.5 + 0 + 0.05) / 4)


@given(
    st.lists(st.sampled_from("abcdefgh"), unique=True),
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 3), min_size=1),
)
def test_ndcg_agrees_with_trec_eval(ranking: list[str], grades: dict[str, int]) -> None:
    run = {"q": {name: -float(rank) for rank, name in enumerate(ranking)}}
    expected = ir_measures.calc_aggregate([ir_measures.nDCG @ 5], {"q": grades}, run)
    assert ndcg_at(ranking, grades, 5) == pytest.approx(expected[ir_measures.nDCG @ 5])


def test_ndcg_of_nothing_to_find() -> None:
    assert ndcg_at(["a"], {}, 10) == 0.0
    assert ndcg_at(["b", "a"], {"a": 1}, 10) == pytest.approx(1 / np.log2(3))


def test_reliability_by_hand() -> None:
    bins = reliability([0.95, 0.97, 0.15, 1.0], [1, 0, 0, 1])
    assert [(len(b.correct), sum(b.correct)) for b in bins] == [(1, 0), (3, 2)]
    assert [b.confidence for b in bins] == pytest.approx([0.15, 0.9733333])


def test_percentiles_between_neighbors() -> None:
    points = percentiles([float(x) for x in range(101)])
    assert points == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert percentiles([3.0]) == {"p50": 3.0, "p95": 3.0, "p99": 3.0}


def test_risk_coverage_by_hand() -> None:
    curve = risk_coverage([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0])
    assert curve.coverage == (0.25, 0.75, 1.0)  # equal confidences are answered together
    assert curve.risk == pytest.approx((0.0, 1 / 3, 0.5))
    assert curve.area == pytest.approx(0.25 * 0 + 0.5 / 3 + 0.25 * 0.5)
    # Half of the questions can only be answered together with the third one.
    assert [risk_at(c, curve) for c in (0.25, 0.5, 1.0)] == pytest.approx([0.0, 1 / 3, 0.5])


def test_coverage_at_a_precision() -> None:
    sure, right = [0.9, 0.8, 0.7, 0.6, 0.5], [1, 1, 1, 1, 0]
    assert coverage_at(0.8, sure, right) == 1.0
    assert coverage_at(0.9, sure, right) == 0.8
    assert coverage_at(0.9, sure, right, among=8) == 0.5
    assert coverage_at(0.5, [0.9], [0]) == 0.0


def test_calibration_error_by_hand() -> None:
    assert expected_calibration_error([0.95, 0.95, 0.15, 1.0], [1, 0, 0, 1]) == pytest.approx(
        (abs(2.9 - 2) + 0.15) / 4
    )
    assert expected_calibration_error([1.0, 0.0], [1, 0]) == 0.0


def test_the_error_by_chance_is_that_of_true_confidences() -> None:
    # One question of confidence 0.5 is off by a half whatever becomes of it.
    assert calibration_noise([0.5], seed=13) == pytest.approx(0.5)
    assert calibration_noise([0.0, 1.0], seed=13) == 0.0
    # Two are off by a half each time both turn out alike, which is half of the times.
    assert calibration_noise([0.5, 0.5], seed=13, rounds=4000) == pytest.approx(0.25, abs=0.02)


def test_more_questions_have_less_error_by_chance() -> None:
    sure = np.random.default_rng(3).random(2000)
    errors = [calibration_noise(sure[:n], seed=13) for n in (50, 200, 2000)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.03 < errors[0]


def test_brier_score_by_hand() -> None:
    assert brier_score([1.0, 0.5, 0.0, 0.2], [1, 1, 0, 1]) == pytest.approx((0.25 + 0.64) / 4)
    with pytest.raises(InputError, match="no value"):
        brier_score([], [])


@given(marks, st.sampled_from([0.5, 0.8, 0.9, 1.0]))
def test_coverage_at_a_precision_agrees_with_trying_each_threshold(
    rows: list[tuple[float, bool]], precision: float
) -> None:
    answered = [[right for sure, right in rows if sure >= bar] for bar, _ in rows]
    enough = [len(a) for a in answered if sum(a) >= precision * len(a) - 1e-9]
    share = coverage_at(precision, [s for s, _ in rows], [r for _, r in rows])
    assert share == pytest.approx(max(enough, default=0) / len(rows))


def test_auroc_by_hand() -> None:
    assert auroc([0.9, 0.4, 0.6, 0.1], [True, True, False, False]) == 0.75
    assert auroc([0.5, 0.5], [True, False]) == 0.5
    assert auroc([0.5, 0.5], [True, True]) is None
    assert auroc([], []) is None


def test_auroc_takes_infinite_margins_and_refuses_what_is_no_number() -> None:
    assert auroc([-math.inf, 0.5, 0.7, -math.inf], [False, True, True, False]) == 1.0
    assert auroc([-math.inf, -math.inf, 2.0], [False, True, True]) == 0.75
    with pytest.raises(InputError, match=r"1 of 2 values are no numbers"):
        auroc([math.nan, 0.5], [False, True])


@given(marks)
@settings(deadline=None)  # the first call imports scikit-learn
def test_auroc_agrees_with_counting_pairs(rows: list[tuple[float, bool]]) -> None:
    high = [score for score, positive in rows if positive]
    low = [score for score, positive in rows if not positive]
    pairs = [1.0 if h > x else 0.5 if h == x else 0.0 for h in high for x in low]
    area = auroc([s for s, _ in rows], [p for _, p in rows])
    assert area == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)


@given(marks, st.randoms(use_true_random=False))
def test_curves_do_not_depend_on_the_order_of_questions(
    rows: list[tuple[float, bool]], random: np.random.Generator
) -> None:
    shuffled = rows.copy()
    random.shuffle(shuffled)
    curve, again = (risk_coverage([s for s, _ in r], [p for _, p in r]) for r in (rows, shuffled))
    assert curve.coverage == again.coverage
    assert curve.risk == pytest.approx(again.risk)
    assert curve.coverage[-1] == 1.0
    assert curve.risk[-1] == pytest.approx(1 - sum(p for _, p in rows) / len(rows))


def test_interval_is_repeatable_and_about_right() -> None:
    values = np.random.default_rng(3).normal(10, 2, 400)
    low, high = bootstrap_interval(values, seed=13)
    assert (low, high) == bootstrap_interval(values, seed=13) != bootstrap_interval(values, seed=14)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * 2 / 20, rel=0.15)
    assert bootstrap_interval(values, seed=13, level=0.5)[0] > low


@pytest.mark.parametrize("n", [2, 7, 300])
def test_interval_agrees_with_drawing_by_hand(n: int) -> None:
    values = np.random.default_rng(n).random(n)
    rng = np.random.default_rng(13)
    means = [values[rng.integers(0, n, n)].mean() for _ in range(1000)]
    expected = np.quantile(means, [0.025, 0.975])
    assert bootstrap_interval(values, seed=13) == pytest.approx(expected)


def test_interval_does_not_depend_on_how_many_are_drawn_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.random.default_rng(5).random(50)
    expected = bootstrap_interval(values, seed=13)
    monkeypatch.setattr("spanmem.evaluation.metrics._DRAWN_AT_ONCE", 350)
    assert bootstrap_interval(values, seed=13) == expected


@pytest.mark.parametrize("values", [[5.0], [0.1] * 3, [0.0] * 40])
def test_interval_of_equal_values_is_that_value(values: list[float]) -> None:
    assert bootstrap_interval(values, seed=1) == (values[0], values[0])


@pytest.mark.parametrize("values", [[], [math.nan], [1.0, math.nan, 0.0]])
def test_what_no_statistic_can_be_taken_of_is_refused(values: list[float]) -> None:
    for statistic in (bootstrap_interval, randomization_test):
        with pytest.raises(InputError, match=r"no value|no numbers"):
            statistic(values, seed=13)
    with pytest.raises(InputError, match=r"no value|no numbers"):
        paired_bootstrap_interval(expected_calibration_error, values, values, seed=13)


def test_the_values_of_a_question_are_drawn_together() -> None:
    sure = np.random.default_rng(1).random(60)

    def distance(sure: Array, right: Array) -> float:
        return float(np.abs(sure - right).max())

    assert paired_bootstrap_interval(distance, sure, sure, seed=13) == (0.0, 0.0)
    assert paired_bootstrap_interval(distance, [0.9], [1.0], seed=13) == pytest.approx((0.1, 0.1))
    low, high = paired_bootstrap_interval(
        lambda s, _: float(s.mean()), sure, np.zeros(60), seed=13, rounds=1000
    )
    assert (low, high) == pytest.approx(bootstrap_interval(sure, seed=13))


differences = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=8)


@given(differences)
@settings(max_examples=30, deadline=None)
def test_randomization_agrees_with_all_flips_of_signs(values: list[float]) -> None:
    sums = [
        abs(sum(sign * x for sign, x in zip(signs, values, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(values))
    ]
    exact = sum(s >= abs(sum(values)) for s in sums) / len(sums)
    assert randomization_test(values, seed=13) == pytest.approx(exact, abs=0.025)


def test_no_difference_is_never_significant() -> None:
    assert randomization_test([0.0] * 50, seed=13) == 1.0
    assert randomization_test([1.0, -1.0] * 50, seed=13) > 0.9
    assert randomization_test([100.0], seed=13) == 1.0


def test_p_counts_the_pairs_as_they_are_and_is_never_zero() -> None:
    assert randomization_test([1.0] * 50, seed=13) == 1 / 10_001
    assert randomization_test([1.0] * 50, seed=13, rounds=99) == 1 / 100


def test_sums_that_are_equal_on_paper_are_equal() -> None:
    # The sum is 1e-16, and not 0, in floating point: each of the flips still reaches it.
    assert randomization_test([0.1, 0.2, 0.3, -0.6], seed=13) == 1.0


def test_neither_sign_nor_scale_nor_ties_change_p() -> None:
    values = np.random.default_rng(2).normal(0.3, 1, 40)
    p = randomization_test(values, seed=13)
    assert 0.01 < p < 0.9
    assert randomization_test(-values, seed=13) == p
    assert randomization_test(100 * values, seed=13) == p
    assert randomization_test([*values, *[0.0] * 100], seed=13) == p
