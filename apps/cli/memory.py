"""`spanmem memory`: look after a memory."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ...core.errors import InputError
from ...core.times import moment
from . import options as opt
from .output import flat, print_json, print_table

if TYPE_CHECKING:
    from ...core.records import Turn
    from ...memory.opening import AnyMemory
    from .arguments import Invocation

__all__ = ["app"]

AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="As known then: ISO 8601 in UTC, 2026-11-23T20."),
]

app = typer.Typer(no_args_is_help=True, help="Look after a memory: its state, its turns.")


@app.command()
def stats(
    ctx: typer.Context, memory: opt.MemoryFolder = None, json_output: opt.JsonOutput = None
) -> None:
    """What the memory holds, and how large it is."""
    run = opt.invocation(ctx)
    with _open(run) as opened:
        figures = opened.stats()
    print_table(figures, as_json=run.json_output)


@app.command()
def verify(
    ctx: typer.Context, memory: opt.MemoryFolder = None, json_output: opt.JsonOutput = None
) -> None:
    """Check every row and view. Leaves with code 1 if anything is wrong."""
    run = opt.invocation(ctx)
    with _open(run) as opened:
        problems = opened.verify()
    if run.json_output:
        print_json({"clean": not problems, "problems": problems})
    else:
        typer.echo("\n".join(problems) or "clean")
    if problems:
        raise typer.Exit(1)


@app.command()
def history(
    ctx: typer.Context,
    memory: opt.MemoryFolder = None,
    scope: opt.Scope = None,
    as_of: AsOf = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """The turns of a scope, oldest first: what was answered, corrected and superseded."""
    run = opt.invocation(ctx)
    chosen_scope = run.arguments.memory.scope
    with _open(run) as opened:
        turns = opened.turns(chosen_scope, as_of=run.arguments.memory.as_of)
    if (then := run.arguments.memory.as_of) is not None:
        ahead = sum(turn.created_at > moment(then) for turn in turns)
        if ahead:
            typer.echo(
                f"{ahead} of these turns bear later dates, and were told before one that does not: "
                "the clock was set back, and what was told first counts as known first",
                err=True,
            )
    if run.json_output:
        print_json({"scope": chosen_scope, "turns": [asdict(turn) for turn in turns]})
    else:
        by_id = {turn.id: turn for turn in turns}
        for turn in turns:
            typer.echo(turn_line(turn, by_id.get(turn.supersedes or "")))


@app.command()
def withdraw(
    ctx: typer.Context,
    memory: opt.MemoryFolder = None,
    scope: opt.Scope = None,
    turn: Annotated[
        str | None,
        typer.Option("--turn", metavar="ID", help="Which correction; the scope's latest if none."),
    ] = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """Take a correction back: what it took the place of counts again. Nothing is deleted."""
    from ...pipeline.turns import withdrawn
    from .chat import user

    run = opt.invocation(ctx)
    with _open(run) as opened:
        taken_back = withdrawn(opened, run.arguments.memory.scope, turn, author=user())
        correction = opened.turn(taken_back.scope, taken_back.supersedes or "")
    if run.json_output:
        print_json(asdict(taken_back))
    else:
        typer.echo(turn_line(taken_back, correction))


@app.command()
def export(
    ctx: typer.Context,
    memory: opt.MemoryFolder = None,
    scope: opt.Scope = None,
    squad: Annotated[
        bool,
        typer.Option(
            "--squad", help="As training rows in SQuAD's flat layout: answers in their passages."
        ),
    ] = False,
    json_output: opt.JsonOutput = None,
) -> None:
    """All turns of a scope as JSON lines, with their evidence; --json makes one object of it."""
    run = opt.invocation(ctx)
    chosen_scope = run.arguments.memory.scope
    left_out = 0
    with _open(run) as opened:
        turns = opened.turns(chosen_scope)
        lines = [asdict(turn) for turn in turns]
        if squad:
            from ...reader.training.from_turns import training_rows

            rows, left_out = training_rows(turns, opened.passage)
            lines = [row.to_json() for row in rows]
    if run.json_output:
        kind = "rows" if squad else "turns"
        print_json({"scope": chosen_scope, kind: lines, "left_out": left_out})
        return
    for line in lines:
        typer.echo(json.dumps(line))
    if left_out:
        typer.echo(f"{left_out} turns have no answer that stands in their passage", err=True)


@app.command()
def copy(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="A memory's folder or URL.")],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="Folder or URL of the copy, made if need be.")
    ],
    json_output: opt.JsonOutput = None,
) -> None:
    """Copy a memory, from a folder to a server or back; run again, it goes on where it ended.

    Documents, passages, vectors, turns and corrections are compared at the end.
    """
    from ...memory.copying import copy_memory

    run = opt.invocation(ctx)
    print_table(asdict(copy_memory(source, target)), as_json=run.json_output)


@app.command()
def recover(
    ctx: typer.Context,
    memory: opt.MemoryFolder = None,
    encoder: opt.EncoderModel = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """Make a damaged memory sound: what can be read is saved, the damaged files are kept aside."""
    from ...memory.store import Memory
    from ...pipeline.factory import memory_path

    run = opt.invocation(ctx)
    report = asdict(Memory.recover(memory_path(run.settings), encoder=encoder))
    if run.json_output:
        print_json(report)
        return
    incomplete = report.pop("incomplete")
    print_table({k: "unknown" if v is None else v for k, v in report.items()}, as_json=False)
    for name in incomplete:
        typer.echo(f"incomplete, index it again: {flat(name)}")


@app.command()
def compact(
    ctx: typer.Context,
    memory: opt.MemoryFolder = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="Vector index to make from now on: auto (by size), flat, hnsw, ivfpq (folder) or "
            "bits (server).",
        ),
    ] = None,
    config: opt.ConfigSource = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """Make the search views anew without what was removed, and give unused space back."""
    run = opt.invocation(ctx)
    with _open(run, write=True) as opened:
        before = opened.stats()["bytes"]
        opened.compact(cast("Any", run.settings.index.kind))
        sizes = {"bytes_before": before, "bytes": opened.stats()["bytes"]}
    print_table(sizes, as_json=run.json_output)


@app.command()
def forget(
    ctx: typer.Context,
    memory: opt.MemoryFolder = None,
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
    json_output: opt.JsonOutput = None,
) -> None:
    """Erase documents or turns from every file of the memory. There is no way back.

    With a turn go later ones of its scope that hold words of it: follow-ups, and those answered
    from it.
    """
    run = opt.invocation(ctx)
    with _open(run, write=True) as opened:
        if scope is not None:
            _check_turns(opened, scope, turn)
        told = len(opened.notices)
        documents, turns = opened.forget(
            documents=document or (), scope=scope, turn=turn, before=before
        )
        for notice in opened.notices[told:]:
            typer.echo(notice, err=True)
    print_table({"documents": documents, "turns": turns}, as_json=run.json_output)


def _check_turns(memory: AnyMemory, scope: str, turn: str | None) -> None:
    """Raise InputError for a mistyped scope or turn: nothing there must not look like forgotten."""
    if not memory.turns(scope, last=1):
        raise InputError(f"no turn is remembered under scope {scope!r}, so nothing was forgotten")
    if turn is not None and memory.turn(scope, turn) is None:
        raise InputError(
            f"no turn {turn!r} in scope {scope!r}, so nothing was forgotten; `spanmem memory "
            "history --json` shows the ids"
        )


def turn_line(turn: Turn, superseded: Turn | None = None) -> str:
    """A turn in one line; `superseded` is the one whose place it took.

        2026-11-23 20:21  How long? (with: warranty lamp)  Two years  (correction by ann)
        2026-11-23 20:25  How long? (with: warranty lamp)  not: Two years  (withdrawal by ann)

    What was carried to the question from earlier turns stands behind it, apart; an answer read on
    a page comes with that: (answer, manual.pdf, page 5).
    """
    marks = turn.kind + (f" by {turn.author}" if turn.author else "")
    for place in turn.evidence[:1]:
        if place.page is not None:
            marks += f", {place.source or place.document}, page {place.page}"
    marks += ", superseded" if turn.superseded_by else ""
    when = turn.created_at[:16].replace("T", " ")
    question = turn.question + (f" (with: {' '.join(turn.carried)})" if turn.carried else "")
    answer = turn.answer or "I do not know."
    if turn.kind == "withdrawal":
        answer = f"not: {(superseded and superseded.answer) or 'what was told'}"
    return flat(f"{when}  {question}  {answer}  ({marks})")


def _open(run: Invocation, *, write: bool = False) -> AnyMemory:
    """The memory, open, with what it has to say on stderr. Raises what `open_memory` raises."""
    from ...memory.opening import open_memory
    from ...pipeline.factory import memory_source

    memory = open_memory(memory_source(run.settings), write=write)
    for notice in memory.notices:
        typer.echo(notice, err=True)
    return memory
