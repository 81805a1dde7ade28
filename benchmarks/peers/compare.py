"""SpanMem beside its peers: the same passages, questions and weights, scored by one scorer.

    make peers CORPUS=passages.jsonl QUESTIONS=dev.jsonl        # makes the environments first
    python -m benchmarks.peers.compare --corpus C --questions Q --rounds 3 --json result.json

Each system runs in a process and an environment of its own, in turn, round after round. Time is
the median of the rounds, and excludes imports and loading models; memory is the largest resident
set of the process. All read the same number of passages with the same threads, in batches that
are tried beforehand. Peers compute in float32, their default; SpanMem in what suits the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from spanmem.evaluation.datasets import Question, evenly, read_questions
from spanmem.evaluation.metrics import bootstrap_interval, randomization_test
from spanmem.indexer.corpus import read_documents
from spanmem.indexer.encoders.encoder import passage_text
from spanmem.indexer.passages import Splitter
from spanmem.reader.metrics import exact_match, f1, holds_answer

ROOT = Path(__file__).resolve().parents[2]
SEED = 13


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table."""

    name: str
    module: str
    mode: str
    environment: str
    """Folder of the environment, below `--environments`; empty: this one."""


ENTRIES = (
    Entry("SpanMem, hybrid", "spanmem_peer", "hybrid", ""),
    Entry("Haystack 2, BM25", "haystack_peer", "bm25", "haystack"),
    Entry("Haystack 2, embedding", "haystack_peer", "embedding", "haystack"),
    Entry("Haystack 2, both joined", "haystack_peer", "hybrid", "haystack"),
    Entry("transformers 4 over bm25s", "transformers_peer", "bm25", "transformers"),
    Entry("txtai 9, BM25", "txtai_peer", "bm25", "txtai"),
    Entry("txtai 9, hybrid", "txtai_peer", "hybrid", "txtai"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """What one process came to."""

    result: dict[str, Any]
    peak_mib: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all systems and print the table. Returns the exit code."""
    given = _arguments(arguments)
    questions = evenly(read_questions(given.questions), given.limit)
    runs: dict[Entry, list[Run]] = {entry: [] for entry in _chosen(given)}
    with tempfile.TemporaryDirectory() as folder:
        task = _task(given, questions)
        for number in range(given.rounds):
            for entry in runs:
                _say(f"round {number + 1} of {given.rounds}: {entry.name}")
                runs[entry].append(_run(entry, task, given, Path(folder)))
    rows = _rows(runs, questions, {p["id"]: p["text"] for p in task["passages"]})
    sys.stdout.write(_markdown(rows))
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="SpanMem beside its peers.")
    parser.add_argument("--corpus", type=Path, required=True, help="whatever can be indexed")
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--passages", type=int, help="no more than so many, from the start")
    parser.add_argument("--limit", type=int, default=100, help="questions, at even distances")
    parser.add_argument("--read", type=int, default=20, help="passages read per question")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--reader", type=Path, default=ROOT / "models" / "reader")
    parser.add_argument("--encoder", type=Path, default=ROOT / "models" / "encoder")
    parser.add_argument("--environments", type=Path, default=ROOT / "runs" / "peers")
    parser.add_argument("--only", nargs="+", help="modes or modules, such as txtai_peer")
    parser.add_argument("--json", type=Path, help="file for the rows of the table")
    return parser.parse_args(arguments)


def _chosen(given: argparse.Namespace) -> list[Entry]:
    """SpanMem, which all are compared with, and the peers."""
    wanted: set[str] = set(given.only or ())
    return [e for e in ENTRIES if not wanted or not e.environment or e.module in wanted]


def _task(given: argparse.Namespace, questions: Sequence[Question]) -> dict[str, Any]:
    return {
        "passages": list(_passages(given)),
        "questions": [(q.id, q.text) for q in questions],
        "reader": str(given.reader),
        "encoder": str(given.encoder),
        "threads": given.threads,
        "read": given.read,
    }


def _passages(given: argparse.Namespace) -> Iterator[dict[str, str]]:
    """The passages that `spanmem index` would make of the corpus."""
    count = 0
    for document in read_documents([given.corpus]):
        for passage in Splitter().split(document):
            if given.passages is not None and count >= given.passages:
                return
            count += 1
            yield {
                "id": passage.key,
                "text": passage.text,
                "title": passage.title,
                "whole": passage_text(passage),
            }


def _run(entry: Entry, task: dict[str, Any], given: argparse.Namespace, folder: Path) -> Run:
    """One process; SystemExit if it fails."""
    sent, got, log = folder / "task.json", folder / "result.json", folder / "log.txt"
    sent.write_text(json.dumps({**task, "mode": entry.mode}), encoding="utf-8")
    got.unlink(missing_ok=True)
    python = given.environments / entry.environment / "bin" / "python"
    command = [str(python) if entry.environment else sys.executable, "-m"]
    command += [f"benchmarks.peers.{entry.module}", str(sent), str(got)]
    threads = {name: str(given.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    offline = {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}
    with log.open("w+b") as out:
        child = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=out, env={**os.environ, **threads, **offline}
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode or not got.exists():
            out.seek(0)
            raise SystemExit(f"{entry.name} failed:\n{out.read().decode(errors='replace')[-3000:]}")
    peak = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return Run(json.loads(got.read_text(encoding="utf-8")), peak)


def _rows(
    runs: dict[Entry, list[Run]], questions: Sequence[Question], texts: dict[str, str]
) -> list[dict[str, Any]]:
    ours: list[float] = []
    rows: list[dict[str, Any]] = []
    for entry, done in runs.items():
        last = done[-1].result
        answers = [last["answers"][q.id] for q in questions]
        overlaps = [100 * f1(a, q.answers) for a, q in zip(answers, questions, strict=True)]
        matches = [100 * exact_match(a, q.answers) for a, q in zip(answers, questions, strict=True)]
        ours = ours or overlaps
        less = np.array(ours) - np.array(overlaps)
        found = [
            any(holds_answer(texts[name], q.answers) for name in last["passages"][q.id][:20])
            for q in questions
        ]
        rows.append(
            {
                "system": entry.name,
                **asdict(entry),
                "exact_match": float(np.mean(matches)),
                "f1": float(np.mean(overlaps)),
                "f1_interval": bootstrap_interval(overlaps, seed=SEED),
                "ours_less_theirs": float(less.mean()),
                "ours_less_theirs_interval": bootstrap_interval(less, seed=SEED),
                "p": randomization_test(less, seed=SEED),
                "recall@20": 100 * float(np.mean(found)),
                "questions_per_second": len(questions)
                / median(run.result["ask_seconds"] for run in done),
                "index_seconds": median(run.result["index_seconds"] for run in done),
                "peak_mib": max(run.peak_mib for run in done),
                "batch": last["batch"],
                "questions": len(questions),
                "passages": len(texts),
                "rounds": len(done),
            }
        )
    return rows


def _markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The table; ratios are ours to theirs, and above 1 where SpanMem is quicker or smaller."""
    first = rows[0]
    lines = [
        f"{first['questions']:,} questions, {first['passages']:,} passages, "
        f"{first['rounds']} rounds",
        "",
        "| | exact match | F1 (95 %) | ours less theirs (95 %) | recall@20 | questions/s | ours × "
        "| seconds to index | ours × | peak MiB | ours × | batch |",
        "|---|---:|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        low, high = row["f1_interval"]
        less, more = row["ours_less_theirs_interval"]
        against = f"{row['ours_less_theirs']:+.1f} ({less:+.1f} to {more:+.1f}), p = {row['p']:.4f}"
        lines.append(
            f"| {row['name']} | {row['exact_match']:.1f} | {row['f1']:.1f} ({low:.1f}-{high:.1f}) "
            f"| {against if row is not first else ''} | {row['recall@20']:.1f} "
            f"| {row['questions_per_second']:.2f} "
            f"| {first['questions_per_second'] / row['questions_per_second']:.2f} "
            f"| {row['index_seconds']:.1f} | {row['index_seconds'] / first['index_seconds']:.2f} "
            f"| {row['peak_mib']:,.0f} | {row['peak_mib'] / first['peak_mib']:.2f} "
            f"| {row['batch'] or 'tokens'} |"
        )
    return "\n".join(lines) + "\n"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
