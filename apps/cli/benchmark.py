"""`spanmem benchmark`: what is measured is said by options, printed, and written to files."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options as opt
from .output import print_table
from .results import checked_data, deliver, deliver_grid, keep_grid

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Measure answers on a set of questions.")

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
NearMisses = Annotated[
    str | None,
    typer.Option(
        "--near-misses",
        metavar="FILE",
        help="Pairs that must not be taken for one another, JSON lines of a, b; else our own.",
    ),
]
Paraphrases = Annotated[
    str | None,
    typer.Option(
        "--paraphrases",
        metavar="FILE",
        help="Pairs that ask the same: JSON lines of original, other, context, answers.",
    ),
]
Conversations = Annotated[
    str | None,
    typer.Option(
        "--conversations",
        metavar="FILE",
        help="JSON lines of question, history, rewrite, context, answers.",
    ),
]

_MEMORY_FILES = ("near_misses", "paraphrases", "conversations")
"""What `benchmark memory` reads."""


@app.command("memory")
def memory_command(
    ctx: typer.Context,
    near_misses: NearMisses = None,
    paraphrases: Paraphrases = None,
    conversations: Conversations = None,
    memory: opt.MemoryFolder = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", help="Only N pairs and questions are read."),
    ] = None,
    encoder: opt.EncoderModel = None,
    reader: opt.ReaderModel = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.ConfigSource = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """Reuse on near misses and paraphrases, corrections, edited sources, follow-ups. Percent.

    Conversations are looked up in --memory, if given, else in a memory of their own texts. No turn
    is remembered there.
    """
    from ...core.questions import RowLedger
    from ...evaluation.remembering_data import packaged_pairs, read_pairs, read_talks

    run = opt.invocation(ctx)
    files = run.arguments.benchmark  # what is wrong with them is told before a model is loaded
    rows = {name: RowLedger() for name in _MEMORY_FILES if getattr(files, name)}
    near, same = (
        read_pairs(getattr(files, name), rows[name]) if name in rows else packaged_pairs(name)
        for name in _MEMORY_FILES[:2]
    )
    talks = read_talks(files.conversations, rows["conversations"]) if files.conversations else ()

    from ...evaluation.remembering import Models, benchmark_memory
    from ...pipeline.factory import load_encoder, load_reader
    from .progress import CountProgress

    models = Models(load_encoder(run.settings), load_reader(run.settings))
    with CountProgress("questions") as progress:
        figures = benchmark_memory(
            models,
            run.settings,
            near=near,
            same=same,
            talks=talks,
            limit=files.limit,
            rows=rows,
            step=lambda what, done, of: progress.step(done, of, f", {what}"),
        )
    print_table(figures, as_json=run.json_output)


@app.command("reader")
def reader_command(
    ctx: typer.Context,
    data: Data = None,
    limit: Limit = None,
    regex: Regex = None,
    training_data: TrainingData = None,
    report: Report = None,
    compare: Compare = None,
    predictions: Predictions = None,
    reader: opt.ReaderModel = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.ConfigSource = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """Read each question against its own gold context. Scores 0 to 100."""
    run = opt.invocation(ctx)
    options = run.arguments.benchmark
    questions, _ = checked_data(run, config)
    from ...evaluation.benchmark import benchmark_reader
    from ...pipeline.factory import load_reader
    from .progress import CountProgress

    with CountProgress("questions") as progress:
        result = benchmark_reader(
            load_reader(run.settings), questions, options=options, step=progress.step
        )
    deliver(result, run)


@app.command("open")
def open_command(
    ctx: typer.Context,
    data: Data = None,
    memory: opt.MemoryFolder = None,
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
    read: opt.Read = None,
    mode: opt.Mode = None,
    where: opt.Where = None,
    encoder: opt.EncoderModel = None,
    reader: opt.ReaderModel = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.ConfigSource = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """Ask each question of the whole memory. Scores and recall 0 to 100, mrr 0 to 1."""
    run = opt.invocation(ctx)
    options = run.arguments.benchmark
    questions, outputs = checked_data(run, config)
    from ...evaluation.benchmark import benchmark, benchmark_pipeline
    from ...evaluation.outputs import check_sources
    from .progress import CountProgress

    with benchmark_pipeline(run.settings, options) as qa:
        check_sources(outputs, (document.origin for document in qa.memory.documents()))
        with CountProgress("questions") as progress:
            result = benchmark(qa, questions, options=options, step=progress.step)
        deliver(result, run, qa.memory)


@app.command("grid")
def grid_command(
    ctx: typer.Context,
    grid: Annotated[
        str, typer.Argument(metavar="GRID.yaml", help="A grid's file, or a packaged one's name.")
    ],
    data: Data = None,
    memory: opt.MemoryFolder = None,
    limit: Limit = None,
    regex: Regex = None,
    training_data: TrainingData = None,
    report: Report = None,
    where: opt.Where = None,
    encoder: opt.EncoderModel = None,
    reader: opt.ReaderModel = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.ConfigSource = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """Compare settings over one memory, as a grid says: a Markdown table with intervals."""
    run = opt.invocation(ctx)
    options = run.arguments.benchmark
    questions, _ = checked_data(run, config, grid=grid)
    from ...evaluation.grid import Cell, plan, read_grid, run_grid
    from .progress import CountProgress

    points = plan(read_grid(grid), run.settings, options)
    cells: list[Cell] = []
    try:
        with CountProgress("questions") as progress:
            for cell in run_grid(points, questions, done=progress.step):
                cells.append(cell)
                keep_grid(cells, run)
    finally:
        if cells:  # also of a run that was stopped, or found a row that cannot be measured
            deliver_grid(cells, run, planned=len(points))
