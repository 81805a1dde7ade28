"""The lexical view by itself: what neighboring words of a question are worth."""

from __future__ import annotations

import pytest

from spanmem.memory.views.lexical import Lexical

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


@pytest.fixture
def view() -> Lexical:
    made = Lexical(None)
    made.change([[(number, "", text) for number, text in enumerate(TEXTS)]], [])
    return made


def search(view: Lexical, text: str, phrase_boost: float) -> dict[int, float]:
    return view.search(text, 8, title_boost=0.0, phrase_boost=phrase_boost, allowed=None)


def test_neighbors_add_to_what_each_word_counts(view: Lexical) -> None:
    plain, boosted = search(view, "old mill", 0.0), search(view, "old mill", 1.0)
    assert plain.keys() == boosted.keys() == {0, 1}
    assert boosted[0] > plain[0]
    assert boosted[1] == plain[1]


def test_neighbors_count_by_their_stems(view: Lexical) -> None:
    assert search(view, "older mills", 1.0) == search(view, "older mills", 0.0)
    assert search(view, "olds mills", 1.0)[0] > search(view, "olds mills", 0.0)[0]


def test_two_common_words_side_by_side_tell_nothing(view: Lexical) -> None:
    # "the" stands in more than a quarter of the texts, and so does "above".
    assert search(view, "above the", 1.0) == search(view, "above the", 0.0)
    assert search(view, "the valley", 1.0)[3] > search(view, "the valley", 0.0)[3]


def test_words_run_as_in_the_text_and_tell_how_many_passages_hold_them() -> None:
    view = Lexical(None)
    view.change([[(1, "", "Mills grind 长城有 rye"), (2, "mill", "A mill, two mills")]], [])
    assert view.words("Mills grind 长城有 rye") == ["mill", "grind", "长城", "城有", "rye"]
    assert [view.holding(word) for word in ("mill", "grind", "长城", "barn")] == [2, 1, 1, 0]
