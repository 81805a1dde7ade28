"""What is said in passing asks nothing; what asks is no courtesy, however polite."""

from __future__ import annotations

import pytest

from spanmem.pipeline.english.courtesy import is_courtesy


@pytest.mark.parametrize(
    "line",
    [
        "thank you",
        "Thanks!",
        "ok, great",
        "OK great, thanks a lot!",
        "Thank you very much for your help.",
        "hello there",
        "Good morning!",
        "perfect, that's all",
        "bye",
        "I see. Thanks again",
        "yes",
        "Thanks 🙂",
    ],
)
def test_thanks_greetings_and_agreement_ask_nothing(line: str) -> None:
    assert is_courtesy(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "?",
        "ok?",
        "thanks, and on Sundays?",
        "thank you, when does it open",
        "Hello, what does a ticket cost?",
        "good morning train times",
        "right of way",
        "fine for parking",
        "the welcome desk",
        "sure start programme",
        "super glue",
        "thanksgiving hours",
        "no",
    ],
)
def test_what_asks_is_none(line: str) -> None:
    assert not is_courtesy(line)


def test_a_long_line_is_looked_at_once() -> None:
    assert not is_courtesy("thanks " * 100_000)
