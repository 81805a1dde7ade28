"""The contract of verifiers: the English rules and another one pass, careless ones do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spanmem.pipeline.contract import CONTRADICTIONS, VerifierContract
from spanmem.pipeline.english.equivalence import same_question
from spanmem.pipeline.verifier import Verdict, Verifier


def equal_but_for_case(question: str, remembered: str, similarity: float) -> Verdict:
    """The most careful verifier there is: equal texts, in any case."""
    same = question.casefold() == remembered.casefold()
    return Verdict(same=same, why="equal" if same else "not equal")


def only_near(question: str, remembered: str, similarity: float) -> Verdict:
    return Verdict(same=question == remembered or similarity > 0.9, why="by the vectors alone")


def one_sided(question: str, remembered: str, similarity: float) -> Verdict:
    return Verdict(same=question in remembered, why="the one holds the other")


def contrary(question: str, remembered: str, similarity: float) -> Verdict:
    return Verdict(same=question == remembered or similarity < 0, why="the wrong way round")


def forgetful(question: str, remembered: str, similarity: float) -> Verdict:
    return Verdict(same=bool(question) and question == remembered, why="")


class TestEnglishRules(VerifierContract):
    def make(self) -> Verifier:
        return same_question


class TestEqualTexts(VerifierContract):
    def make(self) -> Verifier:
        return equal_but_for_case


def contract_of(verifier: Verifier) -> VerifierContract:
    class Contract(VerifierContract):
        def make(self) -> Verifier:
            return verifier

    return Contract()


@pytest.mark.parametrize(
    ("verifier", "broken"),
    [
        (one_sided, lambda c: c.test_the_verdict_does_not_depend_on_which_came_first()),
        (contrary, lambda c: c.test_nothing_gets_surer_as_the_vectors_part()),
        (forgetful, lambda c: c.test_a_question_asks_the_same_as_itself()),
        (forgetful, lambda c: c.test_a_verdict_says_one_thing_and_why()),
        (
            only_near,
            lambda c: c.test_what_contradicts_is_never_the_same_however_near_the_vectors(
                c.make(), *CONTRADICTIONS[0]
            ),
        ),
        (only_near, lambda c: c.test_strange_texts_get_a_verdict(c.make())),
    ],
)
def test_a_careless_verifier_does_not_pass(
    verifier: Verifier, broken: Callable[[VerifierContract], None]
) -> None:
    with pytest.raises(AssertionError):
        broken(contract_of(verifier))
