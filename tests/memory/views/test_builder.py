"""Building segments: their sizes, the recall that is measured, what is adopted and merged."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from spanmem.memory.views import index_types
from spanmem.memory.views.builder import (
    RECALL_AT,
    TARGET_RECALL,
    RecallProbe,
    SegmentSet,
    SegmentWriter,
)
from spanmem.memory.views.dense import Segment, search_segments
from spanmem.memory.views.index_types import BuiltType
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


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# -- SegmentWriter


@pytest.mark.parametrize("index_type", ["flat", "hnsw", "ivfpq"])
def test_the_recall_that_was_measured_holds_for_other_questions(index_type: BuiltType) -> None:
    (segment,) = written(index_type)
    assert segment.recall >= TARGET_RECALL
    hits = 0
    for seed in range(200):
        query = clustered(1, seed + 5000)
        cosines = search_segments(
            [segment], query, RECALL_AT, allowed=None, removed=NONE, stored_vectors=stored_vectors
        )
        hits += len(cosines.keys() & nearest(query, RECALL_AT, np.ones(COUNT, bool)).keys())
    assert hits / (RECALL_AT * 200) >= TARGET_RECALL - 0.04


def test_no_segment_is_larger_than_its_type_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_types, "segment_capacity", lambda _: 1000)
    segments = written("hnsw", batch=250)
    assert [len(segment.numbers) for segment in segments] == [1000, 1000, 1000]
    assert np.concatenate([segment.numbers for segment in segments]).tolist() == NUMBERS.tolist()
    uneven = written("hnsw", count=1800, batch=100)  # two of like size, not one full and a rest
    assert [len(segment.numbers) for segment in uneven] == [900, 900]


def test_nothing_added_is_no_segment() -> None:
    segments: list[Segment] = []
    SegmentWriter(DIM, segments.append).close()
    assert segments == []


# -- RecallProbe


def probed(segment: Segment) -> RecallProbe:
    probe = RecallProbe(VECTORS[:50], stored_vectors)
    for start in range(0, COUNT, 700):
        probe.observe(VECTORS[start : start + 700])
    return probe


def test_the_parameter_beyond_the_least_that_reaches_the_target_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (segment,) = written("ivfpq")
    probe = probed(segment)
    values = index_types.search_parameters("ivfpq", segment.index)
    recalls = {v: probe._recall(replace(segment, search_parameter=v)) for v in values}
    for target in sorted(recalls.values()):
        monkeypatch.setattr("spanmem.memory.views.builder.TARGET_RECALL", target - 1e-4)
        tuned = probe.tune(segment)
        least = next(at for at, v in enumerate(values) if recalls[v] >= target - 1e-4)
        assert tuned.search_parameter == values[min(least + 1, len(values) - 1)]
        assert tuned.recall == pytest.approx(recalls[tuned.search_parameter], abs=1e-4)


def test_where_none_reaches_it_the_greatest_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    (segment,) = written("ivfpq")
    monkeypatch.setattr("spanmem.memory.views.builder.TARGET_RECALL", 1.01)
    tuned = probed(segment).tune(segment)
    greatest = index_types.search_parameters("ivfpq", segment.index)[-1]
    assert tuned.search_parameter == greatest


def test_recall_is_the_share_of_the_exact_best() -> None:
    half = flat(NUMBERS[::2].tolist())  # every other vector cannot be found
    recall = probed(half)._recall(half)
    shares: list[float] = []
    for probe in VECTORS[:50]:
        best = nearest(probe[None], RECALL_AT + 1, np.ones(COUNT, bool))
        shares.append((len(best.keys() & set(NUMBERS[::2].tolist())) - 1) / RECALL_AT)
    assert recall == pytest.approx(np.mean(shares), abs=1e-9)
    assert probed(flat(NUMBERS.tolist()))._recall(flat(NUMBERS.tolist())) == 1.0


# -- SegmentSet


def test_an_adopted_segment_is_a_second_name_of_its_files(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    segment = flat(NUMBERS[:9].tolist())
    segment.write(old / "dense-3.faiss")
    segments = SegmentSet(new, NONE)
    segments.adopt(segment, old / "dense-3.faiss")
    assert names(new) == names(old) == ["dense-3.faiss", "dense-3.npy"]
    assert all((new / name).samefile(old / name) for name in names(old))
    assert segments.facts() == {"dense-3.faiss": segment.facts()}


@pytest.mark.parametrize(("dead", "left"), [(2, 8), (3, 5)])
def test_a_segment_more_than_a_quarter_dead_is_copied_without_that(
    tmp_path: Path, dead: int, left: int
) -> None:
    segment = flat(NUMBERS[:8].tolist())
    segment.write(tmp_path / "dense-0.faiss")
    (tmp_path / "new").mkdir()
    segments = SegmentSet(tmp_path / "new", NUMBERS[:dead])
    segments.adopt(segment, tmp_path / "dense-0.faiss")
    (name,) = segments.facts()
    copied = Segment.read(tmp_path / "new" / name, segments.facts()[name])
    assert len(copied.numbers) == left


def test_a_segment_that_is_all_dead_is_gone(tmp_path: Path) -> None:
    segment = flat(NUMBERS[:8].tolist())
    segments = SegmentSet(tmp_path, NUMBERS[:8])
    segments.adopt(segment, tmp_path / "dense-0.faiss")
    assert (segments.facts(), names(tmp_path)) == ({}, [])


def test_a_graph_is_adopted_however_much_of_it_is_dead(tmp_path: Path) -> None:
    (segment,) = written("hnsw")
    segment.write(tmp_path / "dense-0.faiss")
    (tmp_path / "new").mkdir()
    segments = SegmentSet(tmp_path / "new", NUMBERS)
    segments.adopt(segment, tmp_path / "dense-0.faiss")
    assert segments.facts() == {"dense-0.faiss": segment.facts()}


def test_small_additions_are_merged_as_they_come(tmp_path: Path) -> None:
    segments = SegmentSet(tmp_path, NONE)
    for number in NUMBERS[:100].tolist():
        segments.add(flat([number]))
    facts = segments.facts()
    read = [Segment.read(tmp_path / name, facts[name]) for name in facts]
    sizes = [len(segment.numbers) for segment in read]
    assert np.concatenate([s.numbers for s in read]).tolist() == NUMBERS[:100].tolist()
    assert all(larger > 2 * smaller for larger, smaller in pairwise(sizes))
    pairs = [name for index in facts for name in (index, index.replace(".faiss", ".npy"))]
    assert names(tmp_path) == sorted(pairs)  # what was merged is gone from the disk


def test_a_merged_segment_never_outgrows_its_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_types, "segment_capacity", lambda _: 10)
    segments = SegmentSet(tmp_path, NONE)
    for start in range(0, 30, 6):
        segments.add(flat(NUMBERS[start : start + 6].tolist()))
    facts = segments.facts()
    sizes = [len(Segment.read(tmp_path / name, facts[name]).numbers) for name in facts]
    assert sizes == [6] * 5


def test_where_files_cannot_be_linked_they_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refuse)
    segment = flat(NUMBERS[:9].tolist())
    segment.write(tmp_path / "dense-0.faiss")
    (tmp_path / "new").mkdir()
    segments = SegmentSet(tmp_path / "new", NONE)
    segments.adopt(segment, tmp_path / "dense-0.faiss")
    read = Segment.read(tmp_path / "new" / "dense-0.faiss", segments.facts()["dense-0.faiss"])
    assert read.numbers.tolist() == NUMBERS[:9].tolist()
