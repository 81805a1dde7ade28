"""The dense view: FAISS indexes over the passages' vectors, in segments that never change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .records import Vectors
from .rows import Numbers

SEGMENT = 32_768
"""Passages per segment at most: bounds the memory that building one takes."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An exact inner-product index, and the passage number at each of its positions."""

    index: Any
    numbers: Numbers

    @classmethod
    def of(cls, numbers: Numbers, vectors: Vectors) -> Segment:
        """A segment in memory; `vectors` of shape (len(numbers), dim)."""
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index, numbers)

    @classmethod
    def read(cls, path: Path) -> Segment:
        """A segment from disk; its vectors stay there until they are used."""
        import faiss

        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, np.load(path.with_suffix(".npy")))

    def write(self, path: Path) -> None:
        import faiss

        faiss.write_index(self.index, str(path))
        np.save(path.with_suffix(".npy"), self.numbers)

    def vectors(self) -> Vectors:
        """All vectors, shape (n, dim)."""
        found: Vectors = self.index.reconstruct_n(0, len(self.numbers))
        return found

    def search(
        self, vector: Vectors, k: int, *, allowed: Numbers | None, removed: Numbers
    ) -> list[tuple[int, float]]:
        """The `k` best passages with their cosine, best first; `vector` has shape (1, dim)."""
        import faiss

        mask = None
        if allowed is not None:
            mask = np.isin(self.numbers, allowed, assume_unique=True)
        if removed.size and self.numbers.size and removed[-1] >= self.numbers[0]:
            live = ~np.isin(self.numbers, removed, assume_unique=True)
            mask = live if mask is None else mask & live
        if mask is not None and mask.all():
            mask = None
        if mask is not None and not mask.any():
            return []
        chosen = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(mask.size, faiss.swig_ptr(bits))
            chosen = faiss.SearchParameters()
            chosen.sel = selector
        scores, places = self.index.search(vector, min(k, len(self.numbers)), params=chosen)
        return [
            (int(self.numbers[place]), float(score))
            for place, score in zip(places[0], scores[0], strict=True)
            if place >= 0
        ]


def search(
    segments: Sequence[Segment],
    vector: Vectors,
    k: int,
    *,
    allowed: Numbers | None,
    removed: Numbers,
) -> dict[int, float]:
    """The `k` best passages of all segments, with their cosine."""
    found: list[tuple[int, float]] = []
    for segment in segments:
        found += segment.search(vector, k, allowed=allowed, removed=removed)
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    return dict(found[:k])


def merged(segments: Iterable[Segment], removed: Numbers) -> Segment:
    """One segment with what is left of several."""
    parts = list(segments)
    numbers = np.concatenate([part.numbers for part in parts])
    vectors = np.concatenate([part.vectors() for part in parts])
    live = ~np.isin(numbers, removed, assume_unique=True)
    return Segment.of(numbers[live], vectors[live])
