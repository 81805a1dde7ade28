"""Readers on disk for training: start weights in, a trained reader out."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...models.checkpoints import load_tokenizer
from ...models.hub import fetch, say_licence
from ...models.training.checkpoints import load_for_training
from ...models.training.recipes import write_facts

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


__all__ = ["load_base", "save_reader"]


def load_base(
    base: str, *, tokenizer: str | None = None, dropout: float = 0.1
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Start weights with a span head, new where `base` has none. Raises ModelError."""
    from transformers import MODEL_FOR_QUESTION_ANSWERING_MAPPING

    folder = fetch(base)
    model = load_for_training(
        folder,
        base,
        MODEL_FOR_QUESTION_ANSWERING_MAPPING,
        task="mark spans",
        new=("qa_outputs.",),
        dropout=dropout,
    )
    fast = load_tokenizer(tokenizer, folder, model.config.vocab_size)
    say_licence(base, folder)
    return model, fast


def save_reader(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path, facts: dict[str, Any]
) -> None:
    """Write an ordinary `transformers` folder with float16 weights, and `spanmem.json`."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    copied: Any = copy.deepcopy(model)
    half = copied.to(device="cpu", dtype=torch.float16)
    half.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    write_facts(folder, "reader", facts)
