"""What a benchmark prints and writes; what would keep it from doing so is said before it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ...core.errors import InputError, StorageError

if TYPE_CHECKING:
    from ...evaluation.grid import Cell
    from ...evaluation.report import ReaderReport
    from ...memory.protocol import PassageStore
    from ...pipeline.settings import Settings

__all__ = ["data_path", "deliver", "deliver_grid"]


def data_path(settings: Settings) -> Path:
    """The questions' file or folder, all that is named beside it checked. Raises InputError."""
    chosen = settings.benchmark
    if chosen.data is None:
        raise InputError("which questions? name their file with --data")
    path = Path(chosen.data)
    if not path.exists():
        raise InputError(f"{path}: no such file; give a file of questions")
    files = (chosen.predictions, chosen.trec, chosen.qrels, chosen.kilt, chosen.dpr)
    for out in (*files, chosen.report):
        if out is not None and not Path(out).absolute().parent.is_dir():
            raise InputError(f"{out}: its folder does not exist; make it first")
    if chosen.report is not None:
        from ...evaluation.plots import must_draw

        if Path(chosen.report).is_file():
            raise InputError(f"{chosen.report}: is a file, and a report is a folder; name another")
        must_draw()
    if chosen.compare is not None:
        from ...evaluation.compare import must_be_alike, read_report
        from ...evaluation.datasets import set_digest

        other = read_report(chosen.compare)
        must_be_alike({"data": path.name, "data_sha256": set_digest(path)}, other)
    return path


def deliver(report: ReaderReport, settings: Settings, memory: PassageStore | None = None) -> None:
    """Print the report first: a file that cannot be written must not cost it."""
    from ...evaluation.compare import compare, question_rows, read_report
    from ...evaluation.render import report_lines

    table = report.to_json()
    lines = report_lines(table)
    refusal: InputError | None = None
    if settings.benchmark.compare is not None:
        rows = {**table, "questions": question_rows(report.outcomes)}
        try:
            found = compare(rows, read_report(settings.benchmark.compare), seed=report.seed)
        except InputError as error:
            refusal = error
        else:
            table["compared_with"] = Path(settings.benchmark.compare).name
            table["compared"] = [asdict(one) for one in found]
            lines += [f"against {table['compared_with']}:", *(one.line() for one in found)]
    _print(table, lines, settings)
    for path, text in _files(report, settings, memory):
        _write(Path(path), text)
    if settings.benchmark.report is not None:
        _write_report(report, table, settings, memory)
    if refusal is not None:
        raise refusal


def deliver_grid(cells: Sequence[Cell], settings: Settings) -> None:
    """Print the grid's table, and write it into the report's folder as `grid.md` and `.json`."""
    from ...evaluation.grid import grid_json, grid_markdown

    rows, text = grid_json(cells), grid_markdown(cells)
    _print({"rows": rows}, text.splitlines(), settings)
    if settings.benchmark.report is not None:
        folder = Path(settings.benchmark.report)
        folder.mkdir(exist_ok=True)
        _write(folder / "grid.md", text)
        _write(folder / "grid.json", json.dumps(rows, ensure_ascii=False, indent=1) + "\n")


def _print(table: dict[str, Any], lines: Sequence[str], settings: Settings) -> None:
    from .output import print_json

    if settings.runtime.json_output:
        print_json(table)
    else:
        typer.echo("\n".join(lines))


def _files(
    report: ReaderReport, settings: Settings, memory: PassageStore | None
) -> Iterator[tuple[str, str]]:
    """Each file that was asked for, and what goes into it."""
    from ...evaluation import exports

    chosen, outcomes = settings.benchmark, report.outcomes
    if chosen.predictions is not None:
        yield chosen.predictions, exports.squad_predictions(outcomes)
    if chosen.trec is not None:
        yield chosen.trec, exports.trec_run(outcomes)
    if chosen.qrels is not None:
        yield chosen.qrels, exports.trec_qrels(outcomes)
    if chosen.kilt is not None:
        yield chosen.kilt, exports.kilt_predictions(outcomes)
    if chosen.dpr is not None and memory is not None:
        found = exports.dpr_retrieval(outcomes, memory.passage)
        yield chosen.dpr, json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _write_report(
    report: ReaderReport, table: dict[str, Any], settings: Settings, memory: PassageStore | None
) -> None:
    from ...evaluation.render import write_folder
    from ...evaluation.report import full_report

    write_folder(
        Path(settings.benchmark.report or ""),
        report,
        full_report(report, table, None if memory is None else memory.documents()),
        passage=memory.passage if memory is not None else lambda _key: None,
        read=settings.retrieve.passages,
    )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}") from error
