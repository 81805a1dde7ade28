"""Whether an answer is the value of another time in its sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.periods import Periods


def another(question: str, text: str, answer: str) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Periods(question).in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("text", "asked", "right", "wrong"),
    [
        ("It opened 12 shops in 2023 and 15 in 2024.", "in 2024", "15", "12"),
        ("It opened 12 shops in 2023 and 15 in 2024.", "in 2023", "12", "15"),
        ("Sales rose from 3 million in 2019 to 5 million in 2022.", "in 2022", "5 m", "3 m"),
        ("Between 2010 and 2020 it grew from 41 to 58 shops.", "in 2010", "41", "58"),
        ("Between 2010 and 2020 it grew from 41 to 58 shops.", "in 2020", "58", "41"),
        ("Between 2010 and 2020 it grew to 58 from 41 shops.", "in 2010", "41", "58"),
        ("It fell from 820 to 610 between March and June.", "in March", "820", "610"),
        ("In 2021, 340 were seen; in 2022, 415.", "in 2022", "415", "340"),
        ("It was 4.2 percent in May, down from 5.1 percent in April.", "in April", "5.1", "4.2"),
        ("Profit was 2.3 million, compared with 1.7 million in 2020.", "in 2020", "1.7", "2.3"),
        ("In 2018 it had 90 staff, and by 2023 the number was 140.", "in 2018", "90", "140"),
        ("It was 12 in the first half, 19 in the second.", "in the second half", "19", "12"),
        ("The first offence is 50, the second 150.", "for the second offence", "150", "50"),
        ("It gave 8 concerts last season and 11 this season.", "this season", "11", "8"),
        ("In summer it opens at 8:00, in winter at 10:00.", "in winter", "10:00", "8:00"),
        ("It made 41 in May 2020, 52 in June 2020, 39 in July.", "in June 2020", "52", "39"),
        ("Q1: 31 lamps, Q2: 44 lamps.", "in Q2", "44", "31"),
    ],
)  # fmt: skip
def test_a_value_is_that_of_the_time_it_stands_beside(
    text: str, asked: str, right: str, wrong: str
) -> None:
    question = f"How many were there {asked}?"
    assert not another(question, text, right)
    assert another(question, text, wrong)


def test_an_answer_with_the_values_of_two_times_is_that_of_another() -> None:
    text = "It opened 12 shops in 2023 and 15 in 2024."
    assert another("How many did it open in 2024?", text, "12 shops in 2023 and 15")


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("How much more was it in 2020 than in 2010?", "It was 5 in 2010 and 9 in 2020.", "5"),
        ("How many shops were there in 2020?", "In 2020 it had 5 shops with 90 staff.", "5"),
        ("How many shops in 2020?", "It had 7 shops, and 90 staff in 2020.", "7"),
        ("What was it in 2022?", "It was 12 in 2023 and 15 in 2024.", "12"),
        ("How many in 2020?", "A total of 1,500 were sold, 12 of them in 2020.", "12"),
        ("How many in 2021?", "In 2020 it sold 5 cars; 9 cars were leased, 7 cars in 2021.", "9"),
        ("How many shops in 2018?", "In 2018 it had 90 staff, in 2020 5 shops.", "5"),
        ("How tall is the second tower?", "It is 90 m tall.", "90 m"),
    ],
)
def test_what_no_other_time_is_beside_stands(question: str, text: str, answer: str) -> None:
    assert not another(question, text, answer)


@given(
    years=st.lists(st.integers(1700, 2060), min_size=2, max_size=5, unique=True),
    numbers=st.lists(st.integers(2, 999), min_size=5, max_size=5, unique=True),
    behind=st.booleans(),
)
def test_in_a_list_of_years_each_has_its_own_value(
    years: list[int], numbers: list[int], behind: bool
) -> None:
    pairs = list(zip(years, numbers, strict=False))
    said = [f"<{n}> in {y}" if behind else f"in {y} <{n}>" for y, n in pairs]
    marked = f"It sold {', '.join(said[:-1])} and {said[-1]}."
    text = marked.replace("<", "").replace(">", "")
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    for year, _ in pairs:
        times = Periods(f"How many did it sell in {year}?").in_passage(passage)
        for at, (other, number) in enumerate(pairs):
            start = marked.index(f"<{number}>") - 2 * at
            assert times.another(start, start + len(str(number))) == (other != year)


@given(st.text(max_size=200))
def test_any_text_is_looked_through(text: str) -> None:
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    times = Periods("How many in May 2020?").in_passage(passage)
    if text:
        assert times.another(0, len(text)) in (True, False)
