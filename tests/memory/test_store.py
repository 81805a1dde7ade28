"""What is stored comes back: by its document, by its words, by its vector, by its metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError
from spanmem.core.records import Document
from spanmem.memory.store import Memory

from .conftest import DIM, MILL, Opener, entry, find, texts, vector


def test_what_was_put_is_found_after_reopening(filled: Opener, path: Path) -> None:
    with Memory.open(path) as memory:
        assert memory.counts() == (3, 4)
        assert (memory.encoder, memory.dim) == ("test", DIM)
        assert find(memory, "It ground rye.")[0] == "It ground rye."
        assert [d.id for d in memory.documents()] == ["mill", "bridge", "katze"]
        assert [p.text for p in memory.passages("mill")] == [p.text for p in MILL.passages]
        assert memory.notices == ()
        assert memory.verify() == []


def test_a_hit_says_where_it_comes_from(filled: Opener, path: Path) -> None:
    with Memory.open(path) as memory:
        hit = memory.search("bridge opened", vector("x"), k=1, mode="lexical")[0]
        assert (hit.passage.document, hit.metadata["year"]) == ("bridge", 1940)
        assert hit.lexical is not None
        assert memory.passage(hit.passage.key) == hit.passage


def test_a_document_of_the_same_id_is_replaced(filled: Opener, path: Path) -> None:
    with filled() as memory:
        memory.put([entry("mill", "The mill burned down.")])
        assert "The old mill was built in 1912." not in find(memory, "old mill built 1912")
        assert memory.counts() == (3, 3)
        assert memory.digests(["mill", "bridge", "gone"]).keys() == {"mill", "bridge"}
    with Memory.open(path) as memory:
        assert memory.passage(MILL.passages[0].key) is None
        assert memory.verify() == []


def test_removed_documents_are_gone_from_both_views(filled: Opener, path: Path) -> None:
    with filled() as memory:
        assert memory.remove(["mill", "nobody"]) == 1
        for mode in ("dense", "lexical", "hybrid"):
            assert all("mill" not in t for t in find(memory, "old mill", mode=mode))


def test_equal_texts_of_two_documents_both_survive(create: Opener) -> None:
    with create() as memory:
        memory.put([entry("a", "The same words."), entry("b", "The same words.")])
        hits = memory.search("same words", vector("The same words."), k=5)
        assert {hit.passage.document for hit in hits} == {"a", "b"}


@pytest.mark.parametrize("name", ["a b", "line\nbreak", "🐈", "ü/ö", "\ud800lone", "'; DROP"])
def test_any_text_can_be_an_id(create: Opener, path: Path, name: str) -> None:
    with create() as memory:
        memory.put([entry(name, f"Words of {name}.", title=name, source=name)])
    with Memory.open(path) as memory:
        assert [d.id for d in memory.documents()] == [name]
        assert next(memory.passages(name)).text == f"Words of {name}."
        assert memory.digests([name]).keys() == {name}


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?!",
        '"unclosed (mill',
        "mill AND OR NOT",
        "title:mill^2",
        "长城",
        "mill " * 10_000,
        "\0",
    ],
)
def test_no_question_is_a_syntax_error(filled: Opener, path: Path, question: str) -> None:
    with Memory.open(path) as memory:
        assert len(find(memory, question)) == 4


def test_scripts_without_spaces_are_found_by_their_characters(create: Opener) -> None:
    with create() as memory:
        memory.put([entry("a", "长城是中国古代的防御工程。"), entry("b", "猫在睡觉。")])
        assert texts(memory.search("长城有多长", None, k=1)) == ["长城是中国古代的防御工程。"]


def test_inflected_words_are_found_by_their_stem(filled: Opener, path: Path) -> None:
    with Memory.open(path) as memory:
        assert texts(memory.search("grinding mills", None, k=1)) == [MILL.passages[0].text]


def test_titles_count_as_they_are_weighted(create: Opener) -> None:
    from spanmem.memory.fusion import Fusion

    with create() as memory:
        memory.put([entry("a", "Words about rye.", title="Wheel"), entry("b", "A wheel, a wheel.")])
        for boost, first in ((0.0, "b"), (9.0, "a")):
            hits = memory.search("wheel", None, k=2, fusion=Fusion(title_boost=boost))
            assert hits[0].passage.document == first


def test_an_empty_memory_finds_nothing(create: Opener, path: Path) -> None:
    create().close()
    with Memory.open(path) as memory:
        assert find(memory, "anything") == []
        assert memory.verify() == []


@pytest.mark.parametrize(
    ("where", "documents"),
    [
        ({"lang": "en"}, {"bridge"}),
        ({"lang": ["en", "de"]}, {"bridge", "katze"}),
        ({"year": {"gte": 1940, "lt": 2020}}, {"bridge"}),
        ({"year": {"gt": 1940}}, {"katze"}),
        ({"lang": "en", "year": 2020}, set()),
        ({"missing": "x"}, set()),
        ({}, {"mill", "bridge", "katze"}),
    ],
)
@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_filters_hold_inside_the_search(
    filled: Opener, path: Path, where: dict[str, Any], documents: set[str], mode: Any
) -> None:
    with Memory.open(path) as memory:
        question = "the die built opened schläft it"
        hits = memory.search(question, vector("x"), k=1, mode=mode, where=where)
        assert len(hits) == min(1, len(documents))
        everything = memory.search(question, vector("x"), k=9, mode=mode, where=where)
        assert {hit.passage.document for hit in everything} == documents


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"year": {"over": 3}}, "'over' is no comparison"),
        ({"year": {}}, "range for 'year' is empty"),
        ({"lang": []}, "no value is allowed"),
        ({"lang": [None]}, "compared with None"),
        ({'a"b': 1}, "quotation mark"),
        ({"a\ud800": 1}, "half a character"),
        ({"lang": "e\ud800"}, "half a character"),
        ({"year": 2**70}, "beyond 64 bits"),
        ({"year": {"gt": -(2**63) - 1}}, "beyond 64 bits"),
    ],
)
def test_a_senseless_filter_is_refused(
    filled: Opener, path: Path, where: dict[str, Any], message: str
) -> None:
    with Memory.open(path) as memory, pytest.raises(InputError, match=message):
        find(memory, "x", where=where)


def test_a_staged_document_is_seen_when_it_is_whole(filled: Opener, path: Path) -> None:
    whole = entry("mill", *(f"Sentence number {i}." for i in range(30)))
    with filled() as memory:
        with memory.stage(whole.document) as stage:
            for at in range(0, 30, 7):
                stage.add(whole.passages[at : at + 7], whole.vectors[at : at + 7])
            memory.publish()
            assert memory.passage(MILL.passages[0].key) is not None
            assert find(memory, "Sentence number 3.", k=1) != ["Sentence number 3."]
        assert memory.counts() == (3, 32)
        assert find(memory, "Sentence number 3.", k=1) == ["Sentence number 3."]
        assert memory.verify() == []


def test_a_stage_that_failed_leaves_what_was_there(filled: Opener, path: Path) -> None:
    new = entry("mill", "Something else.")
    with filled() as memory:
        with pytest.raises(KeyError), memory.stage(new.document) as stage:  # noqa: PT012
            stage.add(new.passages, new.vectors)
            raise KeyError
        assert memory.counts() == (3, 4)
        assert find(memory, "It ground rye.", k=1) == ["It ground rye."]


def test_a_document_is_staged_once_at_a_time(filled: Opener) -> None:
    new, other = entry("new", "Something new."), entry("other", "Something else.")
    with filled() as memory:
        with memory.stage(new.document) as stage:
            with pytest.raises(InputError, match="'new' is being stored"):
                memory.stage(new.document).__enter__()
            with pytest.raises(KeyError), memory.stage(other.document) as failing:  # noqa: PT012
                failing.add(other.passages, other.vectors)
                raise KeyError
            stage.add(new.passages, new.vectors)  # it did not go with the one that failed
        assert [d.id for d in memory.documents()] == ["mill", "bridge", "katze", "new"]
        assert memory.verify() == []


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_metadata_that_are_no_number_are_refused(filled: Opener, number: float) -> None:
    bad = entry("bad", "A text.", metadata={"lang": "en", "score": number})
    with filled() as memory:
        with pytest.raises(InputError, match="'bad' hold NaN"):
            memory.put([bad])
        with pytest.raises(InputError, match="'bad' hold NaN"):
            memory.stage(bad.document).__enter__()
        assert memory.counts() == (3, 4)
        assert find(memory, "bridge", where={"lang": "en"}) == ["The bridge was opened in 1940."]


def test_words_alone_find_only_what_shares_one(filled: Opener) -> None:
    with filled() as memory:
        assert memory.search("volcano", None, k=3) == []
        assert len(memory.search("volcano", vector("volcano"), k=3)) == 3


def test_vectors_of_a_wrong_shape_are_refused(create: Opener) -> None:
    from dataclasses import replace

    with create() as memory, pytest.raises(ValueError, match="shape"):
        memory.put([replace(MILL, vectors=MILL.vectors[:1])])


def test_stats_are_ready_for_json(filled: Opener, path: Path) -> None:
    with Memory.open(path) as memory:
        stats = json.loads(json.dumps(memory.stats()))
    assert (stats["documents"], stats["passages"], stats["encoder"]) == (3, 4, "test")
    assert stats["bytes"] > 0


def test_touching_notes_the_new_place(filled: Opener, path: Path) -> None:
    with filled() as memory:
        text = MILL.document.text
        memory.touch(Document(id="mill", text=text, title="Mill", source="new.md", origin="/new"))
        assert [d.origin for d in memory.documents() if d.id == "mill"] == ["/new"]
