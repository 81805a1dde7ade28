"""`spanmem index`: documents into a memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from . import options as opt

__all__ = ["index"]

_KINDS = 20
"""Kinds of files that are named."""


def _workers(text: str) -> int | str:
    """A number where it is one."""
    try:
        return int(text)
    except ValueError:
        return text


def index(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Files or folders: .txt .md .rst .html .pdf .docx .xlsx .pptx .odt .ods .odp "
            ".epub .rtf .eml .mbox .ipynb .srt .vtt .yaml .toml .ini .log .adoc .org .tex .jsonl "
            ".json .csv .tsv .parquet; the line formats also as .gz and .zst.",
        ),
    ] = None,
    memory: opt.MemoryFolder = None,
    dataset: Annotated[
        str | None,
        typer.Option("--dataset", metavar="NAME[:CONFIG]", help="A set of the datasets library."),
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="NAME", help="Which split of the set.")
    ] = None,
    skip_bad: Annotated[
        bool | None,
        typer.Option("--skip-bad", help="Go on past rows and files that cannot be used."),
    ] = None,
    prune: Annotated[
        bool | None,
        typer.Option("--prune", help="Forget documents that are gone from the given paths."),
    ] = None,
    workers: Annotated[
        str | None,
        typer.Option(
            "--workers",
            metavar="N|ray://HOST:PORT",
            help="Processes that encode, which share the threads, or a Ray cluster.",
            parser=_workers,
        ),
    ] = None,
    text_column: Annotated[
        list[str] | None,
        typer.Option(
            "--text-column",
            metavar="NAME",
            help="Column of rows and tables that is the text; may be given several times.",
        ),
    ] = None,
    words: Annotated[
        int | None, typer.Option("--words", metavar="N", help="Words per passage, about.")
    ] = None,
    overlap: Annotated[
        int | None, typer.Option("--overlap", metavar="N", help="Words that neighbors share.")
    ] = None,
    encoder: opt.EncoderModel = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.ConfigSource = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """Read documents into a memory; unchanged ones are skipped, so run it as often as you like."""
    from dataclasses import asdict

    from ...pipeline.factory import memory_source
    from ...pipeline.indexing import index_with_report
    from .output import print_json
    from .progress import IndexProgress

    run = opt.invocation(ctx)
    with IndexProgress() as progress:
        opened, report = index_with_report(
            paths or [],
            into=memory_source(run.settings),
            settings=run.settings,
            on_bad=progress.bad,
            progress=progress.step,
            **run.arguments.index.model_dump(),
        )
        opened.close()
    figures = asdict(report)
    if run.json_output:
        print_json(figures)
        return
    numbers = {name: value for name, value in figures.items() if isinstance(value, int | float)}
    typer.echo("  ".join(f"{name} {_short(value)}" for name, value in numbers.items()))
    for line in (*_passed_over(report.passed_over), *report.notices):
        typer.echo(line, err=True)


def _passed_over(counts: Mapping[str, int]) -> Iterator[str]:
    """What a folder holds that was not read, in a line for what no reader takes and one for else.

    Of many kinds the most frequent are named.
    """
    kinds = {name: number for name, number in counts.items() if name.startswith(".")}
    others = {name: number for name, number in counts.items() if name not in kinds}
    for what, some in (("of kinds that are not read", kinds), ("without use", others)):
        if some:
            total = sum(some.values())
            named = [f"{name} {number:,}" for name, number in list(some.items())[:_KINDS]]
            more = [f"{len(some) - _KINDS:,} more kinds"] if len(some) > _KINDS else []
            files = "file" if total == 1 else "files"
            yield f"passed over: {total:,} {files} {what} ({', '.join([*named, *more])})"


def _short(value: float) -> str:
    return f"{round(value, 1) if isinstance(value, float) else value:,}"
