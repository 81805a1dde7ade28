"""Whether the sentence of an answer says the opposite of what a question says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.opposites import Opposites


def opposite(question: str, text: str, answer: str) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Opposites(question).in_passage(passage).another(at, at + len(answer))


LAMP = "To switch on the lamp, hold Key for a second. To turn the lamp off, press Menu twice."
FARES = "An adult ticket is 14 euros, a child ticket is 6 euros. Both are valid for a day."
TRADE = "In 2022 the port exported 400 tonnes of cork and imported 90 tonnes of rice."
SEATS = "Until 2015 the hall had 900 seats. Since 2016 it has had 1,150 seats."
LEAVE = "Full-time employees get 28 days of leave a year. Part-time employees get 16 days."
GOALS = "First quarter: 3,100 lamps. The target for the second quarter is 4,200 lamps."
ROUNDS = "After losing the first round to Bo, Ann won the second."
HOURS = "Monday to Friday the pool is open from 6 to 22, at weekends from 8 to 18."


@pytest.mark.parametrize(
    ("question", "text", "answer", "wrong"),
    [
        ("How do I turn on the lamp?", LAMP, "hold Key", "press Menu"),
        ("How do I activate the lamp?", LAMP, "hold Key", "press Menu"),
        ("How do I disable the lamp?", LAMP, "press Menu", "hold Key"),
        ("How do I switch off the lamp?", LAMP, "press Menu", "hold Key"),
        ("How much does a child ticket cost?", FARES, "6 euros", "14 euros"),
        ("How much does an adult ticket cost?", FARES, "14 euros", "6 euros"),
        ("How many tonnes of cork did it export?", TRADE, "400", "90"),
        ("How many tonnes of rice were imported?", TRADE, "90", "400"),
        ("How many seats does the hall have now?", SEATS, "1,150", "900"),
        ("How many seats does the hall have?", SEATS, "1,150", "900"),
        ("How many seats did the hall formerly have?", SEATS, "900", "1,150"),
        ("How many days of leave do part-time employees get?", LEAVE, "16 days", "28 days"),
        ("How many days of leave do full-time employees get?", LEAVE, "28 days", "16 days"),
        ("What is the target for the second quarter?", GOALS, "4,200 lamps", "3,100 lamps"),
        ("What is the target for the first quarter?", GOALS, "3,100 lamps", "4,200 lamps"),
        ("When is the pool open at weekends?", HOURS, "8 to 18", "6 to 22"),
        ("When is the pool open on weekdays?", HOURS, "6 to 22", "8 to 18"),
        ("When is the pool open on Wednesdays?", HOURS, "6 to 22", "8 to 18"),
    ],
)
def test_of_two_sides_the_one_that_is_asked_for_is_no_opposite(
    question: str, text: str, answer: str, wrong: str
) -> None:
    assert not opposite(question, text, answer)
    assert opposite(question, text, wrong)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Who won the second round?", ROUNDS, "Ann"),
        ("Who was the second mayor?", "Ann was its first woman and second mayor.", "Ann"),
        ("Who opened the first school?", "Ann opened the first and second school.", "Ann"),
        ("Who won the third race?", "Ann took the lead in the second lap.", "Ann"),
    ],
)
def test_what_is_counted_is_another_only_before_the_same_word(
    question: str, text: str, answer: str
) -> None:
    assert not opposite(question, text, answer)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("What is the yearly rent?", "The monthly rent is 980 euros.", "980 euros"),
        ("What is the rent per week?", "The rent is 980 euros a month.", "980 euros"),
        ("How wide is the box?", "The box is 14 cm high.", "14 cm"),
        ("What is the least depth, the minimum depth?", "The maximum depth is 9 m.", "9 m"),
        ("What is the minimum load?", "The minimum interval is 6 hours.", "6 hours"),
        ("How long does it keep in winter?", "In summer it keeps for 8 weeks.", "8 weeks"),
        ("How much do guests pay?", "Members pay 4 euros.", "4 euros"),
        ("What does a car with a trailer pay?", "Cars without a trailer pay 3 euros.", "3 euros"),
        ("How many seats before the fire?", "After the fire it had 90 seats.", "90"),
        ("What do children under 12 take?", "Children over 12 take 10 ml.", "10 ml"),
        ("How much is a used towel?", "A new towel costs 9 euros.", "9 euros"),
        ("What is the last stop?", "The first stop is Orsa.", "Orsa"),
        ("Who was Nils Brand's daughter?", "Nils Brand's son was Erik.", "Erik"),
        ("Who is the president?", "The vice president is Dora Lind.", "Dora Lind"),
        ("Who is the vice president?", "The president is Ivan Sorel.", "Ivan Sorel"),
        ("Where can I disable receipts?", "Receipts are enabled under More.", "under More"),
        ("How do I leave a group?", "To join a group, open the link.", "open the link"),
    ],
)
def test_what_is_said_of_the_opposite_answers_nothing(
    question: str, text: str, answer: str
) -> None:
    assert opposite(question, text, answer)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("How much rent is paid per month?", "The monthly rent is 980 euros.", "980 euros"),
        ("How high is the box?", "Its height is 14 cm.", "14 cm"),
        ("How long does it last?", "It lasts 5 minutes; the first one was shorter.", "5 minutes"),
        ("How old was she when she became a member?", "At 35 she joined the new club.", "35"),
        ("When did the war end?", "The war began in 1914 and lasted until 1918.", "1918"),
        ("When does it close?", "Opening hours are 9 to 18.", "18"),
        ("When does the shop close?", "The shop is open from 7 to 12.", "12"),
        ("How much do children pay?", "Adults and children pay 5 euros.", "5 euros"),
        ("Is it open or closed on Mondays?", "On Mondays it is closed.", "closed"),
        ("Who teaches the students?", "The teachers of the school teach them.", "The teachers"),
        ("What is it used for?", "A new method is used for paint.", "paint"),
        ("Who was her brother?", "Emma, sister of Richard, married.", "Richard"),
        ("Where is it still allowed?", "It is not banned in Spain.", "Spain"),
        ("Who is the deputy head?", "The deputy head is Lars Ode.", "Lars Ode"),
    ],
)
def test_other_meanings_of_the_words_are_no_opposites(
    question: str, text: str, answer: str
) -> None:
    assert not opposite(question, text, answer)


PERIODS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}


@given(st.sampled_from(sorted(PERIODS)), st.sampled_from(sorted(PERIODS)), st.integers(2, 9999))
def test_a_rate_answers_the_questions_of_its_own_period_alone(
    asked: str, told: str, amount: int
) -> None:
    texts = (
        f"The {told} fee is {amount} euros.",
        f"The fee is {amount} euros per {PERIODS[told]}.",
    )
    for question in (f"What is the {asked} fee?", f"How much is the fee per {PERIODS[asked]}?"):
        for text in texts:
            assert opposite(question, text, f"{amount} euros") == (asked != told)


def test_an_answer_that_runs_into_the_opposite_is_that_to_the_opposite() -> None:
    assert opposite(
        "How do I turn on the lamp?", LAMP, "hold Key for a second. To turn the lamp off"
    )
