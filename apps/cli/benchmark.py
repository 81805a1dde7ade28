"""`spanmem benchmark`: what is measured is said by options, printed, and written to files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import InputError, StorageError
from . import options as opt
from .output import print_json, print_table

if TYPE_CHECKING:
    from ...evaluation.grid import Cell
    from ...evaluation.report import ReaderReport
    from ...memory.protocol import PassageStore
    from .arguments import BenchmarkArguments, Invocation

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
    from ...evaluation.remembering_data import packaged_pairs, read_pairs, read_talks

    run = opt.invocation(ctx)
    files = run.arguments.benchmark  # what is wrong with them is told before a model is loaded
    near = read_pairs(files.near_misses) if files.near_misses else packaged_pairs("near_misses")
    same = read_pairs(files.paraphrases) if files.paraphrases else packaged_pairs("paraphrases")
    talks = read_talks(files.conversations) if files.conversations else ()

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
    questions = checked_data(options)
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
    mode: opt.Mode = None,
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
    questions = checked_data(options)
    from ...evaluation.benchmark import benchmark, benchmark_pipeline
    from .progress import CountProgress

    with benchmark_pipeline(run.settings, options) as qa:
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
    questions = checked_data(options)
    from ...evaluation.grid import plan, read_grid, run_grid
    from .progress import CountProgress

    points = plan(read_grid(grid), run.settings, options)
    with CountProgress("questions") as progress:
        cells = list(run_grid(points, questions, done=progress.step))
    deliver_grid(cells, run)


def checked_data(options: BenchmarkArguments) -> Path:
    """The questions' file or folder, after a check of all files that the options name.

    What would keep a result from being written or compared is told before it is measured. Raises
    InputError.
    """
    if options.data is None:
        raise InputError("which questions? name their file with --data")
    data = Path(options.data)
    if not data.exists():
        raise InputError(f"{data}: no such file; give a file of questions")
    files = (options.predictions, options.trec, options.qrels, options.kilt, options.dpr)
    for out in (*files, options.report):
        if out is not None and not Path(out).absolute().parent.is_dir():
            raise InputError(f"{out}: its folder does not exist; make it first")
    if options.report is not None:
        from ...evaluation.plots import must_draw

        if Path(options.report).is_file():
            raise InputError(f"{options.report}: is a file, and a report is a folder; name another")
        must_draw()
    if options.compare is not None:
        from ...evaluation.compare import must_be_alike, read_report
        from ...evaluation.datasets import set_digest

        earlier = read_report(options.compare)
        must_be_alike({"data": data.name, "data_sha256": set_digest(data)}, earlier)
    return data


def deliver(report: ReaderReport, run: Invocation, memory: PassageStore | None = None) -> None:
    """Print the report first: a file that cannot be written must not cost it."""
    from ...evaluation.render import report_lines

    options = run.arguments.benchmark
    table = report.to_json()
    lines = report_lines(table)
    refusal: InputError | None = None
    if options.compare is not None:
        try:
            lines += _compare(report, table, options.compare)
        except InputError as error:
            refusal = error
    _print(table, lines, run)
    for path, text in _files(report, options, memory):
        _write(Path(path), text)
    if options.report is not None:
        from ...evaluation.render import write_folder
        from ...evaluation.report import full_report

        write_folder(
            Path(options.report),
            report,
            full_report(report, table, None if memory is None else memory.documents()),
            passage=memory.passage if memory is not None else lambda _key: None,
            read=run.settings.retrieve.passages,
        )
    if refusal is not None:
        raise refusal


def deliver_grid(cells: Sequence[Cell], run: Invocation) -> None:
    """Print the grid's table, and write it into the report's folder as `grid.md` and `.json`."""
    from ...evaluation.grid import grid_json, grid_markdown

    rows, text = grid_json(cells), grid_markdown(cells)
    _print({"rows": rows}, text.splitlines(), run)
    if run.arguments.benchmark.report is not None:
        folder = Path(run.arguments.benchmark.report)
        folder.mkdir(exist_ok=True)
        _write(folder / "grid.md", text)
        _write(folder / "grid.json", json.dumps(rows, ensure_ascii=False, indent=1) + "\n")


def _compare(report: ReaderReport, table: dict[str, Any], earlier: str) -> list[str]:
    """Put the comparison with an earlier report into the table; returns it as lines of text."""
    from ...evaluation.compare import compare, question_rows, read_report

    rows = {**table, "questions": question_rows(report.outcomes)}
    comparisons = compare(rows, read_report(earlier), seed=report.seed)
    table["compared_with"] = Path(earlier).name
    table["compared"] = [asdict(comparison) for comparison in comparisons]
    return [
        f"against {table['compared_with']}:",
        *(comparison.line() for comparison in comparisons),
    ]


def _print(table: dict[str, Any], lines: Sequence[str], run: Invocation) -> None:
    if run.json_output:
        print_json(table)
    else:
        typer.echo("\n".join(lines))


def _files(
    report: ReaderReport, options: BenchmarkArguments, memory: PassageStore | None
) -> Iterator[tuple[str, str]]:
    """The path of each file to be written, and its text."""
    from ...evaluation import exports

    outcomes = report.outcomes
    if options.predictions is not None:
        yield options.predictions, exports.squad_predictions(outcomes)
    if options.trec is not None:
        yield options.trec, exports.trec_run(outcomes)
    if options.qrels is not None:
        yield options.qrels, exports.trec_qrels(outcomes)
    if options.kilt is not None:
        yield options.kilt, exports.kilt_predictions(outcomes)
    if options.dpr is not None and memory is not None:
        results = exports.dpr_retrieval(outcomes, memory.passage)
        yield options.dpr, json.dumps(results, ensure_ascii=False, indent=1) + "\n"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}") from error
