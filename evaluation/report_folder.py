"""A run as a folder that a person looks at: figures, plots and misses.

`report.json` holds everything, each question included; `report.md` shows it; `misses.html` is made
for error analysis. What is there of an earlier run is overwritten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import StorageError
from .compare import question_rows
from .misses import PassageOf, worst_misses
from .misses_page import misses_page
from .plots import draw
from .report import OpenReport, ReaderReport, between

if TYPE_CHECKING:
    from ..memory.protocol import PassageStore

__all__ = ["full_report", "memory_digest", "write_folder"]

_TITLES = {
    "recall": "How often a right passage is among the first k",
    "risk-coverage": "How often the answers are wrong, if only the surest are given",
    "reliability": "How often the answers are right, by their confidence",
    "latency": "How long a question takes",
}


def full_report(
    report: ReaderReport, table: Mapping[str, Any], memory: PassageStore | None = None
) -> dict[str, Any]:
    """`table`, the report as JSON, with each question and the hash of what the memory held."""
    full = {**table, "questions": question_rows(report.outcomes)}
    if memory is not None:
        full["memory"] = {**table["memory"], "sha256": memory_digest(memory)}
    return full


def memory_digest(memory: PassageStore) -> str:
    """SHA-256 over the documents' own, in the order of their ids: equal contents, equal digest."""
    digest = hashlib.sha256()
    for name, content in sorted((d.id, d.digest) for d in memory.documents()):
        digest.update(f"{name}\0{content}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def write_folder(
    folder: Path,
    report: ReaderReport,
    table: Mapping[str, Any],
    *,
    passage: PassageOf = lambda _key: None,
    read: int = 1,
) -> None:
    """Write the folder; `table` is the full report, `passage` finds a passage by its key.

    `read` passages were read for each question. Raises StorageError where it cannot be written.
    """
    plots = draw(report.outcomes, probable=isinstance(report, OpenReport))
    misses = worst_misses(report.outcomes, passage, read=read)
    files = {
        "report.json": json.dumps(table, ensure_ascii=False, indent=1) + "\n",
        "report.md": _markdown(table, plots),
        **{f"{name}.svg": svg for name, svg in plots.items()},
    }
    if not (isinstance(report, OpenReport) and report.retrieval_only):
        files["misses.html"] = misses_page(
            misses,
            data=str(table["data"]),
            wrong=sum(o.exact_match < 1 for o in report.outcomes),
            asked=len(report.outcomes),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written: {error.strerror}") from error


def _markdown(table: Mapping[str, Any], plots: Mapping[str, str]) -> str:
    """The figures as tables, with the plots between them."""
    what = {"reader": "a reader on gold passages", "open": "answers from the whole memory"}
    lines = [
        f"# {table['data']}: {what[table['benchmark']]}",
        "",
        f"{table['n']:,} of {table['data_questions']:,} questions in {table['seconds']:,.0f} s. "
        "Scores are 0 to 100; reciprocal ranks (mrr), errors, risks and areas are 0 to 1.",
        "",
        *_scores(table),
    ]
    if within := table.get("answerable_in_memory"):
        lines += ["", f"Of the {within['n']:,} questions that any passage answers:", ""]
        lines += _scores(within)
    if sure := table.get("confidence"):
        lines += ["", "How far the confidence can be believed:", ""]
        lines += _believed(sure, table["intervals"])
    if compared := table.get("compared"):
        lines += ["", f"Against {table['compared_with']}, question by question:", ""]
        lines += _comparison(compared)
    if "latency_ms" in table:
        lines += ["", *_times(table)]
    for name in plots:
        lines += ["", f"## {_TITLES[name]}", "", f"![{_TITLES[name]}]({name}.svg)"]
    if "f1" in table:
        lines += ["", "[The worst misses](misses.html), each with its passages."]
    facts = _flat({name: table[name] for name in _TOLD if name in table})
    told = [(name, str(value)) for name, value in facts if value not in (None, "", {})]
    return "\n".join([*lines, "", "## How it was measured", "", *_table(told)]) + "\n"


_TOLD = (
    "data",
    "data_sha256",
    "left_out_as_trained_on",
    "reader",
    "encoder",
    "memory",
    "seed",
    "machine",
    "versions",
    "settings",
)
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


def _scores(table: Mapping[str, Any]) -> list[str]:
    """Each score with its interval."""
    bounds: Mapping[str, Sequence[float]] = table.get("intervals", {})
    rows = _flat({name: table[name] for name in _SCORES if name in table})
    body = [
        f"| {name.replace('_', ' ')} | {_shown(value)} | "
        f"{between(name, bounds[name]) if name in bounds else ''} |"
        for name, value in rows
    ]
    return ["| | | 95 % |", "|---|---:|---:|", *body]


def _believed(sure: Mapping[str, Any], bounds: Mapping[str, Sequence[float]]) -> list[str]:
    rows: list[str] = []
    for name, value in _flat(sure):
        ends = bounds.get(f"confidence {name}")
        beside = between("confidence", ends) if ends else ""
        rows.append(f"| {name.replace('_', ' ')} | {_shown(value)} | {beside} |")
    return ["| | | 95 % |", "|---|---:|---:|", *rows]


def _times(table: Mapping[str, Any]) -> list[str]:
    """Milliseconds of each stage."""
    stages = {**table["stages_ms"], "total": table["latency_ms"]}
    body = [
        f"| {name} | {' | '.join(f'{ms:,.1f}' for ms in found.values())} |"
        for name, found in stages.items()
    ]
    return ["| milliseconds | p50 | p95 | p99 |", "|---|---:|---:|---:|", *body]


def _comparison(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    head = ["| | this | other | difference (95 %) | p | n |", "|---|---:|---:|---:|---:|---:|"]
    return head + [
        f"| {r['measure']} | {_shown(r['this'])} | {_shown(r['other'])} | {r['difference']:+.3f} "
        f"({r['low']:+.3f} to {r['high']:+.3f}) | {r['p']:.4f} | {r['n']:,} |"
        for r in rows
    ]


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            rows += _flat(value, f"{prefix}{name}{'@' if name.endswith('recall') else ' '}")
        else:
            rows.append((f"{prefix}{name}", value))
    return rows


def _shown(value: float | None) -> str:
    """Scores of 0..100 with one digit, shares of 1 with three."""
    if value is None:
        return ""
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:.1f}"


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    body = [f"| {name} | {value.replace('|', '&#124;')} |" for name, value in rows]
    return ["| | |", "|---|---|", *body]
