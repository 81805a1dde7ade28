"""BERT as an ONNX graph, which other engines than torch compute: `Bert` operation by operation.

It is written from the weights, not traced: what it holds is known, and neither an exporter nor what
it reports to its makers takes part. Linear layers may be int8: their inputs are quantized to eight
bits over a range for each layer and their weights for each output channel, as QuantizeLinear and
DequantizeLinear around each product, which engines turn into whole-number products (Jacob et al.
2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from .quantization import LINEAR_LAYERS, Quantization, layer_name, quantized_range

if TYPE_CHECKING:
    from torch import Tensor, nn

    from .plain import PoolingMode
    from .torch_bert import Bert

__all__ = ["INPUTS", "OUTPUT", "span_graph", "vector_graph"]

INPUTS = ("ids", "mask", "types")
"""Names of the graph's inputs, int64, shape (rows, length)."""
OUTPUT = "output"
_OPSET, _IR = 21, 10
_HIDDEN = -1e4
"""What is added to the attention that a token pays to padding."""


def span_graph(
    bert: Bert, weight: Tensor, bias: Tensor, quantization: Quantization | None = None
) -> bytes:
    """A serialized ONNX model whose output is `torch_bert.SpanHead`'s, (rows, length, 2)."""
    graph = _Graph(quantization)
    hidden = graph.bert(bert)
    product = graph.op("MatMul", [hidden, graph.constant("head.weight", _array(weight).T)])
    graph.op("Add", [product, graph.constant("head.bias", _array(bias))], OUTPUT)
    return graph.serialized(["rows", "length", 2])


def vector_graph(
    bert: Bert, quantization: Quantization | None = None, *, pooling: PoolingMode = "mean"
) -> bytes:
    """A serialized ONNX model with the output of `torch_bert.MeanPooling`, or `FirstPooling`."""
    graph = _Graph(quantization)
    hidden, tokens = graph.bert(bert), graph.axes("tokens", 1)
    if pooling == "cls":
        total = graph.op("Gather", [hidden, graph.constant("cls", np.int64(0))], axis=1)
    else:
        weights = graph.op("Unsqueeze", [graph.float_mask, graph.axes("last", 2)])
        weighted = graph.op("Mul", [hidden, weights])
        # The sum over tokens has the direction of the mean, and it alone remains.
        total = graph.op("ReduceSum", [weighted, tokens], keepdims=0)
    squares = graph.op("Mul", [total, total])
    length = graph.op("Sqrt", [graph.op("ReduceSum", [squares, tokens])])
    graph.op("Div", [total, length], OUTPUT)
    return graph.serialized(["rows", bert.width])


def _array(tensor: Tensor) -> NDArray[np.float32]:
    values: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return values


class _Graph:
    """Nodes and constants as they are added, each under a name of its own."""

    def __init__(self, quantization: Quantization | None) -> None:
        import onnx

        self._onnx: Any = onnx
        self._quantization = quantization
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self.float_mask = ""

    def constant(self, name: str, values: object) -> str:
        """Add a constant, and give its name."""
        array = np.ascontiguousarray(values) if np.ndim(values) else np.asarray(values)  # type: ignore[arg-type, unused-ignore]
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def axes(self, name: str, *numbers: int) -> str:
        """A constant of whole numbers: axes, sizes."""
        return self.constant(name, np.array(numbers, np.int64))

    def op(self, kind: str, inputs: Sequence[str], name: str = "", **attributes: object) -> str:
        """Add an operation with one output, and give that one's name."""
        name = name or f"{kind}.{len(self._nodes)}"
        node = self._onnx.helper.make_node(kind, list(inputs), [name], name=name, **attributes)
        self._nodes.append(node)
        return name

    def serialized(self, shape: list[str | int]) -> bytes:
        """The model, whose output has this shape."""
        helper, types = self._onnx.helper, self._onnx.TensorProto
        inputs = [
            helper.make_tensor_value_info(name, types.INT64, ["rows", "length"]) for name in INPUTS
        ]
        outputs = [helper.make_tensor_value_info(OUTPUT, types.FLOAT, shape)]
        graph = helper.make_graph(self._nodes, "bert", inputs, outputs, self._constants)
        opsets = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR)
        serialized: bytes = model.SerializeToString()
        return serialized

    def bert(self, bert: Bert) -> str:
        """The hidden states of the last layer: see `torch_bert.Bert.forward`."""
        floats = {"to": self._onnx.TensorProto.FLOAT}
        self.float_mask = self.op("Cast", ["mask"], **floats)
        absent = self.op("Sub", [self.constant("one", np.float32(1)), self.float_mask])
        hidden_tokens = self.op("Mul", [absent, self.constant("hidden", np.float32(_HIDDEN))])
        bias = self.op("Unsqueeze", [hidden_tokens, self.axes("bias.axes", 1, 2)])
        words = self.op("Gather", [self._embedding("words", bert.word_embeddings), "ids"])
        words = self.op("Cast", [words], **floats)
        types = self.constant("types.table", _array(bert.type_embeddings))
        segments = self.op("Gather", [types, "types"])
        length = self.op("Shape", ["ids"], start=1, end=2)
        places = self.constant("places.table", _array(bert.position_embeddings))
        positions = self.op("Slice", [places, self.axes("first", 0), length, "first"])
        embedded = self.op("Add", [self.op("Add", [words, segments]), positions])
        hidden = self._norm(embedded, bert.norm, "norm")
        width, heads = bert.width, int(cast(Any, bert.layers[0]).heads)
        self.axes("heads", 0, 0, heads, width // heads)
        self.axes("joined", 0, 0, width)
        self.axes("thirds", width, width, width)
        self.constant("scale", np.float32((width // heads) ** -0.5))
        for number, layer in enumerate(bert.layers):
            hidden = self._layer(hidden, bias, layer, number)
        return hidden

    def _embedding(self, name: str, table: Tensor) -> str:
        """A table of vectors, in half precision where it loses nothing: as it was stored."""
        values = _array(table)
        with np.errstate(over="ignore"):
            halves = values.astype(np.float16)
        same = np.array_equal(halves.astype(np.float32), values)
        return self.constant(f"{name}.table", halves if same else values)

    def _layer(self, hidden: str, bias: str, layer: Any, number: int) -> str:
        parts = {part: getattr(layer, part) for part in LINEAR_LAYERS}

        def linear(states: str, part: str) -> str:
            return self._linear(states, parts[part], layer_name(number, part))

        states = linear(hidden, "query_key_value")
        thirds = [f"{number}.{third}" for third in ("query", "key", "value")]
        node = self._onnx.helper.make_node("Split", [states, "thirds"], thirds, axis=-1)
        self._nodes.append(node)
        query, key, value = (
            self.op("Transpose", [self.op("Reshape", [third, "heads"])], perm=order)
            for third, order in zip(thirds, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True)
        )
        scores = self.op("Mul", [self.op("MatMul", [query, key]), "scale"])
        shares = self.op("Softmax", [self.op("Add", [scores, bias])], axis=-1)
        context = self.op("Transpose", [self.op("MatMul", [shares, value])], perm=[0, 2, 1, 3])
        attended = linear(self.op("Reshape", [context, "joined"]), "attention_output")
        hidden = self._norm(
            self.op("Add", [hidden, attended]), layer.attention_norm, f"{number}.attention_norm"
        )
        inner = self.op("Gelu", [linear(hidden, "intermediate")])
        added = self.op("Add", [hidden, linear(inner, "output")])
        return self._norm(added, layer.output_norm, f"{number}.output_norm")

    def _norm(self, states: str, norm: nn.LayerNorm, name: str) -> str:
        weight = self.constant(f"{name}.weight", _array(norm.weight))
        bias = self.constant(f"{name}.bias", _array(norm.bias))
        inputs = [states, weight, bias]
        return self.op("LayerNormalization", inputs, name, axis=-1, epsilon=norm.eps)

    def _linear(self, states: str, linear: nn.Linear, name: str) -> str:
        matrix = _array(linear.weight).T
        if self._quantization is None or name not in self._quantization.layers:
            weight = self.constant(f"{name}.weight", matrix)
        else:
            states, weight = self._quantized(states, matrix, name, self._quantization)
        product = self.op("MatMul", [states, weight])
        return self.op("Add", [product, self.constant(f"{name}.bias", _array(linear.bias))])

    def _quantized(
        self, states: str, matrix: NDArray[np.float32], name: str, quantization: Quantization
    ) -> tuple[str, str]:
        """A layer's input and weights, each quantized and dequantized."""
        layer = quantization.layers[name]
        scale, zero = quantized_range(layer.low, layer.high)
        self.constant(f"{name}.scale", np.float32(scale))
        self.constant(f"{name}.zero", np.uint8(zero))
        ends = [f"{name}.scale", f"{name}.zero"]
        smoothed = self.op("Mul", [states, self.constant(f"{name}.smooth", 1 / layer.smoothing)])
        states = self.op("DequantizeLinear", [self.op("QuantizeLinear", [smoothed, *ends]), *ends])
        matrix = matrix * layer.smoothing[:, None]
        steps = 2 ** (quantization.weight_bits - 1) - 1
        scales = np.maximum(np.abs(matrix).max(axis=0) / steps, 1e-12).astype(np.float32)
        inputs = [
            self.constant(f"{name}.weight", np.rint(matrix / scales).astype(np.int8)),
            self.constant(f"{name}.weight_scales", scales),
            self.constant(f"{name}.weight_zeros", np.zeros(len(scales), np.int8)),
        ]
        return states, self.op("DequantizeLinear", inputs, axis=1)
