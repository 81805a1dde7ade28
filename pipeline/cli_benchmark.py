"""`spanmem benchmark reader|open`; `memory` is in `cli_benchmark_memory`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..memory.errors import InputError, StorageError
from . import options as opt
from .cli_benchmark_memory import memory_command

if TYPE_CHECKING:
    from .report import ReaderReport
    from .settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Measure answers on a set of questions.")
app.command("memory")(memory_command)

Data = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="SQuAD JSON, flat or open-domain JSON lines, DPR tables; also .gz and .zst.",
    ),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", help="Only N questions, at even distances in the file."),
]
Regex = Annotated[
    bool | None, typer.Option("--regex", help="The answers are regular expressions (CuratedTREC).")
]
Predictions = Annotated[
    str | None,
    typer.Option("--predictions", metavar="FILE", help="Write a SQuAD predictions file."),
]
Trec = Annotated[
    str | None, typer.Option("--trec", metavar="FILE", help="Write a TREC run of the passages.")
]


@app.command("reader")
def reader_command(
    data: Data = None,
    limit: Limit = None,
    regex: Regex = None,
    predictions: Predictions = None,
    reader: opt.Reader = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.Config = None,
    json_output: opt.Json = None,
) -> None:
    """Read each question against its own gold context. Scores 0 to 100."""
    settings = opt.chosen(
        config,
        data=data,
        limit=limit,
        regex=regex,
        predictions=predictions,
        reader=reader,
        device=device,
        threads=threads,
        json=json_output,
    )
    source = _data(settings)
    from .benchmark import benchmark_reader
    from .loading import load_reader
    from .progress import CountProgress

    with CountProgress("questions") as shown:
        report = benchmark_reader(
            load_reader(settings),
            source,
            limit=settings.benchmark.limit,
            regex=settings.benchmark.regex,
            null_margin=settings.benchmark.null_margin,
            seed=settings.benchmark.seed,
            step=shown.step,
        )
    _deliver(report, settings)


@app.command("open")
def open_command(
    data: Data = None,
    memory: opt.Memory = None,
    limit: Limit = None,
    regex: Regex = None,
    predictions: Predictions = None,
    trec: Trec = None,
    passages: opt.Passages = None,
    mode: opt.Mode = None,
    encoder: opt.Encoder = None,
    reader: opt.Reader = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.Config = None,
    json_output: opt.Json = None,
) -> None:
    """Ask each question of the whole memory. Scores and recall 0 to 100, mrr 0 to 1."""
    settings = opt.chosen(
        config,
        data=data,
        memory=memory,
        limit=limit,
        regex=regex,
        predictions=predictions,
        trec=trec,
        passages=passages,
        mode=mode,
        encoder=encoder,
        reader=reader,
        device=device,
        threads=threads,
        json=json_output,
    )
    source = _data(settings)
    from .benchmark import benchmark
    from .loading import open_qa
    from .progress import CountProgress

    with open_qa(settings) as qa, CountProgress("questions") as shown:
        report = benchmark(
            qa,
            source,
            limit=settings.benchmark.limit,
            regex=settings.benchmark.regex,
            hits=settings.benchmark.hits,
            seed=settings.benchmark.seed,
            step=shown.step,
        )
    _deliver(report, settings)


def _data(settings: Settings) -> Path:
    """The question file, checked before a model is loaded. Raises InputError."""
    if settings.benchmark.data is None:
        raise InputError("which questions? name their file with --data")
    path = Path(settings.benchmark.data)
    if not path.is_file():
        raise InputError(f"{path}: no such file; give a file of questions")
    for out in (settings.benchmark.predictions, settings.benchmark.trec):
        if out is not None and not Path(out).absolute().parent.is_dir():
            raise InputError(f"{out}: its folder does not exist; make it first")
    return path


def _deliver(report: ReaderReport, settings: Settings) -> None:
    """Print the report first: a file that cannot be written must not cost it."""
    from .cli_output import print_json
    from .report import predictions_json, trec_run

    if settings.runtime.json_output:
        print_json(report.to_json())
    else:
        typer.echo("\n".join(report.lines()))
    if settings.benchmark.predictions is not None:
        _write(settings.benchmark.predictions, predictions_json(report.outcomes))
    if settings.benchmark.trec is not None:
        _write(settings.benchmark.trec, trec_run(report.outcomes))


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}") from error
