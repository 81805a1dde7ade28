"""Edits of questions: each near miss changes something, each rewording nothing that matters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.training.edits import Pools
from spanmem.pipeline.training.near_misses import NEAR_MISSES, near_miss
from spanmem.pipeline.training.rewordings import REWORDINGS, reworded

POOLS = Pools(
    names=["Berlin", "Ada"],
    plain=["walks", "river", "running"],
    before={"price": ["net"], "mill": ["old"]},
    tails=["in the north"],
)
QUESTIONS = (
    "What is the price of the red mill in Oslo in 1912",
    "How many kg does the Falcon 7 Pro weigh",
    "Who sold two boats to Ann before the war",
    "How do I import photos from the camera",
)


def drawn(question: str, seed: int) -> tuple[str | None, str | None]:
    return (
        near_miss(question, np.random.default_rng(seed), POOLS),
        reworded(question, np.random.default_rng(seed), POOLS),
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_edits_change_the_question_and_are_repeated_by_the_seed(question: str) -> None:
    for seed in range(60):
        missed, other = drawn(question, seed)
        assert (missed, other) == drawn(question, seed)
        assert missed is not None
        assert missed.casefold() != question.casefold()
        assert other is None or other.casefold() != question.casefold()


@given(st.text(max_size=80), st.integers(0, 1_000))
def test_any_text_can_be_edited(question: str, seed: int) -> None:
    drawn(question, seed)


def test_every_edit_finds_something_to_change() -> None:
    texts = (*QUESTIONS, "Can I cancel it, but not the 5 kg order", "Is it not allowed to park",
             "In May, what is the colour of the lamp", "What's Ann's age")  # fmt: skip
    for edit in (*NEAR_MISSES, *REWORDINGS):
        assert any(
            edit(text, np.random.default_rng(seed), POOLS) for text in texts for seed in range(30)
        ), edit


def test_near_misses_are_of_many_kinds() -> None:
    missed = {drawn(QUESTIONS[0], seed)[0] for seed in range(400)}
    assert len(missed) > 100
    text = " | ".join(map(str, missed))
    for part in ("not", "Berlin", "191", "net price", "in the north", "without the red", "When is"):
        assert part.lower() in text.lower(), part
