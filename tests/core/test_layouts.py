"""Published layouts: every row comes out, flat, with the path to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import RowError
from spanmem.core.layouts import is_squad, squad_contexts, squad_questions

PATH = Path("dev.json")
ANSWER = st.fixed_dictionaries(
    {"text": st.sampled_from(["Ann", "1912"]), "answer_start": st.just(3)}
)
QUESTION = st.fixed_dictionaries(
    {"question": st.text(max_size=5), "answers": st.lists(ANSWER, max_size=3)},
    optional={"id": st.uuids().map(str), "is_impossible": st.booleans()},
)
PARAGRAPH = st.fixed_dictionaries(
    {"context": st.text(max_size=5), "qas": st.lists(QUESTION, max_size=3)}
)
ARTICLES = st.lists(
    st.fixed_dictionaries(
        {"paragraphs": st.lists(PARAGRAPH, max_size=3)}, optional={"title": st.text(max_size=5)}
    ),
    max_size=3,
)


@given(ARTICLES)
def test_every_paragraph_and_every_question_comes_out_in_order(
    articles: list[dict[str, Any]],
) -> None:
    contexts = list(squad_contexts(PATH, articles))
    assert [row["context"] for _, row in contexts] == [
        p["context"] for a in articles for p in a["paragraphs"]
    ]
    rows = list(squad_questions(PATH, articles))
    assert len(rows) == sum(len(p["qas"]) for a in articles for p in a["paragraphs"])
    for place, row in rows:
        a, p, q = map(int, re.findall(r"\[(\d+)\]", place))
        assert place == f"data[{a}].paragraphs[{p}].qas[{q}]"
        entry = articles[a]["paragraphs"][p]["qas"][q]
        assert row["question"] == entry["question"]
        assert row["id"] == entry.get("id", row["id"])
        answers = [] if entry.get("is_impossible") else entry["answers"]
        assert row["answers"]["text"] == [answer["text"] for answer in answers]
        assert row["answers"]["answer_start"] == [3] * len(answers)


def test_titles_contexts_and_missing_ids_come_from_around_the_question() -> None:
    paragraph = {"context": "It is blue.", "qas": [{"question": "Q?"}, {"id": "x", "title": "own"}]}
    articles = [{"title": "Other", "paragraphs": []}, {"title": "Lamp", "paragraphs": [paragraph]}]
    assert list(squad_questions(PATH, articles)) == [
        (
            "data[1].paragraphs[0].qas[0]",
            {"title": "Lamp", "context": "It is blue.", "id": "1.0.0", "question": "Q?"},
        ),
        (
            "data[1].paragraphs[0].qas[1]",
            {"title": "own", "context": "It is blue.", "id": "x"},
        ),
    ]


def test_plausible_answers_are_no_answers() -> None:
    qas = [{"is_impossible": True, "plausible_answers": [{"text": "x", "answer_start": 0}]}]
    ((_, row),) = squad_questions(PATH, [{"paragraphs": [{"context": "x", "qas": qas}]}])
    assert row["answers"] == {"text": [], "answer_start": []}


def test_answers_in_another_form_stay_as_they_are() -> None:
    qas = [{"answers": ["Ann"]}]
    ((_, row),) = squad_questions(PATH, [{"paragraphs": [{"qas": qas}]}])
    assert row["answers"] == ["Ann"]


@pytest.mark.parametrize(
    ("articles", "squad"),
    [
        ([{"paragraphs": []}], True),
        ([{"text": "x"}, {"paragraphs": None}], True),
        ([{"text": "x"}], False),
        ([3], False),
        ([], False),
    ],
)
def test_squads_articles_are_known_by_their_paragraphs(articles: list[Any], squad: bool) -> None:
    assert is_squad(articles) == squad


@pytest.mark.parametrize(
    ("articles", "message"),
    [
        ([{"paragraphs": []}, 3], r"dev\.json: data\[1\]: holds int, not an object"),
        ([{"paragraphs": None}], r"data\[0\]: `paragraphs` is NoneType, not a list"),
        ([{"paragraphs": ["x"]}], r"data\[0\]\.paragraphs\[0\]: holds str"),
        ([{"paragraphs": [{"qas": 5}]}], r"paragraphs\[0\]: (`qas` is int|a paragraph without)"),
        (
            [{"paragraphs": [{"qas": [None]}]}],
            r"paragraphs\[0\](\.qas\[0\]: holds NoneType|: a paragraph without `context`)",
        ),
    ],
)
def test_what_does_not_nest_as_squad_does_is_named_by_its_path(
    articles: list[Any], message: str
) -> None:
    for read in (squad_contexts, squad_questions):
        with pytest.raises(RowError, match=message):
            list(read(PATH, articles))
