"""Error analysis: which misses are worst, of what kind, and what is marked in their passages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Evidence, Passage
from spanmem.evaluation.datasets import Question
from spanmem.evaluation.misses import worst_misses
from spanmem.evaluation.results import Outcome, RetrievedPassage

TEXT = "The mill was built in 1912, the tower in 1950."
PASSAGE = Passage(document="d", start=100, end=100 + len(TEXT), text=TEXT, title="Mill")
OTHER = Passage(document="e", start=0, end=9, text="Opened it", title="")
PASSAGES = {"mill": PASSAGE, "other": OTHER}


def evidence(text: str) -> Evidence:
    at = 100 + TEXT.index(text)
    return Evidence(
        document="d", start=at, end=at + len(text), text=text, passage="mill", passage_text=TEXT
    )


def outcome(
    name: str,
    given_text: str,
    answers: tuple[str, ...] = ("1912",),
    *,
    f1: float = 0.0,
    sure: float = 0.5,
    rank: int | None = 2,
    abstained: bool = False,
) -> Outcome:
    keys = ["other", "mill", "gone"]
    return Outcome(
        question=Question(id=name, text="when was <b>it</b> built", answers=answers),
        prediction="" if abstained else given_text,
        best=given_text,
        exact_match=float(f1 == 1),
        f1=f1,
        confidence=sure,
        abstained=abstained,
        evidence=evidence(given_text),
        hits=tuple(
            RetrievedPassage(k, "d", 0.5, holds=i == rank) for i, k in enumerate(keys, start=1)
        ),
    )


def test_the_worst_and_surest_go_first() -> None:
    outcomes = [
        outcome("right", "1912", f1=1.0),
        outcome("half", "1912", f1=0.5, sure=0.9),
        outcome("unsure", "1950", sure=0.2),
        outcome("sure", "1950", sure=0.8),
    ]
    misses = worst_misses(outcomes, PASSAGES.get, read=20)
    assert [miss.outcome.question.id for miss in misses] == ["sure", "unsure", "half"]
    assert len(worst_misses(outcomes, PASSAGES.get, read=20, count=2)) == 2


@pytest.mark.parametrize(
    ("result", "read", "kind"),
    [
        (outcome("q", "1950"), 20, "misread"),
        (replace(outcome("q", "1950"), passages_read=1), 20, "not-read"),
        (outcome("q", "1950"), 1, "not-read"),
        (outcome("q", "1950", rank=None), 20, "not-found"),
        (outcome("q", "1950", f1=0.4), 20, "partly"),
        (outcome("q", "1950", abstained=True), 20, "held-back"),
        (outcome("q", "1950", answers=()), 20, "invented"),
    ],
)
def test_each_miss_has_its_kind(result: Outcome, read: int, kind: str) -> None:
    assert worst_misses([result], PASSAGES.get, read=read)[0].kind == kind


def test_answers_are_marked_where_they_stand() -> None:
    (miss,) = worst_misses([outcome("q", "1950")], PASSAGES.get, read=20)
    first, second = miss.passages  # the one that is gone from the memory is left out
    assert (first.label, first.title) == ("passage 2, answered from, holds an answer", "Mill")
    assert [(p.text, p.mark) for p in first.stretches] == [
        ("The mill was built in ", ""),
        ("1912", "gold"),
        (", the tower in ", ""),
        ("1950", "given"),
        (".", ""),
    ]
    assert [p.mark for p in second.stretches] == [""]


def test_overlapping_marks_are_both() -> None:
    (miss,) = worst_misses(
        [outcome("q", "built in 1912", ("in  1912", "1912, the"), f1=0.5)], PASSAGES.get, read=20
    )
    marks = [(p.text, p.mark) for p in miss.passages[0].stretches if p.mark]
    assert marks == [("built ", "given"), ("in 1912", "both"), (", the", "gold")]


def test_a_miss_shows_five_passages_the_answers_own_first() -> None:
    ranking = [f"k{i}" for i in range(1, 9)]
    text = "Opened it"
    held = {key: Passage(document=key, start=0, end=9, text=text) for key in ranking}
    hits = tuple(RetrievedPassage(key, key, 0.5, holds=key == "k7") for key in ranking)
    source = Evidence(document="k6", start=0, end=6, text="Opened", passage="k6", passage_text=text)
    result = replace(outcome("q", "1950"), hits=hits, evidence=source)
    (miss,) = worst_misses([result], held.get, read=20)
    assert [passage.document for passage in miss.passages] == ["k6", "k7", "k1", "k2", "k3"]
    assert miss.passages[0].stretches[0].mark == "given"


def test_a_reader_alone_shows_its_own_passage() -> None:
    question = Question(id="q", text="q", answers=("1912",), context=TEXT, title="Mill")
    result = replace(outcome("q", "1950"), question=question, hits=())
    (miss,) = worst_misses([result], PASSAGES.get, read=1)
    assert miss.kind == "misread"
    (passage,) = miss.passages
    assert (passage.label, passage.title) == ("its own passage", "Mill")


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_the_stretches_are_the_whole_passage(text: str, answers: list[str]) -> None:
    alone = Outcome(
        question=Question(id="q", text="q", answers=tuple(answers), context=text),
        prediction="",
        exact_match=0.0,
        f1=0.0,
        confidence=0.0,
    )
    (miss,) = worst_misses([alone], PASSAGES.get, read=1)
    assert "".join(p.text for p in miss.passages[0].stretches) == text
