"""Whether an answer speaks of what the question names, or of another thing of its kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.naming import Naming


def passage(text: str, title: str = "") -> Passage:
    return Passage(document="d", start=0, end=len(text), title=title, text=text)


def another(question: str, text: str, answer: str, title: str = "") -> bool:
    at = text.index(answer)
    return Naming(question).in_passage(passage(text, title)).another(at, at + len(answer))


PORT = "Gatehouse is a small proxy. In version {} the default port is 8021. Logs are kept."
TWO = "The Aroma X9 holds 1.2 litres. The Aroma X9 Pro holds 1.8 litres."
ORCHARD = "In 2019 the orchard yielded 40 tonnes. In 2020 the orchard yielded 52 tonnes."
DATES = "The bank was opened on May 3, 2021 by Lena Orr. It was closed because of rain."
CLAUSES = "The fee under clause 3-1 is 40 euros.\n\nThe fee under clause 1-3 is 90 euros."
CHANGES = "Version 2.10\n\nThe default port is 8210.\n\nVersion 2.1\n\nThe default port is 8021."


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("What is the default port in Gatehouse 2.1?", PORT.format("2.1"), "8021"),
        ("What is the default port in gatehouse v2.1?", PORT.format("2.1.0"), "8021"),
        ("What is the default port?", PORT.format("2.1"), "8021"),
        ("How much does the Aroma X9 hold?", TWO, "1.2 litres"),
        ("How much does the aroma x-9 pro hold?", TWO, "1.8 litres"),
        ("How many tonnes did the orchard yield in 2020?", ORCHARD, "52"),
        ("Who opened the bank on 3 May 2021?", DATES, "Lena Orr"),
        ("Who opened the bank in 2021?", DATES, "Lena Orr"),
        ("Who opened the bank on 2021-05-03?", DATES, "Lena Orr"),
        ("What is the fee under clause 1-3?", CLAUSES, "90 euros"),
        ("What is the default port in version 2.1?", CHANGES, "8021"),
        ("Which club has 4500 members?", "With 4,500 members the Brink club leads.", "Brink club"),
        ("What does chapter 3 deal with?", "The third chapter deals with fish.", "fish"),
        ("What is oxygen 16?", "Of these oxygen-16 is the lighter isotope.", "the lighter isotope"),
        ("Who won World War 2?", "The allies won World War II in the end.", "The allies"),
        ("When was the X-200 sold?", "The X200 was sold in 1999.", "1999"),
        ("Who led in 2012?", "From 2010 to 2015 Ida Falk led the mill.", "Ida Falk"),
        ("How much is the Torv Pro?", "The Torv costs 5 euros. The Torv Pro costs 9 euros.", "9"),
    ],
)
def test_what_is_named_is_spoken_of_however_it_is_written(
    question: str, text: str, answer: str
) -> None:
    assert not another(question, text, answer)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("What is the default port in Gatehouse 2.1?", PORT.format("2.10"), "8021"),
        ("What is the default port in Gatehouse 10.2?", PORT.format("2.10"), "8021"),
        ("What is the default port in Gatehouse 2.1?", PORT.format("2.1.1"), "8021"),
        ("What is the default port in Gatehouse 2.0?", PORT.format("2.1.0-beta"), "8021"),
        ("How much does the Aroma X9 hold?", TWO, "1.8 litres"),
        ("How much does the Aroma X9 Pro hold?", TWO, "1.2 litres"),
        ("How much does the Aroma X90 hold?", TWO, "1.2 litres"),
        ("How many tonnes did the orchard yield in 2018?", ORCHARD, "52"),
        ("How many tonnes did the orchard yield in 2020?", ORCHARD, "40"),
        ("Who opened the bank on 5 March 2021?", DATES, "Lena Orr"),
        ("Who opened the bank on 3 May 2020?", DATES, "Lena Orr"),
        ("What is the fee under clause 3-3?", CLAUSES, "90 euros"),
        ("What is the fee under clause 1-3?", CLAUSES, "40 euros"),
        ("What is the default port in version 2.1?", CHANGES, "8210"),
        ("Which club has 4500 members?", "With 4,600 members the Brink club leads.", "Brink club"),
        ("What does chapter 4 deal with?", "The third chapter deals with fish.", "fish"),
        ("What does the second chapter deal with?", "The third chapter has fish.", "fish"),
        ("How much is the Torv?", "The Torv Pro costs 9 euros.", "9"),
        ("How much is the Torv Pro?", "The Torv costs 5 euros.", "5"),
        ("What does error E-14 mean?", "Error E-140 means a blocked flue.", "a blocked flue"),
        ("Why was it closed on 07/03/2024?", "On 03/07/2024 it was closed by flood.", "flood"),
    ],
)
def test_what_stands_beside_another_thing_of_the_kind_is_its_own(
    question: str, text: str, answer: str
) -> None:
    assert another(question, text, answer)


def test_a_title_names_what_its_text_does_not() -> None:
    text = "The default port is 8021."
    assert not another("What is the port in Gatehouse 2.1?", text, "8021", "Gatehouse 2.1")
    assert another("What is the port in Gatehouse 2.1?", text, "8021", "Gatehouse 2.10")


def test_the_answer_itself_is_no_rival() -> None:
    assert not another("When after 1990 was it sold?", "It was sold in 1999.", "1999")
    text = "The Super Bowl 50 came before Super Bowl LI."
    assert not another("What came after Super Bowl 50?", text, "Super Bowl LI")


def test_a_sentence_ends_what_belongs_to_its_thing() -> None:
    row = "Rental. Selkie 14: 35 euros. Selkie 14 Lite: 41 euros. Selkie 17: 48 euros."
    assert not another("What is the rental of the Selkie 14?", row, "35 euros")
    assert another("What is the rental of the Selkie 14?", row, "41 euros")
    assert not another("What is the rental of the Selkie 14 Lite?", row, "41 euros")


VERSIONS = st.lists(st.integers(1, 30), min_size=2, max_size=4)


@given(VERSIONS, VERSIONS)
def test_versions_are_compared_in_order_and_by_value(one: list[int], other: list[int]) -> None:
    asked, written = (".".join(map(str, parts)) for parts in (one, other))
    question = f"What is the default port in Gatehouse {asked}?"
    assert another(question, PORT.format(written), "8021") is (one != other)


@given(st.integers(1, 9999), st.integers(1, 9999), st.sampled_from(["", " Pro", " mini", " XL"]))
def test_a_model_is_neither_its_neighbor_nor_its_variant(
    one: int, other: int, variant: str
) -> None:
    text = f"The Plover {other}{variant} weighs 187 grams."
    differs = one != other or variant != ""
    assert another(f"How much does the Plover {one} weigh?", text, "187 grams") is differs
    asked = f"How much does the Plover {one}{variant} weigh?"
    assert another(asked, text, "187 grams") is (one != other)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_asked_and_read(question: str, text: str) -> None:
    spoken = Naming(question).in_passage(passage(text, question))
    assert spoken.another(0, len(text)) in (True, False)


TERMS = (
    "Until the end of 2022 an hour cost 2 euros. Since January 2023 it has cost 3 euros. "
    "From 2026 on it will cost 4 euros."
)


@pytest.mark.parametrize(
    ("year", "right"), [(2019, "2 euros"), (2022, "2 euros"), (2024, "3 euros"), (2030, "4 euros")]
)
def test_a_year_within_a_span_is_named_by_it(year: int, right: str) -> None:
    for answer in ("2 euros", "3 euros", "4 euros"):
        assert another(f"How much is an hour in {year}?", TERMS, answer) == (answer != right)


LISTED = (
    "Release 4.2.1 was published on 3 March 2023, and release 4.2.11 on 12 December 2024.",
    "Flight LK204 leaves from gate 11, flight LK240 from gate 3.",
    "Room B2 holds 12 people, while room B12 holds 60.",
    "In room C2 there are 12 seats and in room C12 there are 60.",
    "The RX-7 weighs 4 kg, the RX-70 weighs 9 kg (the RX-77 weighs 11 kg).",
)


@pytest.mark.parametrize(
    ("question", "text", "own", "others"),
    [
        ("When was release 4.2.11 published?", LISTED[0], "12 December 2024", "3 March 2023"),
        ("When was release 4.2.1 published?", LISTED[0], "3 March 2023", "12 December 2024"),
        ("Which gate does flight LK204 leave from?", LISTED[1], "gate 11", "gate 3"),
        ("Which gate does flight LK240 leave from?", LISTED[1], "gate 3", "gate 11"),
        ("How many people does room B12 hold?", LISTED[2], "60", "12 people"),
        ("How many people does room B2 hold?", LISTED[2], "12", "60"),
        ("How many seats are there in room C12?", LISTED[3], "60", "12 seats"),
        ("How much does the RX-7 weigh?", LISTED[4], "4 kg", "9 kg"),
        ("How much does the RX-70 weigh?", LISTED[4], "9 kg", "4 kg"),
        ("How much does the RX-77 weigh?", LISTED[4], "11 kg", "9 kg"),
    ],
)
def test_of_things_in_one_sentence_each_has_its_own(
    question: str, text: str, own: str, others: str
) -> None:
    assert not another(question, text, own)
    assert another(question, text, others)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("How much heavier is the X9?", "The X9 is heavier than the X8 by 3 kg.", "3 kg"),
        (
            "What costs 40 euros more than the X8?",
            "The X9 costs 40 euros more than the X8.",
            "The X9",
        ),
        ("How many people fit in B12?", "There are 12 seats in B2, 60 seats in B12.", "60 seats"),
        (
            "When did 4.3 follow 4.2?",
            "Version 4.2 was out in May, 4.3 followed on 3 June.",
            "3 June",
        ),
    ],
)
def test_what_is_compared_or_stands_before_its_thing_is_no_rivals(
    question: str, text: str, answer: str
) -> None:
    assert not another(question, text, answer)


def test_a_numbered_thing_has_what_stands_in_its_own_part_of_a_sentence() -> None:
    wards = "Ward 4 treats the heart, ward 14 the lungs, ward 41 the skin."
    gates = "Gate 3 opens at 6:15, gate 13 at 7:40, gate 31 at 9:05."
    turned = "The heart is treated in ward 4, the lungs in ward 14."
    for question, text, right, wrong in (
        ("What does ward 14 treat?", wards, "the lungs", "the heart"),
        ("What does ward 41 treat?", wards, "the skin", "the lungs"),
        ("What is treated in ward 14?", turned, "the lungs", "The heart"),
        ("When does gate 3 open?", gates, "6:15", "6:15, gate 13 at 7:40"),
    ):
        passage = Passage(document="d", start=0, end=len(text), title="", text=text)
        spoken = Naming(question).in_passage(passage)
        at, other = text.index(right), text.index(wrong)
        assert not spoken.another(at, at + len(right))
        assert spoken.another(other, other + len(wrong))
