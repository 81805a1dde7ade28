"""An encoder without a model: hashed words, for trials and tests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from ...core.arguments import count, takes, texts
from ...core.folding import fold
from ...core.records import Prompts, Vectors

__all__ = ["HashEncoder"]


class HashEncoder:
    """No model: words and pieces of words, hashed into `dim` places. For trials and tests.

    Texts that share words are alike; nothing is understood.
    """

    @takes(dim=count(1))
    def __init__(self, dim: int = 256) -> None:
        self.dim = dim
        self.name = f"hash-{dim}"
        self.prompts = Prompts()

    @takes(texts=texts)
    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_queries`."""
        return self._encode(texts)

    @takes(texts=texts)
    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`."""
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for feature in _features(text):
                digest = hashlib.blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=8)
                number = int.from_bytes(digest.digest(), "big")
                row[(number >> 1) % self.dim] += 1 if number & 1 else -1
            if not row.any():
                row[0] = 1
            row /= np.linalg.norm(row)
        return vectors


_WORD = re.compile(r"\w+")


def _features(text: str) -> list[str]:
    """The words of a text, each counting three times, and all their pieces of three letters."""
    features: list[str] = []
    for word in _WORD.findall(fold(text).casefold()):
        features += [word] * 3
        features += [f"#{word[i : i + 3]}" for i in range(len(word) - 2)]
    return features
