"""The results of `spanmem benchmark`: what may be written is checked before, and written last."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ...core.errors import InputError, SpanMemError
from .output import print_json

if TYPE_CHECKING:
    from ...evaluation.grid import Cell
    from ...evaluation.outputs import Output, Source
    from ...evaluation.report import ReaderReport
    from ...memory.protocol import PassageStore
    from .arguments import BenchmarkArguments, Invocation

__all__ = ["checked_data", "deliver", "deliver_grid", "keep_grid"]

_UNFINISHED = "grid.unfinished.json"
"""What of a grid is measured so far; `grid.json` is whole."""


def checked_data(
    run: Invocation, config: str | None, *, grid: str | None = None
) -> tuple[Path, tuple[Output, ...]]:
    """The questions' file or folder, and the files that will be written, after a check of all.

    What would keep a result from being written or compared, or would destroy what it was made
    from, is told before it is measured. Raises InputError.
    """
    from ...core.saved_datasets import is_saved_dataset
    from ...evaluation.outputs import check_outputs, output_files

    options = run.arguments.benchmark
    if options.data is None:
        raise InputError("which questions? name their file with --data")
    data = Path(options.data)
    if not data.exists():
        raise InputError(f"{data}: no such file; give a file of questions")
    files = {} if grid is not None else _options(options)
    if data.is_dir() and not is_saved_dataset(data):
        for option in ("--predictions", "--kilt"):  # the set has judged documents alone
            if (path := files.get(option)) is not None:
                raise InputError(
                    f"{path}: {data} names documents and no answers, so that there are none to "
                    f"write; leave out {option}"
                )
    outputs = output_files(files, options.report, grid=grid is not None)
    check_outputs(outputs, _sources(run, data, config, grid))
    if options.report is not None and grid is None:
        from ...evaluation.plots import must_draw

        must_draw()
    if options.compare is not None and grid is None:
        from ...evaluation.compare import must_be_alike, read_report
        from ...evaluation.datasets import set_digest

        earlier = read_report(options.compare)
        must_be_alike({"data": data.name, "data_sha256": set_digest(data)}, earlier)
    return data, outputs


def deliver(report: ReaderReport, run: Invocation, memory: PassageStore | None = None) -> None:
    """Print the report first: a file that cannot be written must not cost it, nor the others.

    Raises the first refusal, when all else is written.
    """
    from ...evaluation.outputs import write_output
    from ...evaluation.render import notices, report_lines

    options = run.arguments.benchmark
    table = report.to_json()
    lines = report_lines(table)
    refusals: list[SpanMemError] = []
    if options.compare is not None:
        try:
            lines += _compare(report, table, options.compare)
        except InputError as error:
            refusals.append(error)
    _print(table, lines, run)
    for notice in notices(table):
        typer.echo(f"note: {notice}", err=True)
    for option, path, text in _files(report, options, memory):
        try:
            if text is None:
                raise InputError(
                    f"{path}: the questions name documents alone, and no answer, so that there is "
                    f"none to write; leave out {option}"
                )
            write_output(Path(path), text)
        except SpanMemError as error:
            refusals.append(error)
    if options.report is not None:
        try:
            _write_report(report, table, run, memory)
        except SpanMemError as error:
            refusals.append(error)
    if refusals:
        raise refusals[0]


def keep_grid(cells: Sequence[Cell], run: Invocation) -> None:
    """Write the rows of a grid so far into the report's folder, if there is to be one."""
    from ...evaluation.grid import grid_json
    from ...evaluation.outputs import write_folder_of

    if (report := run.arguments.benchmark.report) is not None:
        write_folder_of(Path(report), {_UNFINISHED: _json(grid_json(cells))}, ())


def deliver_grid(cells: Sequence[Cell], run: Invocation, *, planned: int) -> None:
    """Print the grid's table, and write it into the report's folder as `grid.md` and `.json`.

    Where fewer rows than `planned` were measured, it says so, and writes neither.
    """
    from ...evaluation.grid import grid_json, grid_markdown
    from ...evaluation.outputs import write_folder_of
    from ...evaluation.render import notices

    rows, text = grid_json(cells), grid_markdown(cells)
    table: dict[str, Any] = {"rows": rows}
    lines = text.splitlines()
    if len(cells) < planned:
        table["unfinished"] = f"{len(cells)} of {planned} rows were measured"
        lines.append(f"unfinished: {table['unfinished']}")
    _print(table, lines, run)
    for notice in notices(cells[0].table):
        typer.echo(f"note: {notice}", err=True)
    report = run.arguments.benchmark.report
    if report is not None and len(cells) == planned:
        files = {"grid.md": text, "grid.json": _json(rows)}
        write_folder_of(Path(report), files, (_UNFINISHED,))


def _options(options: BenchmarkArguments) -> dict[str, str | None]:
    """Option -> the file that it names."""
    names = ("predictions", "trec", "qrels", "kilt", "dpr")
    return {f"--{name}": getattr(options, name) for name in names}


def _sources(run: Invocation, data: Path, config: str | None, grid: str | None) -> Iterator[Source]:
    """All that is read: no output may be one of these."""
    from ...evaluation.outputs import Source

    yield Source("--data", data)
    compared = run.arguments.benchmark.compare
    if compared is not None and grid is None:
        folder = Path(compared)
        yield Source("--compare", folder / "report.json" if folder.is_dir() else folder)
    for name, file in (("--config", config), ("the grid", grid)):
        if file is not None:
            yield Source(name, Path(file))
    models = run.settings
    for name, place in (
        ("--memory", models.memory.path),
        ("--encoder", models.encoder.model),
        ("--reader", models.reader.model),
        ("reader.tokenizer", models.reader.tokenizer),
    ):
        if place is not None:
            yield Source(name, Path(place), whole=True)


def _compare(report: ReaderReport, table: dict[str, Any], earlier: str) -> list[str]:
    """Put the comparison with an earlier report into the table; returns it as lines of text."""
    from ...evaluation.compare import compare, question_rows, read_report

    rows = {**table, "questions": question_rows(report.outcomes)}
    other = read_report(earlier)
    comparisons = compare(rows, other, seed=report.seed)
    table["compared_with"], name = Path(earlier).name, Path(earlier).name
    if (benchmark := other.get("benchmark")) not in (None, table["benchmark"]):
        table["compared_benchmark"] = benchmark
        name += f", which is of another benchmark, `{benchmark}`"
    table["compared"] = [comparison.to_json() for comparison in comparisons]
    return [
        f"against {name}:",
        *(comparison.line() for comparison in comparisons),
    ]


def _print(table: dict[str, Any], lines: Sequence[str], run: Invocation) -> None:
    if run.json_output:
        print_json(table)
    else:
        typer.echo("\n".join(lines))


def _files(
    report: ReaderReport, options: BenchmarkArguments, memory: PassageStore | None
) -> Iterator[tuple[str, str, str | None]]:
    """The option and path of each file to be written, and its text; None: there is nothing."""
    from ...evaluation import exports
    from ...evaluation.report import OpenReport

    outcomes, unasked = report.outcomes, report.unasked
    answers = not (isinstance(report, OpenReport) and report.retrieval_only)
    if options.predictions is not None:
        text = exports.squad_predictions(outcomes, unasked) if answers else None
        yield "--predictions", options.predictions, text
    if options.trec is not None:
        yield "--trec", options.trec, exports.trec_run(outcomes)
    if options.qrels is not None:
        yield "--qrels", options.qrels, exports.trec_qrels(outcomes)
    if options.kilt is not None:
        text = exports.kilt_predictions(outcomes, unasked) if answers else None
        yield "--kilt", options.kilt, text
    if options.dpr is not None and memory is not None:
        yield "--dpr", options.dpr, _json(exports.dpr_retrieval(outcomes, memory.passage))


def _write_report(
    report: ReaderReport, table: dict[str, Any], run: Invocation, memory: PassageStore | None
) -> None:
    from ...evaluation.render import write_folder
    from ...evaluation.report import full_report

    write_folder(
        Path(str(run.arguments.benchmark.report)),
        report,
        full_report(report, table, None if memory is None else memory.documents()),
        passage=memory.passage if memory is not None else lambda _key: None,
        read=run.settings.retrieve.passages,
    )


def _json(rows: Any) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
