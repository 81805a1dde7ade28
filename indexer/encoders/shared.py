"""What encoders have in common whose passages are encoded elsewhere, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from ...core.records import Prompts, Vectors
from .encoder import Encoder

__all__ = ["SharedEncoder"]


class SharedEncoder:
    """Goes by the encoder of this process, which encodes questions; a context manager."""

    def __init__(self, encoder: Encoder) -> None:
        self._own = encoder

    @property
    def name(self) -> str:
        """See `Encoder.name`."""
        return self._own.name

    @property
    def dim(self) -> int:
        """See `Encoder.dim`."""
        return self._own.dim

    @property
    def prompts(self) -> Prompts:
        """See `Encoder.prompts`."""
        return self._own.prompts

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_queries`."""
        return self._own.encode_queries(texts)

    def __enter__(self) -> Self:
        return self
