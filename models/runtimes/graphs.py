"""A folder with a plain BERT -> its graph for other engines than torch, made once and kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, TypeAlias

from ...core.errors import InputError, missing_extra
from ..device import fingerprint
from . import cpu
from .kept import cache_folder, keep_folder, key_of
from .plain import PoolingMode, WordPieceTokenizer, is_plain, read_pooling, read_tokenizer
from .protocol import Precision
from .quantization import QUANTIZATION_FILE, Quantization

__all__ = ["Graph", "Head", "installed_version", "open_graph"]

Head: TypeAlias = Literal["spans", "sentences"]
WEIGHTS = "model.safetensors"
_FORMAT = 2
"""Of the graphs; raised when others are written."""
_GRAPH, _CONSTANTS = "graph.onnx", "graph.bin"
"""What is kept: the operations, and the weights, which engines map instead of parsing them."""


@dataclass(frozen=True, slots=True)
class Graph:
    """An ONNX model and what is to be known of the BERT in it."""

    source: Path | bytes
    """Where it is kept; its bytes where nothing can be kept."""
    tokenizer: WordPieceTokenizer
    width: int
    max_length: int
    """Tokens that a row may have."""
    text_length: int
    """Tokens of a text that are read, where it is an encoder."""


def open_graph(folder: Path, head: Head, precision: Precision, source: str) -> Graph | None:
    """The graph of the model in a folder; None where that is no plain BERT with such a head.

    `source` names the model in messages. Raises InputError where int8 is asked of a model whose
    ranges nobody has measured or the extra is missing, and ModelError for weights that are broken.
    """
    pooling = read_pooling(folder) if head == "sentences" else None
    if head == "sentences" and pooling is None:
        return None
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if not is_plain(config) or not (folder / WEIGHTS).is_file():
            return None
        tokenizer = read_tokenizer(folder)
        width, max_length = int(config["hidden_size"]), int(config["max_position_embeddings"])
        if len(tokenizer) > int(config["vocab_size"]):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    quantization = _quantization(folder, source) if precision == "int8" else None
    mode = None if pooling is None else pooling.mode
    graph = _kept(folder, mode, quantization)
    if graph is None:
        return None
    text_length = max_length if pooling is None else min(pooling.length, max_length)
    return Graph(graph, tokenizer, width, max_length, text_length)


@cache
def installed_version(name: str) -> str | None:
    """The version of a distribution, looked up once in a process; None where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _quantization(folder: Path, source: str) -> Quantization:
    ranges = Quantization.load(folder, weights=fingerprint([folder / WEIGHTS]))
    if ranges is None:
        raise InputError(
            f"{source} cannot be computed in int8: {QUANTIZATION_FILE} is missing beside its "
            "weights, or belongs to others; measure it with `python benchmarks/runtimes.py "
            "measure`, or choose another runtime.precision"
        )
    return replace(ranges, weight_bits=8 if cpu.has_exact_int8() else 7)


def _kept(
    folder: Path, pooling: PoolingMode | None, quantization: Quantization | None
) -> Path | bytes | None:
    """The graph in the cache, made where it is missing."""
    place = cache_folder()
    if place is None:
        return _build(folder, pooling, quantization)
    ranges, bits = [], 0
    if quantization is not None:
        ranges, bits = [folder / QUANTIZATION_FILE], quantization.weight_bits
    facts = ("graph", _FORMAT, pooling, bits, installed_version("onnx"))
    contents = [folder / "config.json", folder / WEIGHTS, *ranges]
    kept = place / key_of(*facts, contents=contents)
    path = kept / _GRAPH
    if path.is_file():
        return path
    graph = _build(folder, pooling, quantization)
    if graph is None:
        return None
    return path if keep_folder(kept, partial(_write, graph)) else graph


def _write(graph: bytes, folder: Path) -> None:
    import onnx

    model = onnx.load_model_from_string(graph)
    onnx.save_model(model, folder / _GRAPH, save_as_external_data=True, location=_CONSTANTS)


def _build(
    folder: Path, pooling: PoolingMode | None, quantization: Quantization | None
) -> bytes | None:
    if installed_version("onnx") is None:
        raise missing_extra("fast", "graphs for other engines than torch are written by onnx")
    from .bert_graph import span_graph, vector_graph
    from .torch_bert import load_bert

    checkpoint = load_bert(folder)
    if checkpoint is None:
        return None
    bert, rest = checkpoint.bert, checkpoint.rest
    if pooling is not None:
        return vector_graph(bert, quantization, pooling=pooling)
    weight, bias = rest.get("qa_outputs.weight"), rest.get("qa_outputs.bias")
    if weight is None or bias is None or weight.shape != (2, bert.width):
        return None
    return span_graph(bert, weight, bias, quantization)
