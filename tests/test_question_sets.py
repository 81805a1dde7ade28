"""The question sets of our own writing hold together: an answer stands where its row says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.rooms import ROOT

BENCHMARKS = ROOT / "benchmarks"
SETS = [
    BENCHMARKS / "manuals.jsonl",
    BENCHMARKS / "manuals_2.jsonl",
    *sorted((BENCHMARKS / "calibration").glob("*.jsonl")),
]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_each_question_is_asked_once_and_names_its_document(path: Path) -> None:
    questions = rows(path)
    assert len({row["id"] for row in questions}) == len(questions)
    assert len({row["question"] for row in questions}) == len(questions)
    for row in questions:
        answers = row["answers"]
        assert len(answers["text"]) == len(answers["answer_start"])
        assert bool(answers["text"]) == bool(row.get("documents"))


def test_the_answers_on_devices_stand_in_their_texts() -> None:
    documents = {row["id"]: row["text"] for row in rows(BENCHMARKS / "manuals_2_corpus.jsonl")}
    questions = rows(BENCHMARKS / "manuals_2.jsonl")
    assert sum(bool(row["answers"]["text"]) for row in questions) >= 60
    for row in questions:
        for text, start in zip(*row["answers"].values(), strict=True):
            (document,) = row["documents"]
            assert documents[document][start:].startswith(text), row["id"]
