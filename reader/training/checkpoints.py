"""Readers on disk for training: start weights in, a trained reader out."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...models.checkpoints import SPAN_HEADS, load_tokenizer
from ...models.finite import check_trained
from ...models.training.checkpoints import StartWeights, fetch_base, load_for_training
from ...models.training.recipes import write_facts

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


__all__ = ["load_base", "save_reader"]


def load_base(
    base: str | StartWeights,
    *,
    tokenizer: str | None = None,
    dropout: float = 0.1,
    layers: int | None = None,
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Start weights with a span head, new where `base` has none, and their tokenizer.

    `base` is a folder or hub name, or what `fetch_base` made of one; with `layers`, its first ones
    alone. Raises ModelError.
    """
    from transformers import MODEL_FOR_QUESTION_ANSWERING_MAPPING

    start = fetch_base(base) if isinstance(base, str) else base
    model = load_for_training(
        start,
        MODEL_FOR_QUESTION_ANSWERING_MAPPING,
        task="mark spans",
        new=SPAN_HEADS,
        dropout=dropout,
        num_labels=2,  # a span's ends, whatever classes a classifier told apart
        **({} if layers is None else {"num_hidden_layers": layers}),
    )
    return model, load_tokenizer(tokenizer, start.folder, model.config.vocab_size)


def save_reader(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path, facts: dict[str, Any]
) -> None:
    """Write an ordinary `transformers` folder with float16 weights, and `spanmem.json`.

    Raises InputError where a weight is not finite in float16.
    """
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    trained: Any = copy.deepcopy(model)
    half = trained.to(device="cpu", dtype=torch.float16)
    check_trained("in float16, as it is written,", half.state_dict().items())
    half.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    write_facts(folder, "reader", facts)
