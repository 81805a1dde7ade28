"""Givers and takers, and whose relation somebody is."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.english.converse import Converse

SALE = "In 1990 Mara Kline sold the mill to Trent Odell."
BOUGHT = "Norvik bought the shipyard from Halden in 2003."
PASSIVE = "The farm was leased by the Ortegas to the Hills."
MOTHER = "Anna Berg is the mother of Lena Holm."


def another(question: str, text: str, answer: str) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Converse(question).in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "text", "right", "wrong"),
    [
        ("Who bought the mill?", SALE, "Trent Odell", "Mara Kline"),
        ("Who sold the mill?", SALE, "Mara Kline", "Trent Odell"),
        ("To whom was the mill sold?", SALE, "Trent Odell", "Mara Kline"),
        ("Who sold the shipyard?", BOUGHT, "Halden", "Norvik"),
        ("Who bought the shipyard?", BOUGHT, "Norvik", "Halden"),
        ("From whom was the shipyard bought?", BOUGHT, "Halden", "Norvik"),
        ("Who leased the farm to the Hills?", PASSIVE, "the Ortegas", "the Hills"),
    ],
)
def test_the_giver_is_not_the_taker(question: str, text: str, right: str, wrong: str) -> None:
    assert not another(question, text, right)
    assert another(question, text, wrong)


@pytest.mark.parametrize(
    ("question", "text", "answer", "expected"),
    [
        ("Who is the mother of Anna Berg?", MOTHER, "Lena Holm", True),
        ("Who is Lena Holm's mother?", MOTHER, "Anna Berg", False),
        ("Who is Bo Ek's son?", "Carl Ek's son is Bo Ek.", "Carl Ek", True),
        ("Who is Carl Ek's son?", "Carl Ek's son is Bo Ek.", "Bo Ek", False),
        ("Who hired Paul Reed?", "Paul Reed hired Nina Orr.", "Nina Orr", True),
        ("Who hired Nina Orr?", "Paul Reed hired Nina Orr.", "Paul Reed", False),
        ("Who defeated Kron?", "Vela was defeated by Kron.", "Vela", True),
        ("Who defeated Vela?", "Vela was defeated by Kron.", "Kron", False),
        ("When was the mill sold?", SALE, "1990", False),
    ],
)
def test_a_relation_has_two_ends(question: str, text: str, answer: str, expected: bool) -> None:
    assert another(question, text, answer) is expected


def test_a_question_for_nobody_judges_nothing() -> None:
    assert not Converse("When was the mill sold?")
    assert not Converse("How much did Mara Kline pay?")


def test_a_name_and_the_answer_do_not_stand_in_each_others_place() -> None:
    text = "Kell Lines bought Orm Yards in 2003. Orm Yards had bought Tarn Docks in 1998."
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    for question, answer, wrong in (
        ("Who bought Kell Lines?", "Orm Yards", True),
        ("Who bought Orm Yards?", "Kell Lines", False),
        ("Which company did Orm Yards buy?", "Kell Lines", True),
        ("Which company did Orm Yards buy?", "Tarn Docks", False),
    ):
        at = text.index(answer)
        assert Converse(question).in_passage(passage).another(at, at + len(answer)) is wrong


@pytest.mark.parametrize(
    ("question", "answer", "wrong"),
    [
        ("Who acquired Brig?", "Kell", False),
        ("Who acquired Kell?", "Brig", True),
        ("Which company did Kell acquire?", "Brig", False),
        ("Which company did Brig acquire?", "Kell", True),
    ],
)
def test_a_passive_turns_their_places_round(question: str, answer: str, wrong: bool) -> None:
    text = "Brig was acquired by Kell in 2003."
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    assert Converse(question).in_passage(passage).another(at, at + len(answer)) is wrong
