"""Checkpoints opened for training, with the kernels that make it fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..checkpoints import load_model
from .attention import training_attention
from .dropout import quicken

__all__ = ["load_for_training"]


def load_for_training(
    folder: Path,
    source: str,
    kinds: Mapping[Any, Any],
    *,
    task: str,
    new: Sequence[str],
    dropout: float,
) -> Any:
    """A model in float32 to be trained: see `checkpoints.load_model`.

    `dropout` is that of the hidden states; on the attention's probabilities it would rule out the
    fast way to compute them. Raises ModelError.
    """
    model, _ = load_model(
        folder,
        source,
        kinds,
        task=task,
        new=new,
        attention=training_attention,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
    )
    quicken(model)
    return model
