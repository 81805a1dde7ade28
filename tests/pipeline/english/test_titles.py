"""Namesakes with another title."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.english.titles import Titles

HAHN = "Peter Hahn Jr. runs the mill; his father, Peter Hahn Sr., died in 2004."
ONO = "Mrs. Ono teaches piano on Mondays. Mr. Ono teaches chess on Thursdays."
TURNED = "Piano is taught by Mrs. Ek, chess by Mr. Ek."


def another(question: str, text: str, answer: str) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Titles(question).in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "text", "right", "wrong"),
    [
        ("When did Peter Hahn Sr. die?", HAHN, "2004", "the mill"),
        ("What does Peter Hahn Jr. run?", HAHN, "the mill", "2004"),
        ("When does Mrs. Ono teach?", ONO, "Mondays", "Thursdays"),
        ("What does Mr Ono teach?", ONO, "chess", "piano"),
        ("What does Mr. Ek teach?", TURNED, "chess", "Piano"),
        ("What does Mrs. Ek teach?", TURNED, "Piano", "chess"),
    ],
)
def test_a_namesake_with_another_title_is_another(
    question: str, text: str, right: str, wrong: str
) -> None:
    assert not another(question, text, right)
    assert another(question, text, wrong)


def test_a_name_without_a_title_is_either() -> None:
    assert not Titles("When did Peter Hahn die?")
    assert not Titles("Do Mr. Ono and Mrs. Ono teach?")
