"""`spanmem ask`: one question, one answer."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options as opt

__all__ = ["ask"]


def ask(
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In your own words.")],
    memory: opt.MemoryFolder = None,
    scope: Annotated[
        str | None,
        typer.Option(
            "--scope",
            metavar="NAME",
            help="Whose turns are remembered and seen, and what a follow-up is understood from.",
        ),
    ] = None,
    alone: Annotated[
        bool | None,
        typer.Option("--alone", help="The question is no follow-up of the scope's turns."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="TIME", help="By what was told up to then, in UTC: 2026-11-23T20:00."
        ),
    ] = None,
    top_k: opt.TopK = None,
    where: opt.Where = None,
    passages: opt.Passages = None,
    read: opt.Read = None,
    mode: opt.Mode = None,
    encoder: opt.EncoderModel = None,
    reader: opt.ReaderModel = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.ConfigSource = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """Ask one question: the answer in its sentence, its place, and how sure it is."""
    from ...pipeline.qa import QA
    from ...pipeline.question import clean_question
    from .output import console, flat, print_json

    run = opt.invocation(ctx)
    clean_question(question)  # what cannot be asked is told before a model is loaded
    with QA.open(run.settings) as qa:
        arguments = run.arguments.memory
        history = () if arguments.alone else None
        answer = qa.ask(question, scope=arguments.scope, as_of=arguments.as_of, history=history)
        for notice in answer.notices:
            typer.echo(flat(notice), err=True)
        if answer.text is None and not qa.memory.counts()[1]:
            place = qa.memory.path
            typer.echo(
                f"nothing is indexed in {place}; use `spanmem index PATH -m {place}`", err=True
            )
        if run.json_output:
            print_json(answer.to_json())
        else:
            from .render import show_answer

            show_answer(console(), answer, qa.memory.passage)
