"""Who is in a group, and who is not."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.english.negated import Negated

BEDS = "The clinic has 212 beds, 38 of them in intensive care."
BOOKS = "There are 900 books, 120 in French; 780 are not in French."


def another(question: str, text: str, answer: str) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Negated(question).in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "text", "right", "wrong"),
    [
        ("How many beds are not in intensive care?", BEDS, "212", "38"),
        ("How many beds are not in intensive care?", BEDS, "212", "38 of them in intensive care"),
        ("How many books are not in French?", BOOKS, "780", "120"),
    ],
)
def test_those_in_a_group_are_not_those_out_of_it(
    question: str, text: str, right: str, wrong: str
) -> None:
    assert not another(question, text, right)
    assert another(question, text, wrong)


def test_what_is_not_denied_is_no_group() -> None:
    assert not Negated("How many beds are in intensive care?")
    assert not Negated("Why are they not in care?")
    assert not Negated("Who is not without a ticket?")  # who has one
