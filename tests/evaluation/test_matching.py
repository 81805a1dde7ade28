"""Matching of predictions and passages: by hand, and against looking into each passage."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.evaluation.datasets import Question
from spanmem.evaluation.matching import answered_by, is_gold, score
from spanmem.reader.metrics import holds_answer

words = st.lists(st.sampled_from(["a", "mill", "Mill,", "old", "The", "12,000"]), max_size=6)
texts = words.map(" ".join)


def passages(texts: Sequence[str]) -> list[Passage]:
    return [Passage(document=f"d{i}", start=0, end=len(t), text=t) for i, t in enumerate(texts)]


@given(st.lists(texts, max_size=5), st.lists(st.lists(texts, max_size=2), max_size=5))
def test_answered_questions_are_those_that_some_passage_answers(
    held: list[str], answers: list[list[str]]
) -> None:
    questions = [Question(id=str(i), text="q", answers=tuple(a)) for i, a in enumerate(answers)]
    expected = {q.id for q in questions if any(holds_answer(t, q.answers) for t in held)}
    assert answered_by(passages(held), questions) == expected


def test_expressions_match_in_one_passage_only() -> None:
    questions = [
        Question(id="year", text="q", answers=(r"19\d\d",)),
        Question(id="across", text="q", answers=(r"mill[^x]*tower",)),
        Question(id="none", text="q", answers=()),
    ]
    held = passages(["an old mill", "a tower of 1923"])
    assert answered_by(held, questions, regex=True) == {"year"}


def test_an_expression_is_found_in_a_late_passage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanmem.evaluation.matching._CHUNK", 2)
    questions = [Question(id="year", text="q", answers=(r"19\d\d",))]
    held = passages(["mill", "tower", "", "barn", "built in 1923"])
    assert answered_by(held, questions, regex=True) == {"year"}
    assert answered_by(held[:4], questions, regex=True) == frozenset()


@pytest.mark.parametrize(
    ("prediction", "answers", "expected"),
    [
        ("The Mill.", ("mill",), (1.0, 1.0)),
        ("the old mill", ("mill", "an old mill"), (1.0, 1.0)),
        ("old mill tower", ("mill",), (0.0, 0.5)),
        ("", ("mill",), (0.0, 0.0)),
        ("", (), (1.0, 1.0)),
        ("mill", (), (0.0, 0.0)),
    ],
)
def test_predictions_are_scored_as_squad_does(
    prediction: str, answers: tuple[str, ...], expected: tuple[float, float]
) -> None:
    assert score(prediction, answers, regex=False) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("prediction", "answers", "right"),
    [("1923", (r"19\d\d",), 1.0), ("in 1923", (r"19\d\d",), 0.0), ("", (), 1.0)],
)
def test_an_expression_must_match_from_the_start(
    prediction: str, answers: tuple[str, ...], right: float
) -> None:
    assert score(prediction, answers, regex=True) == (right, right)


def test_gold_passages_are_those_of_named_documents_or_of_the_context() -> None:
    (mill,) = passages(["an old mill"])
    assert is_gold(mill, Question(id="q", text="q", answers=(), documents={"d0": 1}))
    assert is_gold(mill, Question(id="q", text="q", answers=(), context="an old mill by a river"))
    elsewhere = Question(id="q", text="q", answers=(), documents={"d1": 1}, context="an old mill")
    assert not is_gold(mill, elsewhere)  # documents, where they are named, alone decide
    assert not is_gold(mill, Question(id="q", text="q", answers=("mill",)))
