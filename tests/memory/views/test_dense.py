"""Segments of every type against comparing all vectors: filtered or not, k are found."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.memory.documents import Numbers
from spanmem.memory.views.dense import (
    Segment,
    SegmentBuilder,
    SegmentFacts,
    merge_segments,
    positions_of,
    search_segments,
)
from tests.memory.views.segments import (
    COUNT,
    DIM,
    NONE,
    NUMBERS,
    VECTORS,
    clustered,
    flat,
    nearest,
    stored_vectors,
    written,
)

some_numbers = st.sets(st.integers(0, 60), max_size=40).map(sorted)


def with_codes_of_a_byte() -> Segment:
    """An `ivfpq` segment as earlier releases made it."""
    index = faiss.index_factory(DIM, f"IVF40,PQ{DIM // 4}x8np", faiss.METRIC_INNER_PRODUCT)
    index.train(VECTORS)
    index.add(VECTORS)
    return Segment(index, NUMBERS, "ivfpq", 8)


@pytest.fixture(scope="module", params=["flat", "hnsw", "ivfpq", "ivfpq of before"])
def segment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Segment:
    """A segment of each type, as it comes back from the disk."""
    made = "before" in request.param
    whole = with_codes_of_a_byte() if made else written(request.param)[0]
    path = tmp_path_factory.mktemp(request.param) / "dense-0.faiss"
    whole.write(path)
    return Segment.read(path, whole.facts())


@settings(max_examples=40, deadline=None)
@given(
    share=st.sampled_from([0.0, 0.001, 0.03, 0.5, 1.0, None]),
    removed_share=st.sampled_from([0.0, 0.1, 0.9, 0.999]),
    k=st.sampled_from([1, 10, 150]),
    seed=st.integers(0, 99),
)
def test_k_are_found_where_k_are_allowed(
    segment: Segment, share: float | None, removed_share: float, k: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    live = rng.random(COUNT) >= removed_share
    removed, allowed = NUMBERS[~live], None
    if share is not None:
        within = rng.random(COUNT) < share
        allowed, live = NUMBERS[within], live & within
    query = clustered(1, seed + 1000)
    cosines = search_segments(
        [segment], query, k, allowed=allowed, removed=removed, stored_vectors=stored_vectors
    )
    exact = nearest(query, k, live)
    assert len(cosines) == len(exact) == min(k, int(live.sum()))
    assert cosines.keys() <= set(NUMBERS[live].tolist())
    assert list(cosines.values()) == sorted(cosines.values(), reverse=True)
    for number, cosine in cosines.items():
        assert cosine == pytest.approx(float(VECTORS[(number - 1) // 3] @ query[0]), abs=1e-5)
    if segment.index_type == "flat":
        assert list(cosines.values()) == pytest.approx(list(exact.values()), abs=1e-5)


def test_a_graph_that_hides_most_is_searched_exhaustively(
    segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spanmem.memory.views import dense

    monkeypatch.setattr(dense, "_EXHAUSTIVE_UP_TO", 0)  # the graph is tried first
    query, allowed = clustered(1, 7), NUMBERS[::500]
    cosines = segment.search(query, 99, allowed=allowed, removed=NONE)
    assert sorted(cosines) == allowed.tolist()


def test_several_segments_are_searched_as_one() -> None:
    query = clustered(1, 11)
    parts = [flat(NUMBERS[start::3].tolist()) for start in range(3)]
    removed = NUMBERS[5:900:7]
    live = np.ones(COUNT, bool)
    live[5:900:7] = False
    cosines = search_segments(
        parts, query, 50, allowed=None, removed=removed, stored_vectors=stored_vectors
    )
    exact = nearest(query, 50, live)
    assert list(cosines) == list(exact)
    assert list(cosines.values()) == pytest.approx(list(exact.values()), abs=1e-5)


def test_equal_cosines_are_ordered_by_number() -> None:
    builder = SegmentBuilder("flat", DIM)
    builder.add(np.array([3, 4, 9], np.int64), np.repeat(VECTORS[:1], 3, axis=0))
    other = SegmentBuilder("flat", DIM)
    other.add(np.array([1, 12], np.int64), np.repeat(VECTORS[:1], 2, axis=0))
    cosines = search_segments(
        [builder.finish(), other.finish()],
        VECTORS[:1],
        4,
        allowed=None,
        removed=NONE,
        stored_vectors=stored_vectors,
    )
    assert list(cosines) == [1, 3, 4, 9]


def test_no_segment_finds_nothing() -> None:
    assert (
        search_segments(
            [], VECTORS[:1], 3, allowed=None, removed=NONE, stored_vectors=stored_vectors
        )
        == {}
    )
    assert (
        SegmentBuilder("flat", DIM).finish().search(VECTORS[:1], 3, allowed=None, removed=NONE)
        == {}
    )


def test_it_lies_on_the_disk_until_it_is_used(segment: Segment) -> None:
    assert isinstance(segment.numbers, np.memmap)


def test_files_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    path, whole = tmp_path / "dense-0.faiss", flat(NUMBERS[:9].tolist())
    whole.write(path)
    assert Segment.read(path, whole.facts()).numbers.tolist() == NUMBERS[:9].tolist()
    np.save(path.with_suffix(".npy"), NUMBERS[:8])
    with pytest.raises(ValueError, match="holds 9 vectors, not 8"):
        Segment.read(path, whole.facts())


def test_the_facts_on_the_disk_have_the_names_that_released_memories_have(tmp_path: Path) -> None:
    path = tmp_path / "dense-0.faiss"
    flat(NUMBERS[:9].tolist()).write(path)
    facts = SegmentFacts(kind="hnsw", effort=128, recall=0.97)
    segment = Segment.read(path, facts)
    assert (segment.index_type, segment.search_parameter, segment.recall) == ("hnsw", 128, 0.97)
    assert segment.facts() == {"kind": "hnsw", "effort": 128, "recall": 0.97}


def test_batches_hold_all_vectors_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    from spanmem.memory.views import dense

    monkeypatch.setattr(dense, "_BATCH", 4)
    batches = list(flat(NUMBERS[:9].tolist()).batches())
    assert [len(numbers) for numbers, _ in batches] == [4, 4, 1]
    assert np.concatenate([numbers for numbers, _ in batches]).tolist() == NUMBERS[:9].tolist()
    assert np.array_equal(np.concatenate([vectors for _, vectors in batches]), VECTORS[:9])


@settings(max_examples=40, deadline=None)
@given(some_numbers, some_numbers, some_numbers)
def test_merging_keeps_what_is_live(first: list[int], second: list[int], gone: list[int]) -> None:
    removed: Numbers = np.array(gone, np.int64) * 3 + 1
    parts = [
        flat([number * 3 + 1 + 300 * at for number in numbers])
        for at, numbers in enumerate((first, second))
        if numbers
    ]
    if not parts:
        return
    merged = merge_segments(parts, removed)
    together = [number for part in parts for number in part.numbers.tolist()]
    assert merged.numbers.tolist() == [n for n in together if n not in set(removed.tolist())]
    for numbers, vectors in merged.batches():
        assert np.array_equal(vectors, VECTORS[(numbers - 1) // 3])


@given(some_numbers, some_numbers)
def test_positions_are_those_of_common_numbers(numbers: list[int], some: list[int]) -> None:
    positions = positions_of(np.array(some, np.int64), np.array(numbers, np.int64))
    assert [numbers[p] for p in positions] == sorted(set(numbers) & set(some))
