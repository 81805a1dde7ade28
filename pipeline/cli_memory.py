"""`spanmem memory`: look after a memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from . import options as opt
from .cli_output import print_json, rows

if TYPE_CHECKING:
    from ..memory.store import Memory

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look after a memory: its state, its soundness.")


@app.command()
def stats(memory: opt.Memory = None, json_output: opt.Json = None) -> None:
    """What the memory holds, and how large it is."""
    with _open(memory) as opened:
        table = opened.stats()
    if json_output:
        print_json(table)
    else:
        typer.echo("\n".join(rows(table)))


@app.command()
def verify(memory: opt.Memory = None, json_output: opt.Json = None) -> None:
    """Check every row and view. Leaves with code 1 if anything is wrong."""
    with _open(memory) as opened:
        problems = opened.verify()
    if json_output:
        print_json({"clean": not problems, "problems": problems})
    else:
        typer.echo("\n".join(problems) or "clean")
    if problems:
        raise typer.Exit(1)


def _open(memory: str | None, *, write: bool = False) -> Memory:
    """The memory, open, with what it has to say on stderr. Raises what `Memory.open` raises."""
    from ..memory.store import Memory
    from .loading import memory_path

    opened = Memory.open(memory_path(opt.chosen(None, memory=memory)), write=write)
    for notice in opened.notices:
        typer.echo(notice, err=True)
    return opened
