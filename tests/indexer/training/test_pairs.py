"""What a retriever is shown: the passage around the answer, and passages without it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.indexer.training.pairs import TrainingPair, load_pairs, load_retrieval_task

SENTENCES = [f"Sentence {n} says that the part {n} is number x{n} of them." for n in range(40)]
CONTEXT = " ".join(SENTENCES)


def row(answer: str, **more: Any) -> dict[str, Any]:
    at = CONTEXT.index(answer)
    return {
        "title": "The_Parts",
        "context": CONTEXT,
        "question": "Which?",
        "answers": {"text": [answer], "answer_start": [at]},
        **more,
    }


def pairs(*rows: dict[str, Any], **options: Any) -> list[TrainingPair]:
    options = {"negatives": 2, "title_dropout": 0.0, "seed": 1, **options}
    return list(load_pairs(rows, words=100, overlap=20, **options))


@settings(deadline=None)
@given(st.integers(0, 39))
def test_the_passage_is_the_one_around_the_answer(number: int) -> None:
    [pair] = pairs(row(f"x{number} of"))
    title, _, text = pair.passage.partition("\n")
    assert title == "The Parts"
    assert f"x{number} of" in text
    assert len(text.split()) <= 100
    assert text in CONTEXT


def test_titles_are_dropped_from_a_share_of_the_rows_and_from_all_their_passages() -> None:
    rows = [row("x3 of", negatives=[["Other", "a"], ["", "b"]]) for _ in range(400)]
    drawn = pairs(*rows, title_dropout=0.25)
    plain = [pair for pair in drawn if not pair.passage.startswith("The Parts\n")]
    titled = [pair for pair in drawn if pair not in plain]
    assert 60 < len(plain) < 140
    assert {text for pair in plain for text in pair.negatives} == {"a", "b"}
    assert {text for pair in titled for text in pair.negatives} == {"Other\na", "b"}
    assert drawn == pairs(*rows, title_dropout=0.25)


def test_negatives_are_drawn_and_rows_without_an_answer_left_out() -> None:
    many = row("x3 of", negatives=[["", f"n{i}"] for i in range(5)])
    none = {**many, "answers": {"text": [], "answer_start": []}}
    drawn = pairs(many, none, many, many, row("x4 of"))
    assert [len(pair.negatives) for pair in drawn] == [2, 2, 2, 0]
    assert len({pair.negatives for pair in drawn}) > 2  # not always the same ones


def test_scores_go_with_the_passages_that_are_drawn() -> None:
    many = row("x3 of", negatives=[["", f"n{i}"] for i in range(5)], scores=[9, 0, 1, 2, 3, 4])
    for pair in pairs(many, many, many):
        assert pair.scores == (9.0, *(float(text[1:]) for text in pair.negatives))
    assert pairs(row("x3 of"))[0].scores == ()


def test_the_answer_s_passages_are_relevant_and_no_others() -> None:
    task = load_retrieval_task([row("x0 of"), row("x39 of")], words=100, overlap=20, limit=9)
    assert len(task.questions) == 2
    assert len(task.passages) > 3
    for question, answer in (("0", "x0 of"), ("1", "x39 of")):
        holding = {key for key, passage in task.passages.items() if answer in passage}
        assert task.relevant[question] == holding


def test_a_task_has_the_first_questions_only() -> None:
    task = load_retrieval_task([row("x0 of")] * 5, words=100, overlap=20, limit=3)
    assert list(task.questions) == ["0", "1", "2"]


def test_an_answer_that_each_cut_goes_through_is_left_out() -> None:
    words = " ".join(f"w{n}" for n in range(60))
    whole = {"context": words, "question": "?", "answers": {"text": [words], "answer_start": [0]}}
    assert (
        list(load_pairs([whole], words=50, overlap=0, negatives=0, title_dropout=0, seed=1)) == []
    )
    assert load_retrieval_task([whole], words=50, overlap=0, limit=9).questions == {}


def test_pairs_on_one_passage_or_with_one_answer_share_a_key() -> None:
    first, second = pairs(row("x3 of"), row("x3 of", question="Which else?"))
    elsewhere = {**row("x3 of"), "context": "Part number X3 OF them."}
    elsewhere["answers"] = {"text": ["X3 OF"], "answer_start": [12]}
    [third] = pairs(elsewhere)
    (apart,) = pairs({**elsewhere, "answers": {"text": ["Part"], "answer_start": [0]}})
    assert {*first.keys} & {*second.keys}
    assert {*first.keys} & {*third.keys} == {"x3 of"}
    assert not {*first.keys} & {*apart.keys}
