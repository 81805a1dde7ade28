"""What a question must be to be asked, and how it is cleaned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.pipeline.question import MAX_CHARACTERS, MAX_WORDS, clean_question


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("How  long\tis\nit? ", "How long is it?"),
        ("\x00What\x1b\x9f is it?", "What is it?"),
        ("caf\ud800 open?", "caf? open?"),
        ("保修期多长？", "保修期多长？"),
        ("7", "7"),
        ("word " * MAX_WORDS, ("word " * MAX_WORDS).strip()),
        ("x" * MAX_CHARACTERS, "x" * MAX_CHARACTERS),
    ],
)
def test_spaces_and_what_no_text_holds_are_put_right(text: str, clean: str) -> None:
    assert clean_question(text) == clean


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the question is empty; ask with at least one word"),
        (" \t\x00", "the question is empty"),
        ("?!", r"'\?!' has no word in it; ask with at least one word"),
        ("word " * (MAX_WORDS + 1), r"has 301 words and 1,504 characters, and at most 300 and 3,0"),
        ("x" * (MAX_CHARACTERS + 1), "has 1 words and 3,001 characters"),
    ],
)
def test_what_cannot_be_looked_up_is_refused_with_the_way_out(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        clean_question(text)


@given(st.text(st.characters(), max_size=200))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    try:
        clean = clean_question(text)
    except InputError:
        assert not any(c.isalnum() for c in text)
        return
    assert clean_question(clean) == clean
    assert clean.encode("utf-8").decode("utf-8").strip() == clean
    assert len(clean) <= len(text)
