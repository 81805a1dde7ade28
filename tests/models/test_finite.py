"""Weights that are no numbers are found wherever they stand, and named."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from spanmem.core.errors import InputError, ModelError
from spanmem.models.finite import check_loaded, check_trained, lost_tensors
from spanmem.models.runtimes.protocol import RuntimeOptions
from spanmem.models.runtimes.registry import load_sentences, load_spans

TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64)


@settings(max_examples=50)
@given(
    st.sampled_from(TYPES),
    st.lists(st.integers(1, 5), min_size=0, max_size=3),
    st.sampled_from([None, math.inf, -math.inf, math.nan]),
    st.integers(0, 200),
)
def test_a_single_value_is_enough_whatever_its_place_and_type(
    dtype: torch.dtype, shape: list[int], bad: float | None, place: int
) -> None:
    tensor = torch.linspace(-3, 3, max(1, math.prod(shape))).to(dtype)
    if bad is not None:
        tensor[place % len(tensor)] = bad
    named = [("fine", torch.ones(2)), ("ours", tensor.view(shape)), ("ids", torch.tensor([7]))]
    assert lost_tensors(named) == ([] if bad is None else ["ours"])


def test_what_has_no_value_is_not_lost() -> None:
    tensors = [torch.empty(0), torch.empty(3, device="meta"), torch.tensor([True])]
    assert lost_tensors((str(n), tensor) for n, tensor in enumerate(tensors)) == []


def test_both_refusals_name_the_tensor_and_the_way_out() -> None:
    lost = [("head.bias", torch.tensor([math.nan])), ("body", torch.ones(1))]
    with pytest.raises(ModelError, match=r"^mine: 1 of its 2 tensors .*head\.bias.*fetch it again"):
        check_loaded("mine", lost)
    with pytest.raises(InputError, match=r"^after step 3 .*head\.bias.*`learning_rate`"):
        check_trained("after step 3", lost)


def _spans(folder: Path, backend: str) -> object:
    return load_spans(folder, "mine", RuntimeOptions(device="cpu", backend=backend))


def _sentences(folder: Path, backend: str) -> object:
    return load_sentences(folder, "mine", RuntimeOptions(device="cpu", backend=backend))


@pytest.mark.parametrize("backend", ["torch", "transformers"])
@pytest.mark.parametrize(("model", "opens"), [("reader", _spans), ("encoder", _sentences)])
def test_a_model_of_lost_weights_is_not_opened(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    backend: str,
    model: str,
    opens: Callable[[Path, str], object],
) -> None:
    folder = shutil.copytree(request.getfixturevalue(f"tiny_{model}"), tmp_path / "mine")
    assert opens(folder, backend) is not None
    state = load_file(folder / "model.safetensors")
    name = next(name for name in state if "layer.1.output.dense.weight" in name)
    state[name][3, 5] = math.inf
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"not finite.*layer"):
        opens(folder, backend)
