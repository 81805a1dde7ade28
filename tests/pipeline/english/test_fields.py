"""A question for an empty field of a table's row has no answer in that row."""

from __future__ import annotations

import pytest

from spanmem.pipeline.english.fields import asks_for_empty, repeats_name

ROW = "Star roadster. Daily rate: –. Deposit: 700 euros. Seats: 2. Rate per week: 300 euros."


@pytest.mark.parametrize(
    "question",
    [
        "What is the daily rate of the Star roadster?",
        "what are the daily rates for the star roadster",
        "Star roadster: daily rate?",
    ],
)
def test_the_empty_field_is_asked_for(question: str) -> None:
    assert asks_for_empty(question, ROW)


@pytest.mark.parametrize(
    "question",
    [
        "What is the deposit for the Star roadster?",
        "How many seats does the Star roadster have?",
        "What is the rate per week of the Star roadster?",
        "How much is the Star roadster?",
    ],
)
def test_another_field_is_asked_for(question: str) -> None:
    assert not asks_for_empty(question, ROW)


def test_a_filled_field_of_the_longer_name_is_the_one() -> None:
    row = "Uhu. Rate: –. Daily rate: 89 euros."
    assert not asks_for_empty("What is the daily rate of the Uhu?", row)
    assert asks_for_empty("What is the rate of the Uhu?", row)


def test_prose_with_a_dash_is_no_row() -> None:
    assert not asks_for_empty("What is the daily rate?", "The daily rate: – as ever – 9 euros.")


@pytest.mark.parametrize(
    ("question", "answer", "repeats"),
    [
        ("On which shelf is the brake disc?", "Shelf", True),
        ("On which shelves are the brake discs?", "Shelf", False),
        ("On which shelf is the brake disc?", "D-07", False),
        ("On which day is it closed?", "Sunday", False),
    ],
)
def test_a_fields_name_is_no_answer_to_its_own_words(
    question: str, answer: str, repeats: bool
) -> None:
    row = "Brake disc. Shelf: D-07. Sunday: closed."
    start = row.index(answer)
    assert repeats_name(question, row, start, start + len(answer)) == repeats
