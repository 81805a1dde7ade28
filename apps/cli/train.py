"""`spanmem train`: models from a YAML recipe."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ...core.errors import InputError, missing_extra
from .options import JsonOutput
from .output import print_table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pydantic import BaseModel

    Config = TypeVar("Config", bound=BaseModel)

T = TypeVar("T")

__all__ = ["app", "load_recipe"]

app = typer.Typer(no_args_is_help=True, help="Train a model as a YAML recipe says.")

Recipe = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG.yaml", help="The recipe: a YAML file, or a packaged one's name."
    ),
]
Data = Annotated[
    list[str] | None,
    typer.Option(
        "--data", metavar="FILE", help="Training rows, in place of the recipe's; may be repeated."
    ),
]
Output = Annotated[
    str | None,
    typer.Option("--output", metavar="PATH", help="Where the result goes, if not as recipe says."),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on from the last checkpoint of the same recipe.")
]


@app.command("reader")
def reader_command(
    recipe: Recipe,
    data: Data = None,
    output: Output = None,
    resume: Resume = False,
    json_output: JsonOutput = None,
) -> None:
    """Fine-tune a span reader on question rows."""
    from ...reader.training.fine_tuning import ReaderTraining, train

    config = load_recipe(recipe, ReaderTraining, data=data, output=output)
    _report(_run(lambda: train(config, resume=resume)), json_output)


@app.command("distill")
def distill_command(
    recipe: Recipe,
    data: Data = None,
    output: Output = None,
    resume: Resume = False,
    json_output: JsonOutput = None,
) -> None:
    """Train a small span reader to mark what a large one marks."""
    from ...reader.training.distillation import Distillation, distill

    config = load_recipe(recipe, Distillation, data=data, output=output)
    _report(_run(lambda: distill(config, resume=resume)), json_output)


@app.command("pretrain")
def pretrain_command(
    recipe: Recipe,
    data: Data = None,
    output: Output = None,
    resume: Resume = False,
    json_output: JsonOutput = None,
) -> None:
    """Pre-train a BERT on plain texts as SpanBERT was: a base for reader and retriever."""
    from ...reader.training.pretraining import Pretraining, pretrain

    config = load_recipe(recipe, Pretraining, data=data, output=output)
    _report(_run(lambda: pretrain(config, resume=resume)), json_output)


@app.command("retriever")
def retriever_command(
    recipe: Recipe,
    data: Data = None,
    output: Output = None,
    resume: Resume = False,
    json_output: JsonOutput = None,
) -> None:
    """Train an encoder to put questions near the passages that answer them."""
    from ...indexer.training.retriever import RetrieverTraining, train

    config = load_recipe(recipe, RetrieverTraining, data=data, output=output)
    _report(_run(lambda: train(config, resume=resume)), json_output)


@app.command("verifier")
def verifier_command(
    recipe: Recipe,
    data: Data = None,
    output: Output = None,
    resume: Resume = False,
    json_output: JsonOutput = None,
) -> None:
    """Train what tells whether two questions ask the same, the second witness of reuse."""
    from ...pipeline.training.verifier import VerifierTraining, train

    config = load_recipe(recipe, VerifierTraining, data=data, output=output)
    _report(_run(lambda: train(config, resume=resume)), json_output)


@app.command("negatives")
def negatives_command(
    recipe: Recipe, data: Data = None, output: Output = None, json_output: JsonOutput = None
) -> None:
    """Add to question rows the passages that a memory finds for them and that do not answer."""
    from ...pipeline.tuning.negatives import MiningRecipe, mine

    config = load_recipe(recipe, MiningRecipe, data=data, output=output)
    _report(_run(lambda: mine(config)), json_output)


@app.command("unanswerable")
def unanswerable_command(
    recipe: Recipe, data: Data = None, output: Output = None, json_output: JsonOutput = None
) -> None:
    """Make of question rows such as their passages do not answer: names exchanged, and the like."""
    from ...pipeline.training.unanswerable import UnanswerableRecipe, make_unanswerable

    config = load_recipe(recipe, UnanswerableRecipe, data=data, output=output)
    _report(_run(lambda: make_unanswerable(config)), json_output)


@app.command("calibration")
def calibration_command(
    recipe: Recipe, data: Data = None, output: Output = None, json_output: JsonOutput = None
) -> None:
    """Tune how retrieval and reading are mixed, and make the confidence a probability.

    Of several kinds of text each is left out in turn, and what the others say of it is printed.
    """
    from ...evaluation.by_kind import confidence_by_kind
    from ...pipeline.settings import Settings
    from ...pipeline.tuning.calibration import CalibrationRecipe, calibrate

    config = load_recipe(recipe, CalibrationRecipe, data=data, output=output)
    result = _run(lambda: calibrate(config))
    bar = Settings().answer.abstain_below
    table = confidence_by_kind(result.left_out, abstain_below=bar, seed=config.seed)
    figures = {name: value for name, value in asdict(result).items() if name != "left_out"}
    print_table({**figures, "left_out": table}, as_json=bool(json_output))


def load_recipe(
    source: str,
    model: type[Config],
    *,
    data: Sequence[str] | None = None,
    output: str | None = None,
) -> Config:
    """A validated recipe: a packaged one's name, or a file. Raises InputError in one line.

    `data` and `output` take the place of the recipe's own. Checkpoints then go beside `output`.
    """
    from pydantic import ValidationError

    from ...configs import read, recipes
    from ...pipeline.settings import explain, parse_yaml

    try:
        text = read(source) if source in recipes() else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(recipes())
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{source}: no recipe to read ({why}); packaged are: {names}") from error
    table = parse_yaml(text, source)
    if data:
        table["data"] = list(data)
    if output is not None:
        table["output"] = output
        if "checkpoints" in model.model_fields:
            table["checkpoints"] = f"{output.rstrip('/')}.checkpoints"
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise InputError(f"{source}: {explain(error, tuple(model.model_fields))}") from error


def _run(work: Callable[[], T]) -> T:
    """Run a training with its log on stderr. Raises InputError where the extra is missing."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s", force=True)
    for noisy in ("faiss", "filelock", "httpx", "sentence_transformers", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        return work()
    except ModuleNotFoundError as error:
        raise missing_extra("train", f"training needs {error.name}") from error


def _report(result: DataclassInstance, json_output: bool | None) -> None:
    print_table(asdict(result), as_json=bool(json_output))
