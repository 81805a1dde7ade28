"""Rows of every format: the same ones from each, streamed, and named by their place."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from spanmem.core.errors import InputError, RowError
from spanmem.core.rows import Row, document_rows, json_lines, question_rows

Questions = list[dict[str, Any]]
QUESTIONS: Questions = [
    {
        "id": "q1",
        "title": "Mill",
        "context": "Built in 1912 by Ann.",
        "question": "When?",
        "answers": {"text": ["1912", "in 1912"], "answer_start": [9, 6]},
    },
    {
        "id": "q2",
        "title": "Mill",
        "context": "Built in 1912 by Ann.",
        "question": "Where?",
        "answers": {"text": [], "answer_start": []},
    },
]
CONTEXTS = [{"title": "Mill", "context": "Built in 1912 by Ann."}]


def nested(questions: Questions) -> dict[str, Any]:
    """SQuAD's own layout, all questions about one paragraph."""
    qas = [
        {
            "id": row["id"],
            "question": row["question"],
            "answers": [
                {"text": text, "answer_start": start}
                for text, start in zip(*row["answers"].values(), strict=True)
            ],
        }
        for row in questions
    ]
    paragraph = {"context": questions[0]["context"], "qas": qas}
    return {"version": "1.1", "data": [{"title": "Mill", "paragraphs": [paragraph]}]}


def lines(rows: list[Any]) -> str:
    return "\n\n".join(map(json.dumps, rows)) + "\n"


def write(path: Path, text: str) -> Path:
    raw = text.encode()
    if path.suffix in (".gz", ".zst"):
        raw = gzip.compress(raw) if path.suffix == ".gz" else zstandard.compress(raw)
    path.write_bytes(raw)
    return path


WRITTEN: dict[str, Callable[[Questions], str]] = {
    "rows.jsonl": lines,
    "lines.json": lines,
    "one-line.json": lambda rows: json.dumps(nested(rows)) + "\n",
    "indented.json": lambda rows: "\n" + json.dumps(nested(rows), indent=1),
    "array.json": json.dumps,
    "array.jsonl": lambda rows: json.dumps(rows, indent=1),
    "data.json": lambda rows: json.dumps({"data": rows}),
    "nameless": lines,
}


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("name", WRITTEN)
def test_questions_are_the_same_from_each_format(tmp_path: Path, name: str, suffix: str) -> None:
    path = write(tmp_path / f"{name}{suffix}", WRITTEN[name](QUESTIONS))
    rows = list(question_rows(path))
    assert [row.fields for row in rows] == QUESTIONS
    assert len({row.place for row in rows}) == 2
    assert all(row.place.startswith(str(path)) for row in rows)


def test_questions_are_read_from_parquet(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    path = tmp_path / "train.parquet"
    parquet.write_table(arrow.Table.from_pylist(QUESTIONS), path)
    assert [row.fields for row in question_rows(path)] == QUESTIONS


def test_questions_are_read_from_dprs_tables(tmp_path: Path) -> None:
    path = write(tmp_path / "nq.qa.csv.gz", 'who\t["Ann"]\n\n"when" exactly\t[\'1912\']\n')
    assert list(question_rows(path)) == [
        Row(1, f"{path}:1", {"question": "who", "answer": ["Ann"]}),
        Row(3, f"{path}:3", {"question": '"when" exactly', "answer": ["1912"]}),
    ]


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("rows.jsonl", [(1, ":1"), (3, ":3")]),
        ("array.json", [(1, ": entry 1"), (2, ": entry 2")]),
        ("data.json", [(1, ": data[0]"), (2, ": data[1]")]),
        ("one-line.json", [(n, f": data[0].paragraphs[0].qas[{n - 1}]") for n in (1, 2)]),
    ],
)
def test_each_row_has_its_place(tmp_path: Path, name: str, places: list[tuple[int, str]]) -> None:
    path = write(tmp_path / name, WRITTEN[name](QUESTIONS))
    rows = question_rows(path)
    assert [(row.number, row.place.removeprefix(str(path))) for row in rows] == places


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("name", ["one-line.json", "indented.json"])
def test_of_squads_json_documents_are_the_contexts(tmp_path: Path, name: str, suffix: str) -> None:
    path = write(tmp_path / f"{name}{suffix}", WRITTEN[name](QUESTIONS))
    assert [(row.number, row.fields) for row in document_rows(path)] == [(1, CONTEXTS[0])]


@pytest.mark.parametrize("name", ["rows.jsonl", "array.json", "data.json", "nameless"])
def test_other_documents_come_as_they_stand(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, WRITTEN[name](QUESTIONS))
    assert [row.fields for row in document_rows(path)] == QUESTIONS


def test_a_row_of_a_jsonl_file_is_no_set_of_its_own(tmp_path: Path) -> None:
    row = {"question": "Q?", "answer": ["x"], "data": [1, 2]}
    path = write(tmp_path / "a.jsonl", lines([row, row]))
    assert [r.fields for r in question_rows(path)] == [row, row]
    assert [r.fields for r in document_rows(path)] == [row, row]


def test_a_single_object_is_a_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps(QUESTIONS[0], indent=1))
    for read in (question_rows, document_rows):
        assert [row.fields for row in read(path)] == QUESTIONS[:1]


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_a_file_without_a_row_has_none(tmp_path: Path, text: str) -> None:
    for name in ("a.jsonl", "a.json"):
        assert list(question_rows(write(tmp_path / name, text))) == []


def test_bad_rows_are_given_away_one_by_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"n": 1}\n{\n[1]\n{"n": 4}\n' + "[" * 100_000 + "\n")
    errors: list[RowError] = []
    assert [row.number for row in json_lines(path, errors.append)] == [1, 4]
    assert [error.place for error in errors] == [f"{path}:{n}" for n in (2, 3, 5)]
    assert errors[1].why == "holds list, not an object"
    assert all("\n" not in str(error) for error in errors)
    array = write(tmp_path / "a.json", '[{"n": 1}, 2, {"n": 3}]')
    for read in (question_rows, document_rows):
        errors.clear()
        assert [row.number for row in read(array, errors.append)] == [1, 3]
        assert [error.place for error in errors] == [f"{array}: entry 2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\n\n{\n"a": }', r"a\.json:4: not valid JSON"),
        ('{\n"a": }', r"a\.json:2: not valid JSON \(.+\); .*name the file \.jsonl"),
        ("[" * 100_000, r"a\.json: not valid JSON"),
        ("[" + "1" * 5000 + "]", r"a\.json: not valid JSON"),
        ('{"data": []}\n{"data": []}\n', r"a\.json:2: not valid JSON"),
        ('[{"n": 1}', r"a\.json:1: not valid JSON"),
    ],
)
def test_a_broken_document_is_named_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path / "a.json", text)
    for read in (question_rows, document_rows):
        with pytest.raises(RowError, match=message) as caught:
            list(read(path))
        assert "\n" not in str(caught.value)


def test_a_set_broken_at_its_end_gives_no_row(tmp_path: Path) -> None:
    """Half a set would be scored, or trained on, as if it were the whole."""
    table = nested(QUESTIONS)
    table["data"].append({"paragraphs": 5})
    path = write(tmp_path / "a.json", json.dumps(table))
    for read in (question_rows, document_rows):
        with pytest.raises(RowError, match="`paragraphs` is int"):
            next(read(path))


def test_files_that_cannot_be_opened_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json: no such file; give a file of questions"):
        list(question_rows(tmp_path / "none.json"))
    with pytest.raises(InputError, match="cannot be read: it is a folder; give a file"):
        list(question_rows(tmp_path))


@pytest.mark.parametrize(
    ("read", "suffix"),
    [(question_rows, ""), (question_rows, ".gz"), (document_rows, ".zst"), (json_lines, "")],
)
def test_lines_are_streamed(tmp_path: Path, suffix: str, read: Callable[[Path], Any]) -> None:
    row = json.dumps({"text": "A lamp stands in the hall. " * 20}) + "\n"
    path = write(tmp_path / f"a.jsonl{suffix}", row * 8_000)
    tracemalloc.start()
    count = sum(1 for _ in read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 8_000
    assert peak < 1_500_000  # of 4 million bytes


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (
            {"m1": {"text": "The mill."}, "m2": {"body": "The weir.", "title": "Weir"}},
            [{"id": "m1", "text": "The mill."}, {"id": "m2", "body": "The weir.", "title": "Weir"}],
        ),
        (
            {"Who built it?": "Ann.", "When? ": "In 1912."},
            [
                {"question": "Who built it?", "answer": "Ann."},
                {"question": "When? ", "answer": "In 1912."},
            ],
        ),
    ],
)
def test_an_object_may_hold_a_row_under_each_id_or_question(
    tmp_path: Path, content: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert [row.fields for row in document_rows(path)] == rows


def test_a_json_file_may_hold_an_object_a_line(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text('{"id": "1", "text": "a"}\n\n{"id": "2", "text": "b"}\n', encoding="utf-8")
    assert [(row.number, row.fields["text"]) for row in document_rows(path)] == [(1, "a"), (3, "b")]
