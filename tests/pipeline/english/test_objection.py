"""Lines of a chat that tell instead of asking."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.pipeline.english.objection import objection_in, told_in

openings = st.sampled_from(
    [
        "No, it is ",
        "no it's ",
        "That's wrong, it was ",
        "Wrong: ",
        "actually, it should be ",
        "No. ",
    ]
)
values = st.one_of(
    st.integers(1, 9999).map(lambda n: f"{n} euros"),
    st.dates().map(lambda day: day.strftime("%-d %B %Y")),
)


@settings(max_examples=60)
@given(openings, values, st.sampled_from(["", ".", "!"]))
def test_what_is_told_after_an_objection_is_found(opening: str, value: str, end: str) -> None:
    assert objection_in(opening + value + end) == value


@settings(max_examples=60)
@given(openings, values)
def test_a_line_with_a_question_mark_asks(opening: str, value: str) -> None:
    assert objection_in(f"{opening}{value}?") is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Not Robert, it was Agnes", "Agnes"),
        ("not in May: it was in June", "in June"),
        ("It's not Robert. It was Agnes Oakes.", "Agnes Oakes"),
        ("Agnes Oakes, not Robert Oakes", "Agnes Oakes"),
        ("Port Ellis not Port Ardley.", "Port Ellis"),
        ("No. Agnes.", "Agnes"),
        ("No, Agnes Oakes!", "Agnes Oakes"),
        ("please correct that to Agnes Oakes", "Agnes Oakes"),
        ("Change it to 7 euros.", "7 euros"),
        ("8:15 is wrong, it is 8:30", "8:30"),
        ("Helen Marsh is wrong, it is Peter Marsh", "Peter Marsh"),
        ("the price has changed to 7 euros", "7 euros"),
        ("it was raised from 6 to 7 euros", "7 euros"),
        ("It's now 7 euros", "7 euros"),
        ("Correct answer: 7 euros", "7 euros"),
        ("I think that is wrong, it is 7 euros", "7 euros"),
    ],
)
def test_one_name_is_told_for_another(line: str, told: str) -> None:
    assert objection_in(line) == told


@pytest.mark.parametrize(
    "line",
    [
        *("No", "nope", "That is wrong.", "that's not right", "incorrect", "No, that's false"),
        *(
            "7 euros is wrong",
            "the price is outdated",
            "that's outdated",
            "that is out of date now",
        ),
        *(
            "that can't be right",
            "I don't think so",
            "I don't think that's right",
            "no longer valid",
        ),
        *("that's the old price", "it has changed", "that used to be the case", "Peter is wrong"),
        *("the deposit is no longer 200", "that was true last year", "you got that wrong"),
    ],
)
def test_a_mere_objection_tells_nothing(line: str) -> None:
    assert objection_in(line) == ""


@pytest.mark.parametrize(
    "line",
    [
        "No smoking areas in the hotel",
        "No Smoking",
        "change it",
        "correct that please",
        "not included in the price",
        "Pets, not dogs",
        "Fees for adults, not children",
        "update the firmware to 4.2",
        "No, for children",
        "no, I meant the child ticket",
        "actually, when does it open",
        "No, and when is check-in?",
        "is that wrong",
        "wrong address handling",
        "correction factor of the pump",
        "false alarms in 2023",
        "and in 2024",
        "That's right, thanks",
        "that is correct",
        "it department phone number",
        "price is wrong on invoice what to do",
        "the old bridge",
        "old price list",
        "what is wrong with the pump",
        "price changes since 2020",
        "No. of rooms",
        "",
    ],
)
def test_what_asks_on_is_no_objection(line: str) -> None:
    assert objection_in(line) is None


@pytest.mark.parametrize(
    ("text", "question", "told"),
    [
        ("no, £5.10", "What does it cost?", "£5.10"),
        ("No, it is £5.10", "What does it cost?", "£5.10"),
        ("actually: 7 euros", "What does it cost?", "7 euros"),
        (" 7 euros ", "What does it cost?", "7 euros"),
        ("No", "Are dogs allowed?", "No"),
        ("No, only cats", "Are dogs allowed?", "No, only cats"),
        ("No. 7 Mill Lane", "Where is it?", "No. 7 Mill Lane"),
        ("no", "What does it cost?", "no"),
        ("North gate", "Where is it?", "North gate"),
    ],
)
def test_a_no_before_the_right_answer_is_talk(text: str, question: str, told: str) -> None:
    assert told_in(text, question) == told
