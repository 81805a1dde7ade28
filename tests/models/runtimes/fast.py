"""For tests of the engines that the extra `fast` brings: whether they are here, ranges for int8."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from spanmem.models.device import fingerprint
from spanmem.models.runtimes.quantization import Quantization
from spanmem.models.runtimes.torch_bert import load_bert
from spanmem.models.training.quantization import measure_ranges
from tests.models.tiny import WORDS


def with_engine(package: str) -> pytest.MarkDecorator:
    """Skips where an engine is not installed."""
    absent = find_spec(package) is None or find_spec("onnx") is None
    return pytest.mark.skipif(absent, reason=f"{package} is missing: pip install 'spanmem[fast]'")


def write_ranges(folder: Path, *, loss: float | None = None) -> Quantization:
    """Measure the ranges of a tiny model on random rows, and put them beside its weights."""
    checkpoint = load_bert(folder)
    assert checkpoint is not None
    random = np.random.default_rng(9)
    ids = random.integers(0, len(WORDS), (8, 40))
    types = np.repeat([[0, 1]], 20, axis=1).repeat(8, axis=0)
    ranges = measure_ranges(checkpoint.bert, [(ids, np.ones_like(ids), types)])
    ranges = Quantization(ranges.layers, loss)
    ranges.save(folder, weights=fingerprint([folder / "model.safetensors"]))
    return ranges
