"""Span readers on disk: start weights for training, trained readers for answering."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..memory.errors import ModelError
from ..models import bundled
from ..models.checkpoints import load_model, load_tokenizer, weights_file
from ..models.hub import fetch, say_licence
from ..models.placement import fingerprint, placement
from ..models.training import write_facts

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from ..models.bert import WordPieces
    from .plain import PlainReader

__all__ = ["Loaded", "load_for_training", "load_reader", "save_reader"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A reader that can answer."""

    model: PreTrainedModel | PlainReader
    tokenizer: PreTrainedTokenizerFast | WordPieces
    name: str
    """The folder's name and 12 hex digits that identify the weights."""
    folder: Path


def load_reader(
    source: str | Path | None = None, *, tokenizer: str | None = None, device: str = "auto"
) -> Loaded:
    """A fine-tuned reader, on its device.

    `source` is a folder, a hub name, or None for the bundled reader. Raises ModelError where it
    cannot be had, has no trained span head, or its tokenizer does not fit.
    """
    from .plain import load_plain

    folder = fetch(str(source)) if source is not None else bundled("reader")
    where, dtype = placement(device)
    plain = load_plain(folder) if tokenizer is None else None
    if plain is not None and len(plain[1]) <= plain[0].bert.words.shape[0]:
        say_licence(str(source), folder)
        return Loaded(plain[0].to(device=where, dtype=dtype), plain[1], _name(folder), folder)
    model, untrained = _load(folder, str(source or "the bundled reader"))
    if untrained:
        raise ModelError(
            f"{source} has no trained span head, so its answers would be random; fine-tune it "
            "first with `spanmem train reader`, naming it as `base`"
        )
    fast = load_tokenizer(tokenizer, folder, model.config.vocab_size)
    say_licence(str(source), folder)
    model.to(device=where, dtype=dtype)
    return Loaded(model, fast, _name(folder), folder)


def _name(folder: Path) -> str:
    return f"{folder.name}@{fingerprint([weights_file(folder)])}"


def load_for_training(
    base: str, *, tokenizer: str | None = None, dropout: float = 0.1
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Start weights with a span head, new where `base` has none. Raises ModelError."""
    folder = fetch(base)
    # Dropout on the attention's probabilities would rule out the fast way to compute it.
    model, _ = _load(
        folder,
        base,
        training=True,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
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


def _load(folder: Path, source: str, *, training: bool = False, **changes: Any) -> tuple[Any, bool]:
    """The model in float32 with its span head, and whether that head is new and untrained."""
    from transformers import MODEL_FOR_QUESTION_ANSWERING_MAPPING

    return load_model(
        folder,
        source,
        MODEL_FOR_QUESTION_ANSWERING_MAPPING,
        task="mark spans",
        new=("qa_outputs.",),
        training=training,
        **changes,
    )
