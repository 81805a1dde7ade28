"""Answers beside the corrections of what was read at their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from spanmem.core.records import Evidence, Turn, Vectors
from spanmem.pipeline.answers import Answer, Candidate
from spanmem.pipeline.corrections import Corrections, Forms, same_words
from spanmem.pipeline.revision import Bearing, CorrectedPlaces, Revision, not_known, revised
from spanmem.pipeline.turns import new_turn, turn_of
from spanmem.pipeline.verifier import Verdict
from spanmem.reader.overlap import OverlapReader
from tests.pipeline.stores import TurnList

TEXT = "The sauna costs 4 euros. The pool costs 6 euros. The pool was built in 1974."
VECTOR = np.zeros(4, np.float32)


def place(text: str, *, passage: str = TEXT, moved: int = 0) -> Evidence:
    start = passage.index(text) + moved
    return Evidence(
        document="d",
        start=start,
        end=start + len(text),
        text=text,
        passage="p",
        passage_text=passage,
    )


def answer(question: str, evidence: Evidence, confidence: float = 0.9) -> Answer:
    candidate = Candidate(evidence.text, confidence, 1.0, "passage", evidence)
    return Answer(question, evidence.text, confidence, (candidate,))


def told(question: str, was: Answer) -> tuple[TurnList, Turn]:
    store = TurnList()
    turn = new_turn("ann", question, "7 euros", "correction", author="Bo")
    return store, store.correct(turn, VECTOR, answered=turn_of(was, "ann", "r"))


def encode(texts: Sequence[str]) -> Vectors:
    return np.ones((len(texts), 1), np.float32)


def bearing(
    new: str, at: Evidence, *, same: bool = False, old: str = "What does the pool cost?"
) -> Bearing | None:
    store, turn = told(old, answer(old, place("6 euros")))

    def verify(question: str, remembered: str, similarity: float, /) -> Verdict:
        return Verdict(same=same, why="")

    places = CorrectedPlaces(
        Corrections(store, verify, encode),  # type: ignore[arg-type]
        verify,
        encode,
        OverlapReader(),  # which is not asked beside a verifier of another kind
        surer_than=0.25,
    )
    candidate = Candidate("7 euros", 0.8, 0.8, "correction", at)
    found = places.revision(Forms(new, new), answer(new, at), [(turn, candidate)])
    return None if found is None else found.bearing


@pytest.mark.parametrize(
    ("new", "same", "expected"),
    [
        ("How much is a swim?", True, "same"),
        ("How much is a swim?", False, "unclear"),
        ("What does the child pool cost?", True, "apart"),  # a restriction, whatever is found
    ],
)
def test_no_answer_from_a_corrected_place_comes_alone(
    new: str, same: bool, expected: Bearing
) -> None:
    assert bearing(new, place("6 euros"), same=same) == expected
    assert bearing(new, place("The pool costs 6 euros"), same=same) == expected
    assert bearing(new, place("4 euros"), same=same) is None


def test_a_place_that_speaks_of_the_new_thing_keeps_its_answer() -> None:
    # The price of the pool was taken for that of the massage.
    asked = "What does the pool cost?"
    assert bearing(asked, place("6 euros"), old="What does the massage cost?") == "other"


@pytest.mark.parametrize("kind", ["same", "unclear", "apart", "other"])
def test_the_outdated_value_is_never_given_without_the_correction(kind: Bearing) -> None:
    question = "How much is a swim?"
    _, turn = told("What does the pool cost?", answer("What does the pool cost?", place("6 euros")))
    correction = Candidate("7 euros", 0.8, 0.8, "correction", place("4 euros"))
    result = revised(
        answer(question, place("6 euros")), Revision(correction, turn, kind), below=0.5
    )
    assert any(candidate.text == "7 euros" for candidate in result.answers)
    assert (
        result.text == {"same": "7 euros", "unclear": None, "apart": None, "other": "6 euros"}[kind]
    )
    confidences = [candidate.confidence for candidate in result.answers]
    assert result.confidence == confidences[0]
    if kind != "same":
        assert confidences == sorted(confidences, reverse=True)
        (notice,) = result.notices
        assert "corrected by Bo" in notice
        assert "'7 euros'" in notice
        assert "\n" not in notice
    assert result.abstained is (kind in ("unclear", "apart"))
    assert (result.confidence < 0.5) is result.abstained


def test_what_is_corrected_to_be_unknown_is_not_given_nor_what_it_was() -> None:
    was = answer("What does the pool cost?", place("6 euros"))
    for text in ("I don't know", "That is unknown."):
        evidence = replace(place("6 euros"), text=text, title="correction by Bo, 2026-01-02")
        candidate = Candidate(text, 1.0, 1.0, "correction", evidence)
        result = not_known(replace(was, text=text, answers=(candidate, *was.answers)))
        assert result.abstained
        assert result.answers == ()
        assert result.confidence == 0
        (notice,) = result.notices
        assert "correction by Bo, 2026-01-02" in notice
        assert "withdraw" in notice
        assert "\n" not in notice
    assert not_known(was) is was
    read = replace(was, text="unknown", answers=(replace(was.answers[0], text="unknown"),))
    assert not_known(read) is read  # a document says so


def test_a_place_is_one_while_it_says_the_same() -> None:
    here = place("6 euros")
    assert same_words(here, place("costs 6 euros"))
    assert same_words(here, place("6"))
    assert not same_words(here, place("4 euros"))
    edited = TEXT.replace("6 euros", "8 euros")
    assert not same_words(here, place("8 euros", passage=edited))
    assert same_words(here, place("6 euros", moved=500))  # text was put in before it
    elsewhere = replace(here, document="copy")
    assert same_words(here, elsewhere)
    assert not same_words(here, replace(elsewhere, passage_text="The dinghy costs 6 euros."))


def test_what_was_hardly_read_tells_no_place() -> None:
    old = "What does the pool cost?"
    held_back = replace(answer(old, place("6 euros"), 0.1), text=None)
    store, turn = told(old, held_back)
    corrections = Corrections(store, lambda *_: Verdict(same=True, why=""), encode)  # type: ignore[arg-type]
    assert corrections.places(turn)
    assert corrections.places(turn, surer_than=0.25) == []
