"""The backend `torch`: BERT's forward pass as answering needs it, in torch alone.

Importing `transformers` and `sentence-transformers` takes seconds, more than a first answer costs
otherwise. So a plain BERT in safetensors with its `tokenizer.json`, as the bundled models are, is
loaded and computed here. `load_bert` returns None for whatever is out of the ordinary, which is
left to those libraries; they remain the measure: tests compare both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import tokenizers
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import embedding, gelu, normalize, scaled_dot_product_attention
from torch.nn.functional import pad as zero_padded

from ..device import placement
from ..finite import check_loaded
from .protocol import RuntimeOptions
from .tokenized import TokenizedRuntime
from .torch_runtime import TorchRuntime

__all__ = [
    "Bert",
    "Checkpoint",
    "FirstPooling",
    "MeanPooling",
    "SpanHead",
    "WordPieceTokenizer",
    "load_bert",
    "load_sentences",
    "load_spans",
]

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
_FEW, _FEW_STEP, _STEP = 128, 4, 16
"""Tokens computed at once are a multiple of `_STEP`, or up to `_FEW`, as of one question, of
`_FEW_STEP`: what is filled up took up to 1.7 % of the time of a forward pass so."""
_SENTENCE_MODULES = ("Transformer", "Pooling", "Normalize")


@dataclass(frozen=True, slots=True)
class WordPieceTokenizer:
    """BERT's tokenizer without `transformers`: see `protocol.Tokenizer`."""

    backend_tokenizer: tokenizers.Tokenizer
    pad_token_id: int
    cls_token_id: int
    sep_token_id: int

    def __len__(self) -> int:
        return int(self.backend_tokenizer.get_vocab_size())


class _Layer(nn.Module):
    """Self-attention and a feed-forward network, each added to its input and normalized after."""

    def __init__(self, width: int, inner: int, heads: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_output = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width, eps)
        self.intermediate = nn.Linear(width, inner)
        self.output = nn.Linear(inner, width)
        self.output_norm = nn.LayerNorm(width, eps)

    def forward(self, hidden: Tensor, shape: tuple[int, int], mask: Tensor | None) -> Tensor:
        """Hidden states of all tokens, shape (tokens, width) -> the same shape.

        The first rows x length of them are those of a batch, where `shape` is (rows, length); what
        comes after them fills up. `mask` is true where a token may be attended to, shape
        (rows, 1, 1, length); None: all.
        """
        tokens, width = shape[0] * shape[1], hidden.shape[1]
        states = self.query_key_value(hidden)[:tokens]
        split = states.view(*shape, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        heads = scaled_dot_product_attention(query, key, value, attn_mask=mask)
        context = torch.zeros_like(hidden)
        context[:tokens].view(*shape, self.heads, -1).copy_(heads.transpose(1, 2))
        hidden = self.attention_norm(hidden + self.attention_output(context))
        return self.output_norm(hidden + self.output(gelu(self.intermediate(hidden))))  # type: ignore[no-any-return]


class Bert(nn.Module):
    """Embeddings and layers of a BERT (Devlin et al. 2019), for a head to stand on."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        width, eps = int(config["hidden_size"]), float(config.get("layer_norm_eps", 1e-12))
        self.width, self.max_length = width, int(config["max_position_embeddings"])
        # No nn.Embedding: drawing its first values on the meta device imports a compiler.
        self.word_embeddings = nn.Parameter(torch.empty(int(config["vocab_size"]), width))
        self.position_embeddings = nn.Parameter(torch.empty(self.max_length, width))
        self.type_embeddings = nn.Parameter(torch.empty(int(config["type_vocab_size"]), width))
        self.norm = nn.LayerNorm(width, eps)
        sizes = width, int(config["intermediate_size"]), int(config["num_attention_heads"]), eps
        self.layers = nn.ModuleList(_Layer(*sizes) for _ in range(int(config["num_hidden_layers"])))

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """Hidden states of the last layer: three times (rows, length) -> (rows, length, width).

        `mask` is 1 at tokens and 0 at padding; `types` numbers the segments.
        """
        shape = ids.shape[0], ids.shape[1]
        segments = embedding(types, self.type_embeddings)
        positions = self.position_embeddings[: shape[1]]
        embedded = embedding(ids, self.word_embeddings) + segments + positions
        hidden: Tensor = self.norm(_filled(embedded.flatten(0, 1)))
        attended = None if bool(mask.all()) else mask.bool()[:, None, None, :]
        for layer in self.layers:
            hidden = layer(hidden, shape, attended)
        return hidden[: shape[0] * shape[1]].view(*shape, self.width)


def _filled(tokens: Tensor) -> Tensor:
    """The states of tokens, shape (tokens, width), with rows of zeros up to a round number of them.

    So layers see few shapes: oneDNN keeps a kernel for each that it has met, up to a thousand, and
    what it keeps lies between large blocks, which the process can then not give back.
    """
    missing = -len(tokens) % (_FEW_STEP if len(tokens) <= _FEW else _STEP)
    return zero_padded(tokens, (0, 0, 0, missing)) if missing else tokens


class SpanHead(nn.Module):
    """BERT that gives each token a start and an end logit."""

    def __init__(self, bert: Bert, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.bert = bert
        self.qa_outputs = nn.Linear(bert.width, 2, device="meta")
        self.qa_outputs.load_state_dict({"weight": weight, "bias": bias}, assign=True)
        self.float()

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """Start and end logits: three times (rows, length) -> (rows, length, 2)."""
        logits: Tensor = self.qa_outputs(self.bert(ids, mask, types))
        return logits


class MeanPooling(nn.Module):
    """BERT that gives each row the mean of its tokens' hidden states, scaled to length 1."""

    def __init__(self, bert: Bert) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """Unit vectors: three times (rows, length) -> (rows, width), float32."""
        hidden = self.bert(ids, mask, types).float()
        weights = mask.unsqueeze(-1).float()
        return normalize((hidden * weights).sum(1) / weights.sum(1), dim=1)


class FirstPooling(MeanPooling):
    """BERT that gives each row the hidden state of its ``[CLS]``, scaled to length 1."""

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """See `MeanPooling.forward`."""
        return normalize(self.bert(ids, mask, types)[:, 0].float(), dim=1)


_POOLINGS: dict[str, type[MeanPooling]] = {"mean": MeanPooling, "cls": FirstPooling}
"""What sentence-transformers calls it -> its module."""


class Checkpoint(NamedTuple):
    """A plain BERT in float32, read from a folder."""

    bert: Bert
    tokenizer: WordPieceTokenizer
    rest: State
    """The tensors that are no part of it: a head's, for one."""


def load_bert(folder: Path) -> Checkpoint | None:
    """A plain BERT; None where the folder holds anything else, or what cannot be read.

    Raises ModelError for weights that are not finite.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if any(config.get(name) not in values for name, values in _PLAIN.items()):
            return None
        state = load_file(folder / "model.safetensors")
        check_loaded(folder, state.items())
        tokenizer = _tokenizer(folder)
        with torch.device("meta"):
            bert = Bert(config)
        bert.load_state_dict(_renamed(state, len(bert.layers)), assign=True)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError):
        return None
    return Checkpoint(bert.float().eval(), tokenizer, state)


def load_spans(
    folder: Path, source: str, options: RuntimeOptions, *, tokenizer: str | None
) -> TorchRuntime | None:
    """See `registry.Backend`; a tokenizer of another folder is left to `transformers`."""
    device, dtype = placement(options.device)
    checkpoint = load_bert(folder) if tokenizer is None else None
    if checkpoint is None:
        return None
    bert = checkpoint.bert
    weight, bias = checkpoint.rest.get("qa_outputs.weight"), checkpoint.rest.get("qa_outputs.bias")
    if weight is None or bias is None or weight.shape != (2, bert.width):
        return None
    if len(checkpoint.tokenizer) > len(bert.word_embeddings):
        return None
    return TorchRuntime(
        SpanHead(bert, weight, bias).to(device=device, dtype=dtype),
        checkpoint.tokenizer,
        max_length=bert.max_length,
        device=device,
        threads=options.threads,
    )


def load_sentences(folder: Path, source: str, options: RuntimeOptions) -> TokenizedRuntime | None:
    """See `registry.Backend`; None where the encoder is more than BERT and a mean or `[CLS]`."""
    device, dtype = placement(options.device)
    try:
        modules = _json(folder / "modules.json")
        kinds = tuple(str(module["type"]).rpartition(".")[2] for module in modules)
        if kinds not in (_SENTENCE_MODULES, _SENTENCE_MODULES[:2]) or modules[0]["path"]:
            return None
        pooling = _POOLINGS[_pooling_mode(_json(folder / modules[1]["path"] / "config.json"))]
        max_length = _max_length(folder)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    checkpoint = load_bert(folder)
    if checkpoint is None:
        return None
    runtime = TorchRuntime(
        pooling(checkpoint.bert).to(device=device, dtype=dtype),
        checkpoint.tokenizer,
        max_length=checkpoint.bert.max_length,
        device=device,
        threads=options.threads,
    )
    return TokenizedRuntime(runtime, dim=checkpoint.bert.width, max_length=max_length)


def _max_length(folder: Path) -> int:
    """Tokens of a text that are read; today's releases keep it with the tokenizer."""
    sizes = _json(folder / "sentence_bert_config.json")
    if sizes.get("do_lower_case"):
        raise ValueError("texts are changed before they are tokenized")
    if sizes.get("max_seq_length") is None:
        sizes = {"max_seq_length": _json(folder / "tokenizer_config.json")["model_max_length"]}
    return int(sizes["max_seq_length"])


def _pooling_mode(pooling: dict[str, Any]) -> str:
    """How tokens become one vector; older and newer files name it differently.

    Raises ValueError where it is not one way alone, or not over all tokens.
    """
    mode = pooling.get("pooling_mode")
    if mode is None:
        on = [key for key, is_on in pooling.items() if key in _OLD_POOLINGS and is_on is True]
        others = [key for key in pooling if key.startswith("pooling_mode_") and pooling[key]]
        mode = _OLD_POOLINGS[on[0]] if len(on) == len(others) == 1 else None
    if not isinstance(mode, str) or not pooling.get("include_prompt", True):
        raise ValueError("several ways, or one that leaves tokens out")
    return mode


_OLD_POOLINGS = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _tokenizer(folder: Path) -> WordPieceTokenizer:
    text = (folder / "tokenizer.json").read_text(encoding="utf-8")
    try:
        backend = tokenizers.Tokenizer.from_str(text)
    except Exception as error:  # the library raises nothing narrower
        raise ValueError(f"no tokenizer: {error}") from error
    ids = [backend.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]")]
    pad, cls, sep = (-1 if number is None else number for number in ids)
    if json.loads(text)["model"]["type"] != "WordPiece" or min(pad, cls, sep) < 0:
        raise ValueError("not BERT's tokenizer")
    return WordPieceTokenizer(backend, pad, cls, sep)


_LAYER_NAMES = {
    "attention_output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
    "output_norm": "output.LayerNorm",
}
"""Our name of a layer's part -> that of the checkpoints."""


def _renamed(state: State, layers: int) -> State:
    """The trunk's tensors, taken out of `state`, under our names. KeyError where one is missing."""
    prefix = "bert." if "bert.embeddings.word_embeddings.weight" in state else ""
    trunk = {
        "word_embeddings": state.pop(f"{prefix}embeddings.word_embeddings.weight"),
        "position_embeddings": state.pop(f"{prefix}embeddings.position_embeddings.weight"),
        "type_embeddings": state.pop(f"{prefix}embeddings.token_type_embeddings.weight"),
    }
    for kind in ("weight", "bias"):
        trunk[f"norm.{kind}"] = state.pop(f"{prefix}embeddings.LayerNorm.{kind}")
        for number in range(layers):
            theirs, ours = f"{prefix}encoder.layer.{number}", f"layers.{number}"
            parts = [
                state.pop(f"{theirs}.attention.self.{part}.{kind}")
                for part in ("query", "key", "value")
            ]
            trunk[f"{ours}.query_key_value.{kind}"] = torch.cat(parts)
            for own, name in _LAYER_NAMES.items():
                trunk[f"{ours}.{own}.{kind}"] = state.pop(f"{theirs}.{name}.{kind}")
    return trunk
