"""The command line: answers to stdout, talk to stderr. Nothing heavy is imported until used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as opt
from .benchmark import app as benchmark_app
from .memory import app as memory_app
from .output import console, print_json
from .train import app as train_app

if TYPE_CHECKING:
    from ...pipeline.settings import Settings

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


@app.command()
def index(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Files or folders: .txt .md .html .pdf .docx .jsonl .json .csv .tsv .parquet; "
            "the line formats also as .gz and .zst.",
        ),
    ] = None,
    memory: opt.Memory = None,
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
    words: Annotated[
        int | None, typer.Option("--words", metavar="N", help="Words per passage, about.")
    ] = None,
    overlap: Annotated[
        int | None, typer.Option("--overlap", metavar="N", help="Words that neighbors share.")
    ] = None,
    encoder: opt.Encoder = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.Config = None,
    json_output: opt.Json = None,
) -> None:
    """Read documents into a memory; unchanged ones are skipped, so run it as often as you like."""
    settings = opt.chosen(
        config,
        memory=memory,
        dataset=dataset,
        split=split,
        skip_bad=skip_bad,
        prune=prune,
        words=words,
        overlap=overlap,
        encoder=encoder,
        device=device,
        threads=threads,
        json=json_output,
    )
    _index(settings, paths or [])


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In your own words.")],
    memory: opt.Memory = None,
    scope: opt.Scope = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="TIME", help="By what was told up to then, in UTC: 2026-11-23T20:00."
        ),
    ] = None,
    top_k: opt.TopK = None,
    where: opt.Where = None,
    passages: opt.Passages = None,
    mode: opt.Mode = None,
    encoder: opt.Encoder = None,
    reader: opt.Reader = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.Config = None,
    json_output: opt.Json = None,
) -> None:
    """Ask one question: the answer in its sentence, its place, and how sure it is."""
    from ...pipeline.qa import QA

    settings = opt.chosen(
        config,
        memory=memory,
        scope=scope,
        as_of=as_of,
        top_k=top_k,
        where=opt.parse_where(where),
        passages=passages,
        mode=mode,
        encoder=encoder,
        reader=reader,
        device=device,
        threads=threads,
        json=json_output,
    )
    with QA.open(settings) as qa:
        answer = qa.ask(question, scope=settings.memory.scope, as_of=settings.memory.as_of)
        if settings.runtime.json_output:
            print_json(answer.to_json())
        else:
            from .render import show_answer

            show_answer(console(), answer, qa.memory.passage)


@app.command()
def chat(
    memory: opt.Memory = None,
    scope: opt.Scope = None,
    top_k: opt.TopK = None,
    passages: opt.Passages = None,
    mode: opt.Mode = None,
    encoder: opt.Encoder = None,
    reader: opt.Reader = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.Config = None,
) -> None:
    """Ask in turns: follow-ups are understood, /correct is remembered, /quit ends it."""
    from ...pipeline.qa import QA
    from .chat import converse

    settings = opt.chosen(
        config,
        memory=memory,
        scope=scope,
        top_k=top_k,
        passages=passages,
        mode=mode,
        encoder=encoder,
        reader=reader,
        device=device,
        threads=threads,
    )
    with QA.open(settings) as qa:
        converse(qa, settings.memory.scope, console())


def _index(settings: Settings, paths: list[str]) -> None:
    from dataclasses import asdict

    from ...pipeline.factory import memory_path
    from ...pipeline.indexing import index_with_report
    from .progress import IndexProgress

    into = memory_path(settings)
    with IndexProgress() as shown:
        memory, report = index_with_report(
            paths, into=into, settings=settings, on_bad=shown.bad, progress=shown.step
        )
        memory.close()
    table = asdict(report)
    if settings.runtime.json_output:
        print_json(table)
    else:
        typer.echo("  ".join(f"{name} {value:,}" for name, value in _rounded(table).items()))


def _rounded(table: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v, 1) if isinstance(v, float) else v for k, v in table.items()}
