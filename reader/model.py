"""Trained span readers on disk, opened for answering."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import ModelError
from ..models import bundled
from ..models.checkpoints import load_model, load_tokenizer, weights_file
from ..models.device import fingerprint, placement
from ..models.hub import fetch, say_licence

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from ..models.runtimes.torch_bert import WordPieces
    from .plain import PlainReader

__all__ = ["Loaded", "load_reader"]


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


def _load(folder: Path, source: str) -> tuple[Any, bool]:
    """The model in float32 with its span head, and whether that head is new and untrained."""
    from transformers import MODEL_FOR_QUESTION_ANSWERING_MAPPING

    return load_model(
        folder,
        source,
        MODEL_FOR_QUESTION_ANSWERING_MAPPING,
        task="mark spans",
        new=("qa_outputs.",),
    )
