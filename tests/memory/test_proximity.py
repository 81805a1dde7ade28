"""Proximity against its definition, computed over every window."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.memory.proximity import WINDOW, Proximity, idf
from tests.memory import oracles

IDFS = {"a": 1.0, "b": 2.5, "c": 0.25, "d": 4.0, "e": 0.0}
words = st.lists(st.sampled_from("abcde"), max_size=8)
texts = st.lists(st.sampled_from("abcdexyz"), max_size=3 * WINDOW)


@given(words, texts)
def test_it_is_the_best_of_all_windows(question: list[str], passage: list[str]) -> None:
    score = Proximity(question, IDFS).score(passage)
    assert score == pytest.approx(oracles.proximity(question, passage, IDFS))
    assert 0 <= score <= 1


@given(words, texts, texts)
def test_more_text_never_lessens_it(
    question: list[str], passage: list[str], more: list[str]
) -> None:
    proximity = Proximity(question, IDFS)
    assert proximity.score(passage + more) >= proximity.score(passage) - 1e-12


def test_a_question_word_for_word_has_all_of_it() -> None:
    assert Proximity(list("abcd"), IDFS).score(list("xxabcdxx")) == pytest.approx(1.0)


def test_words_far_apart_count_less_than_words_side_by_side() -> None:
    question = Proximity(["a", "b"], IDFS)
    apart = question.score(["a", *["x"] * WINDOW, "b"])
    near = question.score(["a", "x", "b"])
    side_by_side = question.score(["a", "b"])
    assert apart < near < side_by_side


def test_twenty_words_in_a_row_count_together_and_twenty_one_do_not() -> None:
    question = Proximity(["a", "b"], IDFS)
    alone = question.score(["b"])
    assert question.score(["a", *["x"] * (WINDOW - 2), "b"]) > alone
    assert question.score(["a", *["x"] * (WINDOW - 1), "b"]) == alone


def test_a_rare_word_tells_more_than_one_that_all_passages_hold() -> None:
    assert idf(1000, 1) > idf(1000, 900) > idf(1000, 1000) > 0
    assert idf(3, 5) == 0.0  # removed passages may still be counted


def test_the_idf_is_bm25s() -> None:
    assert idf(10, 2) == pytest.approx(math.log(1 + 8.5 / 2.5))
    assert idf(1, 1) == pytest.approx(math.log(4 / 3))


def test_a_question_without_weight_has_no_proximity() -> None:
    assert Proximity([], IDFS).score(["a", "b"]) == 0.0
    assert Proximity(["e", "e"], IDFS).score(["e", "e"]) == 0.0
