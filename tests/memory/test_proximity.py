"""Proximity against its definition, computed over every window."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.memory.proximity import PAIR, WINDOW, Proximity, rarity

RARITIES = {"a": 1.0, "b": 2.5, "c": 0.25, "d": 4.0, "e": 0.0}
words = st.lists(st.sampled_from("abcde"), max_size=8)
texts = st.lists(st.sampled_from("abcdexyz"), max_size=3 * WINDOW)


def plainly(question: list[str], passage: list[str]) -> float:
    """Every window of the passage, one by one."""
    asked = set(pairwise(question))
    everything = sum(RARITIES[w] for w in set(question))
    everything += sum(PAIR * min(RARITIES[x], RARITIES[y]) for x, y in asked)
    best = 0.0
    for at in range(len(passage)):
        window = passage[at : at + WINDOW]
        worth = sum(RARITIES[w] for w in set(window) & set(question))
        worth += sum(PAIR * min(RARITIES[x], RARITIES[y]) for x, y in set(pairwise(window)) & asked)
        best = max(best, worth)
    return best / everything if everything else 0.0


@given(words, texts)
def test_it_is_the_best_of_all_windows(question: list[str], passage: list[str]) -> None:
    found = Proximity(question, RARITIES).of(passage)
    assert found == pytest.approx(plainly(question, passage))
    assert 0 <= found <= 1


@given(words, texts, texts)
def test_more_text_never_lessens_it(
    question: list[str], passage: list[str], more: list[str]
) -> None:
    question_ = Proximity(question, RARITIES)
    assert question_.of(passage + more) >= question_.of(passage) - 1e-12


def test_a_question_word_for_word_has_all_of_it() -> None:
    assert Proximity(list("abcd"), RARITIES).of(list("xxabcdxx")) == pytest.approx(1.0)


def test_words_far_apart_count_less_than_words_side_by_side() -> None:
    question = Proximity(["a", "b"], RARITIES)
    apart = question.of(["a", *["x"] * WINDOW, "b"])
    near = question.of(["a", "x", "b"])
    side_by_side = question.of(["a", "b"])
    assert apart < near < side_by_side


def test_a_rare_word_tells_more_than_one_that_all_passages_hold() -> None:
    assert rarity(1000, 1) > rarity(1000, 900) > rarity(1000, 1000) > 0
    assert rarity(3, 5) == 0.0  # removed passages may still be counted
