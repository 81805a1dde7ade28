"""Whether the sentence of an answer is about who a question names, or about another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.subjects import Subjects


def another(question: str, text: str, answer: str, title: str = "") -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title=title, text=text)
    return Subjects(question).in_passage(passage).another(at, at + len(answer))


STAFF = (
    "Anna Berg heads the office. Her deputy is Jonas Kell. Anna Borg leads the desk. "
    "Her deputy is Omar Reyes. Anna Berg's extension is 204."
)
ORDERS = "Trent Odell ordered 14 lamps. Trenton Odell ordered 41 lamps. Mara Kline left."
FERRY = "The ferry departs from Kalmar at 7:20 and arrives in Degerhamn at 8:05."
ROW = "Trenton Baily. Department: Paint. Hourly rate: 21.40."


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Who is Anna Berg's deputy?", STAFF, "Jonas Kell"),
        ("Who is Anna Borg's deputy?", STAFF, "Omar Reyes"),
        ("What does Anna Borg lead?", STAFF, "the desk"),
        ("What is Anna Berg's extension?", STAFF, "204"),
        ("What is Berg's extension?", STAFF, "204"),
        ("How many lamps did Trent order?", ORDERS, "14"),
        ("How many lamps did Trenton Odell order?", ORDERS, "41"),
        ("When does it arrive in Degerhamn?", FERRY, "8:05"),
        ("What is the hourly rate of Trenton?", ROW, "21.40"),
        ("What does Luther teach?", "Martin Luther taught grammar.", "grammar"),
        ("How many Victorians vote?", "Of the Victorian people 40 vote.", "40"),
        ("Who leads the Tower Theatre?", "In the Tower District Ida Falk leads it.", "Ida Falk"),
        ("Who won the rally in Gospic?", "In Gospić Ida Falk won the rally.", "Ida Falk"),
    ],
)
def test_what_is_said_of_the_named_is_theirs(question: str, text: str, answer: str) -> None:
    assert not another(question, text, answer)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Who is Anna Berg's deputy?", STAFF, "Omar Reyes"),
        ("Who is Anna Borg's deputy?", STAFF, "Jonas Kell"),
        ("What is Anna Borg's extension?", STAFF, "204"),
        ("What is Jonas Kell's extension?", STAFF, "204"),
        ("How many lamps did Trent order?", ORDERS, "41"),
        ("How many lamps did Mara Kline order?", ORDERS, "14"),
        ("When does it arrive in Kalmar?", FERRY, "8:05"),
        ("What is the hourly rate of Trent?", ROW, "21.40"),
        ("What is the hourly rate of Brenda Baily?", ROW, "21.40"),
        ("What is the rent of Mill Street?", "The rent of Harbour Street is 9 euros.", "9 euros"),
        ("Who sold the mill to Nils Brand?", "Ida Falk sold the mill to Ebba Orr.", "Ida Falk"),
        ("What is the tax on exports of steel?", "Exports of timber are taxed at 3.", "3"),
    ],
)
def test_what_is_said_of_another_is_not(question: str, text: str, answer: str) -> None:
    assert another(question, text, answer)


NAMES = st.sampled_from(["Karin Holt", "Karen Holt", "Petra Holt", "Ivo Holt", "Ivo Hold"])


@given(NAMES, NAMES, st.integers(100, 999))
def test_a_room_is_that_of_its_owner_alone(asked: str, told: str, room: int) -> None:
    text = f"{told}'s room is {room}. {asked} joined in 2011."
    assert another(f"What is {asked}'s room?", text, str(room)) == (asked != told)


def test_a_title_that_names_the_asked_makes_no_other_row_theirs() -> None:
    question = "What is the hourly rate of Trent?"
    assert another(question, ROW, "21.40", title="staff")
    assert not another(question, ROW, "21.40", title="Rates of Trent")
