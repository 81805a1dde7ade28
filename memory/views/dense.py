"""The dense view: FAISS indexes over the passages' vectors, in segments that never change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...core.records import Vectors
from ..documents import Numbers
from . import index_types as kinds
from .index_types import BuiltType

__all__ = ["Segment", "SegmentBuilder", "Truth", "chosen_places", "merged", "search"]

Truth: TypeAlias = Callable[[Sequence[int]], Mapping[int, NDArray[np.float32]]]
"""The stored vectors of some passages, by number."""
_CHUNK = 4096
_FEW = 20_000
"""Passages that are compared one by one rather than looked for in a graph with most of it shut."""
_AGAIN = 4
"""Candidates per result that short codes bring, to be compared again with the true vectors."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An inner-product index, and the passage number at each of its places, ascending."""

    index: Any
    numbers: Numbers
    kind: BuiltType = "flat"
    effort: int = 1
    """See `kinds.efforts`: the least that reached the recall aimed at, when it was measured."""
    recall: float = 1.0
    """Share of the exact 10 best that a search finds, measured on a sample when it was made."""

    @classmethod
    def of(cls, numbers: Numbers, vectors: Vectors) -> Segment:
        """An exact segment in memory; `vectors` of shape (len(numbers), dim)."""
        growing = SegmentBuilder("flat", vectors.shape[1])
        growing.add(numbers, vectors)
        return growing.done()

    @classmethod
    def read(cls, path: Path, facts: Mapping[str, Any]) -> Segment:
        """A segment from disk; vectors and numbers stay there until they are used."""
        import faiss

        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        numbers = np.load(path.with_suffix(".npy"), mmap_mode="r")
        if len(numbers) != index.ntotal:
            raise ValueError(f"{path.name} holds {index.ntotal} vectors, not {len(numbers)}")
        return cls(index, numbers, **facts)

    def write(self, path: Path) -> None:
        """Write both files; `facts` are for the caller to keep."""
        import faiss

        faiss.write_index(self.index, str(path))
        np.save(path.with_suffix(".npy"), self.numbers)

    def facts(self) -> dict[str, Any]:
        """What `read` must be told besides the path, ready for JSON."""
        return {"kind": self.kind, "effort": self.effort, "recall": self.recall}

    def pieces(self) -> Iterator[tuple[Numbers, Vectors]]:
        """Numbers and vectors, some thousand at once. Not for codes, which are no vectors."""
        for at in range(0, len(self.numbers), _CHUNK):
            numbers = self.numbers[at : at + _CHUNK]
            yield numbers, self.index.reconstruct_n(at, len(numbers))

    def search(
        self, vector: Vectors, k: int, *, allowed: Numbers | None, removed: Numbers
    ) -> list[tuple[int, float]]:
        """The `k` best passages with their cosine, best first; `vector` has shape (1, dim).

        There are `k` of them where so many are allowed. Of `ivfpq` the cosines are estimates.
        """
        mask = _mask(self.numbers, allowed, removed)
        there = len(self.numbers) if mask is None else int(np.count_nonzero(mask))
        wanted = min(k, there)
        if not wanted:
            return []
        if self.kind == "hnsw" and mask is not None and there <= _FEW:
            return self._compare(vector, wanted, mask)
        efforts = [e for e in kinds.efforts(self.kind, self.index) if e > self.effort]
        for effort in (max(self.effort, wanted) if self.kind == "hnsw" else self.effort, *efforts):
            found = self._look(vector, wanted, mask, effort)
            if len(found) == wanted:
                return found
        # A graph may hide what its best paths do not lead to.
        return self._compare(vector, wanted, np.ones(there, bool) if mask is None else mask)

    def _look(
        self, vector: Vectors, k: int, mask: NDArray[np.bool_] | None, effort: int
    ) -> list[tuple[int, float]]:
        import faiss

        selector = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(mask.size, faiss.swig_ptr(bits))
        chosen = kinds.parameters(self.kind, effort, selector)
        scores, places = self.index.search(vector, k, params=chosen)
        held = places[0] >= 0
        numbers = self.numbers[places[0][held]]
        return list(zip(numbers.tolist(), scores[0][held].tolist(), strict=True))

    def _compare(self, vector: Vectors, k: int, mask: NDArray[np.bool_]) -> list[tuple[int, float]]:
        """The best of the places in `mask`, by comparing each."""
        places = np.flatnonzero(mask)
        scores = np.concatenate(
            [
                self.index.reconstruct_batch(places[at : at + _CHUNK]) @ vector[0]
                for at in range(0, len(places), _CHUNK)
            ]
        )
        best = np.lexsort((places, -scores))[:k]
        return list(zip(self.numbers[places[best]].tolist(), scores[best].tolist(), strict=True))


class SegmentBuilder:
    """A segment that is being made from vectors that come in pieces."""

    def __init__(
        self, kind: BuiltType, dim: int, passages: int = 0, sample: Vectors | None = None
    ) -> None:
        """For about `passages`; `sample` is what `kinds.empty` learns from."""
        none = np.empty((0, dim), np.float32)
        self._index = kinds.empty(kind, dim, passages, none if sample is None else sample)
        self._kind: BuiltType = kind
        self._numbers: list[Numbers] = []

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Take in vectors, shape (len(numbers), dim), and their passages' numbers."""
        self._index.add(np.ascontiguousarray(vectors))
        self._numbers.append(numbers)

    def done(self) -> Segment:
        """The segment, in memory."""
        numbers = np.concatenate(self._numbers) if self._numbers else np.empty(0, np.int64)
        effort = kinds.efforts(self._kind, self._index)[0]
        return Segment(self._index, numbers, self._kind, effort)


def search(
    segments: Iterable[Segment],
    vector: Vectors,
    k: int,
    *,
    allowed: Numbers | None,
    removed: Numbers,
    truth: Truth,
) -> dict[int, float]:
    """The `k` best passages of all segments, with their cosine."""
    found: list[tuple[int, float]] = []
    for segment in segments:
        codes = segment.kind == "ivfpq"
        count = k * _AGAIN if codes else k
        best = segment.search(vector, count, allowed=allowed, removed=removed)
        if codes:
            true = truth([number for number, _ in best])
            best = [(number, float(row @ vector[0])) for number, row in true.items()]
        found += best
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    return dict(found[:k])


def merged(segments: Iterable[Segment], removed: Numbers) -> Segment:
    """One exact segment with what is left of several."""
    parts = list(segments)
    growing = SegmentBuilder("flat", int(parts[0].index.d))
    for part in parts:
        for numbers, vectors in part.pieces():
            live = np.ones(len(numbers), bool)
            live[chosen_places(numbers, removed)] = False
            growing.add(numbers[live], vectors[live])
    return growing.done()


def chosen_places(numbers: Numbers, some: Numbers) -> NDArray[np.intp]:
    """Places in `numbers` at which one of `some` stands; both ascending, without repetition."""
    if not numbers.size or not some.size:
        return np.empty(0, np.intp)
    near = some[np.searchsorted(some, numbers[0]) : np.searchsorted(some, numbers[-1], "right")]
    places = np.searchsorted(numbers, near)
    found: NDArray[np.intp] = places[numbers[places] == near]
    return found


def _mask(numbers: Numbers, allowed: Numbers | None, removed: Numbers) -> NDArray[np.bool_] | None:
    """Which places may be found; None: all."""
    gone = chosen_places(numbers, removed)
    if allowed is None and not gone.size:
        return None
    mask = np.ones(len(numbers), bool) if allowed is None else np.zeros(len(numbers), bool)
    if allowed is not None:
        mask[chosen_places(numbers, allowed)] = True
    mask[gone] = False
    return None if mask.all() else mask
