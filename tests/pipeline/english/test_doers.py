"""Whether who an answer names does something else than a question asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.doers import Doers


def something_else(question: str, text: str, answer: str) -> bool:
    asked = Doers(question)
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return bool(asked) and asked.in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Who leads Limnos?", "Peter Sauer works at Limnos.", "Peter Sauer"),
        ("Who leads Limnos?", "Peter Sauer works at Limnos.", "Peter Sauer works at Limnos"),
        ("Who is the head of Limnos?", "Peter Sauer is employed by Limnos.", "Peter Sauer"),
        ("Who owns the plant?", "Rolf Egger visited the plant in 2016.", "Rolf Egger"),
        ("By whom was it founded?", "It was visited by Rolf Egger.", "Rolf Egger"),
        ("Who built the house?", "Anton Weil lives in the house.", "Anton Weil"),
        ("Who founded the college?", "Inga Moe studied at the college.", "Inga Moe"),
        ("Who was nominated?", "Lena Dorn nominated Piet Haas.", "Lena Dorn nominated Piet Haas"),
    ],
)
def test_who_works_or_visits_there_is_not_who_leads_or_owns(
    question: str, text: str, answer: str
) -> None:
    assert something_else(question, text, answer)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Who works at Limnos?", "Peter Sauer works at Limnos.", "Peter Sauer"),
        ("Who leads Limnos?", "Peter Sauer works at Limnos as its director.", "Peter Sauer"),
        ("Who owns the house?", "Anton Weil lives in the house that Mia owns.", "Mia"),
        ("Where does who leads it live?", "The leader lives in Ulm.", "Ulm"),
        ("Who built it?", "It was made by Jo Reed, who lived in Ulm.", "Jo Reed"),
        ("Who was nominated?", "Lena Dorn nominated Piet Haas.", "Piet Haas"),
        ("Who leads Limnos?", "It is Peter Sauer; Ida Roth works at Limnos.", "Peter Sauer"),
        ("Who runs the school?", "Ann of the school and Piet do.", "Ann of the school and Piet"),
        ("Who wrote it?", "Lena Dorn and Piet Haas wrote it.", "Lena Dorn and Piet Haas"),
    ],
)
def test_who_is_said_to_do_it_stands(question: str, text: str, answer: str) -> None:
    assert not something_else(question, text, answer)


@given(st.text(max_size=200))
def test_any_text_is_looked_through(text: str) -> None:
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    if text:
        assert Doers("Who led it?").in_passage(passage).another(0, len(text)) in (True, False)
