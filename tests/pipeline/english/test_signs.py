"""The words of a text with their signs."""

from __future__ import annotations

import pytest

from spanmem.pipeline.english.signs import signed


def signs(text: str, key: str, *, asks: bool = False) -> list[bool | None]:
    return [word.sign for word in signed(text, asks=asks) if word.key == key]


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("It is included.", "include", True),
        ("It is not included.", "include", False),
        ("It is excluded.", "include", False),
        ("It is not excluded.", "include", True),
        ("It must never be washed.", "wash", False),
        ("It had never been washed.", "wash", None),
        ("Only this is included.", "include", None),
        ("It is non-refundable.", "~=refund", False),
        ("It can be refunded.", "~=refund", True),
        ("It is tax-exempt.", "~tax", False),
        ("Unpaid leave is long.", "pay", False),
        ("It doesnt fit the lid.", "fit", False),
    ],
)
def test_a_word_has_its_sign_from_itself_and_from_a_not(
    text: str, key: str, expected: bool | None
) -> None:
    assert signs(text, key) == [expected]


def test_the_not_of_a_question_denies_the_verb_behind_the_subject() -> None:
    assert signs("What doesn't the Delfa plan cover?", "include", asks=True) == [False]
    assert signs("What doesn't the Delfa plan cover?", "delfa", asks=True) == [True]


def test_a_not_behind_a_preposition_denies_nothing() -> None:
    assert signs("There is a fear of not paying.", "pay") == [True]
    assert signs("They are not paying.", "pay") == [False]


def test_a_word_knows_what_it_is_said_of() -> None:
    (unpaid,) = [word for word in signed("ten days of unpaid leave") if word.key == "pay"]
    assert unpaid.attributive
    assert unpaid.head == "=leave"
    (paid,) = [word for word in signed("the bill was paid in May") if word.key == "pay"]
    assert not paid.attributive
