"""`spanmem train`: recipes are validated in one line, the packaged ones among them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spanmem import configs
from spanmem.apps.cli.train import load_recipe
from spanmem.core.errors import InputError
from spanmem.pipeline.tuning.calibration import CalibrationRecipe, CalibrationResult
from spanmem.pipeline.tuning.kinds import LeftOut
from spanmem.reader.training.fine_tuning import ReaderTraining

if TYPE_CHECKING:
    from tests.conftest import Cli


def test_the_article_recipe_is_the_article_s() -> None:
    recipe = load_recipe("train-reader-article", ReaderTraining)
    assert (recipe.base, recipe.epochs) == ("spanbert-large-cased", 2.0)
    assert (recipe.learning_rate, recipe.adam_epsilon) == (2e-5, 1e-8)
    assert recipe.batch_tokens == 16 * 192


def test_packaged_recipes_are_named_and_are_no_settings() -> None:
    assert {"train-reader", "train-reader-article"} <= set(configs.recipes())
    assert not set(configs.recipes()) & set(configs.profiles())


def test_data_and_output_take_the_place_of_the_recipe_s() -> None:
    recipe = load_recipe("train-reader", ReaderTraining, data=["a", "b"], output="mine/")
    assert recipe.data == (Path("a"), Path("b"))
    assert (recipe.output, recipe.checkpoints) == (Path("mine"), Path("mine.checkpoints"))
    assert recipe.base == load_recipe("train-reader", ReaderTraining).base
    calibration = load_recipe("train-calibration", CalibrationRecipe, output="mine")
    assert (calibration.output, calibration.reader) == (Path("mine"), "readers/small")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("base: x\nlerning_rate: 1.0\n", "did you mean learning_rate?"),
        ("base: x\noutput: y\ncheckpoints: z\n", "data: Field required"),
        ("- a\n", "holds list"),
        ("base: [\n", "not valid YAML"),
    ],
)
def test_a_recipe_that_is_wrong_is_said_in_one_line(
    tmp_path: Path, text: str, expected: str
) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_recipe(str(path), ReaderTraining)
    assert expected in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'accelerate'", name="accelerate")

    monkeypatch.setattr("spanmem.reader.training.fine_tuning.train", train)
    assert cli("train", "reader", "train-reader", models=True).complaint == (
        "spanmem: training needs accelerate; install it with `pip install 'spanmem[train]'`"
    )


@pytest.mark.parametrize(
    ("what", "recipe"),
    [
        ("pretrain", "base: none\ndata: none\noutput: made\n"),
        ("retriever", "base: none\ndata: none\noutput: made\n"),
        ("distill", "base: none\ndata: none\noutput: made\nteacher: none\n"),
        ("verifier", "base: none\ndata: none\noutput: made\n"),
        ("unanswerable", "data: none\noutput: made\n"),
        ("negatives", "memory: none\ndata: none\noutput: made\n"),
    ],
)
def test_a_training_without_its_files_ends_in_one_line(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, recipe: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipe.yaml").write_text(recipe, encoding="utf-8")
    complaint = cli("train", what, "recipe.yaml", models=True).complaint
    assert complaint.startswith("spanmem: ")
    assert "none" in complaint
    assert not (tmp_path / "made").exists()


def test_a_recipe_that_is_missing_names_the_packaged_ones(cli: Cli, tmp_path: Path) -> None:
    assert "train-reader-article" in cli("train", "reader", tmp_path / "none.yaml").complaint


def test_calibration_over_kinds_prints_each_kind_left_out(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def calibrate(recipe: CalibrationRecipe) -> CalibrationResult:
        left_out = {"lamps": LeftOut((0.9, 0.4), (1.0, 1.0), (True, True))}
        return CalibrationResult(recipe.output, 60, 25.0, 50.0, 60.0, 90.0, 10.0, left_out)

    monkeypatch.setattr("spanmem.pipeline.tuning.calibration.calibrate", calibrate)
    recipe = tmp_path / "recipe.yaml"
    kinds = {"lamps": {"memory": "m", "data": "d"}}
    recipe.write_text(json.dumps({"kinds": kinds, "output": "fitted"}), encoding="utf-8")
    figures = json.loads(cli("train", "calibration", recipe, "--json", models=True).out)
    assert (figures["questions"], figures["penalty"]) == (60, 10.0)
    assert figures["left_out"]["lamps"]["right_held_back"] == 1
    lines = cli("train", "calibration", recipe, models=True).out
    assert "left_out lamps right_held_back 1" in lines
    both = cli("train", "calibration", recipe, "--data", "more.jsonl", models=True).complaint
    assert "either `memory` and `data`, or `kinds`" in both
