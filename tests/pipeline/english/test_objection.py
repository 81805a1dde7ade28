"""Lines of a chat that tell instead of asking."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.pipeline.english.objection import objection_in

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
    ],
)
def test_one_name_is_told_for_another(line: str, told: str) -> None:
    assert objection_in(line) == told


@pytest.mark.parametrize(
    "line", ["No", "nope", "That is wrong.", "that's not right", "incorrect", "No, that's false"]
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
        "No. of rooms",
        "",
    ],
)
def test_what_asks_on_is_no_objection(line: str) -> None:
    assert objection_in(line) is None
