"""Ranges hold what was seen, and channels that reach far are smoothed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from spanmem.models.runtimes.protocol import Ids
from spanmem.models.runtimes.quantization import LINEAR_LAYERS, layer_name
from spanmem.models.runtimes.torch_bert import Bert
from spanmem.models.training.quantization import measure_ranges


def bert() -> Bert:
    """Two layers with random weights."""
    torch.manual_seed(3)
    sizes = {"hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 2}
    more = {"intermediate_size": 24, "vocab_size": 40, "max_position_embeddings": 32}
    model = Bert({**sizes, **more, "type_vocab_size": 2})
    for parameter in model.parameters():
        parameter.data = torch.randn_like(parameter) * 0.4
    return model.eval()


def rows() -> list[tuple[Ids, Ids, Ids]]:
    random = np.random.default_rng(4)
    ids = random.integers(0, 40, (6, 20))
    return [(ids, np.ones_like(ids), np.zeros_like(ids))]


def keeper(
    seen: dict[str, torch.Tensor], name: str
) -> Callable[[torch.nn.Module, tuple[torch.Tensor, ...]], None]:
    def keep(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        seen[name] = inputs[0]

    return keep


def test_every_linear_layer_has_the_range_of_its_smoothed_input() -> None:
    model = bert()
    seen: dict[str, torch.Tensor] = {}
    ranges = measure_ranges(model, rows())
    assert set(ranges.layers) == {layer_name(n, p) for n in range(2) for p in LINEAR_LAYERS}
    for number, layer in enumerate(model.layers):
        for part in LINEAR_LAYERS:
            assert not getattr(layer, part)._forward_pre_hooks
            getattr(layer, part).register_forward_pre_hook(keeper(seen, layer_name(number, part)))
    with torch.inference_mode():
        model(*map(torch.from_numpy, rows()[0]))
    for name, span in ranges.layers.items():
        smoothed = seen[name].flatten(0, -2) / torch.from_numpy(span.smoothing)
        assert span.low <= float(smoothed.min())
        assert float(smoothed.max()) <= span.high
    assert ranges.loss is None


def test_a_channel_that_reaches_far_is_divided_by_more() -> None:
    model = bert()
    model.norm.weight.data[5] *= 50
    smoothing = measure_ranges(model, rows()).layers[layer_name(0, "query_key_value")].smoothing
    assert smoothing.argmax() == 5
