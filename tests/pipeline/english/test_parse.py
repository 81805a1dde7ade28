"""A question's parts as they are compared: kind, tense, numbers, persons, content with roles."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.english.parse import NARROWING, OPPOSED, read_wording


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who won?", "who"),
        ("Whom did they elect?", "who"),
        ("Which lamp is best?", "what"),
        ("How many lamps are there?", "how many"),
        ("How do I switch it on?", "how"),
        ("What year was it built?", "when"),
        ("How come it leaks?", "why"),
        ("Is it heavy?", "yes or no"),
        ("Can I return it?", "yes or no"),
        ("the old mill", ""),
        ("", ""),
    ],
)
def test_the_kind_says_what_is_asked_for(question: str, kind: str) -> None:
    assert read_wording(question).kind == kind


@pytest.mark.parametrize(
    ("question", "tense"),
    [("Who was mayor?", "past"), ("Who is mayor?", "present"), ("Will it last?", "future")],
)
def test_the_tense_is_that_of_the_first_auxiliary(question: str, tense: str) -> None:
    assert read_wording(question).tense == tense


def test_contractions_and_compounds_are_read_in_their_parts() -> None:
    assert read_wording("Can't I return it?").negations == 1
    assert read_wording("It won't no longer do").negations == 2
    assert read_wording("What's the two-year term?") == read_wording("What is the two year term")


def test_numbers_in_words_and_digits_are_one() -> None:
    assert read_wording("Is it two or 3,000 or the 4th?").numbers == Counter(
        {"2": 1, "3000": 1, "4th": 1}
    )
    assert read_wording("Which one is it?").numbers == Counter()


def test_the_modal_verb_counts_where_it_changes_what_is_asked() -> None:
    assert read_wording("May I return it?").modal == "can"
    assert read_wording("Must I register?").modal == "must"
    assert read_wording("Where can I return it?").modal == ""


def test_who_speaks_of_whom_is_noted() -> None:
    assert read_wording("Can I call you?").persons == ("me", "you")
    assert read_wording("Can you call me?").persons == ("me",)
    assert read_wording("Can you buy it here?").persons == ()  # anybody
    assert read_wording("Do you charge my card or your card?").persons == ("me", "you")


def test_content_words_come_in_order_each_with_its_role() -> None:
    content = read_wording("How do lamps ship from Rome to Paris?").content
    assert [role for _, role in content] == ["", "", "from", "to"]
    assert len({key for key, _ in content}) == 4
    flipped = read_wording("How do lamps ship to Rome from Paris?").content
    assert [role for _, role in flipped] == ["", "", "to", "from"]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("How many batteries?", "How many battery?"),
        ("Is the colour organised?", "Is the color organized?"),
        ("Who wrote it?", "Who writes it?"),
        ("What is the phone for?", "What is the telephone for?"),
        ("How do I turn the alarm on?", "How do I enable the alarm?"),
    ],
)
def test_forms_of_one_word_have_one_key(left: str, right: str) -> None:
    assert read_wording(left).content == read_wording(right).content


def test_the_subject_is_asked_for_where_the_question_word_does_the_deed() -> None:
    assert read_wording("Who beat Rome?").subject_asked
    assert not read_wording("Who did Rome beat?").subject_asked
    assert not read_wording("What was invented?").subject_asked


def test_words_that_narrow_or_have_opposites_are_stems() -> None:
    for word in ("teach", "teaching", "older", "monday"):
        ((key, _),) = read_wording(word).content
        assert key.removeprefix("=") in OPPOSED
    assert all(word == word.lower() for word in NARROWING | OPPOSED)


@given(st.text(max_size=120))
def test_any_text_can_be_read_and_case_and_spaces_say_nothing(text: str) -> None:
    wording = read_wording(text)
    assert wording == read_wording(f"  {text}  ")
    if text.isascii():
        assert replace(wording, names=frozenset()) == replace(
            read_wording(text.upper()), names=frozenset()
        )
