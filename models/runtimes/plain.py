"""What a folder must hold to be run without its libraries: BERT's tokenizer, one way of pooling.

Read here without torch, for the runtimes that do without it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import tokenizers

__all__ = [
    "PLAIN",
    "Pooling",
    "PoolingMode",
    "WordPieceTokenizer",
    "is_plain",
    "read_mode",
    "read_pooling",
    "read_tokenizer",
]

PLAIN: dict[str, tuple[Any, ...]] = {
    "model_type": ("bert", None),
    "hidden_act": ("gelu", None),
    "position_embedding_type": ("absolute", None),
    "is_decoder": (False, None),
    "add_cross_attention": (False, None),
    "quantization_config": (None,),
}
"""Settings under which a model is computed as `torch_bert` does; a missing one is the default."""
PoolingMode: TypeAlias = Literal["mean", "cls"]
"""The mean over all tokens, or the state of the first, as sentence-transformers calls them."""
_OLD_POOLINGS: dict[str, PoolingMode] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
}
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


@dataclass(frozen=True, slots=True)
class Pooling:
    """How an encoder makes a vector of a text."""

    mode: PoolingMode
    length: int
    """Tokens of a text that are read."""


def is_plain(config: dict[str, Any]) -> bool:
    """Whether a `config.json` describes a BERT as `torch_bert` computes it."""
    return all(config.get(name) in values for name, values in PLAIN.items())


def read_tokenizer(folder: Path) -> WordPieceTokenizer:
    """The tokenizer in a folder. Raises ValueError, KeyError, OSError where it is not BERT's."""
    text = (folder / "tokenizer.json").read_text(encoding="utf-8")
    try:
        backend = tokenizers.Tokenizer.from_str(text)
    except Exception as error:  # the library raises nothing narrower
        raise ValueError(f"no tokenizer: {error}") from error
    ids = [backend.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]")]
    pad, cls, sep = (-1 if number is None else number for number in ids)
    if not isinstance(backend.model, tokenizers.models.WordPiece) or min(pad, cls, sep) < 0:
        raise ValueError("not BERT's tokenizer")
    return WordPieceTokenizer(backend, pad, cls, sep)


def read_pooling(folder: Path) -> Pooling | None:
    """How an encoder that is BERT and one way of pooling makes vectors; None: it is more."""
    try:
        modules = _json(folder / "modules.json")
        kinds = tuple(str(module["type"]).rpartition(".")[2] for module in modules)
        if kinds not in (_SENTENCE_MODULES, _SENTENCE_MODULES[:2]) or modules[0]["path"]:
            return None
        mode = read_mode(_json(folder / modules[1]["path"] / "config.json"))
        return None if mode is None else Pooling(mode, _max_length(folder))
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _max_length(folder: Path) -> int:
    """Tokens of a text that are read; today's releases keep it with the tokenizer."""
    sizes = _json(folder / "sentence_bert_config.json")
    if sizes.get("do_lower_case"):
        raise ValueError("texts are changed before they are tokenized")
    if sizes.get("max_seq_length") is None:
        sizes = {"max_seq_length": _json(folder / "tokenizer_config.json")["model_max_length"]}
    return int(sizes["max_seq_length"])


def read_mode(pooling: dict[str, Any]) -> PoolingMode | None:
    """How tokens become one vector, by a `Pooling`'s config.json; old and new ones differ in names.

    None where it is not one way alone, not one of those here, or not over all tokens.
    """
    if not pooling.get("include_prompt", True):
        return None
    mode = pooling.get("pooling_mode")
    if mode is None:
        on = [key for key in pooling if key.startswith("pooling_mode_") and pooling[key]]
        return _OLD_POOLINGS.get(on[0]) if len(on) == 1 and pooling[on[0]] is True else None
    return next((known for known in _OLD_POOLINGS.values() if known == mode), None)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
