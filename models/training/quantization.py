"""Measures the ranges that int8 needs, on token batches of real passages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from ..runtimes.protocol import Ids
from ..runtimes.quantization import LINEAR_LAYERS, LayerRange, Quantization, layer_name
from ..runtimes.torch_bert import Bert

__all__ = ["measure_ranges"]

_ROWS = 1500
"""Token states that are kept of a batch, for each layer."""
_ALPHA = 0.8
"""How much of a channel's reach the weights take over: SmoothQuant's alpha, 0..1."""
_LEAST_REACH = 0.1
"""Of the furthest channel's: what was hardly seen to reach anywhere may yet."""
_MARGIN = 1.05
"""How much further than seen a layer's input may reach."""


def measure_ranges(bert: Bert, batches: Iterable[tuple[Ids, Ids, Ids]]) -> Quantization:
    """Ranges over batches of ids, mask and types, each (rows, length), as a runtime gets them.

    What padding reaches counts for nothing, so batches best hold rows of like length.
    """
    seen: dict[str, list[Tensor]] = {}
    layers: dict[str, nn.Linear] = {
        layer_name(number, part): getattr(layer, part)
        for number, layer in enumerate(bert.layers)
        for part in LINEAR_LAYERS
    }

    def keep(name: str, _: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        states = inputs[0].flatten(0, -2)
        step = max(1, len(states) // _ROWS)
        seen.setdefault(name, []).append(states[::step].float())

    hooks = [layer.register_forward_pre_hook(partial(keep, name)) for name, layer in layers.items()]
    try:
        with torch.inference_mode():
            for batch in batches:
                bert(*(torch.from_numpy(array) for array in batch))
    finally:
        for hook in hooks:
            hook.remove()
    return Quantization(
        {name: _range(torch.cat(seen[name]), layer.weight) for name, layer in layers.items()}
    )


def _range(states: Tensor, weight: Tensor) -> LayerRange:
    """Range and smoothing of one layer; `states` is (tokens, channels)."""
    weights = weight.detach().float().abs().amax(0)
    factors = _floored(states.abs().amax(0)) ** _ALPHA / _floored(weights) ** (1 - _ALPHA)
    smoothed = states / factors
    # All of it: what is furthest out is seldom, and what answers hang on.
    low, high = float(smoothed.min()) * _MARGIN, float(smoothed.max()) * _MARGIN
    return LayerRange(low, high, factors.numpy().astype(np.float32))


def _floored(reach: Tensor) -> Tensor:
    return reach.clamp(min=max(float(reach.max()) * _LEAST_REACH, 1e-6))
