"""The statistics of a benchmark against values worked out by hand and by brute force."""

from __future__ import annotations

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.evaluation.metrics import (
    auroc,
    bootstrap_interval,
    coverage_at,
    expected_calibration_error,
    mean_reciprocal_rank,
    ndcg_at,
    percentiles,
    recall_at,
    reliability,
    risk_at,
    risk_coverage,
)

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
def test_ndcg_agrees_with_trec_eval(found: list[str], grades: dict[str, int]) -> None:
    run = {"q": {name: -float(rank) for rank, name in enumerate(found)}}
    expected = ir_measures.calc_aggregate([ir_measures.nDCG @ 5], {"q": grades}, run)
    assert ndcg_at(found, grades, 5) == pytest.approx(expected[ir_measures.nDCG @ 5])


def test_ndcg_of_nothing_to_find() -> None:
    assert ndcg_at(["a"], {}, 10) == 0.0
    assert ndcg_at(["b", "a"], {"a": 1}, 10) == pytest.approx(1 / np.log2(3))


def test_reliability_by_hand() -> None:
    bins = reliability([0.95, 0.97, 0.15, 1.0], [1, 0, 0, 1])
    assert [(len(b.correct), sum(b.correct)) for b in bins] == [(1, 0), (3, 2)]
    assert [b.confidence for b in bins] == pytest.approx([0.15, 0.9733333])


def test_percentiles_between_neighbors() -> None:
    found = percentiles([float(x) for x in range(101)])
    assert found == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
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
    assert coverage_at(0.9, sure, right, among=4) == 1.0
    assert coverage_at(0.5, [0.9], [0]) == 0.0


def test_calibration_error_by_hand() -> None:
    assert expected_calibration_error([0.95, 0.95, 0.15, 1.0], [1, 0, 0, 1]) == pytest.approx(
        (abs(2.9 - 2) + 0.15) / 4
    )
    assert expected_calibration_error([1.0, 0.0], [1, 0]) == 0.0


def test_auroc_by_hand() -> None:
    assert auroc([0.9, 0.4, 0.6, 0.1], [True, True, False, False]) == 0.75
    assert auroc([0.5, 0.5], [True, False]) == 0.5
    assert auroc([0.5, 0.5], [True, True]) is None


@given(marks)
def test_auroc_agrees_with_counting_pairs(rows: list[tuple[float, bool]]) -> None:
    high = [score for score, positive in rows if positive]
    low = [score for score, positive in rows if not positive]
    pairs = [1.0 if h > x else 0.5 if h == x else 0.0 for h in high for x in low]
    found = auroc([s for s, _ in rows], [p for _, p in rows])
    assert found == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)


@given(marks, st.randoms(use_true_random=False))
def test_curves_do_not_depend_on_the_order_of_questions(
    rows: list[tuple[float, bool]], random: np.random.Generator
) -> None:
    shuffled = rows.copy()
    random.shuffle(shuffled)
    one, two = (risk_coverage([s for s, _ in r], [p for _, p in r]) for r in (rows, shuffled))
    assert one.coverage == two.coverage
    assert one.risk == pytest.approx(two.risk)
    assert one.coverage[-1] == 1.0
    assert one.risk[-1] == pytest.approx(1 - sum(p for _, p in rows) / len(rows))


def test_interval_is_repeatable_and_about_right() -> None:
    values = np.random.default_rng(3).normal(10, 2, 400)
    low, high = bootstrap_interval(values, seed=13)
    assert (low, high) == bootstrap_interval(values, seed=13) != bootstrap_interval(values, seed=14)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * 2 / 20, rel=0.15)
    assert bootstrap_interval([5.0], seed=1) == (5.0, 5.0)
