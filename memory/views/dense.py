"""The dense view: FAISS indexes over the passages' vectors, in segments that never change.

A passage has a number, in the rows, and a position, in the segment that holds its vector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray

from ...core.records import Vectors
from ..documents import Numbers
from . import index_types
from .index_types import BuiltType

__all__ = [
    "Segment",
    "SegmentBuilder",
    "SegmentFacts",
    "VectorLookup",
    "merge_segments",
    "positions_of",
    "search_segments",
]

VectorLookup: TypeAlias = Callable[[Sequence[int]], Mapping[int, NDArray[np.float32]]]
"""The stored vectors of some passages, by number."""
_BATCH = 4096
_EXHAUSTIVE_UP_TO = 20_000
"""Passages that are compared one by one rather than looked for in a graph with most of it shut."""
_REFINED = 4
"""Candidates per result that short codes bring, to be compared again with the true vectors."""


class SegmentFacts(TypedDict):
    """What a segment's files do not tell of it, as the manifest has it."""

    kind: BuiltType
    effort: int
    recall: float


@dataclass(frozen=True, slots=True)
class Segment:
    """An inner-product index, and the passage number at each of its positions, ascending."""

    index: Any
    numbers: Numbers
    index_type: BuiltType = "flat"
    search_parameter: int = 1
    """`efSearch` or `nprobe`: the least that reached the recall aimed at, when it was measured."""
    recall: float = 1.0
    """Share of the exact 10 best that a search finds, measured on a sample when it was built."""

    @classmethod
    def read(cls, path: Path, facts: SegmentFacts) -> Segment:
        """A segment from disk; vectors and numbers stay there until they are used.

        Raises ValueError where the two files do not fit together, KeyError where facts are missing,
        and what FAISS raises for a file that it cannot read: RuntimeError.
        """
        import faiss

        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        numbers = np.load(path.with_suffix(".npy"), mmap_mode="r")
        if len(numbers) != index.ntotal:
            raise ValueError(f"{path.name} holds {index.ntotal} vectors, not {len(numbers)}")
        return cls(
            index,
            numbers,
            index_type=facts["kind"],
            search_parameter=facts["effort"],
            recall=facts["recall"],
        )

    def write(self, path: Path) -> None:
        """Write both files; `facts` are for the caller to keep."""
        import faiss

        faiss.write_index(self.index, str(path))
        np.save(path.with_suffix(".npy"), self.numbers)

    def facts(self) -> SegmentFacts:
        """What `read` must be told besides the path, ready for JSON."""
        return {"kind": self.index_type, "effort": self.search_parameter, "recall": self.recall}

    def batches(self) -> Iterator[tuple[Numbers, Vectors]]:
        """Numbers and vectors, some thousand at once. Not for codes, which are no vectors."""
        for start in range(0, len(self.numbers), _BATCH):
            numbers = self.numbers[start : start + _BATCH]
            yield numbers, self.index.reconstruct_n(start, len(numbers))

    def search(
        self, vector: Vectors, k: int, *, allowed: Numbers | None, removed: Numbers
    ) -> dict[int, float]:
        """Cosines of the `k` best passages, best first; `vector` has shape (1, dim).

        There are `k` of them where so many are allowed. Of `ivfpq` the cosines are estimates.
        """
        mask = _mask(self.numbers, allowed, removed)
        allowed_count = len(self.numbers) if mask is None else int(np.count_nonzero(mask))
        k = min(k, allowed_count)
        if not k:
            return {}
        graph = self.index_type == "hnsw"
        if graph and mask is not None and allowed_count <= _EXHAUSTIVE_UP_TO:
            return self._search_exhaustively(vector, k, mask)
        first = max(self.search_parameter, k) if graph else self.search_parameter
        values = index_types.search_parameters(self.index_type, self.index)
        for value in (first, *(v for v in values if v > self.search_parameter)):
            cosines = self._search_index(vector, k, mask, value)
            if len(cosines) == k:
                return cosines
        # A graph may hide what its best paths do not lead to.
        mask = np.ones(allowed_count, bool) if mask is None else mask
        return self._search_exhaustively(vector, k, mask)

    def _search_index(
        self, vector: Vectors, k: int, mask: NDArray[np.bool_] | None, value: int
    ) -> dict[int, float]:
        import faiss

        selector = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(mask.size, faiss.swig_ptr(bits))
        parameters = index_types.faiss_parameters(self.index_type, value, selector)
        with index_types.one_thread():
            scores, positions = self.index.search(vector, k, params=parameters)
        filled = positions[0] >= 0  # FAISS fills up with -1
        numbers = self.numbers[positions[0][filled]]
        return dict(zip(numbers.tolist(), scores[0][filled].tolist(), strict=True))

    def _search_exhaustively(
        self, vector: Vectors, k: int, mask: NDArray[np.bool_]
    ) -> dict[int, float]:
        """The best of the positions in `mask`, by comparing each."""
        positions = np.flatnonzero(mask)
        scores = np.concatenate(
            [
                self.index.reconstruct_batch(positions[start : start + _BATCH]) @ vector[0]
                for start in range(0, len(positions), _BATCH)
            ]
        )
        best = np.lexsort((positions, -scores))[:k]
        return dict(zip(self.numbers[positions[best]].tolist(), scores[best].tolist(), strict=True))


class SegmentBuilder:
    """A segment that is being built from vectors that come in batches."""

    def __init__(
        self,
        index_type: BuiltType,
        dim: int,
        passages: int = 0,
        training_vectors: Vectors | None = None,
    ) -> None:
        """For about `passages`; see `index_types.new_index` for what it is trained on."""
        if training_vectors is None:
            training_vectors = np.empty((0, dim), np.float32)
        self._index = index_types.new_index(index_type, dim, passages, training_vectors)
        self._index_type: BuiltType = index_type
        self._numbers: list[Numbers] = []

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Add vectors, shape (len(numbers), dim), and their passages' numbers."""
        self._index.add(np.ascontiguousarray(vectors))
        self._numbers.append(numbers)

    def finish(self) -> Segment:
        """The segment, in memory."""
        numbers = np.concatenate(self._numbers) if self._numbers else np.empty(0, np.int64)
        least = index_types.search_parameters(self._index_type, self._index)[0]
        return Segment(self._index, numbers, self._index_type, least)


def search_segments(
    segments: Iterable[Segment],
    vector: Vectors,
    k: int,
    *,
    allowed: Numbers | None,
    removed: Numbers,
    stored_vectors: VectorLookup,
) -> dict[int, float]:
    """Cosines of the `k` best passages of all segments, best first; `vector` has shape (1, dim).

    What short codes only estimate is computed with the `stored_vectors`. Equal cosines are ordered
    by number.
    """
    cosines: dict[int, float] = {}
    for segment in segments:
        coded = segment.index_type == "ivfpq"
        best = segment.search(
            vector, k * _REFINED if coded else k, allowed=allowed, removed=removed
        )
        if coded:
            rows = stored_vectors(list(best))
            best = {number: float(row @ vector[0]) for number, row in rows.items()}
        cosines.update(best)
    ranked = sorted(cosines.items(), key=lambda item: (-item[1], item[0]))
    return dict(ranked[:k])


def merge_segments(segments: Sequence[Segment], removed: Numbers) -> Segment:
    """One exact segment with what is left of several exact ones."""
    builder = SegmentBuilder("flat", int(segments[0].index.d))
    for segment in segments:
        for numbers, vectors in segment.batches():
            live = np.ones(len(numbers), bool)
            live[positions_of(removed, numbers)] = False
            builder.add(numbers[live], vectors[live])
    return builder.finish()


def positions_of(some: Numbers, numbers: Numbers) -> NDArray[np.intp]:
    """Positions in `numbers` of those of `some` that occur there; both strictly ascending."""
    if not numbers.size or not some.size:
        return np.empty(0, np.intp)
    within = some[np.searchsorted(some, numbers[0]) : np.searchsorted(some, numbers[-1], "right")]
    positions = np.searchsorted(numbers, within)
    occurring: NDArray[np.intp] = positions[numbers[positions] == within]
    return occurring


def _mask(numbers: Numbers, allowed: Numbers | None, removed: Numbers) -> NDArray[np.bool_] | None:
    """Which positions a search may return; None: all."""
    removed_positions = positions_of(removed, numbers)
    if allowed is None and not removed_positions.size:
        return None
    mask = np.ones(len(numbers), bool) if allowed is None else np.zeros(len(numbers), bool)
    if allowed is not None:
        mask[positions_of(allowed, numbers)] = True
    mask[removed_positions] = False
    return None if mask.all() else mask
