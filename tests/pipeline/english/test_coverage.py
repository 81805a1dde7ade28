from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.coverage import covered, echoed


def passage(text: str, title: str = "") -> Passage:
    return Passage(document="d", start=0, end=len(text), text=text, title=title)


@pytest.mark.parametrize(
    ("question", "text", "title", "share"),
    [
        ("How long may the hose be?", "The hose is 2 m long.", "", 1.0),
        ("How heavy are the pumps?", "The pump lifts water.", "", 0.5),
        ("How heavy is the Brook 40?", "It lifts water.", "Brook 40", 2 / 3),
        ("Who is it?", "Nobody.", "", 1.0),
        ("Which colour has the lamp?", "A chair.", "", 0.0),
    ],
)
def test_the_share_by_hand(question: str, text: str, title: str, share: float) -> None:
    assert covered(question, passage(text, title)) == pytest.approx(share)


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_more_text_never_covers_less(question: str, text: str, more: str) -> None:
    before = covered(question, passage(text))
    assert 0 <= before <= covered(question, passage(f"{text} \n {more}")) <= 1


@given(st.text(min_size=1, max_size=80))
def test_a_question_covers_itself(question: str) -> None:
    assert covered(question, passage(question)) == 1.0


def test_an_answer_that_repeats_the_question_echoes_it() -> None:
    question = "What is the hotline of Varda Energy?"
    assert echoed(question, "The tariffs of Varda Energy") == 2 / 3
    assert echoed(question, "0800 4711") == 0
    assert echoed("What is it?", "it") == 0
