"""The verifier of reuse: near misses are refused by their words alone, paraphrases recognized."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.english.equivalence import (
    LONG_QUESTION,
    NEAR,
    NEAR_BARELY,
    SIMILARITY_BAR,
    same_question,
)
from tests.rooms import ROOT

DATA = ROOT / "evaluation" / "pairs"


def _pairs(name: str) -> list[tuple[str, str]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [(row["a"], row["b"]) for row in map(json.loads, lines)]


def test_false_reuse_is_at_most_one_in_a_hundred_whatever_the_embedding_says() -> None:
    pairs = _pairs("near_misses.jsonl")
    wrong = [pair for pair in pairs if same_question(*pair, 1.0).same]
    assert len(pairs) >= 200
    assert len(wrong) <= len(pairs) / 100, wrong


def test_true_reuse_on_paraphrases_is_at_least_sixty_in_a_hundred() -> None:
    pairs = _pairs("paraphrases.jsonl")
    missed = [pair for pair in pairs if not same_question(*pair, 1.0).same]
    assert len(pairs) >= 60
    assert len(missed) <= 0.4 * len(pairs), missed


@pytest.mark.parametrize("name", ["near_misses.jsonl", "paraphrases.jsonl"])
def test_the_verdict_does_not_depend_on_which_was_asked_first(name: str) -> None:
    for a, b in _pairs(name):
        assert same_question(a, b, 1.0).same == same_question(b, a, 1.0).same, (a, b)


@pytest.mark.parametrize(
    ("asked", "remembered", "why"),
    [
        ("Can I return it?", "Can't I return it?", "another negation"),
        ("How do I enable it?", "How do I disable it?", "no counterpart for disable, enable"),
        ("Who won in 1998?", "Who won in 2002?", "another numbers"),
        ("How long is the X-200?", "How long is the X-300?", "no counterpart for x-200, x-300"),
        ("Does Ann pay Ben?", "Does Ben pay Ann?", "other roles"),
        ("When was it built?", "Where was it built?", "another kind"),
        ("Can I call you?", "Can you call me?", "another person"),
        ("Who is the mayor?", "Who was the mayor?", "another time"),
        ("Must I register?", "Can I register?", "another modality"),
        ("What is C++?", "What is C?", "other signs"),
        ("What is C#?", "What is C++?", "other signs"),
        ("Does it work at -5 degrees?", "Does it work at 5 degrees?", "other signs"),
        ("What do I get for $5?", "What do I get for £5?", "other signs"),
        ("What holds if x < 5?", "What holds if x > 5?", "other signs"),
        ("दिन क्या है?", "दान क्या है?", "other signs"),
        ("???", "!!!", "nothing to compare"),
        ("How do I place the placement?", "How do I place the place?", "other roles"),
    ],
)
def test_the_reason_names_what_sets_them_apart(asked: str, remembered: str, why: str) -> None:
    verdict = same_question(asked, remembered, 1.0)
    assert not verdict.same
    assert verdict.why == why


def test_far_embeddings_are_refused_although_the_words_agree() -> None:
    pair = ("How do I turn on two-factor sign-in?", "How can I enable two-factor sign-in?")
    assert same_question(*pair, SIMILARITY_BAR).same
    assert not same_question(*pair, SIMILARITY_BAR - 0.01).same


def test_other_languages_and_very_long_questions_need_the_very_same_words() -> None:
    chinese = "保修期多长？"
    assert same_question(chinese, chinese, 1.0).same
    assert not same_question(chinese, "电池保修期多长？", 1.0).same
    long = "how long is the warranty " * LONG_QUESTION
    assert same_question(long, long.upper(), 1.0).same
    assert not same_question(long, long + "now", 1.0).same


@given(st.text(max_size=80))
def test_a_question_is_the_same_as_itself(question: str) -> None:
    assert same_question(question, question, -1.0).same


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_get_a_verdict_that_is_symmetric(a: str, b: str) -> None:
    assert same_question(a, b, 1.0).same == same_question(b, a, 1.0).same


_WORDS = "how do I place state placement statement adapt adaptation the to by in of at -5 $5 c++"


@given(*[st.lists(st.sampled_from(_WORDS.split()), max_size=9).map(" ".join)] * 2)
def test_words_beside_those_that_derive_from_them_get_a_symmetric_verdict(a: str, b: str) -> None:
    assert same_question(a, b, 1.0).same == same_question(b, a, 1.0).same


def test_what_is_switched_on_must_be_the_same_thing() -> None:
    alarm = "How do I turn the alarm on?"
    assert same_question(alarm, "How do I activate the alarm?", 1.0).same
    assert not same_question(alarm, "How do I turn the heating on?", 1.0).same
    assert not same_question(alarm, "How do I turn the alarm off?", 1.0).same


LONG = "the two brothers from Kessel who ran the stone mill by the river"


@pytest.mark.parametrize(
    ("asked", "remembered", "near"),
    [
        ("Why does the sky appear blue?", "Why is the sky blue?", True),
        ("Who won the final?", "Who lost the final?", False),
        ("Is it legal to copy it?", "Is it illegal to copy it?", False),
        ("Where are the spare keys?", "Where are the keys?", False),
        ("How long is the X-200?", "How long is the X-300?", False),
        ("Does Ann pay Ben?", "Does Ben pay Ann?", False),
        ("Who won in 1998?", "Who won in 2002?", False),
        ("Can I return it?", "Can't I return it?", False),
        (f"What did {LONG} offer in May?", f"What did {LONG} offer up in May?", True),
        (f"What did {LONG} buy?", f"What was bought by all of {LONG}?", True),
        (f"What did {LONG} buy?", f"What did {LONG} sell?", False),
        (f"What did {LONG} not buy?", f"What goods did {LONG} buy?", False),
        (f"When did {LONG} buy the land?", f"Where did {LONG} buy up the land?", False),
        ("Who in 1912 sold the mill of Kessel to the town?",
         "Who in 1912 sold the town of Kessel to the mill?", False),
    ],
)  # fmt: skip
def test_what_contradicts_nothing_leaves_the_verdict_open(
    asked: str, remembered: str, near: bool
) -> None:
    verdict = same_question(asked, remembered, 1.0)
    assert (verdict.same, verdict.near) == (False, near)
    assert not same_question(asked, remembered, 0.8).near


def test_less_shared_or_narrowed_the_vectors_must_be_nearer() -> None:
    for asked, remembered, bar in (
        ("Why does the sky appear blue?", "Why is the sky blue?", NEAR_BARELY),
        (f"What did {LONG} buy?", f"What did all of {LONG} buy?", NEAR_BARELY),
        (f"What did {LONG} offer in May?", f"What did {LONG} offer up in May?", NEAR),
    ):
        assert same_question(asked, remembered, bar).near
        assert not same_question(asked, remembered, bar - 0.01).near
