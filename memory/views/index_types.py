"""Kinds of vector index: which suits how many passages, and how each is made and asked.

    flat    every vector is compared, so it is exact; 2 bytes a dimension
    hnsw    a graph of neighbors over the same vectors; quick, needs some 270 bytes a vector more
    ivfpq   lists of short codes, one byte for 4 dimensions; what it finds is compared again with
            the true vectors, which the rows hold

All keep their vectors in a file that is mapped, not read. A small segment is flat whatever was
asked for.
"""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from ...core.records import Vectors

__all__ = [
    "INDEX_TYPES",
    "BuiltType",
    "IndexType",
    "capacity",
    "efforts",
    "empty",
    "parameters",
    "resolve",
]

IndexType: TypeAlias = Literal["auto", "flat", "hnsw", "ivfpq"]
BuiltType: TypeAlias = Literal["flat", "hnsw", "ivfpq"]
INDEX_TYPES: tuple[str, ...] = get_args(IndexType)

SMALL = 1_000
"""Passages below which a segment is flat: there is nothing to gain."""
_EXACT, _GRAPH = 100_000, 2_000_000
"""Passages up to which `auto` compares all, and follows a graph."""
_NEIGHBORS, _CONSTRUCTION = 32, 100
_TRAINED_ON = 64
"""Vectors per list that its center is computed from; and codes are learned from as many each."""


def resolve(kind: IndexType, passages: int) -> BuiltType:
    """The kind that is made for so many passages."""
    if passages < SMALL:
        return "flat"
    if kind != "auto":
        return kind
    return "flat" if passages <= _EXACT else "hnsw" if passages <= _GRAPH else "ivfpq"


def capacity(kind: BuiltType) -> int:
    """Passages per segment at most: bounds the memory that building one takes."""
    return {"flat": 1 << 15, "hnsw": 1 << 20, "ivfpq": 1 << 26}[kind]


def training_size(kind: BuiltType, passages: int) -> int:
    """How many vectors `empty` wants to see."""
    if kind != "ivfpq":
        return 0
    return min(passages, max(_lists(passages), 256) * _TRAINED_ON)


def empty(kind: BuiltType, dim: int, passages: int, sample: Vectors) -> Any:
    """An index to add about `passages` vectors to; `sample` has shape (training_size, dim)."""
    faiss = _faiss()
    codes = next(n for n in range(max(1, dim // 4), 0, -1) if dim % n == 0)
    made = {
        "flat": "SQfp16",
        "hnsw": f"HNSW{_NEIGHBORS},SQfp16",
        "ivfpq": f"IVF{_lists(passages)},PQ{codes}x8",
    }
    index = faiss.index_factory(dim, made[kind], faiss.METRIC_INNER_PRODUCT)
    if kind == "hnsw":
        index.hnsw.efConstruction = _CONSTRUCTION
    if kind == "ivfpq":
        for learned in (index.cp, index.pq.cp):
            learned.niter, learned.max_points_per_centroid = 10, _TRAINED_ON
    index.train(np.ascontiguousarray(sample))
    return index


def _lists(passages: int) -> int:
    """Lists of an inverted file: as many as make list and choice of lists cost about the same."""
    return max(1, min(round(2 * math.sqrt(passages)), passages // 40))


def efforts(kind: BuiltType, index: Any) -> list[int]:
    """From least to most: candidates that are followed, or lists that are read, per search."""
    most = {"flat": 1, "hnsw": 4096}.get(kind) or int(index.nlist)
    first = {"flat": 1, "hnsw": 64, "ivfpq": 8}[kind]
    found = [first << n for n in range(20) if first << n < most]
    return [*found, most]


def parameters(kind: BuiltType, effort: int, selector: Any) -> Any:
    """What a search is told; `selector` bounds it to some places of the index, None to all."""
    faiss = _faiss()
    if kind == "hnsw":
        chosen = faiss.SearchParametersHNSW()
        chosen.efSearch = effort
    elif kind == "ivfpq":
        chosen = faiss.SearchParametersIVF()
        chosen.nprobe = effort
    else:
        chosen = faiss.SearchParameters()
    if selector is not None:
        chosen.sel = selector
    return chosen


def _faiss() -> Any:
    """Imported on first use; its stubs lack much of what it has."""
    import faiss

    return faiss
