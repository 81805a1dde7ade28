"""A reader is not scored on what it was trained on, unless told so."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.evaluation.benchmark import benchmark_reader
from spanmem.reader.overlap import OverlapReader
from spanmem.reader.provenance import Provenance, save_questions


class Trained(OverlapReader):
    """The model-free reader with a past."""

    def __init__(self, provenance: Provenance) -> None:
        self.provenance = provenance


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        {"question": f"What is number {i}?", "context": f"{i} is it", "answers": {"text": [str(i)]}}
        for i in range(200)
    ]
    path = tmp_path / "dev.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def knowing(tmp_path: Path, count: int) -> Trained:
    save_questions(tmp_path, [f"what is  NUMBER {i}" for i in range(count)])
    return Trained(Provenance.load(tmp_path))


def test_the_very_file_is_refused(data: Path) -> None:
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    reader = Trained(Provenance(files={"train.jsonl": digest}))
    said = r"trained on this very file, as train\.jsonl"
    with pytest.raises(InputError, match=said):
        benchmark_reader(reader, data)
    with pytest.raises(InputError, match=said):
        benchmark_reader(reader, data, training_data="leave-out")
    assert len(benchmark_reader(reader, data, training_data="allow").outcomes) == 200


def test_a_copy_of_its_questions_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="trained on 3 of these 200 questions"):
        benchmark_reader(knowing(tmp_path, 3), data)


def test_questions_seen_are_left_out_and_counted(data: Path, tmp_path: Path) -> None:
    report = benchmark_reader(knowing(tmp_path, 30), data, training_data="leave-out", limit=170)
    asked = {o.question.text for o in report.outcomes}
    assert len(asked) == 170
    assert "What is number 29?" not in asked
    assert report.to_json()["left_out_as_trained_on"] == 30
    with pytest.raises(InputError, match="trained on all of these"):
        benchmark_reader(knowing(tmp_path, 200), data, training_data="leave-out")


def test_a_few_by_chance_do_not_matter(data: Path, tmp_path: Path) -> None:
    report = benchmark_reader(knowing(tmp_path, 2), data)
    assert len(report.outcomes) == 200
    assert report.to_json()["left_out_as_trained_on"] == 0
