"""The encoders as release 0.1.0 had them, with one call for both sides; for programs of that time.

Today's are in `encoders`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.records import Vectors
from .encoders import hashed, sentence
from .encoders.encoder import Encoder, passage_text

__all__ = ["Encoder", "HashEncoder", "SentenceEncoder", "passage_text"]


class HashEncoder(hashed.HashEncoder):
    """Today's, with `encode`."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `encode_passages`, which it is."""
        return self.encode_passages(texts)


class SentenceEncoder(sentence.SentenceEncoder):
    """Today's, with `encode`."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `encode_passages`: release 0.1.0 put no prompt before a text."""
        return self.encode_passages(texts)
