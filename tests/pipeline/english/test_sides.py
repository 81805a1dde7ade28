"""The sides that the words of a text take of opposites."""

from __future__ import annotations

import pytest

from spanmem.pipeline.english.sides import sides


def groups(text: str) -> set[tuple[str, frozenset[int]]]:
    return {(side.group, side.parts) for side in sides(text)}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("turn it off", "disable it"),
        ("switched on", "enabled"),
        ("30 cents per day", "a daily fee of 30 cents"),
        ("it is 5 m wide", "its width"),
        ("the youngest keeper", "the newest keeper"),
    ],
)
def test_words_of_one_meaning_take_one_side(text: str, same: str) -> None:
    assert groups(text) & groups(same)


@pytest.mark.parametrize("text", ["how long is it", "what it is used for", "it does not last"])
def test_words_in_another_meaning_take_no_side(text: str) -> None:
    assert not [s for s in sides(text) if s.group != "dimension"]


def test_joined_words_take_all_their_sides() -> None:
    both = next(iter(sides("adults and children"))).parts
    assert len(both) == 2
    assert ("weekday", frozenset(range(5))) in groups("Monday to Friday")
    assert ("weekday", frozenset([5, 6, 0])) in groups("Saturday to Monday")


def test_each_side_stands_where_its_word_does() -> None:
    text = "The monthly fee; in winter, heating."
    assert [text[s.start : s.end] for s in sides(text)] == ["monthly", "winter"]
