"""Quantities that are asked for, and the units of answers."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.english.units import Units

TEXT = (
    "The drill has 18 volts, draws 750 W and holds 4 Ah. It weighs 1.7 kg, is 60 cm long, heats to "
    "250 °C within 9 minutes, costs $90 in America and 80 euros here, and turns 300 times."
)


def another(question: str, answer: str) -> bool:
    at = TEXT.index(answer)
    passage = Passage(document="d", start=0, end=len(TEXT), title="", text=TEXT)
    return Units(question).in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("How many volts does it have?", "18 volts", "4 Ah"),
        ("How many volts does it have?", "18", "750"),
        ("What is the wattage?", "750 W", "18 volts"),
        ("How many ampere-hours does it hold?", "4 Ah", "750 W"),
        ("How much does the drill weigh?", "1.7 kg", "60 cm"),
        ("How many pounds does it weigh?", "1.7 kg", "9 minutes"),
        ("How long is the drill?", "60 cm", "1.7 kg"),
        ("How many seconds does it take?", "9 minutes", "250 °C"),
        ("To how many degrees does it heat?", "250 °C", "9 minutes"),
        ("How many dollars does it cost?", "$90", "80 euros"),
        ("How many bits does it come with?", "300", "80 euros"),
        ("What does the drill cost?", "80 euros", "60 cm"),
    ],
)
def test_a_quantity_is_not_answered_by_another(question: str, right: str, wrong: str) -> None:
    assert not another(question, right)
    assert another(question, wrong)


def test_what_has_no_unit_or_asks_for_none_is_left_alone() -> None:
    assert not another("How many volts does it have?", "300")
    assert not Units("How many people use it?")
    assert not Units("How many millions did it earn?")
    assert not Units("Who made the drill?")
