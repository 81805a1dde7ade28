"""Span readers on disk: start weights for training, trained readers for answering.

Published SpanBERT checkpoints differ in layout: weights as safetensors or pickled tensors, with
or without the `bert.` prefix, old names of the layer norms, no model type, no tokenizer. All of
them are read here; pickles only through torch's tensor-only loader.
"""

from __future__ import annotations

import copy
import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..memory.errors import ModelError
from ..models import bundled
from ..models.placement import fingerprint, placement

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

    from ..models.bert import WordPieces
    from .plain import PlainReader

    State: TypeAlias = dict[str, torch.Tensor]

__all__ = ["Loaded", "load_for_training", "load_reader", "save_reader"]

log = logging.getLogger(__name__)

_SHORT_NAMES = {
    "spanbert-base-cased": "SpanBERT/spanbert-base-cased",
    "spanbert-large-cased": "SpanBERT/spanbert-large-cased",
}
_CASED_VOCABULARY = "google-bert/bert-base-cased"
"""What SpanBERT was pre-trained with; its repositories hold no tokenizer of their own."""
_FILES = ("*.json", "*.safetensors", "*.bin", "vocab.txt", "README.md")
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


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

    folder = _folder(str(source)) if source is not None else bundled("reader")
    where, dtype = placement(device)
    plain = load_plain(folder) if tokenizer is None else None
    if plain is not None and len(plain[1]) <= plain[0].bert.words.shape[0]:
        _say_licence(str(source), folder)
        return Loaded(plain[0].to(device=where, dtype=dtype), plain[1], _name(folder), folder)
    model, untrained = _load(folder, str(source or "the bundled reader"))
    if untrained:
        raise ModelError(
            f"{source} has no trained span head, so its answers would be random; fine-tune it "
            "first with `spanmem train reader`, naming it as `base`"
        )
    fast = _load_tokenizer(tokenizer, folder, model.config.vocab_size)
    _say_licence(str(source), folder)
    model.to(device=where, dtype=dtype)
    return Loaded(model, fast, _name(folder), folder)


def _name(folder: Path) -> str:
    return f"{folder.name}@{fingerprint([_weights(folder)])}"


def load_for_training(
    base: str, *, tokenizer: str | None = None, dropout: float = 0.1
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Start weights with a span head, new where `base` has none. Raises ModelError."""
    folder = _folder(base)
    # Dropout on the attention's probabilities would rule out the fast way to compute it.
    model, _ = _load(
        folder,
        base,
        training=True,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
    )
    fast = _load_tokenizer(tokenizer, folder, model.config.vocab_size)
    _say_licence(base, folder)
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
    text = json.dumps({"format": 1, "kind": "reader", **facts}, indent=2, sort_keys=True)
    draft = folder / "spanmem.json.tmp"
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(folder / "spanmem.json")


def _folder(source: str) -> Path:
    """The folder of a model: a local one as it is, a hub name as downloaded. Raises ModelError."""
    path = Path(source)
    if path.is_dir():
        return path
    name = _SHORT_NAMES.get(source, source)
    if path.is_absolute() or not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ModelError(f"no model at {source}: there is no such folder, nor is it a hub name")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(_FILES)))
    except (OSError, ValueError) as error:
        raise _unreachable(name, error) from error


def _unreachable(name: str, error: Exception) -> ModelError:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return ModelError(
        f"{name} is no local folder and could not be fetched from the hub ({first}); "
        "check name and network, or give the folder of a model"
    )


def _load(folder: Path, source: str, *, training: bool = False, **changes: Any) -> tuple[Any, bool]:
    """The model in float32 with its span head, and whether that head is new and untrained."""
    import torch
    from transformers import MODEL_FOR_QUESTION_ANSWERING_MAPPING
    from transformers.utils import logging as chatter

    from ..models.attention import training_attention

    chatter.set_verbosity_error()
    chatter.disable_progress_bar()
    config = _config(folder)
    for key, value in changes.items():
        setattr(config, key, value)
    if type(config) not in MODEL_FOR_QUESTION_ANSWERING_MAPPING:
        raise ModelError(f"{source} is a {config.model_type} model, which cannot mark spans")
    kind: Any = MODEL_FOR_QUESTION_ANSWERING_MAPPING[type(config)]
    try:
        model, found = kind.from_pretrained(
            None,
            config=config,
            state_dict=_state(folder),
            output_loading_info=True,
            attn_implementation=training_attention(config.model_type) if training else "sdpa",
            dtype=torch.float32,
        )
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"{source}: its weights do not fit its config.json ({error})") from error
    missing = set(found["missing_keys"])
    head = {key for key in missing if key.startswith("qa_outputs.")}
    if missing - head:
        raise ModelError(
            f"{source} lacks {len(missing - head)} weights of a {config.model_type} model, such as "
            f"{min(missing - head)}; fetch it again"
        )
    return model, bool(head)


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

    path = _weights(folder)
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return dict(torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, SafetensorError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{path} cannot be read as tensors ({first}); fetch it again") from error


def _weights(folder: Path) -> Path:
    for name in _WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    raise ModelError(f"{folder} is no model: it has neither {_WEIGHTS[0]} nor {_WEIGHTS[1]}")


def _load_tokenizer(named: str | None, folder: Path, vocabulary: int) -> PreTrainedTokenizerFast:
    """The tokenizer that was named, the model's own, or SpanBERT's from the hub."""
    own = any((folder / name).is_file() for name in ("tokenizer.json", "vocab.txt"))
    source = str(folder) if named is None and own else named
    if source is None:
        try:
            found = _open_tokenizer(_folder(_CASED_VOCABULARY))
        except ModelError as error:
            raise ModelError(
                f"{folder.name} brings no tokenizer ({error}); name one with --tokenizer"
            ) from error
    else:
        found = _open_tokenizer(_folder(source))
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
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"no tokenizer could be loaded from {folder} ({first})") from error
    if not getattr(found, "is_fast", False):
        raise ModelError(
            f"{folder} has no fast tokenizer, which alone tells places; add its tokenizer.json"
        )
    tokenizer: PreTrainedTokenizerFast = found
    return tokenizer


_said: set[str] = set()


def _say_licence(source: str, folder: Path) -> None:
    """Say once per model that its licence forbids commercial use."""
    name = _SHORT_NAMES.get(source, source)
    card = folder / "README.md"
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    found = re.search(r"^license:\s*(\S*-nc\S*)", text, re.MULTILINE | re.IGNORECASE)
    licence = found.group(1) if found else "CC-BY-NC 4.0" if name.startswith("SpanBERT/") else None
    if licence and name not in _said:
        _said.add(name)
        log.warning("%s is licensed %s: not for commercial use", name, licence)
