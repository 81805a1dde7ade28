"""The segments of a dense view while it is made: what comes in, what is taken over, what merges."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...core import files
from ...core.records import Vectors
from ..documents import Numbers
from . import index_types as kinds
from .dense import Segment, SegmentBuilder, Truth, chosen_places, merged, search
from .index_types import BuiltType

__all__ = ["AT", "GOAL", "SegmentSet", "SegmentWriter"]

AT, GOAL = 10, 0.95
"""An index is searched as hard as it takes to find this share of the exact best so many."""
_SAMPLE = 100
"""Stored vectors that the recall is measured with."""
_NONE: Numbers = np.empty(0, np.int64)


class SegmentWriter:
    """Vectors that come in pieces, in the order of their numbers, become segments."""

    def __init__(
        self,
        dim: int,
        put: Callable[[Segment], None],
        *,
        kind: BuiltType = "flat",
        numbers: Numbers = _NONE,
        truth: Truth | None = None,
    ) -> None:
        """Each finished segment is `put`. Other kinds than flat ask for all `numbers` to come."""
        self._dim, self._put, self._kind, self._truth = dim, put, kind, truth
        self._numbers = numbers
        most = kinds.capacity(kind)
        parts = math.ceil(len(numbers) / most)
        self._size = math.ceil(len(numbers) / parts) if parts else most
        self._growing: SegmentBuilder | None = None
        self._sample: _Sample | None = None

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Take in vectors, shape (len(numbers), dim), and their passages' numbers."""
        growing = self._growing or self._start(int(numbers[0]))
        growing.add(numbers, vectors)
        if self._sample is not None:
            self._sample.pass_by(vectors)
        if len(growing) >= self._size:
            self.close()

    def close(self) -> None:
        """Finish the last segment."""
        if self._growing is not None:
            segment = self._growing.done()
            if self._sample is not None:
                segment = self._sample.tuned(segment)
            self._put(segment)
        self._growing = self._sample = None

    def _start(self, first: int) -> SegmentBuilder:
        own = self._numbers[np.searchsorted(self._numbers, first) :][: self._size]
        sample: Vectors | None = None
        if self._kind != "flat" and self._truth is not None:
            self._sample = _Sample(_vectors(self._truth, own, _SAMPLE), self._truth)
            wanted = kinds.training_size(self._kind, len(own))
            sample = _vectors(self._truth, own, wanted) if wanted else None
        self._growing = SegmentBuilder(self._kind, self._dim, len(own), sample)
        return self._growing


def _vectors(truth: Truth, numbers: Numbers, count: int) -> Vectors:
    """The vectors of `count` of these passages, at even distances; shape (count, dim)."""
    places = np.unique(np.linspace(0, len(numbers) - 1, min(count, len(numbers))).astype(int))
    return np.stack(list(truth(numbers[places].tolist()).values()))


class _Sample:
    """Stored vectors whose exact nearest are found while all vectors pass by."""

    def __init__(self, vectors: Vectors, truth: Truth) -> None:
        self._vectors, self._truth = vectors, truth
        self._best = np.full((len(vectors), AT + 1), -np.inf, np.float32)  # each finds itself, too

    def pass_by(self, vectors: Vectors) -> None:
        scores = np.hstack([self._best, self._vectors @ vectors.T])
        self._best = -np.partition(-scores, AT, axis=1)[:, : AT + 1]

    def tuned(self, segment: Segment) -> Segment:
        """The segment with the least effort that reaches the goal, and the recall it reaches."""
        for effort in kinds.efforts(segment.kind, segment.index):
            segment = replace(segment, effort=effort)
            segment = replace(segment, recall=round(self._recall(segment), 4))
            if segment.recall >= GOAL:
                break
        return segment

    def _recall(self, segment: Segment) -> float:
        least = self._best.min(axis=1) - 1e-5  # equal vectors may stand for each other
        found = 0
        for vector, bar in zip(self._vectors, least, strict=True):
            best = search(
                [segment], vector[None], AT + 1, allowed=None, removed=_NONE, truth=self._truth
            )
            found += sum(score >= bar for score in best.values()) - 1
        return max(0.0, found / (AT * len(self._vectors)))


class SegmentSet:
    """The segments in a folder: old ones under a second name, new ones, and merged ones."""

    def __init__(self, folder: Path, removed: Numbers) -> None:
        self._folder, self._removed = folder, removed
        self._held: list[tuple[str, Segment]] = []

    def take_over(self, segment: Segment, path: Path) -> None:
        """Keep a segment of an older folder. One that is a quarter dead is copied without that."""
        gone = len(chosen_places(segment.numbers, self._removed))
        if segment.kind == "flat" and gone * 4 > len(segment.numbers):
            self._write(merged([segment], self._removed))
            return
        name = self._free_name(path.name)
        for old, new in zip(_pair(path), _pair(self._folder / name), strict=True):
            files.link(old, new)
        self._held.append((name, segment))

    def put(self, segment: Segment) -> None:
        """Keep a new one. Like sizes are merged, so that many small additions leave few."""
        while self._held and _worth_merging(self._held[-1][1], segment):
            name, last = self._held.pop()
            segment = merged([last, segment], self._removed)
            for path in _pair(self._folder / name):
                files.remove(path)
        self._write(segment)

    def _write(self, segment: Segment) -> None:
        if len(segment.numbers):
            path = self._folder / self._free_name()
            segment.write(path)
            self._held.append((path.name, Segment.read(path, segment.facts())))

    def _free_name(self, wanted: str = "") -> str:
        used = {name for name, _ in self._held}
        if wanted and wanted not in used:
            return wanted  # under its old name its hash is known
        return next(n for i in range(len(used) + 1) if (n := f"dense-{i}.faiss") not in used)

    def facts(self) -> dict[str, dict[str, Any]]:
        """What `Segment.read` must be told of each file, in their order."""
        return {name: segment.facts() for name, segment in self._held}


def _pair(path: Path) -> tuple[Path, Path]:
    return path, path.with_suffix(".npy")


def _worth_merging(one: Segment, other: Segment) -> bool:
    a, b = len(one.numbers), len(other.numbers)
    exact = one.kind == other.kind == "flat"
    return exact and a <= 2 * b and a + b <= kinds.capacity("flat")
