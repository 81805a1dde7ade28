"""What a reader was trained on, written and found again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanmem.core.errors import ModelError
from spanmem.reader.provenance import Provenance, save_questions


def test_questions_are_known_again_whatever_their_case_and_articles(tmp_path: Path) -> None:
    save_questions(tmp_path, ["Who built the mill?", "When?"])
    known = Provenance.load(tmp_path)
    assert known.seen(["who built a mill", "When was it?", "when"]).tolist() == [True, False, True]
    assert known.seen([]).tolist() == []


def test_what_the_base_has_seen_is_seen(tmp_path: Path) -> None:
    base, model = tmp_path / "base", tmp_path / "model"
    base.mkdir()
    model.mkdir()
    save_questions(base, ["first"])
    save_questions(model, ["second", "second"], base)
    assert Provenance.load(model).seen(["first", "second", "third"]).tolist() == [True, True, False]
    assert len(Provenance.load(model).questions) == 2


def test_questions_by_which_weights_were_chosen_are_seen_and_not_trained_on(
    tmp_path: Path,
) -> None:
    base, model = tmp_path / "base", tmp_path / "model"
    base.mkdir()
    model.mkdir()
    save_questions(base, ["one"], validated=["two"])
    save_questions(model, ["three"], base, validated=["four"])
    asked = ["one", "two", "three", "four", "five"]
    known = Provenance.load(model)
    assert known.seen(asked).tolist() == [True, True, True, True, False]
    assert known.trained_on(asked).tolist() == [True, False, True, False, False]


def test_a_model_of_others_tells_nothing(tmp_path: Path) -> None:
    known = Provenance.load(tmp_path)
    assert (dict(known.files), known.seen(["who"]).tolist()) == ({}, [False])
    save_questions(tmp_path, [], tmp_path / "hub-name-that-is-no-folder")
    assert not Provenance.load(tmp_path).seen(["who"]).any()


def test_files_by_their_hash(tmp_path: Path) -> None:
    facts = {"format": 1, "data_sha256": {"a.jsonl": "ff"}}
    (tmp_path / "spanmem.json").write_text(json.dumps(facts), encoding="utf-8")
    assert Provenance.load(tmp_path).files == {"a.jsonl": "ff"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("spanmem.json", "[1"),
        ("spanmem.json", "[1]"),
        ("spanmem.json", '{"data_sha256": [1]}'),
        ("training_questions.safetensors", "[1"),
        ("calibration.json", "[1"),
        ("calibration.json", '{"questions": ["no hash"]}'),
        ("calibration.json", '{"questions": ["fffffffffffffffff"]}'),
        ("calibration.json", '{"questions": 5}'),
    ],
)
def test_a_broken_record_is_said(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=name):
        Provenance.load(tmp_path)
