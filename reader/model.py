"""Span readers on disk: start weights for training, trained readers for answering."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..memory.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


def load_for_training(
    base: str, *, tokenizer: str | None = None, dropout: float = 0.1
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Start weights with a span head, new where `base` has none. Raises ModelError."""
    from transformers import AutoConfig, AutoModelForQuestionAnswering

    _quiet()
    try:
        config = AutoConfig.from_pretrained(base)
        config.hidden_dropout_prob = dropout
        config.attention_probs_dropout_prob = 0.0  # eager attention without it: far faster on CPUs
        model = AutoModelForQuestionAnswering.from_pretrained(
            base, config=config, attn_implementation="eager", dtype="float32"
        )
    except (OSError, ValueError) as error:
        raise _unusable(base, error) from error
    return model, load_tokenizer(tokenizer or base)


def load_tokenizer(source: str) -> PreTrainedTokenizerFast:
    """A fast tokenizer. Raises ModelError."""
    from transformers import AutoTokenizer

    try:
        found = AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError) as error:
        raise _unusable(source, error) from error
    if not getattr(found, "is_fast", False):
        raise ModelError(f"{source} has no fast tokenizer, which gives character offsets; add tokenizer.json")
    return found


def save_reader(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path, facts: dict[str, Any]
) -> None:
    """Write an ordinary `transformers` folder with float16 weights, and `spanmem.json`."""
    import copy

    folder.mkdir(parents=True, exist_ok=True)
    half = copy.deepcopy(model).to("cpu").half()  # type: ignore[arg-type]
    half.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    text = json.dumps({"format": 1, "kind": "reader", **facts}, indent=2, sort_keys=True)
    draft = folder / "spanmem.json.tmp"
    draft.write_text(text + "\n", encoding="utf-8")
    os.replace(draft, folder / "spanmem.json")


def _quiet() -> None:
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def _unusable(source: str, error: Exception) -> ModelError:
    first = str(error).strip().splitlines()[0]
    return ModelError(
        f"no model could be loaded from {source!r} ({first}); give a local folder, or a hub name "
        "where there is a network"
    )
