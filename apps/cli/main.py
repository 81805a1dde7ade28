"""The command line: answers to stdout, talk to stderr. Nothing heavy is imported until used."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer

__all__ = ["command_line"]

_GROUPS = ("benchmark", "train", "memory", "keys")
"""Modules whose `app` holds the commands of a group."""
_COMMANDS = {
    "index": "index",
    "ask": "ask",
    "chat": "chat",
    "serve": "serve",
    "mcp": "mcp",
    "backup": "backup",
    "restore": "backup",
    "doctor": "doctor",
}
"""Command -> the module that has a function of its name."""


def command_line(name: str | None = None) -> typer.Typer:
    """The whole command line, or no more of it than the command or group `name`, if it has one.

    To build them all takes longer than to search a memory.
    """
    app = typer.Typer(
        name="spanmem",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=_root,
    )
    one = name is not None and name in (*_GROUPS, *_COMMANDS)
    for group in _GROUPS:
        if not one or group == name:
            app.add_typer(_module(group).app, name=group)
    for command, module in _COMMANDS.items():
        if not one or command == name:
            app.command()(getattr(_module(module), command))
    return app


def _module(name: str) -> Any:
    return import_module(f".{name}", __package__)


def _version(wanted: bool) -> None:
    if wanted:
        from ...evaluation.environment import installed

        typer.echo(f"spanmem {installed()}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Answers questions verbatim from your documents, with the place, or says it does not know."""
