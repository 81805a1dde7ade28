"""Follow-ups: what leans on earlier turns is completed from them, the rest is untouched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.english.followup import CARRIED_WORDS, depends_on_history, look_up, resolve

WARRANTY = ("How long is the warranty on the X-200?", "Three years")

LEANING = [
    "Does it cover the battery?",
    "What about the X-300?",
    "And the battery?",
    "But why?",
    "Why?",
    "How many?",
    "Which one?",
    "Where was she born?",
    "Who were their customers?",
    "What happened next?",
    "Is there anything else?",
    "What are the symptoms?",
    "Which is cheaper?",
    "Tell me more.",
    "When was this published?",
    "Who lived there?",
    "What else did the company sell?",
    "Thanks. What about spare parts?",
    "Is that free?",
]

STANDING = [
    "How long is the warranty on the X-200?",
    "Who founded Rome?",
    "When did Einstein publish his theory?",
    "What does a battery need when it is empty?",
    "Is it possible to return a dishwasher?",
    "How long does it take to fly to Lisbon?",
    "What time is it in Tokyo?",
    "What is another word for happy?",
    "What is the capital of France?",
    "How do I switch on two-factor sign-in?",
    "Is there a hotline?",
    "What is a laser?",
    "which river flows through vienna",
    "保修期多长？",
    "?!",
    "",
]


@pytest.mark.parametrize("question", LEANING)
def test_a_question_that_leaves_something_out_leans(question: str) -> None:
    assert depends_on_history(question)


@pytest.mark.parametrize("question", STANDING)
def test_a_question_that_says_it_all_stands_alone(question: str) -> None:
    assert not depends_on_history(question)


@pytest.mark.parametrize("question", STANDING)
def test_a_change_of_subject_is_not_dragged_back(question: str) -> None:
    history = [("Who painted the Night Watch?", "Rembrandt"), ("Where did he live?", "Amsterdam")]
    assert look_up(question, history) == question


def test_a_follow_up_is_completed_with_what_the_last_turn_was_about() -> None:
    assert look_up("Does it cover the battery?", [WARRANTY]) == (
        "Does it cover the battery? (warranty X-200 Three years)"
    )


def test_a_pronoun_that_stands_for_the_answer_brings_it() -> None:
    assert "Marie Curie" in look_up(
        "Where was she born?", [("Who discovered polonium?", "Marie Curie")]
    )


def test_of_a_long_answer_only_the_names_are_carried() -> None:
    answer = (
        "It was a chemist from Warsaw who had moved to Paris some years before and who worked "
        "there in a shed with her husband Pierre."
    )
    carried = resolve("Did they marry there?", [("Who discovered it?", answer)]).carried
    assert carried == ("discovered", "Warsaw", "Paris", "Pierre")


def test_what_is_missing_is_sought_back_to_the_turn_that_brought_it_up() -> None:
    history = [
        ("Who painted the Night Watch?", "Rembrandt"),
        WARRANTY,
        ("Does it cover the battery?", None),
        ("And the door seal?", None),
    ]
    carried = resolve("What about the hose?", history).carried
    assert carried == ("door", "seal", "cover", "battery", "warranty", "X-200", "Three", "years")


def test_the_subject_survives_a_conversation_longer_than_the_turns_used() -> None:
    history = [WARRANTY, *[("Is it good?", None)] * 8]
    assert "X-200" in look_up("Is it heavy?", history, turns=2)


def test_a_new_name_takes_the_place_of_the_old_one() -> None:
    assert resolve("What about the X-300?", [WARRANTY]).carried == ("warranty", "Three", "years")
    teachers = ("What does a teacher earn in Sweden?", None)
    assert resolve("And in Norway?", [teachers]).carried == ("teacher", "earn")


def test_a_question_that_speaks_on_of_the_same_thing_carries_its_name() -> None:
    history = [("Who sang in the band Abba?", "Agnetha and Frida")]
    assert "Abba" in look_up("When did the band split up?", history)


def test_asked_twice_in_a_row_a_question_means_the_same() -> None:
    told = ("Shipping costs?", "7 euros since May")
    assert look_up("Shipping costs?", [told]) == "Shipping costs?"
    assert look_up("shipping costs? ", [WARRANTY, told]) == "shipping costs? "
    once = look_up("How long is it?", [WARRANTY])
    assert once == look_up("How long is it?", [WARRANTY, (once, "Two years")]) != "How long is it?"
    assert look_up("Why?", [("Why? (mill)", "the flood")]) == "Why? (mill flood)"
    assert look_up("Shipping?", [told]) == "Shipping? (7 euros)"


def test_without_history_or_turns_nothing_is_added() -> None:
    assert look_up("Does it cover the battery?", []) == "Does it cover the battery?"
    assert (
        look_up("Does it cover the battery?", [WARRANTY], turns=0) == "Does it cover the battery?"
    )
    assert resolve("Does it cover the battery?", []).standalone


def test_a_question_of_many_words_stands_alone_and_costs_little() -> None:
    question = "does it " * 5_000
    assert look_up(question, [("it he " * 20_000, "The X. " * 20_000)]) == question


_turns = st.lists(st.tuples(st.text(max_size=60), st.none() | st.text(max_size=80)), max_size=5)


@given(st.text(max_size=80), _turns, st.integers(0, 5))
def test_the_question_always_comes_first_and_whole(
    question: str, history: list[tuple[str, str | None]], turns: int
) -> None:
    found = resolve(question, history, turns=turns)
    assert found.text == look_up(question, history, turns=turns)
    assert found.text.startswith(question.rstrip())
    assert found.standalone == (found.text == question)
    assert len(found.carried) <= CARRIED_WORDS
    spoken = " ".join(text for turn in history for text in turn if text)
    assert all(word in spoken for word in found.carried)
