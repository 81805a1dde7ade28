"""What trainings share: their rows from any format, what stays out, and the facts of a result."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError, StorageError
from spanmem.core.questions import RowLedger
from spanmem.models.training.recipes import (
    held_out,
    mix,
    provenance,
    read_rows,
    read_texts,
    write_facts,
)
from spanmem.models.training.resumption import digest_of_data

CONTEXT = "The mill was built in 1912 by Ann."
ROWS: list[dict[str, Any]] = [
    {
        "id": "q1",
        "title": "Old_mill",
        "context": CONTEXT,
        "question": "When was it built?",
        "answers": {"text": ["1912"], "answer_start": [22]},
    },
    {
        "id": "q2",
        "title": "Old_mill",
        "context": CONTEXT,
        "question": "Who owns it?",
        "is_impossible": True,
        "answers": {"text": [], "answer_start": []},
    },
]
SQUAD: dict[str, Any] = {
    "version": "v2.0",
    "data": [
        {
            "title": "Old_mill",
            "paragraphs": [
                {
                    "context": CONTEXT,
                    "qas": [
                        {
                            "id": "q1",
                            "question": "When was it built?",
                            "answers": [{"text": "1912", "answer_start": 22}],
                        },
                        {
                            "id": "q2",
                            "question": "Who owns it?",
                            "is_impossible": True,
                            "answers": [],
                        },
                    ],
                }
            ],
        }
    ],
}
PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.compress,
}


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("suffix", PACK)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train-v2.0.json", json.dumps(SQUAD)),
        ("train-indented.json", json.dumps(SQUAD, indent=2)),
        ("train.jsonl", lines(*ROWS)),
        ("array.json", json.dumps(ROWS)),
    ],
)
def test_rows_are_the_same_from_squads_own_file_and_from_flat_ones(
    tmp_path: Path, name: str, text: str, suffix: str
) -> None:
    path = tmp_path / f"{name}{suffix}"
    path.write_bytes(PACK[suffix](text.encode()))
    assert list(read_rows([path])) == ROWS


def test_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(lines(ROWS[0]))
    (tmp_path / "b.json").write_text(json.dumps(SQUAD))
    rows = read_rows([tmp_path / "a.jsonl", tmp_path / "b.json"])
    assert list(rows) == [ROWS[0], *ROWS]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"question": None}, "has no `question` text"),
        ({"context": ""}, "has no `context`"),
        ({"title": 3}, "`title` is int, not text"),
        ({"answers": {"text": ["1912"], "answer_start": []}}, "has 1 answer texts and 0"),
        ({"answers": {"text": ["1912"], "answer_start": [1.5]}}, "`answer_start` is 1.5"),
        ({"answers": 1912}, "the answers are int"),
    ],
)
def test_a_row_that_cannot_be_trained_on_is_named_by_its_line(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(lines(ROWS[0], {**ROWS[0], **change}))
    rows = read_rows([path])
    assert next(rows) == ROWS[0]
    with pytest.raises(InputError) as caught:
        next(rows)
    assert str(caught.value).startswith(f"{path}:2: {why}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("start", [None, 0, -1, 22, 900])
def test_an_answer_is_trained_on_where_it_stands(tmp_path: Path, start: int | None) -> None:
    (tmp_path / "a.jsonl").write_text(
        lines({**ROWS[0], "answers": {"text": ["1912"], "answer_start": [start]}}, *ROWS)
    )
    ledger = RowLedger()
    assert next(read_rows([tmp_path / "a.jsonl"], ledger))["answers"] == ROWS[0]["answers"]
    assert sum(ledger.repaired.values()) == (start != 22)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{\n", r"a\.jsonl:1: not valid JSON"),
        (b"[1]\n", r"a\.jsonl: entry 1: holds int, not an object"),
        (b"\xff\n", r"a\.jsonl:1: not UTF-8 text"),
        (b'{"data": []}\n', r"a\.jsonl:1: has no `question`"),
    ],
)
def test_what_is_no_row_at_all_is_named(tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(text)
    with pytest.raises(InputError, match=message):
        list(read_rows([tmp_path / "a.jsonl"]))


def test_data_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    with pytest.raises(InputError, match=f"no training data at {path}; check `data`"):
        list(read_rows([path]))


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet", "a.csv"])
def test_texts_are_read_from_whatever_files_hold_rows(tmp_path: Path, name: str) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    texts = [{"title": "A", "text": "One."}, {"title": "B", "text": "Two."}]
    path = tmp_path / name
    if name == "a.parquet":
        parquet.write_table(arrow.Table.from_pylist(texts), path)
    else:
        written = {"a.jsonl": lines(*texts), "a.json": json.dumps(texts)}
        path.write_text(written.get(name, "title,text\nA,One.\nB,Two.\n"))
    assert list(read_texts([path])) == texts


def test_a_row_without_text_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(lines({"text": 5}))
    with pytest.raises(InputError, match=r"a\.jsonl:1 is no document \(its text is none\)"):
        list(read_texts([tmp_path / "a.jsonl"]))


@given(st.text(min_size=1, max_size=20), st.floats(0, 1), st.floats(0, 1))
def test_more_is_held_out_where_a_larger_share_is_asked_for(
    title: str, one: float, two: float
) -> None:
    less, more = sorted((one, two))
    assert held_out(title, more) or not held_out(title, less)
    assert not held_out(title, 0)
    assert held_out(title, 1)
    assert not held_out("", 1)


def test_the_share_of_articles_held_out_is_the_one_asked_for() -> None:
    count = sum(held_out(f"Article {number}", 0.1) for number in range(10_000))
    assert 900 < count < 1100


def test_a_mixed_model_lies_between_both() -> None:
    model = torch.nn.Linear(2, 1)
    start = {"weight": torch.tensor([[0.0, 4.0]])}
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 0.0]]))
        model.bias.fill_(7.0)
    mix(model, start, 0.25)
    assert model.weight.tolist() == [[0.75, 1.0]]
    assert model.bias.tolist() == [7.0]


def test_provenance_names_files_and_hashes_but_no_places(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text(lines(*ROWS))
    settings = {"base": str(tmp_path / "bert"), "output": "o", "checkpoints": "c", "epochs": 2}
    facts = provenance(settings, [(path.name, digest_of_data(path))])
    assert facts == {
        "training": {"base": "bert", "epochs": 2, "data": ["train.jsonl"]},
        "data_sha256": {"train.jsonl": hashlib.sha256(path.read_bytes()).hexdigest()},
    }
    assert provenance({"base": "google/bert"}, [])["training"]["base"] == "google/bert"


def test_facts_are_written_beside_a_model(tmp_path: Path) -> None:
    write_facts(tmp_path, "reader", {"steps": 3})
    text = (tmp_path / "spanmem.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"format": 1, "kind": "reader", "steps": 3}
    assert text.endswith("}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["spanmem.json"]
    with pytest.raises(StorageError, match="cannot write"):
        write_facts(tmp_path / "none", "reader", {})
