"""Which questions any passage answers, against looking into each passage."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.evaluation.datasets import Question
from spanmem.evaluation.matching import answered_by
from spanmem.reader.metrics import holds_answer

words = st.lists(st.sampled_from(["a", "mill", "Mill,", "old", "The", "12,000"]), max_size=6)
texts = words.map(" ".join)


def passages(texts: Sequence[str]) -> list[Passage]:
    return [Passage(document=f"d{i}", start=0, end=len(t), text=t) for i, t in enumerate(texts)]


@given(st.lists(texts, max_size=5), st.lists(st.lists(texts, max_size=2), max_size=5))
def test_as_if_each_passage_were_looked_into(held: list[str], answers: list[list[str]]) -> None:
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
