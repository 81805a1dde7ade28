"""Types of FAISS index: which suits how many passages, and how each is built and searched.

    flat    every vector is compared, so it is exact; 2 bytes a dimension
    hnsw    a graph of neighbors over the same vectors; quick, needs some 270 bytes a vector more
    ivfpq   lists of short codes, four bits for 2 dimensions, that are compared 32 at once; what it
            finds is compared again with the true vectors, which the rows hold

The first two keep their vectors in a file that is mapped, not read. A small segment is flat
whatever was asked for.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from ...core.forks import lost_threads
from ...core.records import Vectors

__all__ = [
    "INDEX_TYPES",
    "BuiltType",
    "IndexType",
    "faiss_parameters",
    "new_index",
    "one_thread",
    "resolve",
    "search_parameters",
    "segment_capacity",
    "training_size",
]

IndexType: TypeAlias = Literal["auto", "flat", "hnsw", "ivfpq"]
BuiltType: TypeAlias = Literal["flat", "hnsw", "ivfpq"]
INDEX_TYPES: tuple[str, ...] = get_args(IndexType)

SMALL = 1_000
"""Passages below which a segment is flat: there is nothing to gain."""
_FLAT_UP_TO, _HNSW_UP_TO = 100_000, 2_000_000
"""Passages up to which `auto` compares all, and follows a graph."""
_NEIGHBORS, _EF_CONSTRUCTION = 32, 100
_VECTORS_PER_CENTROID = 64
"""Vectors per list that its centroid is computed from; and codes are learned from as many each."""
_CODES = 16
"""Centroids of each part of a vector that a code of four bits tells apart."""


def resolve(index_type: IndexType, passages: int) -> BuiltType:
    """The type that is built for so many passages."""
    if passages < SMALL:
        return "flat"
    if index_type != "auto":
        return index_type
    if passages <= _FLAT_UP_TO:
        return "flat"
    return "hnsw" if passages <= _HNSW_UP_TO else "ivfpq"


def segment_capacity(index_type: BuiltType) -> int:
    """Passages per segment at most: bounds the memory that building one takes."""
    return {"flat": 1 << 15, "hnsw": 1 << 20, "ivfpq": 1 << 26}[index_type]


def training_size(index_type: BuiltType, passages: int) -> int:
    """How many vectors `new_index` is trained on."""
    if index_type != "ivfpq":
        return 0
    return min(passages, max(_lists(passages), _CODES) * _VECTORS_PER_CENTROID)


def new_index(index_type: BuiltType, dim: int, passages: int, sample: Vectors) -> Any:
    """An empty index for about `passages` vectors; `sample` has shape (training_size, dim)."""
    faiss = _faiss()
    codes = next(n for n in range(max(1, dim // 2), 0, -1) if dim % n == 0)
    # "fs": sums of looked-up parts by SIMD (André et al. 2015), "r": codes of what a list's
    # centroid leaves over. Five times as quick as codes of a byte for 4 dimensions, and as exact.
    factory_string = {
        "flat": "SQfp16",
        "hnsw": f"HNSW{_NEIGHBORS},SQfp16",
        "ivfpq": f"IVF{_lists(passages)},PQ{codes}x4fsr",
    }[index_type]
    index = faiss.index_factory(dim, factory_string, faiss.METRIC_INNER_PRODUCT)
    if index_type == "hnsw":
        index.hnsw.efConstruction = _EF_CONSTRUCTION
    if index_type == "ivfpq":
        for clustering in (index.cp, index.pq.cp):
            clustering.niter, clustering.max_points_per_centroid = 10, _VECTORS_PER_CENTROID
    index.train(np.ascontiguousarray(sample))
    return index


def _lists(passages: int) -> int:
    """Lists of an inverted file: as many as make list and choice of lists cost about the same."""
    return max(1, min(round(2 * math.sqrt(passages)), passages // 40))


def search_parameters(index_type: BuiltType, index: Any) -> list[int]:
    """Values of `efSearch` (hnsw) or `nprobe` (ivfpq) worth trying, ascending; [1] for flat.

    Each finds more than the one before it, and takes longer.
    """
    if index_type == "flat":
        return [1]
    least, most = (64, 4096) if index_type == "hnsw" else (8, int(index.nlist))
    doubled = [least << n for n in range(20) if least << n < most]
    return [*doubled, most]


def faiss_parameters(index_type: BuiltType, value: int, selector: Any) -> Any:
    """FAISS's SearchParameters with one of `search_parameters` as their `value`.

    `selector`, an IDSelector, bounds the search to some positions of the index, None to all.
    """
    faiss = _faiss()
    if index_type == "hnsw":
        parameters = faiss.SearchParametersHNSW()
        parameters.efSearch = value
    elif index_type == "ivfpq":
        parameters = faiss.SearchParametersIVF()
        parameters.nprobe = value
    else:
        parameters = faiss.SearchParameters()
    if selector is not None:
        parameters.sel = selector
    return parameters


@contextmanager
def one_thread() -> Generator[None]:
    """Let FAISS compute with the calling thread alone, where a single question is searched.

    It divides questions among its threads; those without one would turn idly until it is done.
    """
    faiss = _faiss()
    former = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(former)


def _faiss() -> Any:
    """Imported on first use; its stubs lack much of what it has."""
    import faiss

    if lost_threads("torch"):  # both may compute with one OpenMP, which the parent then had used
        faiss.omp_set_num_threads(1)
    return faiss


def _single_thread_in_child() -> None:
    """A forked child has none of its parent's OpenMP threads, and would wait for them for ever."""
    faiss = sys.modules.get("faiss")
    if faiss is not None:
        faiss.omp_set_num_threads(1)


os.register_at_fork(after_in_child=_single_thread_in_child)
