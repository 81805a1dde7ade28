"""What every verifier must do, as tests: inherit, and say how yours is made.

    class TestMine(VerifierContract):
        def make(self) -> Verifier:
            return my_verifier

For tests alone: it needs pytest and hypothesis, and nothing that serves imports it.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .verifier import Verifier

__all__ = ["CONTRADICTIONS", "VerifierContract"]

CONTRADICTIONS = (
    ("Can I return the lamp?", "Can't I return the lamp?"),
    ("Which lamps are waterproof?", "Which lamps are not waterproof?"),
    ("Does the warranty cover the battery?", "Does the warranty not cover the battery?"),
    ("Who won the race in 1998?", "Who won the race in 2002?"),
    ("What does the lamp cost after 2 years?", "What does the lamp cost after 3 years?"),
    ("How long is the warranty of the X-200?", "How long is the warranty of the X-300?"),
    ("Does it work at -5 degrees?", "Does it work at 5 degrees?"),
    ("How do I enable the alarm?", "How do I disable the alarm?"),
    ("Does Ann pay Ben?", "Does Ben pay Ann?"),
    ("When was the mill built?", "Where was the mill built?"),
)
"""Pairs of questions that nearly share their words, and never their answer."""

_WORDS = "how do i not enable disable the a x-200 x-300 5 alarm of to by it was".split()  # noqa: SIM905
_QUESTIONS = st.text(max_size=60) | st.lists(st.sampled_from(_WORDS), max_size=8).map(" ".join)
_COSINES = st.floats(-1, 1, width=32)

# Each subclass is another executor of the same test, as it must be; and a verifier may be a model.
_inherited = settings(
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow], deadline=None
)


class VerifierContract:
    """What `Verifier` promises."""

    def make(self) -> Verifier:
        """The verifier under test; called for each example, so hold on to what is slow to load."""
        raise NotImplementedError("say in your subclass how the verifier is made")

    @pytest.fixture
    def verifier(self) -> Verifier:
        return self.make()

    @_inherited
    @given(question=_QUESTIONS, similarity=_COSINES)
    def test_a_question_asks_the_same_as_itself(self, question: str, similarity: float) -> None:
        assert self.make()(question, question, similarity).same

    @_inherited
    @given(first=_QUESTIONS, second=_QUESTIONS, similarity=_COSINES)
    def test_the_verdict_does_not_depend_on_which_came_first(
        self, first: str, second: str, similarity: float
    ) -> None:
        verify = self.make()
        there, back = verify(first, second, similarity), verify(second, first, similarity)
        assert (there.same, there.near) == (back.same, back.near)

    @_inherited
    @given(first=_QUESTIONS, second=_QUESTIONS, similarity=_COSINES)
    def test_nothing_gets_surer_as_the_vectors_part(
        self, first: str, second: str, similarity: float
    ) -> None:
        verify = self.make()
        near, far = verify(first, second, 1.0), verify(first, second, similarity)
        assert near.same or not far.same
        assert near.same or near.near or not far.near

    @_inherited
    @given(first=_QUESTIONS, second=_QUESTIONS)
    def test_a_verdict_says_one_thing_and_why(self, first: str, second: str) -> None:
        verdict = self.make()(first, second, 1.0)
        assert not (verdict.same and verdict.near)
        assert verdict.why

    @pytest.mark.parametrize(("question", "remembered"), CONTRADICTIONS)
    def test_what_contradicts_is_never_the_same_however_near_the_vectors(
        self, verifier: Verifier, question: str, remembered: str
    ) -> None:
        for verdict in (verifier(question, remembered, 1.0), verifier(remembered, question, 1.0)):
            assert not verdict.same
            assert not verdict.near

    def test_strange_texts_get_a_verdict(self, verifier: Verifier) -> None:
        for text in ("", " ", "?!", "\ud800", "\0", "word " * 2_000, "保修期多长？"):
            assert not verifier(text, "How long is the warranty?", 1.0).same
