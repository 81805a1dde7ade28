"""Tokens of a text: which are names, which carry meaning, and their plain form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.english.words import EMPTY, stem, words_in


def test_words_stand_in_order_as_they_are_written() -> None:
    words = words_in("Isn’t the X-200 AT&T's? Rome: yes.")
    assert [word.raw for word in words] == ["Isn’t", "the", "X-200", "AT&T's", "Rome", "yes"]
    assert [word.low for word in words] == ["isn't", "the", "x-200", "at&t's", "rome", "yes"]
    assert [word.first for word in words] == [True, False, False, False, True, True]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Where is Rome?", ["Rome"]),
        ("Rome is where?", []),
        ("x200 is what?", ["x200"]),
        ("is the iPhone or the 1912 one better?", ["iPhone"]),
        ("Is It good?", []),
        ("where. Rome? NASA", ["NASA"]),
    ],
)
def test_capitals_inside_a_sentence_and_codes_anywhere_are_names(
    text: str, names: list[str]
) -> None:
    assert [word.raw for word in words_in(text) if word.named] == names


def test_function_words_carry_no_meaning() -> None:
    words = words_in("What is the weight of the old pump, and why does it leak?")
    assert [word.raw for word in words if word.content] == ["weight", "old", "pump", "leak"]
    assert {"the", "it", "what", "doesn't", "of", "he"} <= EMPTY


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("batteries", "battery"),
        ("ties", "tie"),
        ("lamps", "lamp"),
        ("glass", "glass"),
        ("bus", "bus"),
        ("ann's", "ann"),
        ("customers'", "customer"),
        ("gas", "gas"),
    ],
)
def test_a_stem_is_the_word_without_plural_and_possessive(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


@given(st.text(max_size=100))
def test_every_word_stands_in_the_text_and_is_no_mere_mark(text: str) -> None:
    at = 0
    for word in words_in(text):
        at = text.index(word.raw, at) + len(word.raw)
        assert word.raw[0].isalnum()
