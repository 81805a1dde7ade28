"""All rules of one question together."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.english.another import AnotherThing, Judge

TEXT = "The X9 costs 90 euros. The X9 Pro costs 120 euros and weighs 2 kg."


def judge(question: str, text: str) -> Judge:
    return AnotherThing(question).judge(
        Passage(document="d", start=0, end=len(text), title="", text=text)
    )


def another(question: str, answer: str, text: str = TEXT) -> bool:
    at = text.index(answer)
    return judge(question, text)(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "text", "wrong", "right"),
    [
        (
            "What does the X9 Pro cost?",
            "The X9 is sold at 90 euros. You pay 120 euros for the X9 Pro.",
            "90 euros",
            "120 euros",
        ),
        (
            "What is the yearly rent?",
            "It has a monthly rent of 40 euros. You pay 400 as yearly rent.",
            "40 euros",
            "400",
        ),
        (
            "Who is the deputy of Anna Borg?",
            "Lou is Anna Berg's deputy since May. For Anna Borg it is Kim.",
            "Lou",
            "Kim",
        ),
        (
            "What is the fare from Brakel to Aldham?",
            "It is 4 from Aldham to Brakel. It is 5 from Brakel to Aldham.",
            "4",
            "5",
        ),
        ("What do locals pay?", "It is 9 euros for visitors and 4 for locals.", "9", "4"),
        ("Who bought the mill?", "Ida sold the mill to Jon.", "Ida", "Jon"),
        ("How many volts does it take?", "It takes 2 amperes, at 12 volts.", "2 amp", "12 volts"),
        ("What must not be kept there?", "Keep tea there. Do not keep acid there.", "tea", "acid"),
        ("What was it in 2020?", "It was 2.3, compared with 1.7 in 2020.", "2.3", "1.7"),
        ("When does it end?", "It is open from 8:00 until 9:30.", "8:00", "9:30"),
        ("Who leads the lab?", "Bo works at the lab. Ann leads the lab.", "Bo", "Ann"),
        ("Where is Mr. Ono?", "Mrs. Ono is in Kobe. Mr. Ono is in Nara.", "Kobe", "Nara"),
        ("Who won the relay?", "Eli won the sprint and Pia won the relay.", "Eli", "Pia"),
        (
            "How many beds are not in intensive care?",
            "There are 38 beds in intensive care. 90 are elsewhere.",
            "38",
            "90",
        ),
        ("What did Ivo say?", "Eli: Tea is out.\nIvo: Milk is in.", "Tea", "Milk"),
        ("Which shelf is it?", "Brake disc. Shelf: D-07.", "Shelf", "D-07"),
    ],
)
def test_each_rule_is_asked(question: str, text: str, wrong: str, right: str) -> None:
    # Each text is one that a single rule tells.
    assert another(question, wrong, text)
    assert not another(question, right, text)


def test_answers_are_judged_in_any_order_and_again() -> None:
    judged = judge("What does the X9 Pro cost?", TEXT)
    places = [(TEXT.index(said), TEXT.index(said) + len(said)) for said in ("90 euros", "120")]
    verdicts = [judged(*place) for place in (*places, *reversed(places), *places)]
    assert verdicts == [True, False, False, True, True, False]


def test_where_the_asked_field_is_empty_nothing_answers() -> None:
    row = "Uhu bus. Rate: n/a. Seats: 9."
    assert another("What is the rate of the Uhu bus?", "9", row)
    assert not another("How many seats has the Uhu bus?", "9", row)


def test_what_names_nothing_is_answered_by_all() -> None:
    assert not another("What is it like?", "90 euros", TEXT)
