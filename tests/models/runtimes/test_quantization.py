"""Ranges for int8 come back as they were kept, and belong to one model's weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import ModelError
from spanmem.models.runtimes.quantization import (
    QUANTIZATION_FILE,
    LayerRange,
    Quantization,
    layer_name,
    quantized_range,
)

RANGES = Quantization(
    {
        layer_name(0, "output"): LayerRange(-0.2, 7.5, np.array([1, 0.5], np.float32)),
        layer_name(1, "intermediate"): LayerRange(-3.0, 2.0, np.array([2.0], np.float32)),
    },
    loss=0.12,
)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    RANGES.save(tmp_path, weights="abc")
    again = Quantization.load(tmp_path, weights="abc")
    assert again is not None
    assert (again.loss, again.weight_bits, set(again.layers)) == (0.12, 8, set(RANGES.layers))
    for name, layer in RANGES.layers.items():
        assert (again.layers[name].low, again.layers[name].high) == (layer.low, layer.high)
        np.testing.assert_array_equal(again.layers[name].smoothing, layer.smoothing)


def test_those_of_other_weights_are_none(tmp_path: Path) -> None:
    assert Quantization.load(tmp_path, weights="abc") is None
    RANGES.save(tmp_path, weights="abc")
    assert Quantization.load(tmp_path, weights="abd") is None


@pytest.mark.parametrize("length", [0, 5, 60, -3])
def test_a_damaged_file_is_told_with_the_way_out(tmp_path: Path, length: int) -> None:
    RANGES.save(tmp_path, weights="abc")
    path = tmp_path / QUANTIZATION_FILE
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ModelError, match=r"cannot be read .*; fetch the model again") as told:
        Quantization.load(tmp_path, weights="abc")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("loss", "cheap"), [(None, False), (-0.1, True), (0.3, True), (0.31, False)]
)
def test_it_is_taken_by_itself_where_it_was_measured_to_cost_little(
    loss: float | None, cheap: bool
) -> None:
    assert Quantization({}, loss).is_cheap is cheap


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_a_range_tells_zero_exactly_and_its_ends_to_half_a_step(one: float, two: float) -> None:
    low, high = min(one, two), max(one, two)
    scale, zero = quantized_range(low, high)
    assert 0 <= zero <= 255
    for value in (min(low, 0), 0.0, max(high, 0)):
        whole = min(255, max(0, round(value / scale) + zero))
        assert abs((whole - zero) * scale - value) <= scale * 1.0001
    assert scale <= (max(high, 0) - min(low, 0)) / 255 + 1e-7
