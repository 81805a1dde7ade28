"""All rules of one question together."""

from __future__ import annotations

from spanmem.core.records import Passage
from spanmem.pipeline.english.another import AnotherThing

TEXT = "The X9 costs 90 euros. Model: –. The X9 Pro costs 120 euros and weighs 2 kg."


def another(question: str, answer: str, text: str = TEXT) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return AnotherThing(question).judge(passage)(at, at + len(answer))


def test_any_rule_is_enough() -> None:
    assert another("What does the X9 Pro cost?", "90 euros")  # another variant
    assert another("How many litres does the X9 Pro hold?", "2 kg")  # another quantity
    assert another("Which model is it?", "120 euros")  # the field is empty
    assert not another("What does the X9 cost?", "90 euros")


def test_what_names_nothing_is_answered_by_all() -> None:
    assert not another("What is it like?", "90 euros", TEXT.replace("Model: –. ", ""))
