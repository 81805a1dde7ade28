"""Sets by their path: BEIR's folders beside single files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.evaluation.datasets import read_set, retrieval_only, set_digest

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
        ("q1\triver\t0\n", "no query of queries.jsonl is judged"),
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
    (folder / "queries.jsonl").write_text('{"_id": 3, "text": "a"}', encoding="utf-8")
    with pytest.raises(InputError, match="has no `_id` and `text`"):
        read_set(folder)
    row = tmp_path / "a.jsonl"
    row.write_text('{"question": "a", "answer": [], "documents": [3]}', encoding="utf-8")
    with pytest.raises(InputError, match="`documents` must be ids"):
        read_set(row)
