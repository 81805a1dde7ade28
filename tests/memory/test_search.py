"""Searches against the documented formulas, computed over every passage."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanmem.core.records import Entry
from spanmem.memory.fusion import Fusion, fuse
from spanmem.memory.store import Memory
from spanmem.memory.views.lexical import LexicalEntry
from tests.memory import oracles

from .conftest import Opener, entry, vector

VOCABULARY = ("mill", "river", "bridge", "stone", "rye", "wheel", "boat", "lamp", "ferry", "oak")
QUESTIONS = ("old mill by the river", "rye", "stone bridge stone bridge", "nothing of this", "")


def drawn(count: int, seed: int) -> list[Entry]:
    """Documents of three passages of up to 30 words, some common and some rare."""
    chance = random.Random(seed)
    weights = [2.0**-i for i in range(len(VOCABULARY))]

    def text() -> str:
        return " ".join(chance.choices(VOCABULARY, weights, k=chance.randint(1, 30)))

    return [
        entry(
            f"d{i}",
            *(f"{text()} {i}.{part}" for part in range(3)),
            title=chance.choice(["", *VOCABULARY]),
            metadata={"third": i % 3},
        )
        for i in range(count)
    ]


def expected(
    entries: Iterable[Entry], question: str, fusion: Fusion, k: int
) -> list[tuple[str, float]]:
    """Texts and scores of a hybrid search, best first."""
    passages = dict(enumerate(p for e in entries for p in e.passages))
    query = vector(question)
    everything = {
        n: float(vector(p.text).astype("<f2").astype(np.float32) @ query)
        for n, p in passages.items()
    }
    bm25 = oracles.bm25(
        [LexicalEntry(n, p.title, p.text) for n, p in passages.items()],
        question,
        title_boost=fusion.title_boost,
        phrase_boost=fusion.phrase_boost,
    )
    depth = max(fusion.depth, k)
    lexical = {n: bm25[n] / max(bm25.values()) for n in oracles.best(bm25, depth)}
    candidates = {*oracles.best(everything, depth), *lexical}
    fill = min(lexical.values(), default=0.0)
    asked = oracles.words(question)
    texts = {n: oracles.words(p.text) for n, p in passages.items()}
    idfs = {w: oracles.idf(len(texts), oracles.frequency(texts.values(), w)) for w in asked}
    scores: dict[int, float] = {}
    for n in candidates:
        mixed = fusion.dense_weight * everything[n]
        mixed += (1 - fusion.dense_weight) * lexical.get(n, fill)
        near = oracles.proximity(asked, texts[n], idfs) if fusion.proximity_weight else 0.0
        scores[n] = (1 - fusion.proximity_weight) * mixed + fusion.proximity_weight * near
    return [(passages[n].text, scores[n]) for n in oracles.best(scores, k)]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Entry]]:
    path, entries = tmp_path_factory.mktemp("search") / "m", drawn(20, seed=5)
    with Memory.create(path, encoder="test", dim=8) as memory:
        memory.put(entries)
    return path, entries


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    ("fusion", "k"),
    [
        (Fusion(), 60),
        (Fusion(depth=5), 3),
        (Fusion(depth=1), 8),
        (Fusion(dense_weight=0.3, proximity_weight=0.0), 60),
        (Fusion(dense_weight=0.0, title_boost=2.0, phrase_boost=0.0), 60),
    ],
)
def test_a_hybrid_score_is_the_documented_mix(
    stored: tuple[Path, list[Entry]], question: str, fusion: Fusion, k: int
) -> None:
    path, entries = stored
    with Memory.open(path) as memory:
        hits = memory.search(question, vector(question), k=k, fusion=fusion)
    wanted = expected(entries, question, fusion, k)
    assert [hit.score for hit in hits] == pytest.approx([s for _, s in wanted], abs=1e-5)
    scores = {hit.passage.text: hit.score for hit in hits}
    for text, score in wanted[:-1]:  # the last one may have equals that were cut off
        assert scores[text] == pytest.approx(score, abs=1e-5)


def test_a_hit_tells_the_scores_that_its_own_is_made_of(
    stored: tuple[Path, list[Entry]],
) -> None:
    path, _ = stored
    fusion = Fusion(dense_weight=0.4, proximity_weight=0.25)
    with Memory.open(path) as memory:
        hits = memory.search("mill wheel", vector("x"), k=60, fusion=fusion)
    best = max(h.lexical for h in hits if h.lexical is not None)
    fill = min(h.lexical for h in hits if h.lexical is not None)
    assert any(hit.lexical is None for hit in hits)
    for hit in hits:
        assert hit.dense is not None
        assert hit.proximity is not None
        assert hit.dense == pytest.approx(vector(hit.passage.text) @ vector("x"), abs=2e-3)
        lexical = (fill if hit.lexical is None else hit.lexical) / best
        mixed = 0.4 * hit.dense + 0.6 * lexical
        assert hit.score == pytest.approx(0.75 * mixed + 0.25 * hit.proximity)


@pytest.mark.parametrize("mode", ["dense", "lexical"])
def test_one_index_alone_has_no_score_of_the_other(
    stored: tuple[Path, list[Entry]], mode: Any
) -> None:
    path, entries = stored
    with Memory.open(path) as memory:
        hits = memory.search("mill river", vector("mill river"), k=7, mode=mode)
    assert len(hits) == 7
    passages = dict(enumerate(p for e in entries for p in e.passages))
    if mode == "dense":
        scores = {n: float(vector(p.text) @ vector("mill river")) for n, p in passages.items()}
        assert all(hit.lexical is None and hit.score == hit.dense for hit in hits)
    else:
        scores = oracles.bm25(
            [LexicalEntry(n, p.title, p.text) for n, p in passages.items()],
            "mill river",
            title_boost=0.3,
            phrase_boost=0.2,
        )
        assert all(hit.dense is None and hit.proximity is None for hit in hits)
        assert [h.score for h in hits] == [h.lexical / hits[0].lexical for h in hits]  # type: ignore[operator]
    wanted = [passages[n].text for n in oracles.best(scores, 7)]
    assert [hit.passage.text for hit in hits] == wanted


def test_without_a_vector_words_alone_are_compared(stored: tuple[Path, list[Entry]]) -> None:
    path, _ = stored
    with Memory.open(path) as memory:
        assert memory.search("ferry", None, k=9) == memory.search(
            "ferry", vector("x"), k=9, mode="lexical"
        )


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_what_is_removed_or_new_is_searched_as_if_all_were_one(create: Opener, mode: Any) -> None:
    entries = drawn(12, seed=8)
    with create() as writer:
        writer.put(entries[:8])
        writer.publish()
        with Memory.open(writer.path) as reader:
            writer.remove([e.document.id for e in entries[2:4]])
            writer.put(entries[8:])
            live = [*entries[:2], *entries[4:]]
            hits = reader.search("mill river oak", vector("x"), k=99, mode=mode)
            texts = {p.text for e in live for p in e.passages}
            if mode == "lexical":
                asked = {"mill", "river", "oak"}
                texts = {
                    p.text
                    for e in live
                    for p in e.passages
                    if asked & {*p.text.split(), e.document.title}
                }
            assert sorted(hit.passage.text for hit in hits) == sorted(texts)
            assert reader.search("mill river oak", vector("x"), k=5, mode=mode) == hits[:5]


def test_a_filter_bounds_every_index(stored: tuple[Path, list[Entry]]) -> None:
    path, entries = stored
    with Memory.open(path) as memory:
        hits = memory.search("mill river", vector("x"), k=60, where={"third": 1})
    wanted = {p.text for e in entries if e.document.metadata["third"] == 1 for p in e.passages}
    assert {hit.passage.text for hit in hits} == wanted
    assert {hit.metadata["third"] for hit in hits} == {1}


def test_what_a_writer_removed_meanwhile_is_left_out(
    filled: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled() as writer, Memory.open(path) as reader:

        def fuse_late(*scores: Any) -> Any:
            writer.remove(["mill"])
            return fuse(*scores)

        monkeypatch.setattr("spanmem.memory.search.fuse", fuse_late)
        hits = reader.search("old mill", vector("x"), k=9)
    assert {hit.passage.document for hit in hits} == {"bridge", "katze"}


@pytest.mark.parametrize("mode", ["dense", "lexical"])
def test_as_many_are_found_as_are_wanted_though_the_best_were_removed_meanwhile(
    create: Opener, path: Path, monkeypatch: pytest.MonkeyPatch, mode: Any
) -> None:
    with create() as writer:
        writer.put([entry(f"d{n}", f"an old mill {n}") for n in range(9)])
    with create() as writer, Memory.open(path) as reader:
        best = [hit.passage.document for hit in reader.search("mill", vector("x"), k=4, mode=mode)]

        def fuse_late(*scores: Any) -> Any:
            writer.remove(best)
            return fuse(*scores)

        monkeypatch.setattr("spanmem.memory.search.fuse", fuse_late)
        hits = reader.search("mill", vector("x"), k=3, mode=mode)
    assert len(hits) == 3
    assert not {hit.passage.document for hit in hits} & {*best}
