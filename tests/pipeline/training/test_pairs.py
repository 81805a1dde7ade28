"""Training pairs of the verifier: what is taken for the same, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanmem.pipeline.training.pairs import QuestionPair, gather_pools, made_pairs, real_pairs

TEXT = "The old mill of Kessel was built in 1912 by Ann Starck for 400 crowns."


def row(question: str, answer: str, context: str = TEXT) -> Mapping[str, Any]:
    answers = {"text": [answer], "answer_start": [context.find(answer)]}
    return {"question": question, "context": context, "answers": answers}


def test_one_place_and_many_common_words_make_one_question() -> None:
    rows = [
        row("When was the mill of Kessel built?", "1912"),
        row("In what year did they construct the Kessel mill?", "1912"),
        row("Who built the mill of Kessel?", "Ann Starck"),
    ]
    pairs = list(real_pairs(rows))
    assert QuestionPair(rows[0]["question"], rows[2]["question"], False) in pairs
    assert {pair.same for pair in pairs if "In what year" in pair.second} == {True}


def test_what_one_question_only_adds_to_the_other_may_narrow_it() -> None:
    rows = [
        row("When was the mill of Kessel built?", "1912"),
        row("When was the old mill of Kessel built?", "1912"),
    ]
    assert list(real_pairs(rows)) == []


def test_without_passages_equal_answers_need_more_in_common() -> None:
    rows = [
        row("what money is used in peru today", "sol", ""),
        row("what money is used in modern peru", "sol", ""),
        row("what shines in peru", "sol", ""),
    ]
    pairs = list(real_pairs(rows))
    assert pairs
    assert all(pair.same and "money" in pair.first and "money" in pair.second for pair in pairs)


def test_each_question_has_one_rewording_and_near_misses_that_the_seed_repeats() -> None:
    questions = ["When was the old mill of Kessel built?", "Who owns the ferry to Oslo?", "Why?"]
    pools = gather_pools(questions)
    pairs = list(made_pairs(questions, pools, seed=3, near_misses=2))
    assert pairs == list(made_pairs(questions, pools, seed=3, near_misses=2))
    assert sum(pair.same for pair in pairs) == 2
    assert sum(not pair.same for pair in pairs) == 4
    assert all(pair.first != pair.second for pair in pairs)


def test_pools_hold_names_words_before_words_and_tails() -> None:
    pools = gather_pools(["Who sold the stone mill to Ann in the spring?"])
    assert pools.names == ["Ann"]
    assert pools.before["mill"] == ["stone"]
    assert pools.tails == ["in the spring"]
