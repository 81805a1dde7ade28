"""What a folder must hold to be run without its libraries: BERT's tokenizer, a mean over tokens.

Read here without torch, for the runtimes that do without it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tokenizers

__all__ = ["PLAIN", "WordPieceTokenizer", "is_plain", "mean_length", "read_tokenizer"]

PLAIN: dict[str, tuple[Any, ...]] = {
    "model_type": ("bert", None),
    "hidden_act": ("gelu", None),
    "position_embedding_type": ("absolute", None),
    "is_decoder": (False, None),
    "add_cross_attention": (False, None),
    "quantization_config": (None,),
}
"""Settings under which a model is computed as `torch_bert` does; a missing one is the default."""
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
    if json.loads(text)["model"]["type"] != "WordPiece" or min(pad, cls, sep) < 0:
        raise ValueError("not BERT's tokenizer")
    return WordPieceTokenizer(backend, pad, cls, sep)


def mean_length(folder: Path) -> int | None:
    """Tokens that are read of a text by an encoder that is BERT and a mean; None: it is more."""
    try:
        modules = _json(folder / "modules.json")
        kinds = tuple(str(module["type"]).rpartition(".")[2] for module in modules)
        if kinds not in (_SENTENCE_MODULES, _SENTENCE_MODULES[:2]) or modules[0]["path"]:
            return None
        if not _is_mean(_json(folder / modules[1]["path"] / "config.json")):
            return None
        return _max_length(folder)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _max_length(folder: Path) -> int:
    """Tokens of a text that are read; today's releases keep it with the tokenizer."""
    sizes = _json(folder / "sentence_bert_config.json")
    if sizes.get("max_seq_length") is None:
        sizes = {"max_seq_length": _json(folder / "tokenizer_config.json")["model_max_length"]}
    return int(sizes["max_seq_length"])


def _is_mean(pooling: dict[str, Any]) -> bool:
    """Whether the vector is the mean over all tokens; older and newer files name it differently."""
    if not pooling.get("include_prompt", True):
        return False
    if "pooling_mode" in pooling:
        return bool(pooling["pooling_mode"] == "mean")
    return [
        key for key, on in pooling.items() if on is True and key.startswith("pooling_mode")
    ] == ["pooling_mode_mean_tokens"]


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
