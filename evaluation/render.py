"""A report as people see it: lines of text, and a folder of figures, plots and misses.

`report.json` holds everything, each question included; `report.md` shows it; `misses.html` is made
for error analysis. What is there of an earlier run is overwritten.

Importing it is light: `table_lines` serves every command.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .outputs import REPORT_FILES, write_folder_of

if TYPE_CHECKING:
    from jinja2 import Environment

    from .misses import Miss
    from .report import ReaderReport
    from .results import PassageLookup

__all__ = [
    "figure_text",
    "flatten",
    "interval_text",
    "misses_page",
    "notices",
    "report_lines",
    "report_page",
    "score_text",
    "table_lines",
    "write_folder",
]

_BENCHMARKS = {"reader": "a reader on gold passages", "open": "answers from the whole memory"}
_PLOT_TITLES = {
    "recall": "How often a right passage is among the first k",
    "risk-coverage": "How often the answers are wrong, if only the surest are given",
    "reliability": "How often the answers are right, by their confidence",
    "latency": "How long a question takes",
}
_SCORES = (
    "exact_match",
    "f1",
    "has_answer_exact_match",
    "has_answer_f1",
    "no_answer_accuracy",
    "answerability_auroc",
    "recall",
    "mrr",
    "read_recall",
    "read_mrr",
    "gold_recall",
    "gold_mrr",
    "document_ndcg@10",
)
_CONDITIONS = (
    "data",
    "data_sha256",
    "rows",
    "judged_documents",
    "asked_though_trained_on",
    "left_out_as_trained_on",
    "reader",
    "encoder",
    "computed_by",
    "memory",
    "seed",
    "machine",
    "versions",
    "settings",
)
"""What is to be known to run it again."""

_OPEN_PASSAGES = 2
"""Passages of a miss that are open; the others unfold."""


@dataclass(frozen=True, slots=True)
class _ScoreRow:
    """A score as the page shows it."""

    name: str
    score: str
    interval: str


def table_lines(
    table: Mapping[str, Any],
    *,
    width: int = 28,
    text: Callable[[object], str] | None = None,
    skip: Collection[str] = (),
    notes: Mapping[str, str] | None = None,
) -> list[str]:
    """One line per figure of a nested table: its name, `width` wide, and what `text` makes of it.

    `text` is `figure_text` unless another is named, `skip` is that of `flatten`; `notes` stand
    behind the figures whose joined name they have.
    """
    shown, behind = text or figure_text, notes or {}
    return [
        f"{name:<{width}} {shown(value)}{behind.get(name, '')}"
        for name, value in flatten(table, skip=skip)
    ]


def flatten(table: Mapping[str, Any], *, skip: Collection[str] = ()) -> list[tuple[str, Any]]:
    """The figures of a nested table under joined names: `recall@20`, `latency_ms p95`.

    Tables and figures named in `skip` are left out wherever they stand.
    """
    rows: list[tuple[str, Any]] = []
    for name, value in table.items():
        if name in skip:
            continue
        if isinstance(value, Mapping):
            joint = "@" if name.endswith("recall") else " "
            rows += [(f"{name}{joint}{inner}", v) for inner, v in flatten(value, skip=skip)]
        else:
            rows.append((name, value))
    return rows


def figure_text(value: object) -> str:
    """A figure for people: thousands apart, two digits of a fraction; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def score_text(value: float | None) -> str:
    """A score of 0..100 with one digit, a share of 1 with three; empty for None."""
    if value is None:
        return ""
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:.1f}"


def interval_text(name: str, ends: Sequence[float]) -> str:
    """The interval of the score `name`; of shares of 1 with three digits, of others with one."""
    digits = 3 if name.endswith("mrr") or name.startswith("confidence") else 1
    return f"{ends[0]:.{digits}f} to {ends[1]:.{digits}f}"


def report_lines(table: Mapping[str, Any]) -> list[str]:
    """One line per figure of a report as JSON, its interval beside it."""
    intervals: Mapping[str, Sequence[float]] = table.get("intervals", {})
    notes = {name: f"   ({interval_text(name, ends)})" for name, ends in intervals.items()}
    return table_lines(
        table, width=34, text=_report_figure, skip=("intervals", "settings"), notes=notes
    )


_REQUESTED = ("beyond the limit", "the reader was trained on it")
"""Reasons for which rows are left out because an option says so."""


def notices(table: Mapping[str, Any]) -> list[str]:
    """What the reader of a report's scores must know of the rows behind them, a line each."""
    rows: Mapping[str, Any] = table.get("rows", {})
    lines: list[str] = []
    unwanted = {why: n for why, n in rows.get("left_out", {}).items() if why not in _REQUESTED}
    if unwanted:
        lines.append(
            f"{sum(unwanted.values()):,} of {rows['read']:,} questions were left out: "
            + _counted(unwanted)
        )
    if repaired := rows.get("repaired", {}):
        lines.append(f"of {rows['read']:,} rows were mended: {_counted(repaired)}")
    if seen := table.get("asked_though_trained_on"):
        lines.append(f"{seen:,} of the questions were asked though the reader was trained on them")
    judged: Mapping[str, int] = table.get("judged_documents", {})
    if judged and not judged["in_memory"]:
        lines.append(
            f"the memory has none of the {judged['named']:,} documents that the questions name, so "
            "that retrieval is judged by answers alone"
        )
    elif judged and judged["in_memory"] < judged["named"]:
        lines.append(
            f"the memory has {judged['in_memory']:,} of the {judged['named']:,} documents that the "
            "questions name; the others count as not found"
        )
    return lines


def _counted(reasons: Mapping[str, int]) -> str:
    return "; ".join(f"{count:,} ({why})" for why, count in reasons.items())


def _report_figure(value: object) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def report_page(table: Mapping[str, Any], plots: Collection[str] = ()) -> str:
    """`report.md`: the full report `table` in Markdown, with the plots of these names."""
    intervals: Mapping[str, Sequence[float]] = table.get("intervals", {})
    confidence = {"confidence": table.get("confidence", {})}
    conditions = flatten({name: table[name] for name in _CONDITIONS if name in table})
    return _render(
        "report.md.jinja",
        table=table,
        what=_BENCHMARKS[table["benchmark"]],
        scores=_score_rows(table),
        answerable=_score_rows(table.get("answerable_in_memory", {})),
        confidence=[_confidence_row(*row, intervals) for row in flatten(confidence)],
        stages={**table["stages_ms"], "total": table["latency_ms"]} if "stages_ms" in table else {},
        plots=plots,
        titles=_PLOT_TITLES,
        conditions=[(name, str(value)) for name, value in conditions if value not in (None, "")],
    )


def _score_rows(table: Mapping[str, Any]) -> list[_ScoreRow]:
    """Each score of a report, or of a part of it, with its interval."""
    intervals: Mapping[str, Sequence[float]] = table.get("intervals", {})
    return [
        _ScoreRow(
            name.replace("_", " "),
            score_text(value),
            interval_text(name, intervals[name]) if name in intervals else "",
        )
        for name, value in flatten({name: table[name] for name in _SCORES if name in table})
    ]


def _confidence_row(
    name: str, value: float | None, intervals: Mapping[str, Sequence[float]]
) -> _ScoreRow:
    words = name.removeprefix("confidence ").replace("_", " ")
    ends = intervals.get(name)
    return _ScoreRow(words, score_text(value), interval_text(name, ends) if ends else "")


def misses_page(misses: Sequence[Miss], *, data: str, wrong: int, questions: int) -> str:
    """`misses.html`; `wrong` of the `questions` of `data` were not answered exactly."""
    from .misses import MISS_KINDS

    return _render(
        "misses.html.jinja",
        misses=misses,
        data=data,
        wrong=wrong,
        questions=questions,
        counts=dict(Counter(miss.kind for miss in misses).most_common()),
        names=MISS_KINDS,
        open=_OPEN_PASSAGES,
    )


def write_folder(
    folder: Path,
    report: ReaderReport,
    table: Mapping[str, Any],
    *,
    passage: PassageLookup = lambda _key: None,
    read: int = 1,
) -> None:
    """Write the folder; `table` is the full report, `passage` finds a passage by its key.

    `read` passages were read for each question. Raises StorageError where it cannot be written.
    """
    from .misses import worst_misses
    from .plots import draw
    from .report import OpenReport

    plots = draw(report.outcomes, probable=isinstance(report, OpenReport))
    files = {
        "report.json": json.dumps(table, ensure_ascii=False, indent=1, allow_nan=False) + "\n",
        "report.md": report_page(table, plots),
        **{f"{name}.svg": svg for name, svg in plots.items()},
    }
    if not (isinstance(report, OpenReport) and report.retrieval_only):
        files["misses.html"] = misses_page(
            worst_misses(report.outcomes, passage, read=read),
            data=str(table["data"]),
            wrong=sum(o.exact_match < 1 for o in report.outcomes),
            questions=len(report.outcomes),
        )
    whole = files.pop("report.json")  # last: where it stands, the others do
    write_folder_of(folder, {**files, "report.json": whole}, REPORT_FILES)


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    """The templates of this room; what goes into HTML is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader(__package__ or ""),
        autoescape=select_autoescape(["html.jinja"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["score"] = score_text
    environment.filters["thousands"] = "{:,}".format
    return environment
