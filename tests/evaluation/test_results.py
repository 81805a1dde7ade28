"""Results of single questions: ranks from 1, each document once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanmem.evaluation.datasets import Question
from spanmem.evaluation.results import Outcome, RetrievedPassage

marks = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=20)


def outcome(
    hits: tuple[RetrievedPassage, ...],
    reread: tuple[RetrievedPassage, ...] = (),
    answers: tuple[str, ...] = ("x",),
) -> Outcome:
    return Outcome(
        question=Question(id="q", text="q", answers=answers),
        prediction="x",
        exact_match=1.0,
        f1=1.0,
        confidence=0.5,
        hits=hits,
        reread=reread,
    )


@given(marks)
def test_ranks_are_those_of_the_first_right_passage(rows: list[tuple[bool, bool]]) -> None:
    hits = tuple(
        RetrievedPassage(str(i), "d", 0.0, holds=holds, gold=gold)
        for i, (holds, gold) in enumerate(rows)
    )
    holding, golds = [holds for holds, _ in rows], [gold for _, gold in rows]
    result = outcome(hits, reread=hits[::-1])
    assert result.rank == (holding.index(True) + 1 if True in holding else None)
    assert result.gold_rank == (golds.index(True) + 1 if True in golds else None)
    backwards = holding[::-1]
    assert result.read_rank == (backwards.index(True) + 1 if True in backwards else None)


def test_documents_are_named_once_and_best_first() -> None:
    hits = tuple(RetrievedPassage(f"{i}", d, 0.0) for i, d in enumerate("baabc"))
    assert outcome(hits).documents == ("b", "a", "c")
    assert outcome(()).documents == ()


def test_a_question_without_answers_is_unanswerable() -> None:
    assert outcome(()).answerable
    assert not outcome((), answers=()).answerable
