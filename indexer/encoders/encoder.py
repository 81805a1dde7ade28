"""Texts -> unit vectors: what makes questions and passages comparable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from ...core.errors import ModelError
from ...core.records import Passage, Prompts, Vectors

__all__ = ["Encoder", "EncoderAhead", "checked_vectors", "passage_text"]


class Encoder(Protocol):
    """Turns texts into vectors; `indexer.encoders.contract` is what each must pass."""

    @property
    def name(self) -> str:
        """Identifies the weights: memories are bound to it."""
        ...

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        ...

    @property
    def prompts(self) -> Prompts:
        """What is put before each question and each passage."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit rows of questions, shape (len(texts), dim); equal texts give equal rows."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit rows of passages, likewise; each text is a `passage_text`."""
        ...


@runtime_checkable
class EncoderAhead(Encoder, Protocol):
    """One that encodes elsewhere, so that several batches can be under way at once."""

    @property
    def ahead(self) -> int:
        """Batches that may be under way besides the one whose vectors are waited for."""
        ...

    def begin(self, texts: Sequence[str]) -> Callable[[], Vectors]:
        """Let passages be encoded; what comes back waits for their vectors, and is called once."""
        ...


def checked_vectors(encoder: Encoder, vectors: Vectors, count: int) -> Vectors:
    """The vectors of `count` texts as the encoder gave them.

    Raises ModelError where their shape is not (count, dim), or a number in them is not finite.
    """
    shape = np.shape(vectors)
    if shape != (count, encoder.dim):
        raise ModelError(
            f"encoder {encoder.name} says that its vectors have {encoder.dim} numbers, and gave an "
            f"array of shape {shape} for {count} texts; mend the encoder, or name another one"
        )
    if not np.isfinite(vectors).all():
        raise ModelError(
            f"encoder {encoder.name} gave vectors that are not finite, by which nothing can be "
            "found; mend the encoder, or name another one"
        )
    return vectors


def passage_text(passage: Passage) -> str:
    """What is encoded for a passage: its title, which often says what it is about, and its text."""
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text
