"""A grid of settings over one memory, with one load of its models: what each setting is worth."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..configs import grids
from ..configs import read as read_packaged
from ..core.errors import InputError
from ..memory.store import Memory
from ..pipeline.factory import copied_memory, load_encoder, load_reader, memory_path
from ..pipeline.qa import QA
from ..pipeline.settings import Settings, parse_yaml
from ..reader.reader import SpanReader
from ..reader.windows import Windows
from .benchmark import benchmark
from .compare import Comparison, compare, question_rows
from .measurable import must_let_through
from .report import OpenReport
from .settings import BenchmarkSettings

if TYPE_CHECKING:
    from ..indexer.encoders.encoder import Encoder
    from ..reader.reader import Reader

__all__ = ["Cell", "Point", "grid_json", "grid_markdown", "plan", "read_grid", "run_grid"]

_REMEMBER = "benchmark.remember"
_FREE = ("retrieve.", "answer.", "reader.window", "reader.overlap", _REMEMBER)
"""What may vary: neither the models nor the memory need another load for it."""


@dataclass(frozen=True, slots=True)
class Point:
    """One row of the grid."""

    group: str
    name: str
    settings: Settings
    options: BenchmarkSettings


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of the grid with what was measured there."""

    point: Point
    report: OpenReport
    table: Mapping[str, Any]
    """The report as JSON."""
    against_configured: Comparison | None
    """F1 against the settings as configured, question by question; None: these are they."""


def read_grid(source: str | Path) -> dict[str, dict[str, list[Any]]]:
    """Group -> dotted key -> values, from a file or a packaged grid's name. Raises InputError."""
    where = str(source)
    if where in grids():
        text = read_packaged(where)
    else:
        try:
            text = Path(source).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise InputError(
                f"{where}: neither a grid's file nor a packaged grid ({', '.join(grids())})"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{where}: the grid cannot be read: {error}") from error
    table = parse_yaml(text, where)
    for group, axes in table.items():
        if not isinstance(axes, dict) or not all(isinstance(v, list) and v for v in axes.values()):
            raise InputError(
                f"{where}: {group}: a group lists values under each key, for example "
                "`retrieve.mode: [dense, lexical]`"
            )
        for key in axes:
            if not str(key).startswith(_FREE):
                raise InputError(
                    f"{where}: {group}: {key} cannot vary over one load of the models; what can "
                    f"are {', '.join(_FREE)}"
                )
    if not table:
        raise InputError(f"{where}: holds no group of settings")
    return table


def plan(
    grid: Mapping[str, Mapping[str, Sequence[Any]]],
    settings: Settings,
    options: BenchmarkSettings | None = None,
) -> list[Point]:
    """All rows, the settings and the benchmark's `options` as configured first.

    Combinations that no settings allow, such as an overlap that fills the window, are left out; a
    group without any other is refused with InputError.
    """
    configured = Point("", "as configured", settings, options or BenchmarkSettings())
    points = [configured]
    for group, axes in grid.items():
        refusal: InputError | None = None
        before = len(points)
        for values in itertools.product(*axes.values()):
            try:
                points.append(_varied(configured, group, dict(zip(axes, values, strict=True))))
            except InputError as error:
                refusal = error
        if refusal is not None and len(points) == before:
            raise refusal
    return points


def _varied(point: Point, group: str, values: Mapping[str, Any]) -> Point:
    """The point with other values under some keys. Raises InputError for an impossible one."""
    behaviour = {key: value for key, value in values.items() if key != _REMEMBER}
    options = point.options
    if _REMEMBER in values:
        options = options.change(remember=values[_REMEMBER])
    return Point(group, _name(values), point.settings.override(behaviour), options)


def run_grid(
    points: Sequence[Point],
    data: str | Path,
    *,
    done: Callable[[int, int], None] = lambda _done, _of: None,
) -> Iterator[Cell]:
    """Measure each point over the memory of the first one; equal points are run once.

    `done` is called with the questions done of a row, and all. Raises InputError and what
    opening a memory and loading models raise.
    """
    first = points[0].settings
    with Memory.open(memory_path(first)) as memory:
        encoder, reader = load_encoder(first), load_reader(first)
        reports: dict[str, tuple[OpenReport, dict[str, Any]]] = {}
        base: OpenReport | None = None
        for point in points:  # what cannot be measured is told before hours are spent on the rest
            must_let_through(memory, encoder, point.settings.retrieve.where)
        for point in points:
            key = _identity(point)
            if key not in reports:
                with _ready(point, memory, encoder, reader) as qa:
                    report = benchmark(qa, data, options=point.options, step=done)
                reports[key] = report, report.to_json()
            report, table = reports[key]
            base = base or report
            against = None if report is base else _against(report, base)
            yield Cell(point, report, table, against)


def _identity(point: Point) -> str:
    """Equal for points that measure the same."""
    tables = [point.settings.model_dump(), point.options.options()]
    return json.dumps(tables, sort_keys=True)


@contextmanager
def _ready(point: Point, memory: Memory, encoder: Encoder, reader: Reader) -> Generator[QA]:
    """A pipeline with a point's settings over the memory, or over a copy that may be written to."""
    settings = point.settings
    if isinstance(reader, SpanReader):
        reader = reader.with_windows(
            Windows(
                size=settings.reader.window,
                overlap=settings.reader.overlap,
                max_answer_tokens=settings.answer.max_answer_tokens,
            )
        )
    if point.options.remember:
        with copied_memory(memory.path) as folder, Memory.open(folder) as copy:
            yield QA(copy, reader=reader, encoder=encoder, settings=settings)
    else:
        yield QA(memory, reader=reader, encoder=encoder, settings=settings)


def _against(report: OpenReport, base: OpenReport) -> Comparison | None:
    """F1 of two rows; None where answers are not judged."""
    if report.retrieval_only:
        return None
    tables = [
        {**run.about, "f1": run.f1, "questions": question_rows(run.outcomes)}
        for run in (report, base)
    ]
    return next((c for c in compare(*tables, seed=base.seed) if c.measure == "f1"), None)


def grid_json(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """JSON-ready, a row each."""
    return [
        {
            "group": cell.point.group,
            "name": cell.point.name,
            **cell.table,
            "f1_against_configured": cell.against_configured.to_json()
            if cell.against_configured
            else None,
        }
        for cell in cells
    ]


_COLUMNS = (
    ("exact match", "exact_match"),
    ("F1", "f1"),
    ("F1 against as configured", ""),
    ("recall@1", "recall@1"),
    ("recall@20", "recall@20"),
    ("mrr", "mrr"),
    ("gold recall@1", "gold_recall@1"),
    ("gold recall@20", "gold_recall@20"),
    ("gold mrr", "gold_mrr"),
    ("nDCG@10", "document_ndcg@10"),
    ("questions/s", "questions_per_second"),
)
"""Heading -> measure; those of documents are shown where there are none of answers."""
_BARE = ("mrr", "gold_mrr", "document_ndcg@10", "questions_per_second")
"""Shown without an interval."""


def grid_markdown(cells: Sequence[Cell]) -> str:
    """A table with intervals of 95 %, a heading row for each group.

    Columns that no row has a score for are left out.
    """
    tables = [_scores(cell.table) for cell in cells]
    by_answers = any("f1" in table for table in tables)
    columns = [
        (heading, name)
        for heading, name in _COLUMNS
        if any(name in table for table in tables) or (not name and by_answers)
        if not (by_answers and name.startswith(("gold_", "document_")))
    ]
    numbers = "".join("---:|" if name in _BARE else "---|" for _, name in columns)
    lines = [f"| | {' | '.join(heading for heading, _ in columns)} |", f"|---|{numbers}"]
    group = ""
    for cell, table in zip(cells, tables, strict=True):
        if cell.point.group != group:
            group = cell.point.group
            lines.append(f"| **{group}** |{' |' * len(columns)}")
        texts = [_cell_text(cell, table, name) for _, name in columns]
        lines.append(f"| {' | '.join([cell.point.name, *texts])} |")
    return "\n".join(lines) + "\n"


def _scores(table: Mapping[str, Any]) -> dict[str, float]:
    """The scores of a report that the grid may show, by their joined names."""
    flat = {
        f"{kind}@{k}": score
        for kind in ("recall", "gold_recall")
        for k, score in table.get(kind, {}).items()
    }
    return flat | {name: table[name] for _, name in _COLUMNS if name in table}


def _cell_text(cell: Cell, scores: Mapping[str, float], name: str) -> str:
    if not name:
        return _difference(cell.against_configured)
    if (score := scores.get(name)) is None:
        return ""
    if name in _BARE:
        return f"{score:.1f}" if name == "questions_per_second" else f"{score:.3f}"
    bounds: Sequence[float] | None = cell.table.get("intervals", {}).get(name)
    return f"{score:.1f}" + (f" ({bounds[0]:.1f}-{bounds[1]:.1f})" if bounds else "")


def _difference(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    bounds = comparison.bounds("+.1f")
    return f"{comparison.difference:+.1f}{bounds and ' ' + bounds}, p = {comparison.p:.3f}"


def _name(values: Mapping[str, Any]) -> str:
    """`window 128, overlap 32`: keys without their section."""
    words = {str(key).rpartition(".")[2].replace("_", " "): v for key, v in values.items()}
    return ", ".join(f"{name} {_in_words(value)}" for name, value in words.items())


def _in_words(value: object) -> str:
    if value is None:
        return "as calibrated"
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
