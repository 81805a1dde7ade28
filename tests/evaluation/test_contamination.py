"""A reader is not scored on what it was trained on, unless told so."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError
from spanmem.evaluation.benchmark import benchmark_reader
from spanmem.evaluation.contamination import TrainingData
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


@pytest.mark.parametrize(
    ("role", "said"), [("validated_on", "chosen by"), ("calibrated_on", "calibrated by")]
)
def test_a_file_that_chose_weights_or_fitted_the_confidence_counts_as_seen(
    data: Path, tmp_path: Path, role: str, said: str
) -> None:
    files = {"dev.jsonl": hashlib.sha256(data.read_bytes()).hexdigest()}
    roles: dict[str, Any] = {role: files}
    with pytest.raises(InputError, match=rf"was {said} this very file, as dev\.jsonl"):
        benchmark_reader(Trained(replace(Provenance(), **roles)), data)
    # Where its rows are known, they are what counts.
    save_questions(tmp_path, [], validated=[f"What is number {i}?" for i in range(50)])
    known = replace(Provenance.load(tmp_path), **roles)
    with pytest.raises(InputError, match="chosen or calibrated by 50 of these 200 questions"):
        benchmark_reader(Trained(known), data)
    table = benchmark_reader(Trained(known), data, training_data="leave-out").to_json()
    assert (table["n"], table["left_out_as_trained_on"]) == (150, 50)
    assert table["rows"]["left_out"] == {"the reader was trained on it": 50}


def test_what_was_asked_though_it_was_trained_on_is_counted(data: Path, tmp_path: Path) -> None:
    policies: tuple[tuple[int, TrainingData], ...] = ((2, "refuse"), (30, "allow"))
    for count, policy in policies:
        report = benchmark_reader(knowing(tmp_path, count), data, training_data=policy)
        assert report.to_json()["asked_though_trained_on"] == count
    assert "asked_though_trained_on" not in benchmark_reader(OverlapReader(), data).to_json()
