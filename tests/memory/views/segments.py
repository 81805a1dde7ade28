"""Vectors in clusters, the segments over them, and the nearest by comparing each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spanmem.core.records import Document, Entry, Passage, Vectors
from spanmem.memory.documents import Numbers
from spanmem.memory.views.builder import SegmentWriter
from spanmem.memory.views.dense import Segment
from spanmem.memory.views.index_types import BuiltType

DIM, COUNT = 16, 3000
NONE: Numbers = np.empty(0, np.int64)


def clustered(count: int, seed: int = 3) -> Vectors:
    """Unit vectors around 40 centers, rounded to what is stored; shape (count, DIM)."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(40, DIM))
    vectors = centers[rng.integers(0, 40, count)] + 0.4 * rng.normal(size=(count, DIM))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype("<f2").astype(np.float32)


VECTORS = clustered(COUNT)
NUMBERS: Numbers = np.arange(COUNT, dtype=np.int64) * 3 + 1
"""With gaps, as passages that were replaced leave them."""


def stored_vectors(numbers: Sequence[int]) -> Mapping[int, NDArray[np.float32]]:
    return {n: VECTORS[(n - 1) // 3] for n in numbers}


def written(index_type: BuiltType, count: int = COUNT, batch: int = 700) -> list[Segment]:
    """The first `count` vectors as segments, in memory."""
    segments: list[Segment] = []
    writer = SegmentWriter(
        DIM,
        segments.append,
        index_type=index_type,
        numbers=NUMBERS[:count],
        stored_vectors=stored_vectors,
    )
    for start in range(0, count, batch):
        end = min(start + batch, count)
        writer.add(NUMBERS[start:end], VECTORS[start:end])
    writer.close()
    return segments


def flat(numbers: Sequence[int]) -> Segment:
    """An exact segment of some of `NUMBERS`."""
    segments: list[Segment] = []
    writer = SegmentWriter(DIM, segments.append)
    if numbers:
        writer.add(np.array(numbers, np.int64), VECTORS[[(n - 1) // 3 for n in numbers]])
    writer.close()
    return segments[0]


def nearest(query: Vectors, k: int, live: NDArray[np.bool_]) -> dict[int, float]:
    """Cosines of the `k` best among the `live` ones, by number; `query` has shape (1, DIM)."""
    cosines = VECTORS @ query[0]
    order = [i for i in np.lexsort((NUMBERS, -cosines)) if live[i]][:k]
    return {int(NUMBERS[i]): float(cosines[i]) for i in order}


def entries() -> list[Entry]:
    """Documents of one passage each, with `VECTORS`."""
    texts = [f"Passage {i}." for i in range(COUNT)]
    return [
        Entry(
            document=Document(id=f"d{i}", text=text, metadata={"third": i % 3}),
            passages=(Passage(document=f"d{i}", start=0, end=len(text), text=text),),
            vectors=VECTORS[i : i + 1],
        )
        for i, text in enumerate(texts)
    ]
