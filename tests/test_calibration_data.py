"""What `benchmarks/calibration.py` fits on: unseen questions, their documents first."""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from spanmem.reader.provenance import Provenance, save_questions
from tests.rooms import ROOT


@pytest.fixture(scope="module")
def script() -> Any:
    path = ROOT / "benchmarks" / "calibration.py"
    spec = importlib.util.spec_from_file_location("calibration_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        {
            "id": str(i),
            "title": f"site{i % 3}.com",
            "context": f"Site {i % 3} keeps record {i} for {i} days.",
            "question": f"How long is record {i} kept?",
            "answers": {"text": [f"{i} days"] if i % 5 else [], "answer_start": []},
        }
        for i in range(40)
    ]
    (tmp_path / "train").mkdir()
    with gzip.open(tmp_path / "train" / "policies.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_only_answerable_questions_that_the_reader_has_not_seen(
    script: Any, data: Path, tmp_path: Path
) -> None:
    save_questions(tmp_path, [f"How long is record {i} kept?" for i in range(20)])
    kind = script.Kind("policies", ("policies",), documents=30)
    questions, documents = script._prepared(kind, data, Provenance.load(tmp_path), 10)
    assert len(questions) == 10
    assert all(int(row["id"]) >= 20 and row["answers"]["text"] for row in questions)
    assert len(documents) == 30
    assert {row["context"] for row in questions} == {d["text"] for d in documents[:10]}


def test_a_question_on_one_policy_is_asked_of_that_policy(script: Any, data: Path) -> None:
    kind = script.Kind("policies", ("policies",), scoped=True)
    questions, documents = script._prepared(kind, data, Provenance(), 5)
    scopes = {document["text"]: document["scope"] for document in documents}
    assert [row["where"] for row in questions] == [
        {"scope": scopes[row["context"]]} for row in questions
    ]


def test_our_own_questions_come_with_their_documents(script: Any, data: Path) -> None:
    (kind,) = [kind for kind in script.KINDS if kind.name == "devices"]
    questions, documents = script._prepared(kind, data, Provenance(), 5)
    names = {document["id"] for document in documents}
    assert {name for row in questions for name in row.get("documents", ())} <= names
