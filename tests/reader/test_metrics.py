"""Exact match and F1 against values worked out by hand, and their invariants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.reader.metrics import exact_match, f1, normalize

words = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Cat, an ANIMAL!", "cat animal"),
        ("a an the", ""),
        ("theatre another banana", "theatre another banana"),
        ("  spaced\tout\n text ", "spaced out text"),
        ("don't", "dont"),
        ("24–10", "24–10"),  # only ASCII punctuation goes
        ("£5.50", "£550"),
        ("ÉCOLE", "école"),
        ("state-of-the-art", "stateoftheart"),  # punctuation first: no article is left
        ("北京", "北京"),
    ],
)
def test_normalize(text: str, expected: str) -> None:
    assert normalize(text) == expected


@pytest.mark.parametrize(
    ("prediction", "golds", "em", "overlap"),
    [
        ("Denver Broncos", ["Denver Broncos"], 1.0, 1.0),
        ("the Denver Broncos.", ["Denver Broncos"], 1.0, 1.0),
        ("Broncos", ["Denver Broncos"], 0.0, 2 / 3),
        ("Denver Broncos of Colorado", ["Carolina", "Denver Broncos"], 0.0, 2 / 3),
        ("no no no", ["no"], 0.0, 0.5),  # repeated words count once each
        ("1066", ["1067"], 0.0, 0.0),
        ("", [], 1.0, 1.0),
        ("the", [], 1.0, 1.0),
        ("Denver", [], 0.0, 0.0),
        ("", ["Denver"], 0.0, 0.0),
        ("", ["The", "The Who"], 0.0, 0.0),  # a gold of articles only is no empty gold
        ("who", ["The", "The Who"], 1.0, 1.0),
        ("", ["The"], 1.0, 1.0),
    ],
)
def test_known_values(prediction: str, golds: list[str], em: float, overlap: float) -> None:
    assert exact_match(prediction, golds) == em
    assert f1(prediction, golds) == pytest.approx(overlap)


@given(words, st.lists(words, max_size=3))
def test_f1_is_bounded_by_exact_match_and_one(prediction: str, golds: list[str]) -> None:
    assert exact_match(prediction, golds) <= f1(prediction, golds) <= 1.0


@given(words)
def test_normalizing_twice_changes_nothing(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@given(words, st.lists(words, min_size=1, max_size=3))
def test_more_golds_never_lower_f1(prediction: str, golds: list[str]) -> None:
    if normalize(golds[0]):
        assert f1(prediction, golds) >= f1(prediction, golds[:1])
