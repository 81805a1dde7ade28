"""The turns that answers leave: with their evidence, unless they came from memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from spanmem.core.errors import InputError
from spanmem.core.records import Evidence
from spanmem.pipeline.answers import Answer, AnswerKind, Candidate
from spanmem.pipeline.turns import must_be_told, new_turn, turn_of

PLACE = Evidence(document="d", start=0, end=4, text="1912", passage="p", passage_text="1912.")
ANSWER = Answer(
    question="When was it built?",
    text="1912",
    confidence=0.8,
    answers=(Candidate("1912", 0.8, 2.0, "passage", PLACE),),
    carried=("old", "mill"),
)


def test_a_turn_holds_the_question_as_asked_and_what_was_carried_apart() -> None:
    turn = turn_of(ANSWER, "ann", "reader@1")
    assert (turn.question, turn.carried) == ("When was it built?", ("old", "mill"))
    assert turn.looked_up == ANSWER.looked_up == "When was it built? (old mill)"
    assert (turn.scope, turn.model, turn.kind) == ("ann", "reader@1", "answer")
    assert (turn.answer, turn.confidence, turn.evidence) == ("1912", 0.8, (PLACE,))
    assert turn.sequence == 0  # a store gives it


def test_what_was_held_back_keeps_its_evidence() -> None:
    turn = turn_of(replace(ANSWER, text=None), "ann", "r")
    assert (turn.answer, turn.evidence) == (None, (PLACE,))


@pytest.mark.parametrize("kind", ["memory", "correction"])
def test_an_answer_from_memory_leaves_no_evidence(kind: AnswerKind) -> None:
    candidate = replace(ANSWER.answers[0], kind=kind)
    assert turn_of(replace(ANSWER, answers=(candidate,)), "ann", "r").evidence == ()


def test_a_question_without_candidates_leaves_a_turn_too() -> None:
    turn = turn_of(replace(ANSWER, text=None, answers=(), confidence=0.0), "ann", "r")
    assert (turn.answer, turn.evidence, turn.confidence) == (None, (), 0.0)


def test_turns_have_ids_of_their_own_and_a_time_that_sorts_as_text() -> None:
    first, second = (new_turn("", "q", "a", "imported") for _ in "ab")
    assert first.id != second.id
    assert first.created_at <= second.created_at
    moment = datetime.fromisoformat(first.created_at)
    assert moment.tzinfo == UTC
    assert len(first.created_at) == len("2026-01-01T10:00:00.000000+00:00")
    assert (first.carried, first.author, first.confidence) == ((), "", 1.0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the answer is empty; give"),
        (" \n", "the answer is empty; give"),
        ("\0", "invisible characters alone"),
        ("\u200b\ufeff", "invisible characters alone"),
        ("\u3164", "invisible characters alone"),
        ("1912 \ud83d", "half a character.* at 5"),
    ],
)
def test_what_shows_nothing_or_cannot_be_written_is_no_answer(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        must_be_told("the answer", text)
    must_be_told("the answer", "–")
