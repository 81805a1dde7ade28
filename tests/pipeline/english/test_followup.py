"""Follow-ups: what leans on earlier turns is completed from them, the rest is untouched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.english.followup import (
    CARRIED_WORDS,
    depends_on_history,
    latest_for,
    look_up,
)
from spanmem.pipeline.history import Exchange

WARRANTY = Exchange("How long is the warranty on the X-200?", "Three years")

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


def text_of(question: str, history: list[Exchange], turns: int = 3) -> str:
    return look_up(question, history, turns=turns).text


@pytest.mark.parametrize("question", STANDING)
def test_a_change_of_subject_is_not_dragged_back(question: str) -> None:
    history = [
        Exchange("Who painted the Night Watch?", "Rembrandt"),
        Exchange("Where did he live?", "Amsterdam"),
    ]
    assert text_of(question, history) == question


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        ("What does the adult ticket cost?", "What does the child ticket cost?"),
        ("what does the adult ticket cost?", "what does the child ticket cost?"),
        ("how much is an adult ticket?", "how much is a child ticket?"),
        ("what is the capital of france?", "what is the capital of spain?"),
        ("what does the ticket to hven cost?", "what does the ticket to oslo cost?"),
        ("is chilli a stew?", "what do predators eat?"),
        ("who is the most famous female pirate?", "tell me more about ching shih."),
        ("how are anxiety and depression related?", "what treatments exist for depression?"),
    ],
)
def test_what_names_its_own_thing_carries_nothing(asked: str, question: str) -> None:
    assert look_up(question, [Exchange(asked, None)]).carried == ()


@pytest.mark.parametrize(
    ("asked", "question", "word"),
    [
        ("What does the adult ticket cost?", "And the child ticket?", "adult"),
        ("When was the amplifier of Carlos built?", "Why is the amplifier important?", "Carlos"),
        ("where is the eiffel tower?", "what is the height of the tower?", "eiffel"),
        ("Who wrote about crime?", "Tell me more about it.", "crime"),
        ("Who wrote about crime?", "Tell me more.", "crime"),
    ],
)
def test_what_speaks_on_of_the_same_carries_its_name(asked: str, question: str, word: str) -> None:
    assert word in look_up(question, [Exchange(asked, None)]).carried


def test_a_follow_up_is_completed_with_what_the_last_turn_was_about() -> None:
    completed = look_up("Does it cover the battery?", [WARRANTY])
    assert completed.question == "Does it cover the battery?"
    assert completed.carried == ("warranty", "X-200", "Three", "years")
    assert completed.text == "Does it cover the battery? (warranty X-200 Three years)"


def test_a_pronoun_that_stands_for_the_answer_brings_it() -> None:
    history = [Exchange("Who discovered polonium?", "Marie Curie")]
    assert "Marie Curie" in text_of("Where was she born?", history)


def test_of_a_long_answer_only_the_names_are_carried() -> None:
    answer = (
        "It was a chemist from Warsaw who had moved to Paris some years before and who worked "
        "there in a shed with her husband Pierre."
    )
    history = [Exchange("Who discovered it?", answer)]
    carried = look_up("Did they marry there?", history).carried
    assert carried == ("discovered", "Warsaw", "Paris", "Pierre")


def test_what_is_missing_is_sought_back_to_the_turn_that_brought_it_up() -> None:
    history = [
        Exchange("Who painted the Night Watch?", "Rembrandt"),
        WARRANTY,
        Exchange("Does it cover the battery?", None),
        Exchange("And the door seal?", None),
    ]
    carried = look_up("What about the hose?", history).carried
    assert carried == ("door", "seal", "cover", "battery", "warranty", "X-200", "Three", "years")


def test_what_was_carried_to_an_earlier_question_is_carried_on() -> None:
    battery = Exchange("Does it cover the battery?", None, ("warranty", "X-200"))
    assert look_up("And the hose?", [battery]).carried == ("cover", "battery", "warranty", "X-200")


def test_the_subject_survives_a_conversation_longer_than_the_turns_used() -> None:
    history = [WARRANTY, *[Exchange("Is it good?", None)] * 8]
    assert "X-200" in text_of("Is it heavy?", history, turns=2)


def test_a_new_name_takes_the_place_of_the_old_one() -> None:
    assert look_up("What about the X-300?", [WARRANTY]).carried == ("warranty", "Three", "years")
    teachers = Exchange("What does a teacher earn in Sweden?", None)
    assert look_up("And in Norway?", [teachers]).carried == ("teacher", "earn")


def test_a_question_that_speaks_on_of_the_same_thing_carries_its_name() -> None:
    history = [Exchange("Who sang in the band Abba?", "Agnetha and Frida")]
    assert "Abba" in text_of("When did the band split up?", history)


def test_asked_twice_in_a_row_a_question_means_the_same() -> None:
    costs = Exchange("Shipping costs?", "7 euros since May")
    assert text_of("Shipping costs?", [costs]) == "Shipping costs?"
    assert text_of("shipping costs? ", [WARRANTY, costs]) == "shipping costs? "
    once = look_up("How long is it?", [WARRANTY])
    again = look_up("How long is it?", [WARRANTY, Exchange(once.question, "Two", once.carried)])
    assert again == once
    assert once.carried
    assert text_of("Why?", [Exchange("Why?", "the flood", ("mill",))]) == "Why? (mill flood)"
    assert text_of("Shipping?", [costs]) == "Shipping? (7 euros)"


def test_parentheses_that_a_person_wrote_are_words_like_any_other() -> None:
    spain = Exchange("Shipping costs? (Spain)", "7 euros")
    assert look_up("Shipping costs? (Spain)", [spain]).carried == ()
    assert look_up("Shipping costs? (Spain)", [WARRANTY]).text == "Shipping costs? (Spain)"
    assert look_up("Shipping costs?", [spain]).carried == ("Spain", "7", "euros")  # not "again"


def test_without_history_or_turns_nothing_is_added() -> None:
    question = "Does it cover the battery?"
    assert look_up(question, []).carried == ()
    assert look_up(question, [WARRANTY], turns=0).carried == ()
    assert text_of(question, []) == question


def test_a_question_of_many_words_stands_alone_and_costs_little() -> None:
    question = "does it " * 5_000
    assert text_of(question, [Exchange("it he " * 20_000, "The X. " * 20_000)]) == question


_exchanges = st.lists(
    st.builds(
        Exchange,
        st.text(max_size=60),
        st.none() | st.text(max_size=80),
        st.lists(st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True), max_size=3).map(tuple),
    ),
    max_size=5,
)


@given(st.text(max_size=80), _exchanges, st.integers(0, 5))
def test_the_question_always_comes_first_and_whole(
    question: str, history: list[Exchange], turns: int
) -> None:
    completed = look_up(question, history, turns=turns)
    assert completed.question == question
    assert completed.text.startswith(question.rstrip())
    assert (completed.carried == ()) == (completed.text == question)
    assert len(completed.carried) <= CARRIED_WORDS
    spoken = " ".join(f"{earlier.looked_up} {earlier.answer}" for earlier in history)
    assert all(word in spoken for word in completed.carried)


def test_the_answer_for_one_thing_is_kept_from_a_fragment_that_asks_of_another() -> None:
    history = [Exchange("Who?", "Bo"), Exchange("How much is an adult ticket?", "9 euros")]
    assert latest_for("And for a child?", history) == [history[1]._replace(answer=None)]
    assert latest_for("Where can I buy it?", history) == history[1:]
    assert list(latest_for("And for a child?", [])) == []
