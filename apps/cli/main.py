"""The command line: answers to stdout, talk to stderr. Nothing heavy is imported until used."""

from __future__ import annotations

from typing import Annotated

import typer

from .ask import ask
from .backup import backup, restore
from .benchmark import app as benchmark_app
from .chat import chat
from .doctor import doctor
from .index import index
from .keys import app as keys_app
from .memory import app as memory_app
from .serve import serve
from .train import app as train_app

__all__ = ["app"]

app = typer.Typer(
    name="spanmem",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(benchmark_app, name="benchmark")
app.add_typer(train_app, name="train")
app.add_typer(memory_app, name="memory")
app.add_typer(keys_app, name="keys")
for command in (index, ask, chat, serve, backup, restore, doctor):
    app.command()(command)


def _version(wanted: bool) -> None:
    if wanted:
        from ...evaluation.environment import installed

        typer.echo(f"spanmem {installed()}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Answers questions verbatim from your documents, with the place, or says it does not know."""
