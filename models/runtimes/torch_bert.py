"""BERT's forward pass as answering needs it, in torch alone.

Importing `transformers` and `sentence-transformers` takes seconds, more than a first answer costs
otherwise. So a plain BERT in safetensors with its `tokenizer.json`, as the bundled models are, is
loaded and computed here. `load_bert` returns None for whatever is out of the ordinary, and the
caller turns to those libraries, which remain the measure: tests compare both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import embedding, gelu, scaled_dot_product_attention

__all__ = ["Bert", "WordPieces", "load_bert"]

State: TypeAlias = "dict[str, Tensor]"

_PLAIN: dict[str, tuple[Any, ...]] = {
    "model_type": ("bert", None),
    "hidden_act": ("gelu", None),
    "position_embedding_type": ("absolute", None),
    "is_decoder": (False, None),
    "add_cross_attention": (False, None),
    "quantization_config": (None,),
}
"""Settings under which a model is computed as here; a missing one is BERT's default."""


@dataclass(frozen=True, slots=True)
class WordPieces:
    """A tokenizer without `transformers`, under the names that it has there."""

    backend_tokenizer: Tokenizer
    pad_token_id: int
    cls_token_id: int
    sep_token_id: int

    def __len__(self) -> int:
        return int(self.backend_tokenizer.get_vocab_size())


class _Layer(nn.Module):
    def __init__(self, width: int, inner: int, heads: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.mixed = nn.Linear(width, width)
        self.mixed_norm = nn.LayerNorm(width, eps)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.down_norm = nn.LayerNorm(width, eps)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        rows, length, width = x.shape
        split = self.qkv(x).view(rows, length, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = self.mixed_norm(x + self.mixed(seen.transpose(1, 2).reshape(rows, length, width)))
        x = self.down_norm(x + self.down(gelu(self.up(x))))
        return x


class Bert(nn.Module):
    """Embeddings and layers of a BERT; tensors on top of them are for the caller."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        width, eps = int(config["hidden_size"]), float(config.get("layer_norm_eps", 1e-12))
        self.width, self.positions = width, int(config["max_position_embeddings"])
        # No nn.Embedding: drawing its first values on the meta device imports a compiler.
        self.words = nn.Parameter(torch.empty(int(config["vocab_size"]), width))
        self.places = nn.Parameter(torch.empty(self.positions, width))
        self.types = nn.Parameter(torch.empty(int(config["type_vocab_size"]), width))
        self.norm = nn.LayerNorm(width, eps)
        sizes = width, int(config["intermediate_size"]), int(config["num_attention_heads"]), eps
        self.layers = nn.ModuleList(_Layer(*sizes) for _ in range(int(config["num_hidden_layers"])))

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor | None = None) -> Tensor:
        """Vectors of all tokens: `ids`, `mask` and `types` (rows, length) -> (rows, length, width).

        `mask` is 1 at tokens and 0 at padding.
        """
        kinds = self.types[0] if types is None else embedding(types, self.types)
        x = self.norm(embedding(ids, self.words) + kinds + self.places[: ids.shape[1]])
        hidden = None if bool(mask.all()) else mask.bool()[:, None, None, :]
        for layer in self.layers:
            x = layer(x, hidden)
        found: Tensor = x
        return found


def load_bert(folder: Path) -> tuple[Bert, WordPieces, State] | None:
    """A plain BERT in float32 with its tokenizer, and the tensors that are no part of it.

    None where the folder holds anything else, or something that cannot be read.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if any(config.get(name) not in known for name, known in _PLAIN.items()):
            return None
        state = load_file(folder / "model.safetensors")
        pieces = _word_pieces(folder)
        with torch.device("meta"):
            model = Bert(config)
        model.load_state_dict(_renamed(state, len(model.layers)), assign=True)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError):
        return None
    return model.float().eval(), pieces, state


def _word_pieces(folder: Path) -> WordPieces:
    text = (folder / "tokenizer.json").read_text(encoding="utf-8")
    backend = Tokenizer.from_str(text)
    ids = [backend.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]")]
    pad, cls, sep = (-1 if number is None else number for number in ids)
    if json.loads(text)["model"]["type"] != "WordPiece" or min(pad, cls, sep) < 0:
        raise ValueError("not BERT's tokenizer")
    return WordPieces(backend, pad, cls, sep)


def _renamed(state: State, layers: int) -> State:
    """The trunk's tensors, taken out of `state`, under our names. KeyError where one is missing."""
    prefix = "bert." if "bert.embeddings.word_embeddings.weight" in state else ""
    found = {
        "words": state.pop(f"{prefix}embeddings.word_embeddings.weight"),
        "places": state.pop(f"{prefix}embeddings.position_embeddings.weight"),
        "types": state.pop(f"{prefix}embeddings.token_type_embeddings.weight"),
    }
    for kind in ("weight", "bias"):
        found[f"norm.{kind}"] = state.pop(f"{prefix}embeddings.LayerNorm.{kind}")
        for number in range(layers):
            theirs, ours = f"{prefix}encoder.layer.{number}", f"layers.{number}"
            parts = [
                state.pop(f"{theirs}.attention.self.{part}.{kind}")
                for part in ("query", "key", "value")
            ]
            found[f"{ours}.qkv.{kind}"] = torch.cat(parts)
            for own, name in (
                ("mixed", "attention.output.dense"),
                ("mixed_norm", "attention.output.LayerNorm"),
                ("up", "intermediate.dense"),
                ("down", "output.dense"),
                ("down_norm", "output.LayerNorm"),
            ):
                found[f"{ours}.{own}.{kind}"] = state.pop(f"{theirs}.{name}.{kind}")
    return found
