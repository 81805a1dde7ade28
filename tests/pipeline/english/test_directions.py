"""Legs of a question, and answers for the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.directions import Directions

FARES = "The train from Aldham to Brakel costs 12 euros, the one from Brakel to Aldham 15 euros."
BACK = "The coach from Ulm to Graz leaves at 7:20. In the opposite direction it leaves at 18:10."
ONE = "The bus from the station to the harbour leaves at 8:05."


def another(question: str, text: str, answer: str) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Directions(question).in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("What does the train from Brakel to Aldham cost?", FARES, "12 euros"),
        ("What does the train to Brakel from Aldham cost?", FARES, "15 euros"),
        ("When does the coach from Graz to Ulm leave?", BACK, "7:20"),
        ("When does the coach from Ulm to Graz leave?", BACK, "18:10"),
        ("When does the bus from the harbour to the station leave?", ONE, "8:05"),
        ("When does the ferry Ardley to Elm leave?", "Elm to Ardley: 6:40.", "6:40"),
    ],
)
def test_an_answer_for_the_way_back_is_another(question: str, text: str, answer: str) -> None:
    assert another(question, text, answer)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("What does the train from Brakel to Aldham cost?", FARES, "15 euros"),
        ("What does the train to Brakel from Aldham cost?", FARES, "12 euros"),
        ("When does the coach from Graz to Ulm leave?", BACK, "18:10"),
        ("When does the coach from Ulm to Graz leave?", BACK, "7:20"),
        ("When does the bus leave for the harbour?", ONE, "8:05"),
        ("How far is it from Hoor to Lund?", "It is 34 km from Lund to Hoor.", "34 km"),
        ("When is it open from Monday to Friday?", "From Monday to Friday at 9.", "9"),
    ],
)
def test_an_answer_for_the_same_way_or_any_is_not(question: str, text: str, answer: str) -> None:
    assert not another(question, text, answer)


TOWNS = st.sampled_from(("Aldham", "Brakel", "Ulm", "Graz", "Port Ellis", "Kalmar", "Ystad"))


@given(st.lists(TOWNS, min_size=2, max_size=2, unique=True), st.booleans())
def test_of_two_fares_that_of_the_asked_direction_alone_stands(
    towns: list[str], turned: bool
) -> None:
    first, second = towns
    source, target = (second, first) if turned else (first, second)
    text = f"From {first} to {second} it is 11 euros and from {second} to {first} it is 17 euros."
    question = f"How much is it from {source} to {target}?"
    assert another(question, text, "11 euros") is turned
    assert another(question, text, "17 euros") is not turned


def test_a_question_without_a_way_judges_nothing() -> None:
    assert not Directions("What does the train to Brakel cost?")
    assert not Directions("How many kilometres is it from Ulm to Graz?")
