"""Every kind of index against trying every vector: filtered or not, it gives what there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spanmem.core.errors import InputError
from spanmem.core.records import Document, Entry, Passage, Vectors
from spanmem.memory.documents import Numbers
from spanmem.memory.store import Memory
from spanmem.memory.views import index_types as kinds
from spanmem.memory.views.builder import AT, GOAL, SegmentWriter
from spanmem.memory.views.dense import Segment, chosen_places, search
from spanmem.memory.views.index_types import BuiltType

DIM, COUNT = 16, 3000
NONE = np.empty(0, np.int64)


def clustered(count: int, seed: int = 3) -> Vectors:
    """Unit vectors around 40 centers, rounded to what is stored."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(40, DIM))
    drawn = centers[rng.integers(0, 40, count)] + 0.4 * rng.normal(size=(count, DIM))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn.astype("<f2").astype(np.float32)


VECTORS = clustered(COUNT)
NUMBERS: Numbers = np.arange(COUNT, dtype=np.int64) * 3 + 1
"""With gaps, as passages that were replaced leave them."""


def truth(numbers: Sequence[int]) -> Mapping[int, NDArray[np.float32]]:
    return {n: VECTORS[(n - 1) // 3] for n in numbers}


@pytest.fixture(scope="module", params=["flat", "hnsw", "ivfpq"])
def segment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Segment:
    """A segment of each kind, as it comes back from the disk."""
    kind: BuiltType = request.param
    made: list[Segment] = []
    intake = SegmentWriter(DIM, made.append, kind=kind, numbers=NUMBERS, truth=truth)
    for at in range(0, COUNT, 700):
        intake.add(NUMBERS[at : at + 700], VECTORS[at : at + 700])
    intake.close()
    (whole,) = made
    path = tmp_path_factory.mktemp(kind) / "dense-0.faiss"
    whole.write(path)
    return Segment.read(path, whole.facts())


def best(query: Vectors, k: int, live: NDArray[np.bool_]) -> dict[int, float]:
    scores = VECTORS @ query[0]
    order = [i for i in np.lexsort((NUMBERS, -scores)) if live[i]][:k]
    return {int(NUMBERS[i]): float(scores[i]) for i in order}


def found(
    segment: Segment, query: Vectors, k: int, allowed: Numbers | None, removed: Numbers
) -> dict[int, float]:
    return search([segment], query, k, allowed=allowed, removed=removed, truth=truth)


@settings(max_examples=40, deadline=None)
@given(
    share=st.sampled_from([0.0, 0.001, 0.03, 0.5, 1.0, None]),
    gone=st.sampled_from([0.0, 0.1, 0.9, 0.999]),
    k=st.sampled_from([1, 10, 150]),
    seed=st.integers(0, 99),
)
def test_k_are_found_where_k_are_allowed(
    segment: Segment, share: float | None, gone: float, k: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    live = rng.random(COUNT) >= gone
    removed, allowed = NUMBERS[~live], None
    if share is not None:
        chosen = rng.random(COUNT) < share
        allowed, live = NUMBERS[chosen], live & chosen
    query = clustered(1, seed + 1000)
    got, exact = found(segment, query, k, allowed, removed), best(query, k, live)
    assert len(got) == len(exact) == min(k, int(live.sum()))
    assert got.keys() <= set(NUMBERS[live].tolist())
    assert list(got.values()) == sorted(got.values(), reverse=True)
    for number, score in got.items():
        assert score == pytest.approx(float(VECTORS[(number - 1) // 3] @ query[0]), abs=1e-5)
    if segment.kind == "flat":
        assert list(got.values()) == pytest.approx(list(exact.values()), abs=1e-5)


def test_the_recall_that_was_measured_holds_for_other_questions(segment: Segment) -> None:
    assert segment.recall >= GOAL
    hits = 0
    for seed in range(200):
        query = clustered(1, seed + 5000)
        got = found(segment, query, AT, None, NONE)
        hits += len(got.keys() & best(query, AT, np.ones(COUNT, bool)).keys())
    assert hits / (AT * 200) >= GOAL - 0.04


def test_it_lies_on_the_disk_until_it_is_used(segment: Segment) -> None:
    assert isinstance(segment.numbers, np.memmap)


@given(
    st.sets(st.integers(0, 60), max_size=40).map(sorted),
    st.sets(st.integers(0, 60), max_size=40).map(sorted),
)
def test_places_are_those_of_common_numbers(numbers: list[int], some: list[int]) -> None:
    places = chosen_places(np.array(numbers, np.int64), np.array(some, np.int64))
    assert [numbers[p] for p in places] == sorted(set(numbers) & set(some))


@pytest.mark.parametrize(
    ("kind", "passages", "made"),
    [
        ("auto", 999, "flat"),
        ("auto", 50_000, "flat"),
        ("auto", 500_000, "hnsw"),
        ("auto", 5_000_000, "ivfpq"),
        ("hnsw", 999, "flat"),
        ("ivfpq", 1_000, "ivfpq"),
        ("flat", 5_000_000, "flat"),
    ],
)
def test_the_kind_follows_size_and_wish(kind: kinds.IndexType, passages: int, made: str) -> None:
    assert kinds.resolve(kind, passages) == made


def entries() -> list[Entry]:
    texts = [f"Passage {i}." for i in range(COUNT)]
    return [
        Entry(
            document=Document(id=f"d{i}", text=text, metadata={"third": i % 3}),
            passages=(Passage(document=f"d{i}", start=0, end=len(text), text=text),),
            vectors=VECTORS[i : i + 1],
        )
        for i, text in enumerate(texts)
    ]


def test_compact_makes_the_index_that_is_wanted_and_keeps_to_it(tmp_path: Path) -> None:
    query = clustered(1, 77)[0]
    with Memory.create(tmp_path / "m", encoder="test", dim=DIM) as memory:
        memory.put(entries())
        for kind in ("ivfpq", "hnsw"):
            memory.compact(kind)
            about = memory.stats()["index"]
            assert about["wanted"] == kind
            assert about["passages"] == {kind: COUNT}
            assert about["recall_at_10"] >= GOAL
            assert memory.verify() == []
        memory.remove([f"d{i}" for i in range(5)])
        memory.put([entries()[0]])
        hits = memory.search("", query, k=20, mode="dense", where={"third": 0})
        assert len(hits) == 20
        assert memory.stats()["index"]["passages"] == {"flat": 1, "hnsw": COUNT}
        memory.forget(documents=["d7"])
        assert memory.stats()["index"]["passages"] == {"hnsw": COUNT - 5}
        memory.compact("auto")
        assert memory.stats()["index"]["passages"] == {"flat": COUNT - 5}
        with pytest.raises(InputError, match="no kind of index"):
            memory.compact("tree")  # type: ignore[arg-type]
        assert memory.verify() == []
