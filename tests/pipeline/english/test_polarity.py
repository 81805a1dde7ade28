"""Whether an answer is said of the contrary of what a question asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.polarity import Polarity


def contrary(question: str, text: str, answer: str) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Polarity(question).in_passage(passage).another(at, at + len(answer))


MITTS = "The mitts are dishwasher safe; the wooden spoons are not dishwasher safe."
DEPOSIT = "The deposit of 200 euros is refundable. The booking fee of 35 euros is non-refundable."
TOUR = "The price includes the ferry and a guide. Flights are not included."
LISTED = "Included:\n- two dinners\n- a guide\n\nNot included:\n- flights\n- travel insurance\n"
YARD = "Bikes may be parked in the yard. They may not be left in the stairwell."
LEAVE = "Staff get 26 days of paid leave. Carers may take 10 days of unpaid leave."
VOTES = "Votes by hand are valid. Proxy votes are invalid."


@pytest.mark.parametrize(
    ("question", "text", "answer", "wrong"),
    [
        ("Which item is not dishwasher safe?", MITTS, "wooden spoons", "mitts"),
        ("Which item is dishwasher safe?", MITTS, "mitts", "wooden spoons"),
        ("How much is not refundable?", DEPOSIT, "35 euros", "200 euros"),
        ("Which fee is non-refundable?", DEPOSIT, "The booking fee", "The deposit"),
        ("What is not included in the price?", TOUR, "Flights", "the ferry"),
        ("What does the price exclude?", TOUR, "Flights", "the ferry"),
        ("What does the price include?", TOUR, "the ferry", "Flights"),
        ("What is not included?", LISTED, "flights", "two dinners"),
        ("What is included?", LISTED, "a guide", "travel insurance"),
        ("Where may bikes not be left?", f"{YARD} Left in a bay, they rest.", "stair", "bay"),
        ("How many days of unpaid leave may carers take?", LEAVE, "10", "26"),
        ("How many days of paid leave do staff get?", LEAVE, "26", "10"),
        ("How many days of unpaid leave are there?", "26 are paid, 10 are unpaid.", "10", "26"),
        ("Which votes are valid?", VOTES, "Votes by hand", "Proxy votes"),
        ("Which votes are invalid?", VOTES, "Proxy votes", "Votes by hand"),
    ],
)  # fmt: skip
def test_of_two_signs_the_one_that_is_asked_for_is_no_contrary(
    question: str, text: str, answer: str, wrong: str
) -> None:
    assert not contrary(question, text, answer)
    assert contrary(question, text, wrong)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("What must it not be taken with?", "It must be taken with water.", "water"),
        ("With what must it not be taken?", "Take it with water or milk.", "water or milk"),
        ("Who is ineligible?", "Students and apprentices are eligible.", "Students"),
        ("Who isn't eligible?", "Students and apprentices are eligible.", "Students"),
        ("Who need not sign it?", "Managers must sign it.", "Managers"),
        ("Who does not have to sign it?", "Managers must sign it.", "Managers"),
        ("What doesn't the plan cover?", "The plan covers glasses.", "glasses"),
        ("What is banned from hand luggage?", "It may contain cameras.", "cameras"),
        ("Where are dogs not allowed?", "Dogs are allowed in the bar.", "the bar"),
        ("On which days is it closed?", "It is open on Mondays.", "Mondays"),
        ("Which goods are tax-exempt?", "Books are taxable.", "Books"),
        ("Which invoices were unpaid?", "Invoice 11 was paid.", "Invoice 11"),
        ("Which models does the H40 fit?", "It does not fit the Pico 9.", "Pico 9"),
        ("Which models does the H40 not fit?", "It fits the Pico 7.", "Pico 7"),
        ("What does the app not run on?", "It runs on Android.", "Android"),
        ("What dont they accept?", "They accept cards.", "cards"),
    ],
)
def test_what_is_said_of_the_contrary_answers_nothing(
    question: str, text: str, answer: str
) -> None:
    assert contrary(question, text, answer)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Why was it not finished?", "It was finished late as money ran out.", "money ran out"),
        ("What is to be done if it does not start?", "It starts when Key is held.", "Key is held"),
        ("Is it not allowed?", "It is allowed.", "allowed"),
        ("Who did not laugh?", "Everyone laughed but the fox.", "the fox"),
        ("What was not included?", "All other sets included lids.", "lids"),
        ("Who may not sign?", "Only managers may sign.", "managers"),
        ("What did he want?", "He did not want war but peace.", "peace"),
        ("When does it open?", "It is closed until 9:00.", "9:00"),
        ("Which disk did he use?", "He had an unused disk of 2 TB.", "an unused disk"),
        ("What is the plan not to cover?", "The lid is blue.", "blue"),
        ("Where is it still allowed?", "It is not banned in Spain.", "Spain"),
        ("What could reason not test?", "Reason could test men, but not God.", "God"),
        ("What tells active from inactive ones?", "Blue marks the active ones.", "Blue"),
        ("What is not always counted?", "The shell is counted.", "The shell"),
        ("What came of not being paid?", "He was paid in beans.", "beans"),
        ("Who did not agree?", "Jo Reed disagreed and Bo agreed.", "Jo Reed"),
        ("Which fee is non-refundable?", "Nothing but the fee is refundable.", "the fee"),
        ("What is not included?", "Meals are included as drinks are not included.", "drinks"),
        ("Which models does the H40 fit?", "It does not fit the Pico 9 until May.", "Pico 9"),
        ("Which models does it fit?", "It fits the Pico 7 as it cannot fit the Max.", "Pico 7"),
    ],
)  # fmt: skip
def test_what_may_be_meant_otherwise_denies_nothing(question: str, text: str, answer: str) -> None:
    assert not contrary(question, text, answer)


VERBS = ["stored", "washed", "taken", "sold", "included", "recycled", "parked", "allowed"]


@given(st.sampled_from(VERBS), st.sampled_from(["must", "may", "should", "can"]), st.booleans())
def test_a_value_answers_the_questions_of_its_own_sign_alone(
    verb: str, modal: str, denied: bool
) -> None:
    text = f"Lamps {modal} {'not ' if denied else ''}be {verb} in hall 4."
    assert contrary(f"Where {modal} lamps not be {verb}?", text, "hall 4") == (not denied)
    assert contrary(f"Where {modal} lamps be {verb}?", text, "hall 4") == denied


@given(st.text(max_size=200), st.text(max_size=80))
def test_any_text_is_looked_through(text: str, question: str) -> None:
    asked = Polarity(question)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    if asked and text:
        assert asked.in_passage(passage).another(0, len(text)) in (True, False)
