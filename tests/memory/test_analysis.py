"""Texts become words: stems of what is folded, pairs of characters without spaces."""

from __future__ import annotations

from spanmem.memory.analysis import analyzer, character_pairs, plain


def test_words_are_stems_without_case_and_accents() -> None:
    assert analyzer().words("The Mills of Cafés") == ["the", "mill", "of", "cafe"]


def test_scripts_without_spaces_are_pairs_in_their_place() -> None:
    assert analyzer().words("in 東京タ now") == ["in", "東京", "京タ", "now"]
    assert character_pairs("東 x 京都") == ["東", "京都"]


def test_separators_of_thousands_are_left_out() -> None:
    assert plain("1,200 and 12 000 but 1,2") == "1200 and 12000 but 1,2"
