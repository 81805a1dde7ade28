"""The word lists agree with each other: nothing means two things at once."""

from __future__ import annotations

from spanmem.pipeline.english.lexicon import (
    GROUP_OF,
    HARMLESS,
    IRREGULAR,
    MONTHS,
    NUMBERS,
    OPPOSITES,
    RESTRICTING,
    WEEKDAYS,
    words,
)


def test_words_are_those_of_a_text() -> None:
    assert words(" of  the\nto ") == {"of", "the", "to"}


def test_every_word_is_in_lower_case_without_spaces() -> None:
    for group in (GROUP_OF, HARMLESS, IRREGULAR, NUMBERS, OPPOSITES, RESTRICTING, MONTHS, WEEKDAYS):
        for word in group:
            assert word == word.lower().strip()
            assert " " not in word


def test_what_is_harmless_has_no_opposite() -> None:
    assert {"may"} == HARMLESS & OPPOSITES  # the verb is harmless, the month is not


def test_synonyms_share_one_group_and_others_do_not() -> None:
    assert GROUP_OF["phone"] == GROUP_OF["telephone"] != GROUP_OF["weigh"] == GROUP_OF["weight"]
    assert all(len({*GROUP_OF.values()} & {group}) == 1 for group in GROUP_OF.values())


def test_an_odd_form_stands_for_a_plain_one() -> None:
    assert (IRREGULAR["wrote"], IRREGULAR["written"]) == ("write", "write")
    assert all(plain not in IRREGULAR or IRREGULAR[plain] == plain for plain in IRREGULAR.values())


def test_numbers_in_words_are_digits_or_ordinals() -> None:
    assert (NUMBERS["two"], NUMBERS["twelve"]) == ("2", "12")
    assert all(value[0].isdigit() for value in NUMBERS.values())
