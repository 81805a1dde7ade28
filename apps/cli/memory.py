"""`spanmem memory`: look after a memory."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.errors import InputError
from . import options as opt
from .output import print_json, rows

if TYPE_CHECKING:
    from ...core.records import Turn
    from ...memory.store import Memory

__all__ = ["app"]

AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="As known then: ISO 8601 in UTC, 2026-11-23T20."),
]

app = typer.Typer(no_args_is_help=True, help="Look after a memory: its state, its turns.")


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


@app.command()
def history(
    memory: opt.Memory = None,
    scope: opt.Scope = None,
    as_of: AsOf = None,
    json_output: opt.Json = None,
) -> None:
    """The turns of a scope, oldest first: what was answered, corrected and superseded."""
    name = _scope(scope)
    with _open(memory) as opened:
        turns = opened.turns(name, as_of=as_of)
    if json_output:
        print_json({"scope": name, "turns": [asdict(turn) for turn in turns]})
    else:
        for turn in turns:
            typer.echo(_line(turn))


@app.command()
def export(
    memory: opt.Memory = None,
    scope: opt.Scope = None,
    squad: Annotated[
        bool,
        typer.Option(
            "--squad", help="As training rows in SQuAD's flat layout: answers in their passages."
        ),
    ] = False,
    json_output: opt.Json = None,
) -> None:
    """All turns of a scope as JSON lines, with their evidence; --json makes one object of it."""
    name = _scope(scope)
    left_out = 0
    with _open(memory) as opened:
        turns = opened.turns(name)
        lines = [asdict(turn) for turn in turns]
        if squad:
            from ...reader.training.from_turns import training_rows

            found, left_out = training_rows(turns, opened.passage)
            lines = [row.to_json() for row in found]
    if json_output:
        print_json({"scope": name, "rows" if squad else "turns": lines, "left_out": left_out})
        return
    for line in lines:
        typer.echo(json.dumps(line))
    if left_out:
        typer.echo(f"{left_out} turns have no answer that stands in their passage", err=True)


@app.command()
def recover(
    memory: opt.Memory = None, encoder: opt.Encoder = None, json_output: opt.Json = None
) -> None:
    """Make a damaged memory sound: what can be read is saved, the damaged files are kept aside."""
    from ...memory.store import Memory
    from ...pipeline.factory import memory_path
    from .render import flat

    path = memory_path(opt.chosen(None, memory=memory))
    table = asdict(Memory.recover(path, encoder=encoder))
    if json_output:
        print_json(table)
        return
    incomplete = table.pop("incomplete")
    typer.echo("\n".join(rows({k: "unknown" if v is None else v for k, v in table.items()})))
    for name in incomplete:
        typer.echo(f"incomplete, index it again: {flat(name)}")


@app.command()
def compact(
    memory: opt.Memory = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="Vector index to make, now and later: auto (by size), flat, hnsw or ivfpq.",
        ),
    ] = None,
    config: opt.Config = None,
    json_output: opt.Json = None,
) -> None:
    """Make the search views anew without what was removed, and give unused space back."""
    settings = opt.chosen(config, memory=memory, kind=kind)
    with _open(settings.memory.path, write=True) as opened:
        before = opened.stats()["bytes"]
        opened.compact(settings.index.kind)
        table = {"bytes_before": before, "bytes": opened.stats()["bytes"]}
    _deliver(table, json_output)


@app.command()
def forget(
    memory: opt.Memory = None,
    document: Annotated[
        list[str] | None,
        typer.Option(
            "--document",
            metavar="ID",
            help="This document, and all turns that rest on it; may be given several times.",
        ),
    ] = None,
    scope: Annotated[
        str | None,
        typer.Option("--scope", metavar="NAME", help="All turns of this scope, if none is chosen."),
    ] = None,
    turn: Annotated[
        str | None, typer.Option("--turn", metavar="ID", help="Of the scope, this turn only.")
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            "--before", metavar="TIME", help="Of the scope, turns older than this ISO 8601 time."
        ),
    ] = None,
    json_output: opt.Json = None,
) -> None:
    """Erase documents or turns from every file of the memory. There is no way back.

    With a turn go later ones of its scope that hold words of it: follow-ups, and those answered
    from it.
    """
    with _open(memory, write=True) as opened:
        if scope is not None:
            _must_know(opened, scope, turn)
        documents, turns = opened.forget(
            documents=document or (), scope=scope, turn=turn, before=before
        )
    _deliver({"documents": documents, "turns": turns}, json_output)


def _must_know(opened: Memory, scope: str, turn: str | None) -> None:
    """Raise InputError for a mistyped scope or turn: nothing found must not look like forgotten."""
    if not opened.turns(scope, last=1):
        raise InputError(f"no turn is remembered under scope {scope!r}, so nothing was forgotten")
    if turn is not None and opened.turn(scope, turn) is None:
        raise InputError(
            f"no turn {turn!r} in scope {scope!r}, so nothing was forgotten; `spanmem memory "
            "history --json` shows the ids"
        )


def _deliver(table: dict[str, int], json_output: bool | None) -> None:
    if json_output:
        print_json(table)
    else:
        typer.echo("\n".join(rows(table)))


def _scope(given: str | None) -> str:
    return opt.chosen(None, scope=given).memory.scope


def _line(turn: Turn) -> str:
    """`2026-11-23 20:21  How long?  Two years  (correction by ann, superseded)`."""
    from .render import flat

    marks = turn.kind + (f" by {turn.author}" if turn.author else "")
    marks += ", superseded" if turn.superseded_by else ""
    when = turn.created_at[:16].replace("T", " ")
    return flat(f"{when}  {turn.question}  {turn.answer or 'I do not know.'}  ({marks})")


def _open(memory: str | None, *, write: bool = False) -> Memory:
    """The memory, open, with what it has to say on stderr. Raises what `Memory.open` raises."""
    from ...memory.store import Memory
    from ...pipeline.factory import memory_path

    opened = Memory.open(memory_path(opt.chosen(None, memory=memory)), write=write)
    for notice in opened.notices:
        typer.echo(notice, err=True)
    return opened
