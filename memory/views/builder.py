"""Building the segments of a dense view: written in batches, adopted from an older view, merged."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...core import files
from ...core.records import Vectors
from ..documents import Numbers
from . import index_types
from .dense import (
    Segment,
    SegmentBuilder,
    SegmentFacts,
    VectorLookup,
    merge_segments,
    positions_of,
    search_segments,
)
from .index_types import BuiltType

__all__ = ["RECALL_AT", "TARGET_RECALL", "SegmentSet", "SegmentWriter"]

RECALL_AT, TARGET_RECALL = 10, 0.95
"""A search parameter is the least with which this share of the exact best so many is found."""
_BEYOND = {"flat": 0, "hnsw": 1, "ivfpq": 1}
"""Steps that a search goes beyond that parameter. Questions lie farther from their passages than
these from each other, on more lists: docs/memory.md says what was measured."""
_PROBES = 100
"""Stored vectors that the recall is measured with."""
_TOLERANCE = 1e-5
"""By which a cosine may miss the exact one: equal vectors may stand for each other."""
_NONE: Numbers = np.empty(0, np.int64)


class SegmentWriter:
    """Vectors that come in batches, in the order of their numbers, become segments."""

    def __init__(
        self,
        dim: int,
        on_segment: Callable[[Segment], None],
        *,
        index_type: BuiltType = "flat",
        numbers: Numbers = _NONE,
        stored_vectors: VectorLookup | None = None,
    ) -> None:
        """`on_segment` is called with each finished segment.

        Types other than flat need all `numbers` that will come, and their `stored_vectors`, to be
        trained on and to measure the recall with.
        """
        self._dim, self._on_segment = dim, on_segment
        self._index_type: BuiltType = index_type
        self._numbers, self._stored_vectors = numbers, stored_vectors
        capacity = index_types.segment_capacity(index_type)
        segments = math.ceil(len(numbers) / capacity)
        self._size = math.ceil(len(numbers) / segments) if segments else capacity
        self._builder: SegmentBuilder | None = None
        self._probe: RecallProbe | None = None

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Add vectors, shape (len(numbers), dim), and their passages' numbers."""
        if self._builder is None:
            self._builder = self._start(int(numbers[0]))
        self._builder.add(numbers, vectors)
        if self._probe is not None:
            self._probe.observe(vectors)
        if len(self._builder) >= self._size:
            self.close()

    def close(self) -> None:
        """Finish the last segment."""
        if self._builder is not None:
            segment = self._builder.finish()
            if self._probe is not None:
                segment = self._probe.tune(segment)
            self._on_segment(segment)
        self._builder = self._probe = None

    def _start(self, first: int) -> SegmentBuilder:
        """A builder for the segment that begins with the number `first`."""
        numbers = self._numbers[np.searchsorted(self._numbers, first) :][: self._size]
        training_vectors: Vectors | None = None
        if self._index_type != "flat" and self._stored_vectors is not None:
            self._probe = RecallProbe(
                _sample(self._stored_vectors, numbers, _PROBES), self._stored_vectors
            )
            if size := index_types.training_size(self._index_type, len(numbers)):
                training_vectors = _sample(self._stored_vectors, numbers, size)
        return SegmentBuilder(self._index_type, self._dim, len(numbers), training_vectors)


def _sample(stored_vectors: VectorLookup, numbers: Numbers, count: int) -> Vectors:
    """The vectors of `count` of these passages, at even distances; shape (count, dim)."""
    places = np.unique(np.linspace(0, len(numbers) - 1, min(count, len(numbers))).astype(int))
    return np.stack(list(stored_vectors(numbers[places].tolist()).values()))


class RecallProbe:
    """Measures a segment's recall@10: vectors whose exact nearest are known once all have passed.

    A probe finds itself as well, so that its nearest are one more, and itself does not count.
    """

    def __init__(self, probes: Vectors, stored_vectors: VectorLookup) -> None:
        self._probes, self._stored_vectors = probes, stored_vectors
        self._best = np.full((len(probes), RECALL_AT + 1), -np.inf, np.float32)

    def observe(self, vectors: Vectors) -> None:
        """Compare the probes with vectors of the segment, shape (n, dim)."""
        cosines = np.hstack([self._best, self._probes @ vectors.T])
        self._best = -np.partition(-cosines, RECALL_AT, axis=1)[:, : RECALL_AT + 1]

    def tune(self, segment: Segment) -> Segment:
        """The segment with the least search parameter that reaches the target, and its recall.

        Or the one beyond, see `_BEYOND`; where none does, the greatest.
        """
        values = index_types.search_parameters(segment.index_type, segment.index)
        beyond = _BEYOND[segment.index_type]
        for value in values:
            segment = replace(segment, search_parameter=value)
            segment = replace(segment, recall=round(self._recall(segment), 4))
            if segment.recall >= TARGET_RECALL:
                if not beyond:
                    break
                beyond -= 1
        return segment

    def _recall(self, segment: Segment) -> float:
        least = self._best.min(axis=1) - _TOLERANCE
        hits = 0
        for probe, bound in zip(self._probes, least, strict=True):
            cosines = search_segments(
                [segment],
                probe[None],
                RECALL_AT + 1,
                allowed=None,
                removed=_NONE,
                stored_vectors=self._stored_vectors,
            )
            hits += sum(cosine >= bound for cosine in cosines.values()) - 1
        return max(0.0, hits / (RECALL_AT * len(self._probes)))


class SegmentSet:
    """The segments in a folder: adopted under a second name, new, and merged ones."""

    def __init__(self, folder: Path, removed: Numbers) -> None:
        """`removed`: passages that merged segments are freed of."""
        self._folder, self._removed = folder, removed
        self._segments: dict[str, Segment] = {}

    def adopt(self, segment: Segment, path: Path) -> None:
        """Keep a segment of an older folder. One that is a quarter dead is copied without that."""
        dead = len(positions_of(self._removed, segment.numbers))
        if segment.index_type == "flat" and dead * 4 > len(segment.numbers):
            self._write(merge_segments([segment], self._removed))
            return
        name = self._free_name(path.name)
        for old, new in zip(_files_of(path), _files_of(self._folder / name), strict=True):
            files.link(old, new)
        self._segments[name] = segment

    def add(self, segment: Segment) -> None:
        """Keep a new one. Like sizes are merged, so that many small additions leave few."""
        while self._segments:
            name, last = next(reversed(self._segments.items()))
            if not _worth_merging(last, segment):
                break
            del self._segments[name]
            segment = merge_segments([last, segment], self._removed)
            for path in _files_of(self._folder / name):
                files.remove(path)
        self._write(segment)

    def _write(self, segment: Segment) -> None:
        if len(segment.numbers):
            path = self._folder / self._free_name()
            segment.write(path)
            self._segments[path.name] = Segment.read(path, segment.facts())

    def _free_name(self, preferred: str = "") -> str:
        if preferred and preferred not in self._segments:
            return preferred  # under its old name its hash is known
        names = (f"dense-{i}.faiss" for i in range(len(self._segments) + 1))
        return next(name for name in names if name not in self._segments)

    def facts(self) -> Mapping[str, SegmentFacts]:
        """What `Segment.read` must be told of each file, in their order."""
        return {name: segment.facts() for name, segment in self._segments.items()}


def _files_of(path: Path) -> tuple[Path, Path]:
    """The index, and beside it its numbers."""
    return path, path.with_suffix(".npy")


def _worth_merging(last: Segment, new: Segment) -> bool:
    old_size, new_size = len(last.numbers), len(new.numbers)
    exact = last.index_type == new.index_type == "flat"
    capacity = index_types.segment_capacity("flat")
    return exact and old_size <= 2 * new_size and old_size + new_size <= capacity
