"""Checkpoints in the layouts they are published in, for whoever puts a head on them.

Published SpanBERT checkpoints differ: weights as safetensors or pickled tensors, with or without
the `bert.` prefix, old names of the layer norms, no model type, no tokenizer. All of them are read
here; pickles only through torch's tensor-only loader.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..core.errors import ModelError, first_line
from .hub import fetch

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedTokenizerFast

    State: TypeAlias = dict[str, torch.Tensor]

__all__ = ["load_model", "load_tokenizer", "quiet", "weights_file"]

_CASED_VOCABULARY = "google-bert/bert-base-cased"
"""What SpanBERT was pre-trained with; its repositories hold no tokenizer of their own."""
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


def load_model(
    folder: Path,
    source: str,
    kinds: Mapping[Any, Any],
    *,
    task: str,
    new: Sequence[str],
    attention: Callable[[str], str] = lambda _: "sdpa",
    **changes: Any,
) -> tuple[Any, bool]:
    """The model in float32, and whether anything of `new` is missing from the checkpoint.

    `kinds` maps a configuration's class to the model's; `task` completes "which cannot ...";
    `new` are the beginnings of weights that may be missing and are then drawn at random;
    `attention` maps the model's type to the attention it computes with, by the name that
    transformers has for it; `changes` overrule the configuration. Raises ModelError where other
    weights are missing.
    """
    import torch

    quiet()
    config = _config(folder)
    for key, value in changes.items():
        setattr(config, key, value)
    if type(config) not in kinds:
        raise ModelError(f"{source} is a {config.model_type} model, which cannot {task}")
    kind = kinds[type(config)]
    try:
        model, found = kind.from_pretrained(
            None,
            config=config,
            state_dict=_state(folder),
            output_loading_info=True,
            attn_implementation=attention(config.model_type),
            dtype=torch.float32,
        )
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"{source}: its weights do not fit its config.json ({error})") from error
    missing = set(found["missing_keys"])
    fresh = {key for key in missing if key.startswith(tuple(new))}
    if missing - fresh:
        raise ModelError(
            f"{source} lacks {len(missing - fresh)} weights of a {config.model_type} model, such "
            f"as {min(missing - fresh)}; fetch it again"
        )
    return model, bool(fresh)


def quiet() -> None:
    """Keep transformers' notes and progress bars off the terminal."""
    from transformers.utils import logging as chatter

    chatter.set_verbosity_error()
    chatter.disable_progress_bar()


def weights_file(folder: Path) -> Path:
    """The file with all weights. Raises ModelError where there is none."""
    for name in _WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    raise ModelError(f"{folder} is no model: it has neither {_WEIGHTS[0]} nor {_WEIGHTS[1]}")


def _config(folder: Path) -> PretrainedConfig:
    """The model's configuration; one that names no type is BERT's, as in SpanBERT's releases."""
    from transformers import AutoConfig, BertConfig

    try:
        table = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        known = "model_type" in table
        config: PretrainedConfig = (
            AutoConfig.from_pretrained(folder) if known else BertConfig.from_dict(table)
        )
        return config
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is no model: it has no config.json") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder}: its config.json cannot be used ({error})") from error


def _state(folder: Path) -> State:
    """All tensors of a checkpoint, on the CPU."""
    import pickle

    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = weights_file(folder)
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return dict(torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, SafetensorError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise ModelError(
            f"{path} cannot be read as tensors ({first_line(error)}); fetch it again"
        ) from error


def load_tokenizer(named: str | None, folder: Path, vocabulary: int) -> PreTrainedTokenizerFast:
    """The tokenizer that was named, the model's own, or SpanBERT's from the hub.

    Raises ModelError where there is none, or it has more tokens than `vocabulary`.
    """
    own = any((folder / name).is_file() for name in ("tokenizer.json", "vocab.txt"))
    source = str(folder) if named is None and own else named
    if source is None:
        try:
            found = _open_tokenizer(fetch(_CASED_VOCABULARY))
        except ModelError as error:
            raise ModelError(
                f"{folder.name} brings no tokenizer ({error}); name one with --tokenizer"
            ) from error
    else:
        found = _open_tokenizer(fetch(source))
    if len(found) > vocabulary:
        raise ModelError(
            f"the tokenizer has {len(found)} tokens and the model {vocabulary}: they do not belong "
            "together; name the model's own with --tokenizer"
        )
    return found


def _open_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    from transformers import AutoTokenizer, BertTokenizer

    try:
        if (folder / "tokenizer.json").is_file():
            found: Any = AutoTokenizer.from_pretrained(folder)
        else:
            # A bare vocabulary is cased if any of its tokens is.
            words = (folder / "vocab.txt").read_text(encoding="utf-8").split()
            cased = any(w != w.lower() for w in words if not w.startswith("["))
            found = BertTokenizer.from_pretrained(folder, do_lower_case=not cased)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"no tokenizer could be loaded from {folder} ({first_line(error)})"
        ) from error
    if not getattr(found, "is_fast", False):
        raise ModelError(
            f"{folder} has no fast tokenizer, which alone tells places; add its tokenizer.json"
        )
    tokenizer: PreTrainedTokenizerFast = found
    return tokenizer
