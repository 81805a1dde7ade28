"""English words that exclude each other."""

from __future__ import annotations

from spanmem.pipeline.english.opposite_words import BY_HEAD, COUNTED, KIN, POLES


def test_the_words_that_are_told_apart_are_in_the_groups() -> None:
    assert POLES.keys() >= (BY_HEAD | COUNTED | KIN)


def test_verbs_have_their_endings() -> None:
    assert {
        "stops",
        "stopped",
        "stopping",
        "closes",
        "closed",
        "refuses",
        "empties",
    } <= POLES.keys()


def test_a_weekday_is_one_of_its_days_and_no_weekend() -> None:
    (weekday,), (monday,), (weekend,) = POLES["weekday"], POLES["monday"], POLES["weekends"]
    assert weekday.parts & monday.parts
    assert not weekday.parts & weekend.parts
