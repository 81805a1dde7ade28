"""Texts -> unit vectors: what makes questions and passages comparable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ...core.records import Passage, Vectors

if TYPE_CHECKING:
    pass

__all__ = ["Encoder", "passage_text"]


class Encoder(Protocol):
    """Turns texts into vectors; `tests/contracts/test_encoder.py` is what each must pass."""

    @property
    def name(self) -> str:
        """Identifies the weights: memories are bound to it."""
        ...

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit rows of shape (len(texts), dim); equal texts give equal rows, in any company."""
        ...


def passage_text(passage: Passage) -> str:
    """What is encoded for a passage: its title, which often says what it is about, and its text."""
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text
