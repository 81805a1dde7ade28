"""How probably two questions that one place answers ask the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spanmem.pipeline.english.contrast import contrast
from spanmem.pipeline.one_place import SURE, OnePlace


def known(new: str, old: str) -> OnePlace:
    return OnePlace(
        similarity=0.8,
        own_to_sentence=0.35,
        score=0.1,
        ahead=-2.0,
        difference=contrast(new, old),
        others=len(contrast(old, new).own),
    )


SAME = known("What is the minimum age for driving the car?", "How old must drivers be?")


def test_another_frame_is_sooner_the_same_than_another_thing() -> None:
    thing = known("On which floor is the pharmacy?", "On which floor is the cafeteria?")
    more = known("How long is the winter break?", "How long is the break?")
    done = known("How many ships were ordered?", "How many ships were delivered?")
    assert SAME.probability > SURE
    assert max(thing.probability, more.probability, done.probability) < SURE


def test_one_frame_speaks_for_two_things() -> None:
    frame = replace(SAME, difference=replace(SAME.difference, order=0.9))
    for score in (0.01, 0.1, 0.5, 0.95):
        assert replace(frame, score=score).probability < replace(SAME, score=score).probability


@pytest.mark.parametrize("name", ["similarity", "own_to_sentence", "score", "ahead"])
def test_each_witness_counts_for_it(name: str) -> None:
    less = {
        "similarity": replace(SAME, similarity=0.05),
        "own_to_sentence": replace(SAME, own_to_sentence=0.05),
        "score": replace(SAME, score=0.05),
        "ahead": replace(SAME, ahead=-9.0),
    }[name]
    assert less.probability < SAME.probability


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_certain_witness_gives_a_probability(share: float) -> None:
    assert 0 < replace(SAME, score=share).probability < 1


def test_what_the_reader_does_not_find_at_all_counts_once() -> None:
    unread = replace(SAME, ahead=-20.0)
    assert replace(SAME, ahead=-1e9).probability == unread.probability > 0
