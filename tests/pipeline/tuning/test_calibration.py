"""Calibration on held-out questions, with the model-free encoder and reader."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from spanmem.core.errors import InputError, StorageError
from spanmem.core.files import digest
from spanmem.pipeline.indexing import index
from spanmem.pipeline.settings import Settings
from spanmem.pipeline.tuning.calibration import (
    CalibrationRecipe,
    CalibrationResult,
    TextKind,
    calibrate,
)
from spanmem.reader.calibration import FITTED, Calibration
from spanmem.reader.provenance import Provenance

# Few passages are read, for a fit ranks each question many times over.
SETTINGS = Settings().override({"encoder.model": "hash-256", "retrieve.passages": 4})
MAKERS = ("Aasen", "Berg", "Dahl", "Eide", "Foss", "Haug", "Lie")


def row(number: int) -> dict[str, Any]:
    maker = MAKERS[number % len(MAKERS)]
    text = f"Nobody: lamp model {number} was made by {maker}"
    answers = {"text": [maker], "answer_start": [text.index(maker)]}
    if number % 3 == 0:  # what the overlap reader does not find
        answers = {"text": ["Nobody"], "answer_start": [text.index("Nobody")]}
    question = f"Lamp model {number} was made by whom?"
    return {
        "id": str(number),
        "title": f"Lamp {number}",
        "context": text,
        "question": question,
        "answers": answers,
    }


@pytest.fixture(scope="module")
def fitted_once(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[CalibrationRecipe, CalibrationResult]:
    """A recipe that no test changes, and what came of it."""
    folder = tmp_path_factory.mktemp("lamps")
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps(row(i)) + "\n" for i in range(80)), encoding="utf-8")
    index(data, into=folder / "m", settings=SETTINGS).close()
    recipe = CalibrationRecipe(
        memory=(folder / "m",),
        data=(data,),
        reader="overlap",
        output=folder / "reader",
        held_out_articles=1.0,
        questions=60,
        # Fewer than by default, for each ranks all questions once more.
        retrieval_weights=(0, 4, 15, 50),
    )
    return recipe, calibrate(recipe, SETTINGS)


@pytest.fixture
def recipe(
    fitted_once: tuple[CalibrationRecipe, CalibrationResult], tmp_path: Path
) -> CalibrationRecipe:
    """The same with an output of its own."""
    return fitted_once[0].model_copy(update={"output": tmp_path / "reader"})


def test_what_is_tuned_is_stored_with_the_reader(
    fitted_once: tuple[CalibrationRecipe, CalibrationResult],
) -> None:
    recipe, result = fitted_once
    assert (result.questions, result.recall) == (60, 100.0)
    assert 0 < result.exact_match < 100
    stored = Calibration.load(recipe.output)
    assert stored.retrieval_weight == result.retrieval_weight
    assert set(stored.weights) == set(FITTED)
    facts = json.loads((recipe.output / "calibration.json").read_text())["fitted"]
    assert (facts["reader"], facts["questions"], facts["renamed"]) == ("overlap", {"all": 60}, 6)
    again = calibrate(recipe, SETTINGS)
    assert again == result


def test_questions_with_a_name_exchanged_take_part_in_the_fit(
    fitted_once: tuple[CalibrationRecipe, CalibrationResult], recipe: CalibrationRecipe
) -> None:
    calibrate(recipe.model_copy(update={"renamed": 0.0}), SETTINGS)
    assert Calibration.load(recipe.output) != Calibration.load(fitted_once[0].output)


def test_a_memory_without_the_passages_shows_in_the_recall(
    recipe: CalibrationRecipe, tmp_path: Path
) -> None:
    rows = [row(i) for i in range(80)]
    half = tmp_path / "half.jsonl"
    half.write_text("".join(json.dumps(r) + "\n" for r in rows[:40]), encoding="utf-8")
    index(half, into=tmp_path / "half", settings=SETTINGS).close()
    bounded = SETTINGS.override({"retrieve.passages": 1})
    result = calibrate(recipe.model_copy(update={"memory": (tmp_path / "half",)}), bounded)
    assert result.recall < 90  # some answers stand in other passages too


def test_several_memories_take_turns(recipe: CalibrationRecipe, tmp_path: Path) -> None:
    first = tmp_path / "first.jsonl"
    first.write_text("".join(json.dumps(row(i)) + "\n" for i in range(20)), encoding="utf-8")
    index(first, into=tmp_path / "small", settings=SETTINGS).close()
    assert recipe.memory is not None
    both = recipe.model_copy(update={"memory": (*recipe.memory, tmp_path / "small")})
    result = calibrate(both, SETTINGS)
    facts = json.loads((recipe.output / "calibration.json").read_text())["fitted"]
    assert facts["passages"] == {"all": [80, 20]}
    assert result.questions == 60


def test_too_few_held_out_questions_are_refused(recipe: CalibrationRecipe) -> None:
    with pytest.raises(InputError, match="held-out questions"):
        calibrate(recipe.model_copy(update={"held_out_articles": 0.02}), SETTINGS)


def test_each_kind_is_left_out_in_turn(recipe: CalibrationRecipe, tmp_path: Path) -> None:
    rows = [{**row(i), "where": {"shelf": "left"}} for i in range(80, 105)]
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    documents = [{"id": r["id"], "text": r["context"], "shelf": "left"} for r in rows]
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("".join(json.dumps(d) + "\n" for d in documents), encoding="utf-8")
    index(corpus, into=tmp_path / "other", settings=SETTINGS).close()
    assert recipe.memory is not None
    assert recipe.data is not None
    kinds = {
        "lamps": TextKind(memory=recipe.memory, data=recipe.data, questions=30),
        "shelves": TextKind(memory=(tmp_path / "other",), data=(other,), questions=20),
    }
    plain = recipe.model_dump(exclude={"memory", "data", "kinds"})
    result = calibrate(CalibrationRecipe(**plain, kinds=kinds), SETTINGS)
    assert set(result.left_out) == {"lamps", "shelves"}
    assert result.questions == 50
    facts = json.loads((recipe.output / "calibration.json").read_text())["fitted"]
    assert facts["questions"] == {"lamps": 30, "shelves": 20}
    assert facts["penalty"] == result.penalty


def test_rows_without_an_answer_are_what_the_memory_does_not_tell(
    recipe: CalibrationRecipe, tmp_path: Path
) -> None:
    rows = [{"id": f"n{i}", "question": f"Where is lamp {i}?", "answers": []} for i in range(10)]
    unanswered = tmp_path / "unanswered.jsonl"
    unanswered.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    answered = tmp_path / "answered.jsonl"
    answered.write_text("".join(json.dumps(row(i)) + "\n" for i in range(50)), encoding="utf-8")
    both = recipe.model_copy(
        update={"data": (answered, unanswered), "questions": 100, "held_out_articles": None}
    )
    result = calibrate(both, SETTINGS)
    assert result.questions == 50
    alone = calibrate(both.model_copy(update={"data": (answered,)}), SETTINGS)
    assert replace(alone, rows=result.rows) == result
    assert result.rows == {"read": 60, "used": 60, "left_out": {}, "repaired": {}}


@pytest.mark.parametrize("given", [{}, {"memory": "m"}, {"memory": "m", "data": "d", "kinds": 1}])
def test_a_recipe_names_its_data_in_one_way(given: dict[str, Any]) -> None:
    kinds = {"kinds": {"a": {"memory": "m", "data": "d"}}} if "kinds" in given else {}
    with pytest.raises(ValidationError, match="either `memory` and `data`, or `kinds`"):
        CalibrationRecipe.model_validate({**given, **kinds, "output": "o"})


def test_a_row_that_is_no_question_is_named(recipe: CalibrationRecipe, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"question": "Who?", "answer": "me"}\n{"text": "no"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.jsonl:2: has no `question`"):
        calibrate(recipe.model_copy(update={"data": (bad,), "held_out_articles": None}), SETTINGS)


def test_a_folder_of_other_weights_gets_no_calibration(
    recipe: CalibrationRecipe, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "model.safetensors").write_bytes(b"weights")
    with pytest.raises(InputError, match="holds other weights than the reader"):
        calibrate(recipe.model_copy(update={"reader": None, "output": other}), SETTINGS)
    assert [path.name for path in other.iterdir()] == ["model.safetensors"]


def test_what_it_was_fitted_on_and_for_whom_is_kept(
    fitted_once: tuple[CalibrationRecipe, CalibrationResult],
) -> None:
    recipe, result = fitted_once
    assert recipe.data is not None
    table = json.loads((recipe.output / "calibration.json").read_text())
    assert table["calibrated_on"] == {"rows.jsonl": digest(recipe.data[0])}
    assert table["fitted"]["rows"] == result.rows
    known = Provenance.load(recipe.output)
    asked = known.seen([row(i)["question"] for i in range(80)])
    assert asked.sum() >= 60  # one with a name exchanged may be another's
    assert not known.trained_on([row(i)["question"] for i in range(80)]).any()
    assert result.rows["read"] == 80
    assert result.rows["left_out"] == {"not drawn: `questions` is smaller": 20}


def test_nothing_is_read_where_nothing_can_be_written(
    recipe: CalibrationRecipe, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageError, match="cannot write"):
            calibrate(recipe.model_copy(update={"output": place, "memory": ()}), SETTINGS)
