"""What answers mean in each form, and that nobody is taken for unanswerable by mistake."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.answers import is_declared_unanswerable, read_answers
from spanmem.core.errors import RowError

WORDS = st.text(st.sampled_from("ab C1é'\",[]("), min_size=1, max_size=8).filter(
    lambda text: any(char.isdigit() or char in "bCé" for char in text)
)
DISTINCT = st.lists(WORDS, min_size=2, max_size=4, unique=True)


def texts(answers: Any, **row: Any) -> tuple[str, ...]:
    return read_answers({"answers": answers, **row}, "a.jsonl:1").texts


@given(DISTINCT)
def test_a_list_means_the_same_in_every_form(answers: list[str]) -> None:
    starts = list(range(len(answers)))
    squad = {"text": answers, "answer_start": starts}
    forms: list[Any] = [
        answers, squad, [{"text": text} for text in answers], json.dumps(answers), repr(answers),
        str(np.array(answers, dtype=object)), repr(squad), json.dumps(squad), list(repr(answers)),
    ]  # fmt: skip
    for form in forms:
        assert texts(form) == tuple(answers)
    assert read_answers({"answers": squad}, "a").starts == tuple(starts)
    beside = {"answers": answers, "answer_start": json.dumps(starts)}
    assert read_answers(beside, "a").starts == tuple(starts)


@pytest.mark.parametrize(
    "answers",
    [
        [], [""], [" \n"], ["the"], ["..."], "", None, [None], float("nan"), {"text": []},
        {"text": [""], "answer_start": [-1]}, {"text": ""}, {"text": None}, "[]", '[""]', {},
        "{'text': array([], dtype=object)}", ["No Answer Present."], [{"text": ""}],
    ],
)  # fmt: skip
def test_nothing_left_to_compare_is_no_answer(answers: Any) -> None:
    assert texts(answers) == ()


@pytest.mark.parametrize(
    "answer",
    ["[sic]", "(1931)", "[1931]", "{x}", "[Fe/H]", "('Heroes')", "(a, b)", "array", "f(x) = [x]"],
)
def test_an_answer_that_looks_like_a_list_is_one_answer(answer: str) -> None:
    assert texts(answer) == texts([answer]) == (answer,) or answer == "('Heroes')"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ("['a', 'b'", "reads like a list of answers that is broken"),
        ("[1931, in 1931]", "reads like a list of answers that is broken"),
        ("[0, 1]", "may be one answer or several"),
        (3, "the answers are int"),
        ([3], "the answers are not all texts"),
        ({"value": "a"}, "the answers have no `text`, only value"),
        ({"text": ["a"], "answer_start": [1, 2]}, "has 1 answer texts and 2 answer_start"),
        ({"text": ["a"], "answer_start": [True]}, "`answer_start` is True"),
        ({"text": 3}, "are not both lists"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_place(answers: Any, why: str) -> None:
    with pytest.raises(RowError, match=r"^a\.jsonl:1: ") as caught:
        texts(answers)
    assert why in str(caught.value)


def test_a_list_of_numbers_in_a_list_is_one_text() -> None:
    assert texts(["[0, 1]"]) == ("[0, 1]",)


def test_symbols_are_answers_where_nothing_is_compared() -> None:
    row = {"answers": ["$", ""]}
    assert read_answers(row, "a").void == 1
    assert read_answers(row, "a", symbols=True).texts == ("$",)
    assert read_answers({"answers": [r"\?"]}, "a", regex=True).texts == (r"\?",)


def test_the_letters_of_a_damaged_list_are_left_out() -> None:
    assert read_answers({"answers": list("['Ann', Bob 's]")}, "a").left_out
    assert read_answers({"answers": list("ABCDEFG")}, "a").texts == tuple("BCDEFG")  # A: an article


@pytest.mark.parametrize("name", ["is_impossible", "isImpossible", "Unanswerable", "answerable"])
@pytest.mark.parametrize("yes", [True, 1, 1.0, "True", "yes", " TRUE ", "1"])
@pytest.mark.parametrize("no", [False, 0, 0.0, "False", "no", "0"])
def test_unanswerable_is_said_in_any_spelling(name: str, yes: Any, no: Any) -> None:
    turned = name == "answerable"
    assert is_declared_unanswerable({name: yes}, "a") is not turned
    assert is_declared_unanswerable({name: no}, "a") is turned
    assert texts(["x"], **{name: no if turned else yes}) == ()
    assert texts(["x"], **{name: yes if turned else no}) == ("x",)


def test_what_is_not_said_or_contradicts_itself() -> None:
    assert is_declared_unanswerable({"is_impossible": None, "answerable": ""}, "a") is None
    with pytest.raises(RowError, match="neither yes nor no"):
        texts(["x"], is_impossible="perhaps")
    with pytest.raises(RowError, match="says that it can be answered, and has no answer"):
        texts([], is_impossible=False)
    with pytest.raises(RowError, match="has neither `answer` nor `answers`"):
        read_answers({"question": "q"}, "a")
