"""Where the words stand that somebody chose in a document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.web.pages.places import place_of
from spanmem.core.errors import InputError

TEXT = "The battery: two years.\nThe motor:   two\nyears, or ten."


@given(start=st.integers(0, len(TEXT)), end=st.integers(0, len(TEXT)))
def test_what_was_selected_is_the_place_without_the_space_around_it(start: int, end: int) -> None:
    chosen = TEXT[start:end]
    if not chosen.strip():
        return
    first, last = place_of(TEXT, chosen.strip(), str(start), str(end))
    assert TEXT[first:last] == chosen.strip()
    assert start <= first < last <= end


def test_space_that_the_browser_shows_otherwise_does_not_matter() -> None:
    start = TEXT.index("two\n")
    assert place_of(TEXT, "two years", str(start), str(start + 9)) == (start, start + 9)


def test_other_words_than_were_selected_count_where_they_stand_first() -> None:
    assert place_of(TEXT, "two years", "0", "3") == (13, 22)
    assert place_of(TEXT, "The") == (0, 3)
    assert place_of(TEXT, "ten") == (TEXT.index("ten"), TEXT.index("ten") + 3)


@pytest.mark.parametrize("words", ["", "  ", "three years", "two  years."])
def test_words_that_stand_nowhere_are_refused_with_the_way_out(words: str) -> None:
    with pytest.raises(InputError, match="select the words"):
        place_of(TEXT, words, "0", "-1")
