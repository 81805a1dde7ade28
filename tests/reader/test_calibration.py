from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import ModelError
from spanmem.reader.calibration import FEATURES, Calibration, belongs_to, fit


def test_fit_finds_the_probabilities_that_made_the_labels() -> None:
    rng = np.random.default_rng(5)
    rows: list[dict[str, float]] = [
        dict(zip(FEATURES, map(float, r), strict=True))
        for r in rng.normal(size=(6000, len(FEATURES)))
    ]
    truth = [1 / (1 + math.exp(0.5 - 1.5 * r["share"] + 0.5 * r["behind"])) for r in rows]
    labels = (rng.random(len(rows)) < truth).astype(float)
    found = fit(rows, labels.tolist(), retrieval_weight=3.0)
    guessed = np.array([found.confidence(r) for r in rows])
    assert np.abs(guessed - truth).mean() < 0.02
    assert found.retrieval_weight == 3.0


def test_no_slope_gets_the_wrong_sign_by_accident() -> None:
    rng = np.random.default_rng(6)
    rows = [
        dict(zip(FEATURES, map(float, r), strict=True))
        for r in rng.normal(size=(400, len(FEATURES)))
    ]
    # As if the better lead were the worse sign, and a missing name a good one.
    logits = [2 * r["share"] - 2 * r["lead"] + 2 * r["missing"] for r in rows]
    labels = [float(rng.random() < 1 / (1 + math.exp(-z))) for z in logits]
    weights = fit(rows, labels, retrieval_weight=3.0).weights
    assert weights["lead"] == weights["missing"] == 0.0
    assert weights["share"] > 0.5


def test_a_high_penalty_leaves_the_share_that_is_right() -> None:
    rows = [dict.fromkeys(FEATURES, float(i)) for i in range(10)]
    labels = [1.0, *[0.0] * 9]
    flat = fit(rows, labels, retrieval_weight=3.0, penalty=1e9)
    assert [flat.confidence(row) for row in rows] == pytest.approx([0.1] * 10, abs=1e-3)


def test_candidates_that_are_all_wrong_teach_nothing() -> None:
    with pytest.raises(ValueError, match="both right and wrong"):
        fit([dict.fromkeys(FEATURES, 0.0)] * 3, [0.0] * 3, retrieval_weight=3.0)


@given(
    st.dictionaries(st.sampled_from(FEATURES), st.floats(allow_nan=False), min_size=len(FEATURES))
)
def test_confidence_is_a_probability_even_where_a_feature_is_infinite(
    features: dict[str, float],
) -> None:
    weights: dict[str, float] = dict.fromkeys(FEATURES, 0.7)
    assert 0 < Calibration(1.0, 0.1, weights).confidence(features) < 1


def test_saved_calibration_comes_back(tmp_path: Path) -> None:
    before = Calibration(4.0, -0.25, {"margin": 0.5, "lead": 0.125})
    before.save(tmp_path, {"questions": 12})
    assert Calibration.load(tmp_path) == before
    assert json.loads((tmp_path / "calibration.json").read_text())["fitted"] == {"questions": 12}


def test_a_reader_without_calibration_has_the_defaults(tmp_path: Path) -> None:
    assert Calibration.load(tmp_path) == Calibration()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"bias": 1}',
        '{"retrieval_weight": NaN, "bias": 0, "weights": {}}',
        '{"retrieval_weight": 1, "bias": 0, "weights": {"share": Infinity}}',
        '{"retrieval_weight": 1, "bias": "x", "weights": {}}',
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "calibration.json").write_text(text)
    with pytest.raises(ModelError, match="is no calibration"):
        Calibration.load(tmp_path)


@pytest.mark.parametrize(
    ("table", "weights", "belongs"),
    [
        ({"weights_fingerprint": "abc"}, "abc", True),
        ({"weights_fingerprint": "abc"}, "abd", False),
        ({"weights_fingerprint": "abc", "fitted": {"reader": "r@abd"}}, "abd", False),
        ({"fitted": {"reader": "mine@home@abc"}}, "abc", True),
        ({"fitted": {"reader": "overlap"}}, "abc", False),
        ({"fitted": {"reader": None}}, "abc", False),
        ({"fitted": 5}, "abc", False),
        ({}, "abc", False),
        ({}, "", False),
        ({}, None, True),
    ],
)
def test_it_belongs_to_the_weights_whose_hash_it_holds(
    table: dict[str, object], weights: str | None, belongs: bool
) -> None:
    assert belongs_to(table, weights) == belongs


def test_an_unknown_feature_is_refused(tmp_path: Path) -> None:
    Calibration(1.0, 0.0, {"luck": 2.0}).save(tmp_path, {})
    with pytest.raises(ModelError, match="weighs luck"):
        Calibration.load(tmp_path)


@pytest.mark.parametrize("share", [0.2, 0.9, 0.9999])
def test_by_default_an_answer_that_the_null_beats_is_not_given(share: float) -> None:
    features = dict.fromkeys(FEATURES, 0.0) | {"share": math.log(share / (1 - share))}
    beaten, even, clear = (
        Calibration().confidence({**features, "margin": margin}) for margin in (-0.5, 2.0, 8.0)
    )
    assert beaten < 0.5 < clear
    assert beaten < even < clear
