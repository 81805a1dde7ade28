"""Whether what a person tells is that the answer is not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.english.unknown import says_unknown


@pytest.mark.parametrize(
    "text",
    [
        "I do not know",
        "I don't know.",
        "dont know",
        "We don’t know that yet.",
        "unknown",
        "That is unknown",
        "it's not known yet",
        "Sorry, I don't know!",
        "no idea",
        "Nobody knows.",
        "There is no answer",
        "n/a",
        "To be announced",
        "not yet decided",
    ],
)
def test_that_nothing_is_known_may_be_said_in_many_ways(text: str) -> None:
    assert says_unknown(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7 euros",
        "The Unknown Soldier",
        "Tomb of the Unknown",
        "no",
        "Unknown Pleasures",
        "It is unknown who built it, but Nils Brand paid for it",
        "I do not know, but Anna does",
        "not available on Mondays",
        "I know",
    ],
)
def test_what_tells_something_is_an_answer(text: str) -> None:
    assert not says_unknown(text)


def test_a_long_text_says_more() -> None:
    assert says_unknown("unknown" + "." * 60)
    assert not says_unknown("unknown" + "." * 90)


@given(st.text(max_size=120))
def test_any_text_may_be_told(text: str) -> None:
    assert says_unknown(text) in (True, False)
