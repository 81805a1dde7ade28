"""Sentences of one form about several things."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.english.twins import Twins

OIL = (
    "Oil for the Brant mower is changed every 50 hours. "
    "Oil for the Brant tiller is changed every 25 hours."
)
CUPS = "Elin won the sprint in May and Petra won the relay in June."
DEALS = "Kell Lines bought Orm Yards in 2003. Orm Yards had bought Tarn Docks in 1998."
TASTES = "Olaf eats no meat. Mira eats meat."


def another(question: str, text: str, answer: str) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Twins(question).in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "text", "right", "wrong"),
    [
        ("How often is the oil of the tiller changed?", OIL, "every 25 hours", "every 50 hours"),
        (
            "How often is the oil of the Brant mower changed?",
            OIL,
            "every 50 hours",
            "every 25 hours",
        ),
        ("Who won the relay?", CUPS, "Petra", "Elin"),
        ("When was the sprint won?", CUPS, "May", "June"),
        ("Who bought Tarn Docks?", DEALS, "Orm Yards had", "Kell Lines"),
        ("Who eats meat?", TASTES, "Mira", "Olaf"),
        ("Who does not eat meat?", TASTES, "Olaf", "Mira"),
    ],
)
def test_the_answer_is_in_the_sentence_that_names_what_is_asked_for(
    question: str, text: str, right: str, wrong: str
) -> None:
    assert not another(question, text, right)
    assert another(question, text, wrong)


def test_what_follows_in_one_sentence_alone_is_no_contrast() -> None:
    text = "The lift runs daily. The lift runs daily in the harbor of Skaw."
    assert not another("What runs in the harbor?", text, "The lift")
    text = "The lift runs daily. The lift runs daily in Skaw."
    assert not another("What runs in Skaw?", text, "The lift")
    assert not another("Who sang?", CUPS, "Elin")


def test_a_heading_that_tells_nothing_more_is_no_twin() -> None:
    text = "The oil for the tiller. The oil for the mower is 9."
    assert not another("What does oil for the tiller cost?", text, "9")
