"""Modality, state, attribute, owner and bound set two questions apart; rewordings do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.pipeline.english.contrast import contrast
from spanmem.pipeline.english.frames import attributes_apart, frames_apart

APART = """modality|Who may enter the archive?|Who must enter the archive?
modality|Which papers must I bring?|Which papers can I bring?
state|How do I lock the door when the alarm is off?|How do I lock the door when the alarm is on?
opposite|What do I do if the light blinks?|What do I do if the light stops blinking?
opposite|What if the engine starts?|What if the engine fails to start?
voice|How do I pay?|How do I get paid?
restriction|Where is the toilet?|Where is the women's toilet?
restriction|Who won the 100 m in 1998?|Who won the women's 100 m in 1998?
attribute|What is the password for the guest network?|What is the name of the guest network?
attribute|What is the clinic's address?|What is the clinic's name?
bound|When do visiting hours end?|How long do visiting hours last?
bound|When do visiting hours end?|What are the visiting hours?"""
ALIKE = """Who may enter the archive?|Who can enter the archive?
Which papers must I bring?|Which papers do I have to bring?
Until when can I cancel?|By when must I cancel?
How can I reset it?|How should I reset it?
What is the name of the dog?|What is the dog's name?
What is the capital of Norway?|What is the name of the capital of Norway?
When do visiting hours end?|What time do visiting hours end?
When do I get paid?|When am I paid?
How long is the form valid?|When does the form expire?
How do I turn off the alarm?|How do I turn the alarm off?"""


@pytest.mark.parametrize("row", APART.splitlines())
def test_another_frame_is_another_question(row: str) -> None:
    why, first, second = row.split("|")
    assert frames_apart(first, second) == why
    assert frames_apart(second, first) == why
    assert contrast(first, second).why


@pytest.mark.parametrize("pair", ALIKE.splitlines())
def test_a_reworded_frame_is_not(pair: str) -> None:
    first, second = pair.split("|")
    assert not frames_apart(first, second)
    assert not frames_apart(second, first)


nouns = st.sampled_from(["breed", "age", "length", "topic", "colour", "deadline"])


@settings(max_examples=40)
@given(nouns, nouns, st.sampled_from(["dog", "report", "harbour"]))
def test_one_attribute_is_not_another(first: str, second: str, thing: str) -> None:
    a, b = f"What is the {first} of the {thing}?", f"What is the {thing}'s {second}?"
    assert attributes_apart(a, b) is (first != second)


@settings(max_examples=40)
@given(st.text(max_size=200))
def test_no_text_is_apart_from_itself(text: str) -> None:
    assert frames_apart(text, text) == ""
