"""No confidence is fitted on what the reader was trained on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.core.files import digest
from spanmem.core.questions import RowLedger
from spanmem.pipeline.tuning.questions import draw_questions
from spanmem.pipeline.tuning.recipe import CalibrationRecipe, TextKind, TrainingData
from spanmem.reader.provenance import Provenance, question_hashes


def _data(folder: Path, count: int) -> Path:
    rows = [
        {"question": f"Who made lamp {n}?", "answer": "Aasen", "title": f"Lamp {n}"}
        for n in range(count)
    ]
    path = folder / f"{count}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _data(tmp_path_factory.mktemp("data"), 100)


def _drawn(
    data: Path, trained: int, policy: TrainingData, most: int
) -> tuple[list[str], RowLedger]:
    known = np.sort(question_hashes([f"who made the Lamp {n}" for n in range(trained)]))
    recipe = CalibrationRecipe(memory=(Path("m"),), data=(data,), output=Path("o"), questions=most)
    ledger = RowLedger()
    kind = TextKind(memory=(Path("m"),), data=(data,), training_data=policy)
    drawn = draw_questions(recipe, kind, Provenance(questions=known), ledger)
    return [question.text for question in drawn], ledger


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([0, 1, 2, 50, 99, 100]),
    st.sampled_from(["refuse", "leave-out", "allow"]),
    st.sampled_from([1, 60, 1000]),
)
def test_questions_of_training_are_refused_or_left_out_and_all_are_counted(
    data: Path, trained: int, policy: TrainingData, most: int
) -> None:
    if policy == "refuse" and trained > 1:  # more than one in a hundred
        with pytest.raises(InputError, match=f"trained on {trained} of these 100 questions"):
            _drawn(data, trained, policy, most)
        return
    texts, ledger = _drawn(data, trained, policy, most)
    fresh = 100 if policy == "allow" else 100 - trained
    assert len(texts) == len(set(texts)) == min(most, fresh)
    assert (ledger.read, ledger.used) == (100, len(texts))
    seen = {f"Who made lamp {n}?" for n in range(trained)}
    assert policy == "allow" or not seen & set(texts)


def test_a_file_of_training_is_refused_where_questions_were_not_recorded(data: Path) -> None:
    recipe = CalibrationRecipe(memory=(Path("m"),), data=(data,), output=Path("o"))
    trained = Provenance(files={"squad.jsonl": digest(data)})
    kind = recipe.all_kinds["all"]
    with pytest.raises(InputError, match="trained on this very file"):
        draw_questions(recipe, kind, trained, RowLedger())
    # Of its held-out articles nothing was trained on.
    held = recipe.model_copy(update={"held_out_articles": 0.5})
    assert draw_questions(held, kind, trained, RowLedger())


def test_what_cannot_be_asked_is_left_out(tmp_path: Path) -> None:
    data = _data(tmp_path, 3)
    with data.open("a", encoding="utf-8") as file:
        for question in ("?!", "why " * 400):
            file.write(json.dumps({"question": question, "answer": "x"}) + "\n")
    texts, ledger = _drawn(data, 0, "refuse", 10)
    assert len(texts) == 3
    assert (ledger.read, ledger.left_out) == (5, {"the question cannot be asked": 2})
