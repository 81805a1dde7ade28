"""A search finds on a server what it finds in a folder, with the same scores."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from spanmem.core.records import Hit
from spanmem.memory.backends.postgresql import connections, search
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.contract import DIM, make_entry, unit_vector
from spanmem.memory.fusion import Fusion, Mode
from spanmem.memory.store import Memory

WORDS = (
    *("the", "of", "mill", "mills", "bridge", "running", "café", "1,200", "10⁶", "AB-12C", "it's"),
    *("東京タワー", "大阪", "C++", "\\", "'", "''", "&", "|", "!", "<->", "x" * 120, "Über", "ﬁne"),
)
MODES: tuple[Mode, ...] = ("hybrid", "hybrid", "dense", "lexical")


def _text(rng: random.Random, length: int) -> str:
    words = (
        rng.choice(WORDS) if rng.random() < 0.5 else f"w{int(rng.expovariate(0.05))}"
        for _ in range(length)
    )
    return " ".join(words)


def _agree(ours: list[Hit], theirs: list[Hit]) -> None:
    """Equal passages and scores, but for which of equals come last."""
    assert len(ours) == len(theirs)
    by_key = {hit.passage.key: hit for hit in theirs}
    last = min((hit.score for hit in theirs), default=0.0)
    for hit in ours:
        other = by_key.get(hit.passage.key)
        if other is None:
            assert hit.score == pytest.approx(last, abs=2e-3)
            continue
        for name in ("score", "dense", "lexical", "proximity"):
            one, two = getattr(hit, name), getattr(other, name)
            assert one == (None if two is None else pytest.approx(two, abs=2e-3)), name
        assert (hit.passage, hit.source, hit.metadata) == (
            other.passage,
            other.source,
            other.metadata,
        )


def test_hits_and_scores_are_those_of_a_folder(memory: ServerMemory, tmp_path: Path) -> None:
    rng = random.Random(3)
    with Memory.create(tmp_path / "folder", encoder="test", dim=DIM) as folder:
        for _ in range(2):
            entries = [
                make_entry(
                    f"d{i}",
                    *(_text(rng, rng.choice([3, 8, 60])) for _ in range(rng.randint(1, 4))),
                    title=_text(rng, rng.randint(0, 3)),
                    metadata={"n": i % 5},
                    source=f"s{i}",
                )
                for i in rng.sample(range(60), 35)
            ]
            gone = [f"d{i}" for i in rng.sample(range(60), 6)]
            for store in (folder, memory):
                store.put(entries)
                store.remove(gone)
        folder.compact()
        assert list(memory.documents()) == list(folder.documents())
        assert list(memory.passages()) == list(folder.passages())
        for _ in range(15):
            text, k = _text(rng, rng.choice([1, 2, 4, 9])), rng.choice([1, 5, 150])
            mode, where = rng.choice(MODES), rng.choice([None, {"n": 2}, {"n": {"gte": 3}}])
            fusion = Fusion(
                depth=100, dense_weight=rng.choice([0.85, 0.0]), title_boost=rng.choice([0.3, 0.0])
            )
            ours, theirs = (
                store.search(text, unit_vector(text), k=k, mode=mode, where=where, fusion=fusion)
                for store in (memory, folder)
            )
            _agree(ours, theirs)


def test_rare_words_are_looked_up_first(
    memory: ServerMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.put([make_entry(f"d{i}", f"The common text number {i}.") for i in range(40)])
    memory.put([make_entry("rare", "A plain granite stone.")])
    monkeypatch.setattr(search, "_BUDGET", 20)
    found = [h.passage.document for h in memory.search("common granite", None, k=50)]
    assert found == ["rare"]
    # What a filter leaves of these is little: the other words are looked up, too.
    memory.put([make_entry("other", "A common thing.", metadata={"n": 1})])
    found = [h.passage.document for h in memory.search("common granite", None, k=5, where={"n": 1})]
    assert found == ["other"]


@pytest.mark.parametrize("index", ["hnsw", "bits"])
def test_a_filter_that_lets_little_through_still_fills_the_list(
    memory: ServerMemory, address: str, monkeypatch: pytest.MonkeyPatch, index: str
) -> None:
    memory.put(
        [make_entry(f"d{i}", f"Text {i}.", metadata={"even": i % 50 == 0}) for i in range(300)]
    )
    monkeypatch.setattr("spanmem.memory.backends.postgresql.vector_index._SMALL", 0)
    memory.compact(index)
    # As in a large memory: the plan follows the graph, which ends before there are enough.
    follow = {"enable_seqscan": "off", "enable_sort": "off", "hnsw.iterative_scan": "off"}
    monkeypatch.setattr(connections, "_SETTINGS", {**connections._SETTINGS, **follow})
    with ServerMemory.open(address) as opened:
        hits = opened.search("x", unit_vector("x"), k=6, mode="dense", where={"even": True})
    assert len(hits) == 6
    expected = sorted(
        (float(unit_vector(f"Text {i}.") @ unit_vector("x")) for i in range(0, 300, 50)),
        reverse=True,
    )
    assert [h.score for h in hits] == pytest.approx(expected, abs=2e-3)
    assert len(memory.search("x", unit_vector("x"), k=120, mode="dense")) == 120
