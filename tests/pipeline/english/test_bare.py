"""Marks, numbers and headings are no answers, unless they are asked for."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.english.bare import Bare

POST = "# Post\n\nParcels go to Dock 9. Type `x-1` there.\n\n## Staff\n\n1. Ring the bell."
CLAUSES = "3. Termination\n3.1 Either party may end it.\n3.2 Or both.\n4. Notices\n4.1 In writing."


def another(question: str, text: str, answer: str) -> bool:
    passage = Passage(document="d", start=0, end=len(text), text=text)
    start = text.index(answer)
    asked = Bare(question)
    return bool(asked) and asked.in_passage(passage).another(start, start + len(answer))


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Where do parcels go?", POST, "# Post"),
        ("Where do parcels go?", POST, "Post"),
        ("Who carries the parcels?", POST, "Staff"),
        ("What is the key?", POST, "`"),
        ("Where do parcels go?", POST, "#"),
        ("What is done first?", POST, "1."),
        ("What is needed to end it?", CLAUSES, "Termination"),
        ("How is it ended?", CLAUSES, "3.1"),
        ("How is it ended?", CLAUSES, "3. Termination"),
        ("What is it?", "- one\n- two", "-"),
    ],
)
def test_marks_numbers_and_headings_say_nothing(question: str, text: str, answer: str) -> None:
    assert another(question, text, answer)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Where do parcels go?", POST, "Dock 9"),
        ("Which section tells of parcels?", POST, "Post"),
        ("Which clause allows to end it?", CLAUSES, "3.1"),
        ("What is clause 3 about?", CLAUSES, "Termination"),
        ("Which symbol stands before the title?", POST, "#"),
        ("What is typed there?", POST, "x-1"),
        ("What does one plus one make?", "It makes $.", "$"),
        ("Who may end it?", CLAUSES, "Either party"),
    ],
)
def test_what_is_asked_for_is_an_answer(question: str, text: str, answer: str) -> None:
    assert not another(question, text, answer)
