"""`spanmem benchmark reader|open|grid`; `memory` is in `cli_benchmark_memory`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import options as opt
from .benchmark_memory import memory_command
from .deliver import data_path, deliver, deliver_grid

if TYPE_CHECKING:
    from ...pipeline.qa import QA
    from ...pipeline.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Measure answers on a set of questions.")
app.command("memory")(memory_command)

Data = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="SQuAD JSON, flat or open-domain JSON lines, DPR tables (also .gz and .zst), "
        "or a folder laid out like BEIR's.",
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
Qrels = Annotated[
    str | None, typer.Option("--qrels", metavar="FILE", help="Write judgments of that run.")
]
Kilt = Annotated[
    str | None,
    typer.Option("--kilt", metavar="FILE", help="Write answers with provenance, as KILT's."),
]
Dpr = Annotated[
    str | None, typer.Option("--dpr", metavar="FILE", help="Write the passages found, as DPR's.")
]
Report = Annotated[
    str | None,
    typer.Option(
        "--report", metavar="FOLDER", help="Write figures, plots and the worst misses there."
    ),
]
Compare = Annotated[
    str | None,
    typer.Option(
        "--compare", metavar="REPORT", help="Earlier report.json, or its folder, to compare with."
    ),
]
TrainingData = Annotated[
    str | None,
    typer.Option(
        "--training-data",
        metavar="POLICY",
        help="Questions the reader was trained on: refuse (the default), leave-out or allow.",
    ),
]
Answerable = Annotated[
    bool | None,
    typer.Option("--answerable", help="Score what any passage answers apart, too."),
]


@app.command("reader")
def reader_command(
    data: Data = None,
    limit: Limit = None,
    regex: Regex = None,
    training_data: TrainingData = None,
    report: Report = None,
    compare: Compare = None,
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
        training_data=training_data,
        report=report,
        compare=compare,
        predictions=predictions,
        reader=reader,
        device=device,
        threads=threads,
        json=json_output,
    )
    source = data_path(settings)
    from ...evaluation.benchmark import benchmark_reader
    from ...pipeline.factory import load_reader
    from .progress import CountProgress

    with CountProgress("questions") as shown:
        found = benchmark_reader(
            load_reader(settings),
            source,
            limit=settings.benchmark.limit,
            regex=settings.benchmark.regex,
            training_data=settings.benchmark.training_data,
            null_margin=settings.benchmark.null_margin,
            seed=settings.benchmark.seed,
            step=shown.step,
        )
    deliver(found, settings)


@app.command("open")
def open_command(
    data: Data = None,
    memory: opt.Memory = None,
    limit: Limit = None,
    regex: Regex = None,
    training_data: TrainingData = None,
    answerable: Answerable = None,
    report: Report = None,
    compare: Compare = None,
    predictions: Predictions = None,
    trec: Trec = None,
    qrels: Qrels = None,
    kilt: Kilt = None,
    dpr: Dpr = None,
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
        training_data=training_data,
        answerable=answerable,
        report=report,
        compare=compare,
        predictions=predictions,
        trec=trec,
        qrels=qrels,
        kilt=kilt,
        dpr=dpr,
        passages=passages,
        mode=mode,
        encoder=encoder,
        reader=reader,
        device=device,
        threads=threads,
        json=json_output,
    )
    data_path(settings)
    _open(settings)


def _open(settings: Settings) -> None:
    """Over the memory as it is, or over a copy where what is asked is remembered."""
    from ...pipeline.factory import copied_memory, memory_path
    from ...pipeline.qa import QA

    if not settings.benchmark.remember:
        with QA.open(settings) as qa:
            _ask(qa, settings)
        return
    with (
        copied_memory(memory_path(settings)) as copy,
        QA.open(settings.override({"memory.path": str(copy)})) as qa,
    ):
        _ask(qa, settings)


def _ask(qa: QA, settings: Settings) -> None:
    from ...evaluation.benchmark import benchmark
    from .progress import CountProgress

    with CountProgress("questions") as shown:
        found = benchmark(
            qa,
            data_path(settings),
            limit=settings.benchmark.limit,
            regex=settings.benchmark.regex,
            training_data=settings.benchmark.training_data,
            answerable=settings.benchmark.answerable,
            remember=settings.benchmark.remember,
            hits=settings.benchmark.hits,
            seed=settings.benchmark.seed,
            step=shown.step,
        )
    deliver(found, settings, qa.memory)


@app.command("grid")
def grid_command(
    grid: Annotated[
        str, typer.Argument(metavar="GRID.yaml", help="A grid's file, or a packaged one's name.")
    ],
    data: Data = None,
    memory: opt.Memory = None,
    limit: Limit = None,
    regex: Regex = None,
    training_data: TrainingData = None,
    report: Report = None,
    encoder: opt.Encoder = None,
    reader: opt.Reader = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.Config = None,
    json_output: opt.Json = None,
) -> None:
    """Compare settings over one memory, as a grid says: a Markdown table with intervals."""
    settings = opt.chosen(
        config,
        data=data,
        memory=memory,
        limit=limit,
        regex=regex,
        training_data=training_data,
        report=report,
        encoder=encoder,
        reader=reader,
        device=device,
        threads=threads,
        json=json_output,
    )
    source = data_path(settings)
    from ...evaluation.grid import plan, read_grid, run_grid
    from .progress import CountProgress

    points = plan(read_grid(grid), settings)
    with CountProgress("questions") as shown:
        cells = list(run_grid(points, source, done=shown.step))
    deliver_grid(cells, settings)
