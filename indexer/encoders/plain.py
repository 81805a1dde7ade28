"""A sentence encoder over `models.bert`: what most encoders are, without the slow imports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...models.runtimes.torch_bert import Bert, WordPieces, load_bert

__all__ = ["PlainEncoder", "load_plain"]

_MODULES = ("Transformer", "Pooling", "Normalize")


class PlainEncoder(nn.Module):
    """BERT with the mean over its tokens, under the names of `SentenceTransformer`."""

    def __init__(self, bert: Bert, pieces: WordPieces, longest: int) -> None:
        super().__init__()
        self.bert, self.max_seq_length = bert, min(longest, bert.positions)
        self._tokenizer = pieces.backend_tokenizer
        self._tokenizer.enable_truncation(self.max_seq_length)
        self._tokenizer.enable_padding(pad_id=pieces.pad_token_id)

    @property
    def device(self) -> torch.device:
        return self.bert.words.device

    def get_embedding_dimension(self) -> int:
        return self.bert.width

    def preprocess(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """Token ids and mask, shape (texts, length)."""
        found = self._tokenizer.encode_batch(list(texts))
        return {
            "input_ids": torch.tensor([encoding.ids for encoding in found]),
            "attention_mask": torch.tensor([encoding.attention_mask for encoding in found]),
        }

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        mask = inputs["attention_mask"]
        hidden = self.bert(inputs["input_ids"], mask).float()
        weights = mask.unsqueeze(-1).float()
        mean = (hidden * weights).sum(1) / weights.sum(1)
        return {"sentence_embedding": mean}


def load_plain(folder: Path) -> PlainEncoder | None:
    """The encoder in a folder, in float32; None where it is more than BERT and a mean."""
    try:
        modules = _json(folder / "modules.json")
        kinds = tuple(str(module["type"]).rpartition(".")[2] for module in modules)
        if kinds not in (_MODULES, _MODULES[:2]) or modules[0]["path"]:
            return None
        pooling = _json(folder / modules[1]["path"] / "config.json")
        if not _is_mean(pooling) or _prompts(folder):
            return None
        longest = _longest(folder)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    found = load_bert(folder)
    if found is None:
        return None
    return PlainEncoder(found[0], found[1], longest)


def _longest(folder: Path) -> int:
    """Tokens of a text that are read; today's releases keep it with the tokenizer."""
    sizes = _json(folder / "sentence_bert_config.json")
    if sizes.get("max_seq_length") is None:
        sizes = {"max_seq_length": _json(folder / "tokenizer_config.json")["model_max_length"]}
    return int(sizes["max_seq_length"])


def _is_mean(pooling: dict[str, Any]) -> bool:
    """Whether the vector is the plain mean; older and newer files name it differently."""
    if "pooling_mode" in pooling:
        return bool(pooling["pooling_mode"] == "mean")
    return [
        key for key, on in pooling.items() if on is True and key.startswith("pooling_mode")
    ] == ["pooling_mode_mean_tokens"]


def _prompts(folder: Path) -> bool:
    """Whether something is put before each text."""
    path = folder / "config_sentence_transformers.json"
    table = _json(path) if path.is_file() else {}
    return bool(table.get("default_prompt_name"))


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
