"""The training of a verifier: from question rows to a folder that scores pairs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanmem.core.errors import InputError, ModelError
from spanmem.core.questions import RowLedger
from spanmem.models import bundled
from spanmem.models.runtimes.pairs import load_pairs
from spanmem.models.runtimes.protocol import RuntimeOptions
from spanmem.pipeline.training.verifier import VerifierTraining, split_pairs, sure_from, train

THINGS = ("mill", "ferry", "bridge", "tower", "lamp", "kettle", "boat", "garden", "castle", "road")
TOWNS = ("Oslo", "Kessel", "Venn", "Bergen", "Lund", "Hven", "Malmo", "Selby", "Arnum", "Tarn")


@pytest.fixture
def recipe(tmp_path: Path) -> dict[str, Any]:
    rows = [
        {"question": f"When was the {thing} of {town} built?", "title": f"{thing} of {town}"}
        for thing in THINGS
        for town in TOWNS
    ]
    data = tmp_path / "questions.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return {
        "data": [data], "output": tmp_path / "out", "checkpoints": tmp_path / "checkpoints",
        "layers": 1, "questions": 100, "templates": 0.0, "held_out_questions": 0.2,
        "batch_tokens": 512, "threads": 1,
    }  # fmt: skip


def settings_of(recipe: dict[str, Any], **other: Any) -> VerifierTraining:
    return VerifierTraining(**recipe | other)


@pytest.mark.filterwarnings("ignore")
def test_a_trained_verifier_scores_pairs_and_can_be_gone_on_from(recipe: dict[str, Any]) -> None:
    result = train(settings_of(recipe, epochs=0.3))
    facts = json.loads((result.output / "spanmem.json").read_text(encoding="utf-8"))
    assert facts["kind"] == "verifier"
    assert facts["steps"] == result.steps > 0
    assert set(facts["data_sha256"]) == {"questions.jsonl"}
    assert 0 < facts["threshold"] <= facts["sure"]
    scorer = load_pairs(result.output, bundled("reader"), RuntimeOptions(device="cpu", threads=1))
    assert scorer.scores([("When was it built?", "When was it made?")]).shape == (1,)
    # Of the model only what was trained is stored.
    assert (result.output / "model.safetensors").stat().st_size < 5_000_000
    again: dict[str, Any] = recipe | {
        "start": result.output,
        "output": recipe["output"].with_name("more"),
        "checkpoints": recipe["checkpoints"].with_name("later"),
        "epochs": 0.1,
    }
    more = json.loads(
        (train(VerifierTraining(**again)).output / "spanmem.json").read_text(encoding="utf-8")
    )
    assert more["earlier"]["steps"] == result.steps
    assert str(recipe["output"]) not in json.dumps(more)


def test_no_question_of_a_held_out_article_is_trained_on(recipe: dict[str, Any]) -> None:
    kept, held = split_pairs(VerifierTraining(**recipe))
    assert kept
    assert held
    originals = {f"the {thing} of {town} " for thing in THINGS for town in TOWNS}
    of_kept = {o for o in originals for pair in kept if pair.same and o in pair.first + " "}
    of_held = {o for o in originals for pair in held if pair.same and o in pair.first + " "}
    assert not of_kept & of_held


def test_the_score_of_being_sure_lets_no_more_pass_than_was_said() -> None:
    rng = np.random.default_rng(3)
    scores, same = rng.random(1_000), rng.random(1_000) < 0.5
    for share in (0.01, 0.1):
        reached = scores[~same] >= sure_from(scores, same, share)
        assert share - 0.01 <= reached.mean() <= share
    with pytest.raises(InputError, match="no held-out pair asks something else"):
        sure_from(scores[same], same[same], 0.1)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ('{"question": ""}\n', "has no `question`"),
        ('{"text": "a"}\n', "has no `question`"),
        ("", "no question is left to train on"),
    ],
)
def test_unusable_data_are_refused_in_one_line(
    recipe: dict[str, Any], tmp_path: Path, rows: str, why: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(InputError, match=why):
        split_pairs(settings_of(recipe, data=[path]))
    with pytest.raises(InputError, match="no training data at"):
        split_pairs(settings_of(recipe, data=[tmp_path / "none"]))


def test_a_start_of_another_shape_is_refused(recipe: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="no verifier to go on from"):
        train(settings_of(recipe, start=bundled("verifier"), layers=2))


def test_every_row_is_accounted_for(recipe: dict[str, Any]) -> None:
    more = [
        {"question": f"When was {'the mill ' * 60}built?", "title": "long"},
        {"question": "Who built the mill of Oslo?", "context": "\U0001f600 Ann built it.",
         "answers": {"text": ["Ann"], "answer_start": [3]}, "title": "mill of Oslo"},
        {"question": "Who owned the mill of Oslo?", "answer": "Ann", "title": "mill of Oslo"},
    ]  # fmt: skip
    with recipe["data"][0].open("a", encoding="utf-8") as file:
        file.write("".join(json.dumps(row) + "\n" for row in more))
    ledger = RowLedger()
    split_pairs(VerifierTraining(**recipe), ledger)
    assert ledger.read == 103
    assert ledger.used == 103 - sum(ledger.left_out.values())
    assert ledger.left_out["its question is longer than 200 characters"] == 1
    assert len(ledger.left_out) == 2
    assert sum(ledger.repaired.values()) == 1
