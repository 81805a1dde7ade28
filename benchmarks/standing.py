"""The standing benchmarks, each with its one command, into report folders.

    make standing DATA=data OUT=runs/standing
    make standing DATA=data OUT=runs/standing ONLY="manuals reader"

DATA holds the files that `FILES` names; docs/benchmarks.md says where anyone gets them. A memory
that is there already is brought up to its corpus, and a report that is there is not made anew,
unless it is of fewer questions than are to be asked now.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spanmem.core.rows import document_rows, question_rows
from spanmem.evaluation.datasets import evenly

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "squad": "dev/squad_v1.1_dev.jsonl.gz",
    "squad2": "dev/squad_v2.0_dev_half.jsonl.gz",
    "disfl": "dev/disfl_qa.jsonl.gz",
    "quoref": "dev/quoref_contrast.jsonl.gz",
    "nq": "qa_pairs/dpr_nq_test.jsonl.gz",
    "webq": "qa_pairs/dpr_wq_test.jsonl.gz",
    "trec": "qa_pairs/dpr_curated_test.jsonl.gz",
    "wikipedia": "corpus/wikipedia_en_core6k.jsonl.gz",
    "manuals": "corpus/emanuals.jsonl.gz",
}
"""What the benchmarks read -> its place in the data folder."""
SMALL = 5000
"""Wikipedia articles of `squad-open-small`, at even distances."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One benchmark: words after `spanmem benchmark`, `{name}` standing for a file."""

    name: str
    words: str
    memory: str = ""
    """Which memory it asks; empty: none."""
    limit: int | None = None
    """Questions asked where --limit does not say; None: all."""


OPEN = "--answerable --training-data leave-out"
BENCHMARKS = (
    Standing("manuals", "open --data {questions}", "manuals"),
    Standing("reader", "reader --data {squad}"),
    Standing("reader-squad2", "reader --data {squad2}"),
    Standing("reader-disfl", "reader --data {disfl}"),
    Standing("reader-quoref", "reader --data {quoref}"),
    Standing("squad-open-small", "open --data {squad}", "squad-open-small"),
    Standing("grid", "grid benchmark-grid --data {squad}", "squad-open-small", limit=500),
    Standing("nq-open-slice", f"open --data {{nq}} {OPEN}", "wikipedia"),
    Standing("webq-slice", f"open --data {{webq}} {OPEN}", "wikipedia"),
    Standing("trec-slice", f"open --data {{trec}} --regex {OPEN}", "wikipedia"),
    Standing("squad-open", "open --data {squad}", "squad-open"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen benchmarks. Returns the exit code of the first that fails, or 0."""
    parser = argparse.ArgumentParser(description="The standing benchmarks.")
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="+", default=(), help="names, or beginnings of names")
    parser.add_argument("--limit", type=int, help="questions of each, at even distances")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for benchmark in BENCHMARKS:
        if options.only and not benchmark.name.startswith(tuple(options.only)):
            continue
        limit = benchmark.limit if options.limit is None else options.limit
        if _whole(options.out / benchmark.name, limit):
            _say(f"{benchmark.name}: is there already")
        elif code := _run(benchmark, options, limit):
            return code
    return 0


def _whole(folder: Path, limit: int | None) -> bool:
    """Whether a report is there, of `limit` questions or of all.

    The folder alone says nothing: a run may have been cut off, or had a smaller limit.
    """
    name = "grid.json" if (folder / "grid.json").exists() else "report.json"
    try:
        report = json.loads((folder / name).read_text(encoding="utf-8"))
        table = report[0] if isinstance(report, list) else report
        every: int = table["n"] + table["rows"]["left_out"].get("beyond the limit", 0)
        return bool(table["n"] >= (every if limit is None else min(limit, every)))
    except (OSError, ValueError, KeyError):  # an older release's report lacks them
        return False


def _run(benchmark: Standing, options: argparse.Namespace, limit: int | None) -> int:
    files = {name: options.data / place for name, place in FILES.items()}
    files["questions"] = ROOT / "benchmarks" / "manuals.jsonl"
    words = ["benchmark", *(word.format(**files) for word in benchmark.words.split())]
    if benchmark.memory:
        memory = options.out / f"{benchmark.memory}.memory"
        if code := MEMORIES[benchmark.memory](files, memory):
            return code
        words += ["--memory", str(memory)]
    if limit is not None:
        words += ["--limit", str(limit)]
    return _spanmem(*words, "--report", str(options.out / benchmark.name))


def _wikipedia(files: dict[str, Path], memory: Path) -> int:
    return _index(memory, files["wikipedia"])


def _manuals(files: dict[str, Path], memory: Path) -> int:
    return _index(memory, files["manuals"])


def _squad_open(files: dict[str, Path], memory: Path) -> int:
    """All of Wikipedia's articles, encoded once for both memories, and the contexts."""
    wikipedia = memory.with_name("wikipedia.memory")
    if code := _index(wikipedia, files["wikipedia"]):
        return code
    if not memory.exists():
        part = memory.with_suffix(".part")  # a torn copy would pass for a memory without articles
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(wikipedia, part, ignore=shutil.ignore_patterns("lock"))
        part.rename(memory)
    return _index(memory, _written(memory, _contexts(files["squad"])))


def _squad_open_small(files: dict[str, Path], memory: Path) -> int:
    some = evenly([row.fields for row in document_rows(files["wikipedia"])], SMALL)
    return _index(memory, _written(memory, [*_contexts(files["squad"]), *some]))


MEMORIES: dict[str, Callable[[dict[str, Path], Path], int]] = {
    "manuals": _manuals,
    "squad-open": _squad_open,
    "squad-open-small": _squad_open_small,
    "wikipedia": _wikipedia,
}


def _contexts(path: Path) -> list[dict[str, str]]:
    """Each passage of a question set once, as a document."""
    titles = {row.fields["context"]: row.fields["title"] for row in question_rows(path)}
    return [
        {"id": f"context-{number}", "title": title.replace("_", " "), "text": text}
        for number, (text, title) in enumerate(titles.items(), start=1)
    ]


def _written(memory: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path = memory.with_suffix(".jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _index(memory: Path, corpus: Path) -> int:
    return _spanmem("index", str(corpus), "--memory", str(memory))


def _spanmem(*words: str) -> int:
    _say(f"$ spanmem {shlex.join(words)}")
    return subprocess.run([sys.executable, "-m", "spanmem", *words], check=False).returncode


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
