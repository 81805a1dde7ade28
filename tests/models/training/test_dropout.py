"""Bulk dropout has the distribution of torch's, and its seeds."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from spanmem.models.training.dropout import BulkDropout, replace_dropout


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_drops_the_share_asked_for_and_scales_the_rest(p: float, dtype: torch.dtype) -> None:
    torch.manual_seed(5)
    ones = torch.ones(401, 333, dtype=dtype, requires_grad=True)
    kept = BulkDropout(p)(ones)
    # Five standard deviations of a binomial share.
    allowed = 5 * (p * (1 - p) / ones.numel()) ** 0.5
    assert abs(float((kept == 0).float().mean()) - p) < allowed
    assert set(kept.unique().tolist()) == {0.0, float(torch.tensor(1 / (1 - p)).to(dtype))}
    kept.sum().backward()
    assert ones.grad is not None
    assert torch.equal(ones.grad, kept.detach())


def test_neighbors_are_dropped_independently() -> None:
    torch.manual_seed(5)
    dropped = BulkDropout(0.5)(torch.ones(1_000_000)) == 0
    for lag in (1, 2, 4, 384):
        assert abs(float((dropped[lag:] == dropped[:-lag]).float().mean()) - 0.5) < 0.003


def test_the_seed_repeats_it_and_each_call_differs() -> None:
    layer, ones = BulkDropout(0.5), torch.ones(1000)
    torch.manual_seed(7)
    first, second = layer(ones), layer(ones)
    torch.manual_seed(7)
    assert torch.equal(layer(ones), first)
    assert not torch.equal(first, second)


def test_it_is_still_outside_training_and_at_probability_0() -> None:
    vectors = torch.randn(100)
    assert torch.equal(BulkDropout(0.5).eval()(vectors), vectors)
    assert torch.equal(BulkDropout(0.0)(vectors), vectors)


def test_it_takes_the_place_of_each_dropout_of_a_model() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Dropout(0.2)), nn.Dropout(0.0))
    replace_dropout(model)
    kinds = [(type(m), m.p) for m in model.modules() if isinstance(m, nn.Dropout)]
    assert kinds == [(BulkDropout, 0.2), (BulkDropout, 0.0)]
