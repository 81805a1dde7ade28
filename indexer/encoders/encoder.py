"""Texts -> unit vectors: what makes questions and passages comparable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...core.records import Passage, Prompts, Vectors

__all__ = ["Encoder", "passage_text"]


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


def passage_text(passage: Passage) -> str:
    """What is encoded for a passage: its title, which often says what it is about, and its text."""
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text
