"""`spanmem train`: models from a YAML recipe."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ..memory.errors import InputError
from .cli_output import print_json, rows
from .options import Json

if TYPE_CHECKING:
    from pydantic import BaseModel

    Config = TypeVar("Config", bound=BaseModel)

__all__ = ["app", "load_recipe"]

app = typer.Typer(no_args_is_help=True, help="Train a model as a YAML recipe says.")

Recipe = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG.yaml", help="The recipe: a YAML file, or a packaged one's name."
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on from the last checkpoint of the same recipe.")
]


@app.command("reader")
def reader_command(recipe: Recipe, resume: Resume = False, json_output: Json = None) -> None:
    """Fine-tune a span reader on question rows."""
    from ..reader.train import ReaderTraining, train

    config = load_recipe(recipe, ReaderTraining)
    _log_to_stderr()
    result = asdict(train(config, resume=resume))
    _deliver(result, json_output=bool(json_output))


def load_recipe(source: str, model: type[Config]) -> Config:
    """A validated recipe: a packaged one's name, or a file. Raises InputError in one line."""
    from pydantic import ValidationError

    from ..configs import read, recipes
    from .settings import explain, parse_yaml

    try:
        text = read(source) if source in recipes() else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(recipes()) or "none"
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{source}: no recipe to read ({why}); packaged are: {known}") from error
    try:
        return model.model_validate(parse_yaml(text, source))
    except ValidationError as error:
        raise InputError(f"{source}: {explain(error, tuple(model.model_fields))}") from error


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s", force=True)
    for noisy in ("httpx", "urllib3", "filelock"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _deliver(result: Mapping[str, Any], *, json_output: bool) -> None:
    plain = {k: str(v) if isinstance(v, Path) else v for k, v in result.items()}
    if json_output:
        print_json(plain)
    else:
        typer.echo("\n".join(rows(plain)))
