"""The graph computes what torch does: spans and vectors, exactly enough, and nearly in int8."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from spanmem.models.runtimes.bert_graph import INPUTS, OUTPUT, span_graph, vector_graph
from spanmem.models.runtimes.protocol import Floats, Ids
from spanmem.models.runtimes.torch_bert import Bert, FirstPooling, MeanPooling, SpanHead
from spanmem.models.training.quantization import measure_ranges
from tests.models.runtimes.fast import with_engine

pytestmark = with_engine("onnxruntime")
SHAPES = (
    {"hidden_size": 16, "num_attention_heads": 1, "num_hidden_layers": 1},
    {"hidden_size": 24, "num_attention_heads": 4, "num_hidden_layers": 3},
)


def random_bert(shape: dict[str, int], *, seed: int) -> Bert:
    """A BERT with weights that leave no operation without effect."""
    sizes = {"intermediate_size": 40, "vocab_size": 50, "max_position_embeddings": 64}
    bert = Bert({**sizes, **shape, "type_vocab_size": 2, "layer_norm_eps": 1e-6})
    generator = torch.Generator().manual_seed(seed)
    for parameter in bert.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.3 + 0.05
    return bert.eval()


def random_rows(seed: int, *, padded: bool = True) -> tuple[Ids, Ids, Ids]:
    random = np.random.default_rng(seed)
    rows, length = int(random.integers(1, 6)), int(random.integers(2, 65))
    ids = random.integers(0, 50, (rows, length))
    lengths = random.integers(1, length + 1, rows) if padded else np.full(rows, length)
    mask = (np.arange(length) < lengths[:, None]).astype(np.int64)
    return ids, mask, random.integers(0, 2, (rows, length))


def computed(graph: bytes, inputs: tuple[Ids, Ids, Ids]) -> Floats:
    import onnxruntime

    session: Any = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    output: Floats = session.run([OUTPUT], dict(zip(INPUTS, inputs, strict=True)))[0]
    return output


def expected(module: torch.nn.Module, inputs: tuple[Ids, Ids, Ids]) -> Floats:
    with torch.inference_mode():
        output: Floats = module(*map(torch.from_numpy, inputs)).numpy()
    return output


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(4))
def test_outputs_are_torch_s(shape: dict[str, int], seed: int) -> None:
    bert, inputs = random_bert(shape, seed=seed), random_rows(seed)
    weight, bias = torch.randn(2, bert.width), torch.randn(2)
    spans = computed(span_graph(bert, weight, bias), inputs)
    present = inputs[1].astype(bool)
    np.testing.assert_allclose(
        spans[present], expected(SpanHead(bert, weight, bias), inputs)[present], atol=1e-4
    )
    vectors = computed(vector_graph(bert), inputs)
    np.testing.assert_allclose(vectors, expected(MeanPooling(bert), inputs), atol=1e-5)
    firsts = computed(vector_graph(bert, pooling="cls"), inputs)
    np.testing.assert_allclose(firsts, expected(FirstPooling(bert), inputs), atol=1e-5)


@pytest.mark.parametrize("bits", [7, 8])
def test_int8_is_near(bits: int) -> None:
    bert = random_bert(SHAPES[1], seed=8)
    ranges = measure_ranges(bert, [random_rows(n, padded=False) for n in range(12)])
    ranges = replace(ranges, weight_bits=bits)
    assert ranges.layers
    inputs = random_rows(99)
    exact, near = computed(vector_graph(bert), inputs), computed(vector_graph(bert, ranges), inputs)
    assert not np.array_equal(exact, near)
    assert float((exact * near).sum(axis=1).min()) > 0.99


def test_word_vectors_that_halves_would_change_stay_whole() -> None:
    bert = random_bert(SHAPES[0], seed=1)
    whole = len(vector_graph(bert))
    bert.word_embeddings.data = bert.word_embeddings.data.half().float()
    assert len(vector_graph(bert)) == whole - 50 * 16 * 2
    bert.word_embeddings.data[0, 0] = 1e6  # beyond what halves reach
    assert len(vector_graph(bert)) == whole
