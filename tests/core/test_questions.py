"""Question rows and the ledger: whatever the file, each row is used, left out or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mutations import campaign
from spanmem.core.errors import InputError, RowError
from spanmem.core.questions import RowLedger, read_questions

MILL = "Ü😀 The mill burnt in 1912."
ROW: dict[str, Any] = {"question": "when?", "context": MILL}


def rows_file(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_damaged_files_are_read_or_refused_and_each_row_is_counted() -> None:
    outcomes, faults = campaign(150, seed=7)
    assert not faults
    assert min(outcomes["read"], outcomes["RowError"]) > 30


def test_what_was_mended_and_what_was_left_out_is_counted(tmp_path: Path) -> None:
    right = {**ROW, "answers": {"text": ["1912"], "answer_start": [21]}}
    units = {**ROW, "answers": {"text": ["1912"], "answer_start": [22]}}
    lost = {**ROW, "answers": {"text": ["1950"], "answer_start": [21]}}
    none = {**ROW, "answers": {"text": [], "answer_start": []}}
    path = rows_file(tmp_path / "a.jsonl", *[right] * 20, units, lost, none, {**ROW, "question": ""}
                     | {"answers": []})  # fmt: skip
    ledger = RowLedger()
    rows = list(read_questions(path, ledger, spans=True))
    assert {row.starts for row in rows} == {(21,), ()}
    assert ledger.to_json() == {
        "read": 24,
        "used": 22,
        "left_out": {"no answer stands in the context": 1, "the question is empty": 1},
        "repaired": {"an answer_start counted UTF-16 units": 1},
    }
    assert len(rows) == ledger.used


def test_too_many_lost_answers_are_a_refusal(tmp_path: Path) -> None:
    lost = {**ROW, "answers": {"text": ["1950"], "answer_start": [0]}}
    right = {**ROW, "answers": ["1912"]}
    path = rows_file(tmp_path / "a.jsonl", *[right] * 8, lost)
    with pytest.raises(InputError, match=r"of 9 rows with an answer 1 have it nowhere .* 10% may"):
        list(read_questions(path, RowLedger(), spans=True))
    assert len(list(read_questions(path, RowLedger()))) == 9


def test_a_reader_is_trained_on_symbols_and_scored_on_words(tmp_path: Path) -> None:
    row = {"question": "what?", "context": "Give $ 5.", "answers": ["$"]}
    path = rows_file(tmp_path / "a.jsonl", row)
    (trained,) = read_questions(path, RowLedger(), spans=True)
    (scored,) = read_questions(path, RowLedger())
    assert (trained.answers, trained.void) == (("$",), False)
    assert (scored.answers, scored.void) == ((), True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"question": 3}, "has no `question` text"),
        ({"context": 3}, "`context` is int, not text"),
        ({"title": []}, "`title` is list, not text"),
        ({"id": {}}, "`id` is dict, not a text"),
        ({"id": True}, "`id` is bool, not a text"),
        ({"documents": [3]}, "`documents` must be ids"),
    ],
)
def test_a_wrong_type_is_refused_with_its_line(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    path = rows_file(tmp_path / "a.jsonl", {**ROW, "answers": []}, {**ROW, "answers": [], **change})
    with pytest.raises(RowError) as caught:
        list(read_questions(path, RowLedger()))
    assert str(caught.value).startswith(f"{path}:2: {why}")


def test_a_row_is_taken_with_all_it_says(tmp_path: Path) -> None:
    row = {**ROW, "id": 7, "title": None, "answers": "1912", "documents": ["d"], "where": {"a": 1}}
    (read,) = read_questions(rows_file(tmp_path / "a.jsonl", row), RowLedger())
    assert (read.id, read.title, read.documents, read.starts) == ("7", "", {"d": 1}, None)
    assert read.fields["where"] == {"a": 1}
