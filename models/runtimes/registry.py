"""Opens a model with the first backend that can run it, or with the one that is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from ...core.errors import InputError, ModelError
from ..folders import check_downloaded, check_sentence_folder
from ..tokenizers import check_words
from .plain import is_plain, read_pooling
from .protocol import Runtime, RuntimeOptions, TextRuntime
from .threads import loading
from .tokenized import TokenizedRuntime

if TYPE_CHECKING:
    from .choice import Measured, Run
    from .graphs import Head

__all__ = ["AUTO", "BACKENDS", "Backend", "load_sentences", "load_spans"]

AUTO = "auto"
"""Instead of a backend: what is quickest here."""
BACKENDS = {
    "torch": "torch_bert",
    "transformers": "transformers",
    "openvino": "openvino_bert",
    "onnxruntime": "onnxruntime_bert",
}
"""Name -> the module of this package that is a `Backend`."""
_UNNAMED = ("torch", "transformers")
"""Those that are tried where none is named, in this order; the second runs whatever can be run."""


class Backend(Protocol):
    """What a module of this package provides to run models; imported when it is first needed.

    Both functions return None for a model that is not theirs, and raise ModelError for one that is
    broken, and InputError for a device that is not here.
    """

    def load_spans(
        self, folder: Path, source: str, options: RuntimeOptions, *, tokenizer: str | None
    ) -> Runtime | None:
        """The span reader in a folder; `tokenizer` names another one than the model's own."""
        ...

    def load_sentences(
        self, folder: Path, source: str, options: RuntimeOptions
    ) -> TextRuntime | None:
        """The sentence encoder in a folder."""
        ...


def load_spans(
    folder: Path, source: str, options: RuntimeOptions, *, tokenizer: str | None = None
) -> Runtime:
    """A span reader, ready to run; `source` is what the user calls it.

    Raises ModelError where it cannot be had, has no trained span head, or its tokenizer does not
    fit or knows no word; InputError for a device or a backend that is not here.
    """
    check_downloaded(folder, source)
    _check_int8(folder, source, "spans", options)
    options = _chosen_spans(folder, source, options) if tokenizer is None else _unchosen(options)
    for backend in _backends(options.backend):
        with loading():
            runtime = backend.load_spans(folder, source, options, tokenizer=tokenizer)
        if runtime is not None:
            check_words(runtime.tokenizer.backend_tokenizer, source)
            return runtime
    raise _refusal(source, options)


def load_sentences(folder: Path, source: str, options: RuntimeOptions) -> TextRuntime:
    """A sentence encoder, ready to run; the rest as for `load_spans`.

    Raises ModelError also for a folder that lacks files, or has a tokenizer that knows no word.
    """
    _check_int8(folder, source, "sentences", options)
    check_sentence_folder(folder, source)
    options = _chosen_sentences(folder, source, options)
    for backend in _backends(options.backend):
        with loading():
            runtime = backend.load_sentences(folder, source, options)
        if isinstance(runtime, TokenizedRuntime):
            check_words(runtime.runtime.tokenizer.backend_tokenizer, source)
        if runtime is not None:
            return runtime
    raise _refusal(source, options)


def _chosen_spans(folder: Path, source: str, options: RuntimeOptions) -> RuntimeOptions:
    """The options with the backend that `auto` comes to."""
    if options.backend != AUTO:
        return options
    from .choice import choose

    def load(options: RuntimeOptions) -> Run | None:
        (backend,) = _backends(options.backend)
        with loading():
            runtime = backend.load_spans(folder, source, options, tokenizer=None)
        return None if runtime is None else runtime.run

    return _with(choose(folder, "spans", _unchosen(options), load), options)


def _chosen_sentences(folder: Path, source: str, options: RuntimeOptions) -> RuntimeOptions:
    if options.backend != AUTO:
        return options
    from .choice import choose

    def load(options: RuntimeOptions) -> Run | None:
        (backend,) = _backends(options.backend)
        with loading():
            runtime = backend.load_sentences(folder, source, options)
        return runtime.runtime.run if isinstance(runtime, TokenizedRuntime) else None

    return _with(choose(folder, "sentences", _unchosen(options), load), options)


def _unchosen(options: RuntimeOptions) -> RuntimeOptions:
    return replace(options, backend=None) if options.backend == AUTO else options


def _with(way: Measured, options: RuntimeOptions) -> RuntimeOptions:
    """What `way` asks for; torch is not named, so that models that it cannot run are run."""
    backend = None if way.backend == "torch" else way.backend
    return replace(options, backend=backend, precision=way.precision)


def _backends(name: str | None) -> Iterator[Backend]:
    if name is not None and name not in BACKENDS:
        raise InputError(f"backend {name} is not known; use {', '.join(BACKENDS)} or {AUTO}")
    for known in _UNNAMED if name is None else [name]:
        yield cast(Backend, import_module(f".{BACKENDS[known]}", __package__))


def _refusal(source: str, options: RuntimeOptions) -> ModelError:
    return ModelError(
        f"{source} cannot be run by the backend {options.backend}, which computes plain BERTs "
        f"alone; set runtime.backend to {AUTO} or transformers"
    )


def _check_int8(folder: Path, source: str, head: Head, options: RuntimeOptions) -> None:
    """Raise InputError where int8 is asked of a model that no engine computes in it."""
    if options.precision != "int8":
        return
    try:
        plain = is_plain(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError):
        return  # what opens it says more
    if not plain or (head == "sentences" and read_pooling(folder) is None):
        raise InputError(
            f"{source} cannot be computed in int8, which is for plain BERTs alone; choose float32 "
            "or bfloat16 as runtime.precision"
        )
