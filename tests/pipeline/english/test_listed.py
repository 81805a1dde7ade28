"""Values of a sentence, each with what it belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.listed import Questioned

PAY = "Anna Berg, the director, earns 5,200 euros; Omar Reyes, the deputy, earns 4,100 euros."
TICKETS = "A ticket for adults costs 9 euros, for children 4 euros and for pensioners 6 euros."
MEALS = "Breakfast, lunch and dinner are served at 7:00, 12:30 and 18:30."
DELEGATES = "There were 320 delegates from France, 210 from Spain and 140 from Italy."
POOL = "The pool opens at 9:00 and closes at 21:00."


def another(question: str, text: str, answer: str) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Questioned(question).in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "text", "right", "wrong"),
    [
        ("How much does the deputy earn?", PAY, "4,100", "5,200"),
        ("What does Anna Berg earn?", PAY, "5,200", "4,100"),
        ("What does a ticket for children cost?", TICKETS, "4 euros", "9 euros"),
        ("What do pensioners pay for a ticket?", TICKETS, "6 euros", "4 euros"),
        ("How much is a ticket for adults?", TICKETS, "9 euros", "6 euros"),
        ("When is lunch served?", MEALS, "12:30", "18:30"),
        ("When is dinner served?", MEALS, "18:30", "7:00, 12:30 and 18:30"),
        ("How many delegates came from Spain?", DELEGATES, "210", "320"),
        ("How many delegates came from France?", DELEGATES, "320", "140"),
    ],
)
def test_a_value_is_that_of_its_own_member(
    question: str, text: str, right: str, wrong: str
) -> None:
    assert not another(question, text, right)
    assert another(question, text, wrong)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("When does the pool shut?", POOL, "21:00"),
        ("When does the pool open?", POOL, "9:00"),
        ("When did the museum relocate?", "The museum opened in 1905; it moved in 1931.", "1931"),
        ("How many volts has it?", "The drill has 18 volts and a capacity of 4 Ah.", "4"),
        ("When did he marry?", "In 1901, he married, and in 1910 he left.", "1901"),
        ("How many live there?", "Between 500 and 2,000 Finns live there.", "500"),
        ("What did it cost in 2022?", "It cost 9 euros in 2021 and 11 euros in 2022.", "11 euros"),
    ],
)
def test_what_is_no_list_of_members_is_left_alone(question: str, text: str, answer: str) -> None:
    assert not another(question, text, answer)


NAMES = st.lists(
    st.sampled_from(("Falk", "Moreau", "Tanaka", "Orr", "Vos", "Lind")),
    min_size=2,
    max_size=5,
    unique=True,
)


@given(NAMES, st.data())
def test_of_two_lists_the_value_with_the_same_number_alone_stands(
    names: list[str], data: st.DataObject
) -> None:
    years = [str(2001 + 3 * i) for i in range(len(names))]
    text = f"{listing(names)} joined in {listing(years)}, respectively."
    asked = data.draw(st.integers(0, len(names) - 1))
    for number, year in enumerate(years):
        assert another(f"When did {names[asked]} join?", text, year) is (number != asked)


def listing(items: list[str]) -> str:
    return f"{', '.join(items[:-1])} and {items[-1]}"


def test_a_long_sentence_is_not_taken_apart() -> None:
    text = TICKETS.replace("costs", "costs " + "very " * 300)
    assert not another("What does a ticket for children cost?", text, "9 euros")


def test_a_group_that_a_preposition_names_has_its_own_value() -> None:
    logs = "Logs are kept for 45 days on the primary node and for 9 days on the standby node."
    assert another("How long are logs kept on the standby node?", logs, "45 days")
    assert not another("How long are logs kept on the standby node?", logs, "9 days")
    assert another("How long are logs kept on the third node?", logs, "9 days")
