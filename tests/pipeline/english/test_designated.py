"""Names with their numbers: which number names a thing, and which counts some."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.english.designated import named_runs
from spanmem.pipeline.english.words import words_in

THINGS = st.sampled_from(["the Lumo", "Home", "Bus", "Room", "flat", "version", "the router Vela"])


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("How many watts does the Lumo 5 draw?", ["Lumo 5"]),
        ("What does Home 250 cost a month?", ["Home 250"]),
        ("Home 250 costs how much?", ["Home 250"]),
        ("What is in room 101?", ["room 101"]),
        ("Who teaches grade two?", ["grade two"]),
        ("How often does bus 7 run?", ["bus 7"]),
        ("Does Windows 11 run on the iPhone 15 Pro?", ["Windows 11", "iPhone 15 Pro"]),
        ("When was Python 3.12 released?", ["Python 3.12"]),
        ("What is the rent of Hall A?", ["Hall A"]),
        ("When was Elizabeth I crowned?", ["Elizabeth I"]),
        ("Which lamp costs 5 euros?", []),
        ("Who can lift 20 kilograms?", []),
        ("What did Ida and I eat in 2024?", ["Ida"]),
        ("What happened in June 2024?", ["June"]),
        ("Is a hall open?", []),
    ],
)
def test_a_name_has_its_number(question: str, names: list[str]) -> None:
    words = words_in(question)
    runs = named_runs(words)
    assert [" ".join(word.raw for word in words[a:b]) for a, b in runs] == names


@given(THINGS, st.integers(1, 9999))
def test_whatever_the_number_it_stays_with_its_thing(thing: str, number: int) -> None:
    words = words_in(f"How old is {thing} {number}?")
    assert any(words[b - 1].raw == str(number) and b - a > 1 for a, b in named_runs(words))
