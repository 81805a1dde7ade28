"""Start weights of a training: where they are, and the model made of them, with fast kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import bundled
from ..checkpoints import load_model
from ..hub import fetch, say_licence
from .attention import training_attention
from .dropout import replace_dropout

__all__ = ["StartWeights", "fetch_base", "load_for_training"]

_OWNER = "sentence-transformers"
"""Whose models are meant by a hub name without an owner, such as `all-MiniLM-L6-v2`."""


@dataclass(frozen=True, slots=True)
class StartWeights:
    """A checkpoint to train from."""

    name: str
    """As messages call it: the folder or hub name that was given."""
    folder: Path
    """Where its files are."""


def fetch_base(base: str | None) -> StartWeights:
    """The checkpoint that a recipe's `base` names, by one rule for all trainings.

    A local folder is taken as it is, a hub name is downloaded, None is the bundled encoder. A
    licence that forbids commercial use is said. Raises ModelError.
    """
    if base is None:
        return StartWeights("the bundled encoder", bundled("encoder"))
    folder = fetch(base, owner=_OWNER)
    say_licence(base, folder)
    return StartWeights(base, folder)


def load_for_training(
    start: StartWeights,
    kinds: Mapping[Any, Any],
    *,
    task: str,
    new: Sequence[str],
    dropout: float,
    **changes: Any,
) -> Any:
    """A model in float32 to be trained: see `checkpoints.load_model`.

    `dropout` is that of the hidden states; on the attention's probabilities it would rule out the
    fast way to compute them; `changes` overrule the configuration. Raises ModelError.
    """
    model, _ = load_model(
        start.folder,
        start.name,
        kinds,
        task=task,
        new=new,
        attention=training_attention,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
        **changes,
    )
    replace_dropout(model)
    return model
