"""Types of index: which is built for how many, and what each is trained on and searched with."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.memory.views import index_types
from spanmem.memory.views.index_types import (
    BuiltType,
    IndexType,
    faiss_parameters,
    new_index,
    resolve,
    search_parameters,
    segment_capacity,
    training_size,
)
from tests.memory.views.segments import DIM, VECTORS
from tests.rooms import ROOT


@pytest.mark.parametrize(
    ("wanted", "passages", "built"),
    [
        ("auto", 999, "flat"),
        ("auto", 100_000, "flat"),
        ("auto", 100_001, "hnsw"),
        ("auto", 2_000_000, "hnsw"),
        ("auto", 2_000_001, "ivfpq"),
        ("hnsw", 999, "flat"),
        ("ivfpq", 1_000, "ivfpq"),
        ("flat", 5_000_000, "flat"),
    ],
)
def test_the_type_follows_size_and_wish(wanted: IndexType, passages: int, built: str) -> None:
    assert resolve(wanted, passages) == built


@pytest.mark.parametrize(
    ("index_type", "name"),
    [("flat", "IndexScalarQuantizer"), ("hnsw", "IndexHNSWSQ"), ("ivfpq", "IndexIVFPQFastScan")],
)
def test_each_type_is_faisss_of_that_name(index_type: BuiltType, name: str) -> None:
    sample = VECTORS[: training_size(index_type, 3000)]
    index = new_index(index_type, DIM, 3000, sample)
    assert type(index).__name__ == name
    assert (index.ntotal, index.d, index.metric_type) == (0, DIM, faiss.METRIC_INNER_PRODUCT)
    assert index.is_trained
    index.add(VECTORS[:500])
    scores, positions = index.search(
        VECTORS[:1], 1, params=faiss_parameters(index_type, 64, selector=None)
    )
    assert scores[0][0] == pytest.approx(1.0, abs=0.15 if index_type == "ivfpq" else 0.01)
    assert (positions[0][0] == 0) or index_type == "ivfpq"


@pytest.mark.parametrize("dim", [2, 3, 7, 10, 48])
def test_codes_divide_any_number_of_dimensions(dim: int) -> None:
    vectors = np.random.default_rng(1).normal(size=(2000, dim)).astype(np.float32)
    index = new_index("ivfpq", dim, 1000, vectors)
    assert dim % index.pq.M == 0
    assert max(1, dim // 2) >= index.pq.M


@given(st.integers(1_000, 100_000_000))
def test_training_takes_enough_vectors_and_never_more_than_there_are(passages: int) -> None:
    assert training_size("flat", passages) == training_size("hnsw", passages) == 0
    lists = index_types._lists(passages)
    assert 1 <= lists <= 2 * math.sqrt(passages) + 1
    assert training_size("ivfpq", passages) == min(passages, 64 * max(lists, 16))


@pytest.mark.parametrize("index_type", ["flat", "hnsw", "ivfpq"])
def test_search_parameters_rise_to_the_greatest(index_type: BuiltType) -> None:
    index = new_index(index_type, DIM, 3000, VECTORS[: training_size(index_type, 3000)])
    values = search_parameters(index_type, index)
    assert values == sorted(set(values))
    last = {"flat": 1, "hnsw": 4096, "ivfpq": getattr(index, "nlist", None)}[index_type]
    assert values[-1] == last  # with it an inverted file leaves no list out


def test_the_value_is_efsearch_or_nprobe() -> None:
    assert faiss_parameters("hnsw", 99, None).efSearch == 99
    assert faiss_parameters("ivfpq", 7, None).nprobe == 7
    bits = np.array([0b101], np.uint8)
    selector = faiss.IDSelectorBitmap(3, faiss.swig_ptr(bits))
    assert faiss_parameters("flat", 1, selector).sel.is_member(2)
    assert not faiss_parameters("flat", 1, selector).sel.is_member(1)


def test_graphs_and_codes_hold_more_to_a_segment() -> None:
    assert segment_capacity("flat") < segment_capacity("hnsw") < segment_capacity("ivfpq")


_FORKED = """
import os, sys, faiss, numpy
from spanmem.memory.store import Memory
from tests.memory.conftest import DIM, entry, vector
many = numpy.ones((4000, 8), "f4")
with Memory.create(sys.argv[1], encoder="test", dim=DIM) as memory:
    memory.put([entry("a", *(f"Number {i} of many." for i in range(300)))])
    faiss.knn(many, many, 1)  # makes the threads that a child lacks
    if (child := os.fork()) == 0:
        faiss.knn(many, many, 1)
        memory.search("y", vector("y"), k=3, mode="dense")
        os._exit(0)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_child_does_not_wait_for_its_parent_s_threads(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FORKED, str(tmp_path / "m")]
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    run = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        assert run.wait(timeout=60) == 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)  # a child that waits outlives its parent


_THREADS = """
import os, faiss, numpy
from spanmem.memory.views.dense import SegmentBuilder
from spanmem.memory.views.index_types import one_thread
vectors = numpy.eye(600, 8, dtype="f4")
with one_thread():
    builder = SegmentBuilder("flat", 8)
    builder.add(numpy.arange(600), vectors)
segment = builder.finish()
before = len(os.listdir("/proc/self/task"))
assert segment.search(vectors[:1], 1, allowed=None, removed=numpy.arange(0)) == {0: 1.0}
alone = len(os.listdir("/proc/self/task")) == before
segment.index.search(vectors, 1)
print(alone, len(os.listdir("/proc/self/task")) - before, faiss.omp_get_max_threads())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_a_question_is_searched_by_the_thread_that_asks() -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-c", _THREADS]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.stdout.split() == ["True", "1", "2"], run.stderr
