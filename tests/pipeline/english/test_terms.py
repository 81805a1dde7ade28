"""Whether an answer is the beginning of what is asked for the end of, or the other way round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.terms import Terms


def other_end(question: str, text: str, answer: str) -> bool:
    asked = Terms(question)
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return bool(asked) and asked.in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("The library is open from 9:00 to 18:30.", "9:00", "18:30"),
        ("The library is open 9 am to 6 pm.", "9 am", "6 pm"),
        ("The library: 9 - 18.", "9", "18"),
        ("It ran from 3 May 2021 until 28 August 2021.", "3 May 2021", "28 August 2021"),
        ("He was mayor between 1904 and 1911.", "1904", "1911"),
        ("The war (1741–1748) was long.", "1741", "1748"),
        ("It opens on 2 January and closes on 30 January.", "2 January", "30 January"),
        ("The club is open Monday to Thursday.", "Monday", "Thursday"),
        ("It begins on 2024-05-03; it ends on 2024-06-01.", "2024-05-03", "2024-06-01"),
    ],
)
def test_a_span_of_time_begins_with_one_end_and_ends_with_the_other(
    text: str, begins: str, ends: str
) -> None:
    for question in ("When does it start?", "From when is it open?", "Since when is it open?"):
        assert other_end(question, text, ends)
        assert not other_end(question, text, begins)
    for question in ("When does it end?", "Until when is it open?", "At what time did it close?"):
        assert other_end(question, text, begins)
        assert not other_end(question, text, ends)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Until when does it last?", "The course begins on 4 March.", "4 March"),
        ("From when are they accepted?", "They are accepted until 15 June.", "15 June"),
        ("When do they expire?", "Passes are valid from 1 April.", "1 April"),
        ("What is the closing date?", "It opens on 1 May.", "1 May"),
        ("When did it begin?", "It lasted from 1741 until 1748.", "1741 until 1748"),
    ],
)
def test_an_end_alone_or_both_answer_nothing_about_the_other(
    question: str, text: str, answer: str
) -> None:
    assert other_end(question, text, answer)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("When is it open?", "It is open from 9:00 to 18:30.", "9:00 to 18:30"),
        ("When does it start?", "Quiet hours: 22:00-6:00.", "22:00-6:00"),
        ("When did it end?", "The strike, which began in May, was called off on 3 June.", "3 June"),
        ("When does it close?", "The bar that opens late closes at 1:30.", "1:30"),
        ("Since when has he been mayor?", "He was elected in 2019.", "2019"),
        ("Where does it end?", "It ends in Oslo and begins in May.", "May"),
        ("When does it start to end?", "It begins on 4 May.", "4 May"),
        ("How long did it last?", "It lasted from 1741 until 1748.", "1741 until 1748"),
    ],
)
def test_what_is_no_end_or_both_asked_for_stands(question: str, text: str, answer: str) -> None:
    assert not other_end(question, text, answer)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 23))
def test_any_times_of_day_are_told_apart(hour: int, minute: int, until: int) -> None:
    first, last = f"{hour}:{minute:02}", f"{until}:{(minute + 1) % 60:02}"
    text = f"The pool is open from {first} until {last}."
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    at = text.index("until ") + 6
    assert Terms("From when is it open?").in_passage(passage).another(at, at + len(last))
    assert not Terms("Until when is it open?").in_passage(passage).another(at, at + len(last))


@given(st.text(max_size=200))
def test_any_text_is_looked_through(text: str) -> None:
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    if text:
        spans = Terms("When does it end?").in_passage(passage)
        assert spans.another(0, len(text)) in (True, False)
