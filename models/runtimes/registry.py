"""Opens a model with the first backend that can run it, or with the one that is named."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from ...core.errors import InputError, ModelError
from .protocol import Runtime, RuntimeOptions, TextRuntime
from .threads import loading

__all__ = ["BACKENDS", "Backend", "load_sentences", "load_spans"]

BACKENDS = {"torch": "torch_bert", "transformers": "transformers"}
"""Name -> the module of this package that is a `Backend`, in the order in which they are tried."""


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
    fit; InputError for a device or a backend that is not here.
    """
    for backend in _backends(options.backend):
        with loading():
            runtime = backend.load_spans(folder, source, options, tokenizer=tokenizer)
        if runtime is not None:
            return runtime
    raise _refusal(source, options)


def load_sentences(folder: Path, source: str, options: RuntimeOptions) -> TextRuntime:
    """A sentence encoder, ready to run; the rest as for `load_spans`."""
    for backend in _backends(options.backend):
        with loading():
            runtime = backend.load_sentences(folder, source, options)
        if runtime is not None:
            return runtime
    raise _refusal(source, options)


def _backends(name: str | None) -> Iterator[Backend]:
    if name is not None and name not in BACKENDS:
        raise InputError(f"backend {name} is not known; use {', '.join(BACKENDS)}")
    for module in BACKENDS.values() if name is None else [BACKENDS[name]]:
        yield cast(Backend, import_module(f".{module}", __package__))


def _refusal(source: str, options: RuntimeOptions) -> ModelError:
    return ModelError(f"{source} cannot be run by the backend {options.backend}; name none")
