"""Questions made unanswerable: no passage of theirs answers them, and each says why."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.models.training.recipes import read_rows
from spanmem.pipeline.training.unanswerable import (
    UnanswerableRecipe,
    make_unanswerable,
    unanswerable,
)

PEOPLE = ("Anna Kroll", "Ben Adler", "Carla Voss", "Dora Lind")
TOWNS = ("Lund", "Ystad", "Hven", "Malmo", "Oslo")
KINDS = ("upper", "lower", "first", "last", "largest", "smallest", "red")
NAMES = {"": [*PEOPLE, *TOWNS, "Greta Holm", "Uppsala"], "of": [*TOWNS, "Uppsala"]}
FACTS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(KINDS),
        st.sampled_from(TOWNS),
        st.integers(1890, 1910),
        st.integers(2, 12),
    ),
    min_size=1,
    max_size=4,
)
ASKED = re.compile(r"In (\d+), how many crowns did(n't)? (.+) pay for the (\w+) mill of (\w+)\?")


def world(facts: list[tuple[str, str, str, int, int]]) -> dict[str, Any]:
    """A passage that tells the facts, and a question about the first."""
    sentences = [
        f"In {year} {who} paid {crowns} thousand crowns for the {kind} mill of {town}."
        for who, kind, town, year, crowns in facts
    ]
    who, kind, town, year, crowns = facts[0]
    answer = f"{crowns} thousand"
    return {
        "id": "1",
        "title": "Mills",
        "context": " ".join(sentences),
        "question": f"In {year}, how many crowns did {who} pay for the {kind} mill of {town}?",
        "answers": {"text": [answer], "answer_start": [sentences[0].index(answer)]},
    }


@given(FACTS, st.integers(0, 1000))
def test_no_fact_of_the_passage_answers_a_question_that_was_made(
    facts: list[tuple[str, str, str, int, int]], seed: int
) -> None:
    row = world(facts)
    made = unanswerable(row, np.random.default_rng(seed), NAMES)
    if made is None:
        return
    kind, question = made
    asked = ASKED.fullmatch(question)
    assert asked, question
    year, denied, who, which, town = asked.groups()
    known = {(str(fact[3]), fact[0], fact[1], fact[2]) for fact in facts}
    if kind == "negation":
        assert denied
    else:
        assert not denied
        assert (year, who, which, town) not in known
    changed = [a != b for a, b in zip((who, which, town, int(year)), facts[0][:4], strict=True)]
    assert sum(changed) == (kind != "negation")
    assert {"name": changed[0] or changed[2], "number": changed[3], "opposite": changed[1]}.get(
        kind, True
    )


def test_each_kind_is_made() -> None:
    row = world([("Anna Kroll", "upper", "Lund", 1900, 3)])
    made = {unanswerable(row, np.random.default_rng(seed), NAMES) for seed in range(80)}
    assert {kind for kind, _ in filter(None, made)} == {"name", "number", "opposite"}
    plain = told("The mill was rebuilt by Anna Kroll.", "who did rebuild it ?", "Anna Kroll")
    drawn = [unanswerable(plain, np.random.default_rng(seed), NAMES) for seed in range(80)]
    assert {*drawn} == {None, ("negation", "who didn't rebuild it ?")}
    assert 0 < sum(made is not None for made in drawn) < 40


def told(context: str, question: str, answer: str, title: str = "") -> dict[str, Any]:
    start = context.index(answer)
    answers = {"text": [answer], "answer_start": [start]}
    return {"title": title, "context": context, "question": question, "answers": answers}


STANDING = (
    # What the answer is the same to, whichever word stands there.
    ("opposite", "The tower is 40 m high.", "how high is the tower ?", "40 m"),
    ("opposite", "Many sheep, 90 of them, graze here.", "how many sheep graze here ?", "90"),
    ("opposite", "It was built on the first day.", "what day was it built ?", "the first day"),
    # One side compared with the other tells of both.
    ("opposite", "Lund is larger; Ystad is small.", "is Lund or Ystad larger ?", "Lund"),
    ("opposite", "Lund is older than Ystad.", "what is older than Ystad ?", "Lund"),
    # The passage tells of the opposite, too.
    ("opposite", "The upper mill is red, the lower mill blue.", "what is the upper mill ?", "red"),
    # What the answer's sentence denies already.
    ("negation", "Dogs do not travel free.", "what doesn't travel free ?", "Dogs"),
    ("negation", "Only cats travel, dogs never do.", "what does travel ?", "cats"),
    ("negation", "Cats travel without a ticket.", "what do cats travel without ?", "a ticket"),
    ("negation", "Lund is a town.", "what is the name of the town ?", "Lund"),
    # A name that the passage does not hold had no part in the answer.
    ("name", "The mill was built in 1912.", "when was the mill of Lund built ?", "1912"),
    ("number", "The mill was built by Ann.", "who built the mill in 1912 ?", "Ann"),
)


@pytest.mark.parametrize(("kind", "context", "question", "answer"), STANDING)
def test_where_the_answer_might_still_stand_nothing_is_exchanged(
    kind: str, context: str, question: str, answer: str
) -> None:
    row = told(context, question, answer)
    made = {unanswerable(row, np.random.default_rng(seed), NAMES) for seed in range(60)}
    assert kind not in {each for each, _ in filter(None, made)}


def test_a_name_for_the_same_thing_does_not_take_its_place() -> None:
    row = told("America joined in 1917.", "when did the America join ?", "1917")
    names = {"": ["Americas", "American", "U.S.", "USA"]}
    made = {unanswerable(row, np.random.default_rng(seed), names) for seed in range(60)}
    assert "name" not in {kind for kind, _ in filter(None, made)}


def test_months_and_years_become_others_of_their_kind() -> None:
    row = told("Ann sang in March 1912 and in May.", "who sang in March 1912 ?", "Ann")
    made = {unanswerable(row, np.random.default_rng(seed), {"": ["Lund"]}) for seed in range(80)}
    questions = dict.fromkeys(question for _, question in filter(None, made))
    months = {q.split()[3] for q in questions} - {"March"}
    assert len(months) > 3
    assert months <= {
        *("January", "February", "April", "June", "July", "August", "September"),
        *("October", "November", "December"),
    }
    years = {int(q.split()[4]) for q in questions if "March" in q} - {1912}
    assert len(years) > 3
    assert all(abs(year - 1912) < 60 for year in years)


@given(st.text(max_size=60), st.text(min_size=1, max_size=60), st.integers(0, 99))
def test_any_text_is_taken(question: str, context: str, seed: int) -> None:
    row = told(context, question, context[:1])
    made = unanswerable(row, np.random.default_rng(seed), NAMES)
    assert made is None or made[1] != question


@pytest.fixture
def recipe(tmp_path: Path) -> UnanswerableRecipe:
    rows = [world([(who, "upper", town, 1900, 3)]) for who in PEOPLE for town in TOWNS]
    rows.append({**rows[0], "answers": {"text": [], "answer_start": []}, "is_impossible": True})
    rows.append({**told("So it is.", "what is ?", "it"), "negatives": [["", "no"]]})
    data = tmp_path / "rows.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return UnanswerableRecipe(data=(data,), output=tmp_path / "made.jsonl.gz", share=1.0)


def test_rows_are_made_beside_those_they_are_made_of(recipe: UnanswerableRecipe) -> None:
    result = make_unanswerable(recipe)
    made = list(read_rows([recipe.output]))
    assert result.questions == len(made) == sum(result.exchanged.values()) == 20
    originals = {row["question"]: row for row in read_rows(recipe.data) if row["answers"]["text"]}
    for row in made:
        source = originals[row["made_of"]]
        assert (row["context"], row["title"]) == (source["context"], "Mills")
        assert row["answers"]["text"] == []
        assert row["question"] != source["question"]
    assert sum(result.rows["left_out"].values()) == 2
    first = recipe.output.read_bytes()
    make_unanswerable(recipe)
    assert recipe.output.read_bytes() == first
    fewer = make_unanswerable(recipe.model_copy(update={"share": 0.4}))
    assert 2 < fewer.questions < 16


def test_a_name_is_exchanged_for_one_that_stands_where_it_stands(
    recipe: UnanswerableRecipe,
) -> None:
    item = told("The lamp of Lund has an Item.", "what has the lamp of the Item ?", "an Item")
    other = told("An item of Lund.", "what item is of Lund ?", "An item")
    with recipe.data[0].open("a", encoding="utf-8") as file:
        file.writelines(f"\n{json.dumps(row)}" for row in (item, other))
    make_unanswerable(recipe)
    towns: list[str] = []
    for row in read_rows([recipe.output]):
        assert "Item" not in row["question"]  # elsewhere in small letters, and no name
        if row["id"] == "1-name":
            who, town = re.findall(r"did (.+) pay for the upper mill of (\w+)", row["question"])[0]
            assert who in PEOPLE
            towns.append(town)
    assert sum(town in TOWNS for town in towns) >= 0.8 * len(towns) > 0


def test_what_another_row_asks_of_the_passage_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = world([("Anna Kroll", "red", "Lund", 1900, 3)])
    other = row["question"].replace("1900", "1905")
    data = tmp_path / "rows.jsonl"
    data.write_text("\n".join(map(json.dumps, [row, {**row, "question": other}])))
    drawn = iter([("number", other.upper()), ("number", "when ?")] * 9)
    monkeypatch.setattr(
        "spanmem.pipeline.training.unanswerable.unanswerable", lambda *_: next(drawn)
    )
    recipe = UnanswerableRecipe(data=(data,), output=tmp_path / "made.jsonl", share=1.0)
    make_unanswerable(recipe)
    lines = recipe.output.read_text(encoding="utf-8").splitlines()
    made = [json.loads(line)["question"] for line in lines]
    assert made == ["when ?", "when ?"]


def test_the_data_are_never_written_over(recipe: UnanswerableRecipe) -> None:
    with pytest.raises(InputError, match="is one of `data`"):
        make_unanswerable(recipe.model_copy(update={"output": recipe.data[0]}))
    broken = recipe.model_copy(update={"data": (*recipe.data, recipe.data[0].with_name("none"))})
    with pytest.raises(InputError, match="no training data"):
        make_unanswerable(broken)
    assert not recipe.output.exists()
    with gzip.open(recipe.data[0].with_name("empty.jsonl.gz"), "wt"):
        pass
    empty = recipe.model_copy(update={"data": (recipe.data[0].with_name("empty.jsonl.gz"),)})
    assert make_unanswerable(empty).questions == 0
