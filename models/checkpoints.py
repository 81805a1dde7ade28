"""Checkpoints in the layouts they are published in, for whoever puts a head on them.

Published SpanBERT checkpoints differ: weights as safetensors or pickled tensors, with or without
the `bert.` prefix, old names of the layer norms, no model type, no tokenizer. All of them are read
here; pickles only through torch's tensor-only loader.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import ModelError
from .finite import check_loaded
from .folders import check_downloaded
from .hub import fetch
from .tokenizers import has_tokenizer, open_tokenizer
from .weights import check_kind, check_readable, load_tensors

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedTokenizerFast

__all__ = ["SPAN_HEADS", "load_model", "load_tokenizer", "quiet"]

_CASED_VOCABULARY = "google-bert/bert-base-cased"
"""What SpanBERT was pre-trained with; its repositories hold no tokenizer of their own."""
SPAN_HEADS = ("qa_outputs.", "qa_classifier.", "splinter_qass.")
"""How the names of a span head's weights begin: most models', BigBird's, Splinter's."""


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
    weights are missing, or some are not finite; as `load_tensors` besides.
    """
    import torch

    config = _config(folder)
    for key, value in changes.items():
        setattr(config, key, value)
    if type(config) not in kinds:
        raise ModelError(f"{source} is a {config.model_type} model, which cannot {task}")
    check_downloaded(folder, source)
    state = load_tensors(folder)
    try:
        with quiet():
            model, report = kinds[type(config)].from_pretrained(
                None,
                config=config,
                state_dict=state,
                output_loading_info=True,
                attn_implementation=_attention(kinds[type(config)], attention(config.model_type)),
                dtype=torch.float32,
            )
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"{source}: its weights do not fit its config.json ({error})") from error
    missing = set(report["missing_keys"])
    fresh = {key for key in missing if key.startswith(tuple(new))}
    if missing - fresh:
        raise ModelError(
            f"{source} lacks {len(missing - fresh)} weights of a {config.model_type} model, such "
            f"as {min(missing - fresh)}; fetch it again"
        )
    check_loaded(source, model.named_parameters())
    return model, bool(fresh)


def _attention(model: Any, wanted: str) -> str:
    """The attention that is wanted, or the plain one where the model's class has no fused one."""
    return "eager" if wanted == "sdpa" and not getattr(model, "_supports_sdpa", False) else wanted


def quiet() -> ExitStack:
    """Keep the notes and progress bars of transformers off the terminal from now on.

    The result, used as a context, lets it talk as before; without, it stays quiet.
    """
    from transformers.utils import logging as transformers_logging

    stack = ExitStack()
    stack.callback(transformers_logging.set_verbosity, transformers_logging.get_verbosity())
    transformers_logging.set_verbosity_error()
    if transformers_logging.is_progress_bar_enabled():
        stack.callback(transformers_logging.enable_progress_bar)
        transformers_logging.disable_progress_bar()
    return stack


def _config(folder: Path) -> PretrainedConfig:
    """The model's configuration; one that names no type is BERT's, as in SpanBERT's releases."""
    from transformers import AutoConfig, BertConfig

    check_readable(folder / "config.json")
    try:
        table = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config: PretrainedConfig = (
            AutoConfig.from_pretrained(folder)
            if "model_type" in table
            else BertConfig.from_dict(table)
        )
        return config
    except FileNotFoundError as error:
        check_kind(folder)
        raise ModelError(f"{folder} is no model: it has no config.json") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder}: its config.json cannot be used ({error})") from error


def load_tokenizer(name: str | None, folder: Path, vocabulary: int) -> PreTrainedTokenizerFast:
    """The tokenizer of that name, or else the model's own, or else SpanBERT's from the hub.

    The last is BERT's cased one, and for a BERT alone. Raises ModelError where there is none, or it
    has more tokens than `vocabulary`.
    """
    with quiet():
        if name is not None:
            tokenizer = open_tokenizer(fetch(name))
        elif has_tokenizer(folder) or not _is_bert(folder):
            tokenizer = open_tokenizer(folder)
        else:
            tokenizer = _cased_tokenizer(folder.name)
    if len(tokenizer) > vocabulary:
        raise ModelError(
            f"the tokenizer has {len(tokenizer)} tokens and the model {vocabulary}: they do not "
            "belong together; name the model's own with --tokenizer"
        )
    return tokenizer


def _is_bert(folder: Path) -> bool:
    """Whether the configuration names BERT, or no kind of model, as SpanBERT's; or is missing."""
    return not (folder / "config.json").is_file() or _config(folder).model_type == "bert"


def _cased_tokenizer(model: str) -> PreTrainedTokenizerFast:
    """SpanBERT's, for a model that brings none. Raises ModelError where it cannot be fetched."""
    try:
        return open_tokenizer(fetch(_CASED_VOCABULARY))
    except ModelError as error:
        raise ModelError(
            f"{model} brings no tokenizer ({error}); name one with --tokenizer"
        ) from error
