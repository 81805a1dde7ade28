"""Encoders of sentence-transformers, the bundled one among them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.arguments import choice, count, optional, string, takes, texts
from ...core.arguments import path as path_of
from ...core.errors import InputError, ModelError
from ...core.folding import fold
from ...core.records import Prompts, Vectors, encodable
from ...models import bundled
from ...models.device import fingerprint
from ...models.hub import fetch
from ...models.runtimes.protocol import PRECISIONS, Precision, RuntimeOptions, Task, TextRuntime
from ...models.runtimes.registry import load_sentences
from .kinds import say_kind
from .prompts import read_prompts
from .recipe import read_dimensions, recipe_digest

__all__ = ["SentenceEncoder"]

_OWNER = "sentence-transformers"
"""Whose a hub name without an owner is."""


class SentenceEncoder:
    """A sentence-transformers model; safe to use from several threads."""

    @takes(
        model=optional(path_of),
        device=string,
        threads=optional(count(1)),
        backend=optional(string),
        precision=optional(choice(*PRECISIONS)),
        query_prompt=optional(string),
        passage_prompt=optional(string),
        dimensions=optional(count(1)),
    )
    def __init__(
        self,
        model: str | Path | None = None,
        *,
        device: str = "auto",
        threads: int | None = None,
        backend: str | None = None,
        precision: Precision | None = None,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        dimensions: int | None = None,
    ) -> None:
        """Load a folder or hub name; None: the bundled encoder.

        `device`, `threads`, `backend` and `precision` as in `RuntimeOptions`; a prompt that is None
        is the one of the model's own configuration. `dimensions` keeps the first numbers of each
        vector, for models trained to put what matters there (Kusupati et al. 2022, "Matryoshka
        Representation Learning"); None: as many as the folder was saved with. What speaks against
        the model as an encoder is logged. Raises ModelError where the model cannot be had or lacks
        files, InputError for a device that is not here and for more dimensions than there are.
        """
        folder = bundled("encoder") if model is None else fetch(str(model), owner=_OWNER)
        options = RuntimeOptions(device, threads, backend, precision)
        self.runtime: TextRuntime = load_sentences(folder, str(model or folder), options)
        self.name = f"{folder.name}@{fingerprint(_weights(folder))}{_recipe(folder)}"
        self.dim = self.runtime.dim
        saved = read_dimensions(folder)
        if dimensions is None and saved is not None and saved < self.dim:
            dimensions = saved
        if dimensions is not None and dimensions != self.dim:
            if dimensions > self.dim:
                raise InputError(
                    f"encoder {self.name} gives vectors of {self.dim} numbers, and "
                    f"encoder.dimensions asks for {dimensions}; give {self.dim} or fewer"
                )
            self.dim = dimensions
            self.name = f"{self.name}:{dimensions}"
        own = read_prompts(folder)
        given = query_prompt is not None or passage_prompt is not None
        say_kind(str(model or folder), folder, own, prompts_given=given)
        self.prompts = Prompts(
            query=own.query if query_prompt is None else query_prompt,
            passage=own.passage if passage_prompt is None else passage_prompt,
        )

    @takes(texts=texts)
    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_queries`. Of texts too long for the model, the beginning counts."""
        return self._encode(texts, self.prompts.query, "query")

    @takes(texts=texts)
    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`. Of texts too long for the model, the beginning counts."""
        return self._encode(texts, self.prompts.passage, "document")

    def _encode(self, texts: Sequence[str], prompt: str, task: Task) -> Vectors:
        vectors = np.empty((len(texts), self.dim), np.float32)
        # Like lengths together: padding is what a batch of unlike ones mostly computes.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        at = 0
        while at < len(order):
            # About four characters to a token, and no text longer than the model reads.
            length = 2 + (len(prompt) + len(texts[order[at]])) // 4
            rows = max(1, self.runtime.batch_tokens // min(self.runtime.max_length, length))
            batch = order[at : at + rows]
            whole = self.runtime.embed(
                [encodable(fold(texts[i])) for i in batch], prompt=encodable(prompt), task=task
            )
            vectors[batch] = whole[:, : self.dim]
            at += len(batch)
        return vectors if self.dim == self.runtime.dim else _unit(vectors)


def _unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; one of zeros alone points along the first axis."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[lengths[:, 0] == 0, 0] = 1
    vectors /= np.where(lengths == 0, 1, lengths)
    return vectors


def _recipe(folder: Path) -> str:
    """What the name tells of pooling and tokenizer; nothing of the bundled encoder's own."""
    return "" if folder.samefile(bundled("encoder")) else f"+{recipe_digest(folder)}"


def _weights(folder: Path) -> list[Path]:
    """The files with the weights. Raises ModelError where there are none."""
    files = sorted(folder.rglob("*.safetensors")) or sorted(folder.rglob("pytorch_model*.bin"))
    if not files:
        raise ModelError(f"{folder} holds no weights; give the folder of a model")
    return files
