"""Answers in a log of talk: whose words they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.speakers import Speakers

LOG = (
    "Ana: The deposit is due on Friday.\n"
    "Ben: I heard that it is 200 euros. My flat is in Bonn.\n"
    "Cleo Ruiz: Ana said that the rent is 900 euros. I'm afraid the lift is broken."
)
FORMS = (
    "{}: {}",
    "[10:02] {}: {}",
    "[2024-02-11, 18:20] {}: {}",
    "10:02 {}: {}",
    "{} (Mon 14:02): {}",
    "{} - 08:01: {}",
    "{}, 10:02 am: {}",
    "**{}:** {}",
    "**{}**: {}",
    "<{}> {}",
)


def another(question: str, answer: str, text: str = LOG) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Speakers(question).in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("What did Ana say about the deposit?", "due on Friday", "200 euros"),
        ("How much is the deposit according to Ben?", "200 euros", "Friday"),
        ("What did Ana say that the rent is?", "900 euros", "200 euros"),  # told by another
        ("What was mentioned by Cleo?", "broken", "Bonn"),
        ("What is Ana's suggestion?", "Friday", "Bonn"),
    ],
)
def test_what_one_says_stands_in_their_turn(question: str, right: str, wrong: str) -> None:
    assert not another(question, right)
    assert another(question, wrong)


@pytest.mark.parametrize(
    ("question", "answer", "is_others"),
    [
        ("Where is Ana's flat?", "Bonn", True),
        ("Where is Ben's flat?", "Bonn", False),
        ("Where do Ana and Ben live?", "Bonn", False),
        ("When is the deposit of Ben due?", "Friday", False),  # no "I" and no "my"
        ("Is the lift of Ben broken?", "broken", False),  # "I'm afraid" tells nothing of her
        ("Where is the flat?", "Bonn", False),
    ],
)
def test_i_and_my_are_those_of_the_turn(question: str, answer: str, is_others: bool) -> None:
    assert another(question, answer) is is_others


def test_who_is_spoken_to_may_be_meant() -> None:
    log = "Ana: I have a car.\nBen: In my list you live in Bonn.\nAna: Yes."
    assert not another("Where does Ana live?", "Bonn", log)
    told = "Ana: Hello.\nBen: You said that it costs 7 euros.\nAna: Yes."
    assert not another("What did Ana say that it costs?", "7 euros", told)


def test_an_answer_that_runs_into_anothers_turn_is_theirs_too() -> None:
    assert another("What did Ana say?", "due on Friday.\nBen: I heard that it is 200 euros")
    assert not another("Who heard it, according to Ana?", "Ben")


def test_a_part_of_a_name_is_enough_where_it_is_no_other_whole_one() -> None:
    log = "Ana Ruiz: It is 7.\nAna Lopez: It is 8.\nIvo: It is 9."
    assert not another("What did Ana say?", "8", log)
    assert another("What did Ana say?", "9", log)
    assert another("What did Ana Ruiz say?", "8", log)
    flats = "Dr. Ana Ruiz: Hello.\nDr. Ana Lopez: My flat is in Bonn.\nDr. Moe: My flat is in Ulm."
    assert another("Where is the flat of Ana Ruiz?", "Bonn", flats)
    assert not another("Where is the flat of Ana?", "Bonn", flats)
    assert another("Where is the flat of Dr. Lopez?", "Ulm", flats)
    assert another("What did Dr. Ruiz say?", "8", log.replace("Ana Ruiz:", "Dr. Ruiz:"))


@pytest.mark.parametrize(
    "question",
    ["When was Ana told of it?", "What does Ana want?", "Who spoke?", "What did Zoe say?"],
)
def test_what_is_asked_otherwise_is_answered_by_all(question: str) -> None:
    assert not another(question, "200 euros")


def test_one_speaker_alone_and_fields_of_a_table_are_no_talk() -> None:
    assert not another("What did Ana say?", "7", "Ana: It is free.\nIt is 7 euros.")
    fields = "Price: 9 euros.\nDeposit: my 7 euros."
    assert not another("What is the deposit, according to the list?", "9", fields)
    assert not another("What is the deposit?", "9", fields)


@given(st.sampled_from(FORMS), st.sampled_from(FORMS))
def test_labels_of_all_forms_are_read(one: str, other: str) -> None:
    log = f"{one.format('Ana', 'It is 7.')}\n{other.format('Ben', 'It is 8.')}"
    for name, own, others in (("Ana", " 7", " 8"), ("Ben", " 8", " 7")):
        assert not another(f"What did {name} say it is?", own, log)
        assert another(f"What did {name} say it is?", others, log)


@given(st.text(st.sampled_from("Ab :<>*[](),-1:0\n"), min_size=1, max_size=80))
def test_any_text_is_looked_through(text: str) -> None:
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    turns = Speakers("What did Ab say?").in_passage(passage)
    assert turns.another(0, len(text)) in (True, False)
