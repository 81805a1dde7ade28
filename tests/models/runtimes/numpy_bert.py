"""BERT in NumPy alone: a runtime that shares no line with the others, and checks them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from spanmem.models.runtimes.protocol import Floats, Ids, Tokenizer
from tests.models.tiny import write_tokenizer

Array = NDArray[np.float64]
_erf = np.vectorize(math.erf, otypes=[np.float64])


class NumpyBert:
    """A tiny checkpoint with a span head, or with the mean of its tokens where it has none."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer: Tokenizer = write_tokenizer(folder)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.max_length: int = config["max_position_embeddings"]
        self.batch_tokens = 512
        self._heads: int = config["num_attention_heads"]
        self._layers: int = config["num_hidden_layers"]
        self._eps: float = config["layer_norm_eps"]
        self._weights = {
            name.removeprefix("bert."): array.astype(np.float64)
            for name, array in load_file(folder / "model.safetensors").items()
        }

    def run(self, ids: Ids, mask: Ids, types: Ids) -> Floats:
        hidden = self._hidden(ids, mask, types)
        if "qa_outputs.weight" in self._weights:
            return np.asarray(self._linear("qa_outputs", hidden), np.float32)
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)

    def _hidden(self, ids: Ids, mask: Ids, types: Ids) -> Array:
        """Hidden states of the last layer, shape (rows, length, width)."""
        hidden = (
            self._weights["embeddings.word_embeddings.weight"][ids]
            + self._weights["embeddings.token_type_embeddings.weight"][types]
            + self._weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        )
        hidden = self._norm("embeddings.LayerNorm", hidden)
        for number in range(self._layers):
            layer = f"encoder.layer.{number}"
            context = self._attention(f"{layer}.attention.self", hidden, mask)
            context = self._linear(f"{layer}.attention.output.dense", context)
            hidden = self._norm(f"{layer}.attention.output.LayerNorm", hidden + context)
            inner = self._linear(f"{layer}.intermediate.dense", hidden)
            inner = inner * (1 + _erf(inner / math.sqrt(2))) / 2  # GELU
            inner = self._linear(f"{layer}.output.dense", inner)
            hidden = self._norm(f"{layer}.output.LayerNorm", hidden + inner)
        return hidden

    def _attention(self, name: str, hidden: Array, mask: Ids) -> Array:
        rows, length, width = hidden.shape
        query, key, value = (
            self._linear(f"{name}.{part}", hidden)
            .reshape(rows, length, self._heads, -1)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / math.sqrt(width / self._heads)
        scores = np.where(mask[:, None, None, :] == 1, scores, -np.inf)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        context: Array = (shares @ value).transpose(0, 2, 1, 3).reshape(rows, length, width)
        return context

    def _linear(self, name: str, hidden: Array) -> Array:
        product: Any = hidden @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return np.asarray(product, np.float64)

    def _norm(self, name: str, hidden: Array) -> Array:
        centered = hidden - hidden.mean(-1, keepdims=True)
        deviation = np.sqrt((centered**2).mean(-1, keepdims=True) + self._eps)
        scaled: Any = centered / deviation * self._weights[f"{name}.weight"]
        return np.asarray(scaled + self._weights[f"{name}.bias"], np.float64)
