"""Question sets in every format, and one clear line for what cannot be read or asked."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.evaluation.datasets import (
    Question,
    evenly,
    read_questions,
    read_set,
    retrieval_only,
    set_digest,
)

FLAT: dict[str, Any] = {
    "id": "q1",
    "title": "Rivers",
    "context": "The Danube ends in the Black Sea.",
    "question": "Where does the Danube end?",
    "answers": {"text": ["the Black Sea", "Black Sea", "Black Sea"], "answer_start": [19, 23, 23]},
}
NESTED = {
    "version": "v2.0",
    "data": [
        {
            "title": "Rivers",
            "paragraphs": [
                {
                    "context": "The Danube ends in the Black Sea.",
                    "qas": [
                        {
                            "id": "q1",
                            "question": "Where does the Danube end?",
                            "answers": [
                                {"text": "the Black Sea", "answer_start": 19},
                                {"text": "Black Sea", "answer_start": 23},
                            ],
                        },
                        {
                            "id": "q2",
                            "question": "Who owns the Danube?",
                            "is_impossible": True,
                            "answers": [],
                            "plausible_answers": [{"text": "the Black Sea", "answer_start": 19}],
                        },
                    ],
                }
            ],
        }
    ],
}
FIRST = Question(
    id="q1",
    text="Where does the Danube end?",
    answers=("the Black Sea", "Black Sea"),
    context="The Danube ends in the Black Sea.",
    title="Rivers",
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_squad_nested(tmp_path: Path) -> None:
    first, second = read_questions(write(tmp_path / "dev.json", json.dumps(NESTED, indent=1)))
    assert first == FIRST
    assert (second.id, second.answers) == ("q2", ())


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("name", ["dev.jsonl", "dev.json"])
def test_flat_lines_also_packed(tmp_path: Path, name: str, suffix: str) -> None:
    raw = (json.dumps(FLAT) + "\n\n").encode()
    packed = {"": raw, ".gz": gzip.compress(raw), ".zst": zstandard.compress(raw)}[suffix]
    (tmp_path / (name + suffix)).write_bytes(packed)
    assert read_questions(tmp_path / (name + suffix)) == (FIRST,)


def test_open_domain_rows_in_lines_and_in_an_array(tmp_path: Path) -> None:
    rows = [{"question": "q a", "answer": ["x", "y"]}, {"question": "q a", "answer": "z"}]
    lines = write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    array = write(tmp_path / "b.json", json.dumps(rows))
    assert [(q.id, q.answers) for q in read_questions(lines)] == [("1", ("x", "y")), ("2", ("z",))]
    # The same ids wherever the file lies, or two runs could not be compared.
    assert read_questions(array) == read_questions(lines)


def test_dpr_tables(tmp_path: Path) -> None:
    tabs = write(tmp_path / "nq.qa.csv", 'who is it\t[\'Ann\', "O\'Hara"]\nwhen\t["1066"]\n')
    commas = write(tmp_path / "b.csv", "question,answer\nwho is it,\"['Ann']\"\n")
    assert [q.answers for q in read_questions(tabs)] == [("Ann", "O'Hara"), ("1066",)]
    assert [(q.text, q.answers) for q in read_questions(commas)] == [("who is it", ("Ann",))]


def test_a_row_that_nobody_could_ask_is_still_a_row(tmp_path: Path) -> None:
    (row,) = read_questions(write(tmp_path / "a.jsonl", '{"question": "?", "answer": []}'))
    assert row.text == "?"


def test_equal_rows_stay_two_questions(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", f"{json.dumps(FLAT)}\n{json.dumps(FLAT)}\n")
    assert [q.id for q in read_questions(path)] == ["q1", "q1#2"]


@given(st.lists(st.sampled_from([None, "", "1", "2", "1#2", "2#2", "1#3", 1, "a"]), max_size=7))
def test_ids_are_unique_and_the_first_row_keeps_its_own(
    tmp_path_factory: pytest.TempPathFactory, ids: list[Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "ids.jsonl"
    rows = [{"id": "z", "question": "a b", "answer": []}]
    rows += [{"id": name, "question": "a b", "answer": []} for name in ids]
    names = [q.id for q in read_questions(write(path, "\n".join(map(json.dumps, rows))))][1:]
    assert len({*names, "z"}) == len(ids) + 1
    for name in {str(name) for name in ids if name not in (None, "")}:
        assert names[next(i for i, own in enumerate(ids) if str(own) == name)] == name


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.jsonl", '{"question": "a b", "answer": []}\n{"question": ', ":2: not valid JSON"),
        ("a.json", "[" * 100_000, "not valid JSON"),
        ("a.jsonl", '{"question": ' + "[" * 100_000, ":1: not valid JSON"),
        ("a.jsonl", '{"answer": []}', ":1: has no `question`"),
        ("a.jsonl", '{"question": "a"}', ":1: has neither `answer` nor `answers`"),
        ("a.jsonl", '{"question": "a", "answer": 3}', ":1: the answers are int"),
        ("a.jsonl", '{"question": "a", "answer": [3]}', ":1: the answers are not all texts"),
        ("a.jsonl", '{"question": "a", "answer": [], "context": 1}', ":1: `context` is int"),
        ("a.jsonl", '"a"', ":1: holds str, not an object"),
        ("a.jsonl", "", "holds no questions"),
        ("a.json", '[{"question": "a"', "not valid JSON"),
        ("a.json", '{"data": [3]}', "data[0]: holds int"),
        ("a.json", '{"data": [{"paragraphs": 5}]}', "data[0]: `paragraphs` is int"),
        ("a.json", '{"data": [{"paragraphs": [{"qas": null}]}]}', "s[0]: `qas` is NoneType"),
        ("a.csv", "a\t" + "[" * 10_000, ":1: the answers must be a list"),
        ("a.csv", "a\t['b']\rc\n", ":2: has 1 columns, not 2"),
        ("a.csv", "a\tb\n", ":1: the answers must be a list"),
        ("a.csv", "a\t['b']\tc\n", ":1: has 3 columns, not 2"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, name: str, text: str, expected: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_questions(write(tmp_path / name, text))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(b"\xff\xfe{}")
    (tmp_path / "b.json.gz").write_bytes(b"not gzip")
    (tmp_path / "b.json.zst").write_bytes(b"not zstandard")
    for name, expected in [
        ("none.json", "no such file"),
        ("b.json", "not valid JSON"),
        ("b.json.gz", "cannot be unpacked"),
        ("b.json.zst", "cannot be unpacked"),
        (".", "cannot be read"),
    ]:
        with pytest.raises(InputError, match=expected):
            read_questions(tmp_path / name)


def test_a_table_may_hold_long_lists_of_answers(tmp_path: Path) -> None:
    answers = [f"answer {i}" for i in range(20_000)]
    path = write(tmp_path / "a.csv", f"a question\t{answers}\n")
    assert read_questions(path)[0].answers == tuple(answers)


def test_regular_expressions_are_checked(tmp_path: Path) -> None:
    path = write(tmp_path / "trec.jsonl", '{"question": "how tall", "answer": ["20\\\\s?ft", "("]}')
    assert len(read_questions(path)) == 1
    with pytest.raises(InputError, match="is no regular expression"):
        read_questions(path, regex=True)


@given(st.integers(1, 300), st.integers(1, 400))
def test_an_even_sample_is_distinct_and_in_order(count: int, limit: int) -> None:
    questions = [Question(id=f"{i:03}", text="q", answers=()) for i in range(count)]
    ids = [q.id for q in evenly(questions, limit)]
    assert len(ids) == min(count, limit)
    assert ids == sorted(set(ids))
    assert [q.id for q in evenly(questions, None)] == [q.id for q in questions]


def test_an_even_sample_spreads_over_the_file() -> None:
    questions = [Question(id=str(i), text="q", answers=()) for i in range(10)]
    assert [q.id for q in evenly(questions, 4)] == ["0", "2", "5", "7"]


QUERIES = [("q1", "where does the Danube end"), ("q2", "who built the mill"), ("q3", "unjudged")]
QRELS = "query-id\tcorpus-id\tscore\nq1\triver\t2\nq1\tferry\t0\nq2\tmill\t1\nq1\tsea\t1\n"


def beir(folder: Path, qrels: str = QRELS, split: str = "test") -> Path:
    (folder / "qrels").mkdir(parents=True)
    lines = [json.dumps({"_id": name, "text": text, "metadata": {}}) for name, text in QUERIES]
    (folder / "queries.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "qrels" / f"{split}.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_judged_queries_with_their_grades(tmp_path: Path) -> None:
    questions = read_set(beir(tmp_path / "b"))
    assert [(q.id, dict(q.documents)) for q in questions] == [
        ("q1", {"river": 2, "sea": 1}),
        ("q2", {"mill": 1}),
    ]
    assert questions[0].text == "where does the Danube end"
    assert retrieval_only(questions)


def test_the_test_split_goes_first(tmp_path: Path) -> None:
    folder = beir(tmp_path / "b", "q2\tmill\t1\n", split="train")
    assert [q.id for q in read_set(folder)] == ["q2"]
    (folder / "qrels" / "test.tsv").write_text("q1\triver\t1\n", encoding="utf-8")
    assert [q.id for q in read_set(folder)] == ["q1"]


def test_the_digest_tells_other_judgments(tmp_path: Path) -> None:
    one, same = beir(tmp_path / "one"), beir(tmp_path / "same")
    other = beir(tmp_path / "other", QRELS + "q3\tmill\t1\n")
    assert set_digest(one) == set_digest(same) != set_digest(other)


def test_files_are_read_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [
        {"question": "a b", "answer": ["x"], "document": "d1"},
        {"question": "a b", "answer": [], "documents": ["d1", "d2"]},
        {"question": "a b", "answer": []},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = read_set(path)
    assert [list(q.documents) for q in found] == [["d1"], ["d1", "d2"], []]
    assert not retrieval_only(found)


@pytest.mark.parametrize(
    ("qrels", "expected"),
    [
        ("q1 river 1\n", ":1: must be query, document and a whole number"),
        ("q1\triver\tmuch\n", ":1: must be query, document and a whole number"),
        ("q9\triver\t1\n", "no query of queries.jsonl is judged in test.tsv"),
        ("q1\triver\t0\n", "judges no document relevant"),
        ("q1\triver\t1\nq8\tmill\t1\n", "1 of 2 queries that test.tsv judges are not in"),
        ("q1\triver\t1\nq1\triver\t2\n", ":2: 'q1' and 'river' have grade 2 here, and 1 before"),
    ],
)
def test_what_is_wrong_with_judgments_is_said(tmp_path: Path, qrels: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        read_set(beir(tmp_path / "b", qrels))


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no queries\.jsonl"):
        read_set(tmp_path)
    (tmp_path / "queries.jsonl").write_text('{"_id": 3, "text": "a"}', encoding="utf-8")
    with pytest.raises(InputError, match=r"has no qrels/\*\.tsv"):
        read_set(tmp_path)
    folder = beir(tmp_path / "b")
    (folder / "queries.jsonl").write_text('{"_id": 3, "texts": "a"}', encoding="utf-8")
    with pytest.raises(InputError, match="has no `_id` and `text`"):
        read_set(folder)
    row = tmp_path / "a.jsonl"
    row.write_text('{"question": "a", "answer": [], "documents": [3]}', encoding="utf-8")
    with pytest.raises(InputError, match="`documents` must be ids"):
        read_set(row)
