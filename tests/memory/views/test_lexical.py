"""The lexical index: BM25 by its formula, words by their stems, what filters and removal do."""

from __future__ import annotations

import gc
import os
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.memory.documents import Numbers
from spanmem.memory.views.lexical import QUERY_TERMS, LexicalEntry, LexicalIndex, search_lexical
from tests.memory import oracles

TEXTS = [
    "The old mill stands above the river.",
    "The mill is old; above it stands the house.",
    "A house above the river stands in the valley.",
    "Trees and fields fill the valley.",
    "Nothing else is near.",
    "Some sheep graze here in summer.",
    "A path leads to a town.",
    "Rain comes from the west.",
]
NONE: Numbers = np.empty(0, np.int64)
VOCABULARY = ("mill", "river", "bridge", "stone", "rye", "wheel", "boat", "lamp", "ferry", "oak")


def index_of(*entries: LexicalEntry) -> LexicalIndex:
    index = LexicalIndex(None)
    index.update([entries], [])
    return index


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    return index_of(*(LexicalEntry(number, "", text) for number, text in enumerate(TEXTS)))


def search(index: LexicalIndex, text: str, phrase_boost: float = 0.0) -> dict[int, float]:
    return index.search(text, 8, title_boost=0.0, phrase_boost=phrase_boost, allowed=None)


def drawn(seed: int) -> list[LexicalEntry]:
    """Passages of up to 40 words, some common and some rare, some with a title."""
    chance = random.Random(seed)
    weights = [2.0**-i for i in range(len(VOCABULARY))]
    return [
        LexicalEntry(
            number,
            chance.choice(["", *VOCABULARY]),
            " ".join(chance.choices(VOCABULARY, weights, k=chance.randint(1, 40))),
        )
        for number in range(60)
    ]


@pytest.mark.parametrize("title_boost", [0.0, 0.3, 2.0])
@pytest.mark.parametrize("phrase_boost", [0.0, 0.2, 1.0])
def test_scores_are_bm25_of_texts_titles_and_neighbors(
    title_boost: float, phrase_boost: float
) -> None:
    entries = drawn(seed=4)
    index = index_of(*entries)
    for question in ("mill river", "ferry lamp boat", "stone stone bridge", "oak", "nothing"):
        wanted = oracles.bm25(entries, question, title_boost=title_boost, phrase_boost=phrase_boost)
        scores = index.search(
            question, 60, title_boost=title_boost, phrase_boost=phrase_boost, allowed=None
        )
        assert scores == pytest.approx(wanted, rel=1e-5)
        assert list(scores.values()) == sorted(scores.values(), reverse=True)


def test_neighbors_add_to_what_each_word_counts(index: LexicalIndex) -> None:
    plain, boosted = search(index, "old mill"), search(index, "old mill", 1.0)
    assert plain.keys() == boosted.keys() == {0, 1}
    assert boosted[0] > plain[0]
    assert boosted[1] == plain[1]


def test_neighbors_count_by_their_stems(index: LexicalIndex) -> None:
    assert search(index, "older mills", 1.0) == search(index, "older mills")
    assert search(index, "olds mills", 1.0)[0] > search(index, "olds mills")[0]


def test_two_common_words_side_by_side_tell_nothing(index: LexicalIndex) -> None:
    # "the" stands in more than a quarter of the texts, and so does "above".
    assert search(index, "above the", 1.0) == search(index, "above the")
    assert search(index, "the valley", 1.0)[3] > search(index, "the valley")[3]


def test_words_run_as_in_the_text_and_their_frequency_is_of_passages() -> None:
    index = index_of(
        LexicalEntry(1, "", "Mills grind 长城有 rye"), LexicalEntry(2, "mill", "A mill, two mills")
    )
    assert index.words("Mills grind 长城有 rye") == ["mill", "grind", "长城", "城有", "rye"]
    frequencies = [index.document_frequency(word) for word in ("mill", "grind", "长城", "barn")]
    assert frequencies == [2, 1, 1, 0]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_no_text_is_a_syntax_error(index: LexicalIndex, text: str) -> None:
    assert search(index, text, 1.0).keys() <= set(range(len(TEXTS)))


def test_a_lone_surrogate_is_taken_in_and_asked(index: LexicalIndex) -> None:
    odd = index_of(LexicalEntry(1, "half \ud800", "half \ud800 mill"))
    assert search(odd, "mill \ud800").keys() == {1}


def test_only_the_first_terms_of_a_long_question_are_looked_up() -> None:
    words = [f"word{i}" for i in range(QUERY_TERMS + 1)]
    index = index_of(LexicalEntry(1, "", words[-1]), LexicalEntry(2, "", words[-2]))
    assert search(index, " ".join(words)).keys() == {2}


def test_only_what_is_allowed_is_found_and_scores_stay(index: LexicalIndex) -> None:
    everything = search(index, "the old mill")
    allowed = np.array([1, 3, 5, 99], np.int64)
    bounded = index.search("the old mill", 8, title_boost=0, phrase_boost=0, allowed=allowed)
    assert bounded == pytest.approx({n: everything[n] for n in everything if n in (1, 3)})


def test_what_is_removed_is_gone_and_what_is_added_is_there() -> None:
    index = index_of(LexicalEntry(1, "", "mill"), LexicalEntry(2, "", "mill"))
    index.update([[LexicalEntry(7, "", "mill")], [LexicalEntry(8, "", "river")]], [2])
    assert len(index) == 3
    assert search(index, "mill").keys() == {1, 7}


def test_several_indexes_are_searched_as_one_but_for_what_was_removed() -> None:
    first = index_of(*(LexicalEntry(n, "", "mill") for n in range(5)))
    second = index_of(*(LexicalEntry(n, "", "mill") for n in range(5, 10)))
    scores = search_lexical(
        [first, second],
        "mill",
        4,
        title_boost=0.0,
        phrase_boost=0.0,
        allowed=None,
        removed=np.array([0, 1, 2, 6], np.int64),
    )
    assert list(scores) == [3, 4, 5, 7]  # equal scores: by number; k, though most were removed


def test_an_empty_index_finds_nothing() -> None:
    assert search(LexicalIndex(None), "mill") == {}
    assert len(LexicalIndex(None)) == 0


def test_a_lock_that_tantivy_writes_late_does_not_disturb_opening_and_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, temporary = tmp_path / "lexical", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    LexicalIndex(folder).update([[LexicalEntry(1, "", TEXTS[0])]], [])
    rmdir, late = os.rmdir, [True]

    def rmdir_after_a_lock(path: Any, **options: Any) -> None:
        if late.pop() if late else False:
            (Path(path) / ".tantivy-meta.lock").touch()
        rmdir(path, **options)

    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(os, "rmdir", rmdir_after_a_lock)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    index = LexicalIndex(folder)
    assert not late
    assert list(search(index, "mill")) == [1]
    del index
    gc.collect()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("the oﬃce ﬂoor", "office floor"),
        ("lamps of ＯＳＡＫＡ", "osaka"),
        ("the trans\u00admis\u00adsion", "transmission"),
        ("the Nagoya plant", "Ｎａｇｏｙａ"),
        ("the Cafe\u0301 Mürren", "cafe murren"),
        ("with 4,500 members", "4500"),
        ("with 9 800 members", "9,800"),
        ("the ﾄﾞｰﾑ hall", "ドーム"),
    ],
)
def test_texts_and_questions_are_compared_folded(text: str, question: str) -> None:
    index = index_of(LexicalEntry(1, "", text), LexicalEntry(2, "", "a wholly other matter"))
    assert list(search(index, question)) == [1]


def test_a_version_keeps_the_order_of_its_parts() -> None:
    assert LexicalIndex(None).words("2.10 and 1,2 and 12,3456") == [
        *("2", "10", "and", "1", "2", "and", "12", "3456")
    ]
