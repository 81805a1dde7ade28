"""How fast SpanMem starts, indexes and answers, and how much memory indexing takes.

    make bench                                          # on the examples, repeated
    make bench CORPUS=wiki.jsonl.gz QUESTIONS=dev.jsonl ARTICLES="5000 25000"

Everything that is measured runs in a process of its own; this one stays small, because a child's
peak memory counts what its parent held when it was started. Figures go to standard output.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

from spanmem.core.records import Document
from spanmem.indexer.corpus import read_documents

ROOT = Path(__file__).resolve().parent.parent
PROBE = Path(__file__).with_name("probe.py")
ROUNDS = 7
"""Runs of each command whose start is timed; the best one counts."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """What one run of `spanmem index` came to."""

    memory: Path
    documents: int
    passages: int
    seconds: float
    peak_mib: float
    """Largest resident set of the process."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all measurements. Returns the exit code."""
    options = _arguments(arguments)
    _startup()
    with tempfile.TemporaryDirectory() as folder:
        runs = [_index(options, number, Path(folder)) for number in options.articles]
        _indexing(options, runs)
        _answering(options, runs[0])
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speed and memory use, printed.")
    parser.add_argument("--corpus", type=Path, default=ROOT / "examples" / "corpus")
    parser.add_argument("--questions", type=Path, help="a question set; else the titles are asked")
    parser.add_argument("--articles", type=int, nargs=2, default=(200, 1000), metavar=("N1", "N2"))
    parser.add_argument("--asked", type=int, default=200, help="questions asked")
    parser.add_argument("--encoder", help="a model, or hash-256 to leave it out of the figures")
    parser.add_argument("--threads", type=int)
    return parser.parse_args(arguments)


def _startup() -> None:
    bare = _best(["-c", "pass"])
    _say("bare python", f"{1000 * bare:.0f} ms")
    for name, command in (
        ("import spanmem", ["-c", "import spanmem"]),
        ("spanmem --help", ["-m", "spanmem", "--help"]),
    ):
        seconds = _best(command)
        _say(
            name, f"{1000 * seconds:.0f} ms, {1000 * (seconds - bare):.0f} ms more than bare python"
        )


def _best(command: Sequence[str]) -> float:
    """Seconds of the quickest of some runs."""
    seconds: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=True)
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def _index(options: argparse.Namespace, articles: int, folder: Path) -> Indexed:
    corpus, memory = folder / f"{articles}.jsonl", folder / f"{articles}.memory"
    with corpus.open("w", encoding="utf-8") as out:
        for document in islice(_endless(options.corpus), articles):
            row = {"id": document.id, "title": document.title, "text": document.text}
            out.write(json.dumps(row) + "\n")
    command = [sys.executable, "-m", "spanmem", "index", str(corpus)]
    command += ["--memory", str(memory), "--json", *_models(options)]
    with Path(f"{memory}.json").open("w+", encoding="utf-8") as printed:
        child = subprocess.Popen(command, stdout=printed)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"indexing {articles} articles failed; see above")
        printed.seek(0)
        report = json.load(printed)
    peak = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    corpus.unlink()
    return Indexed(memory, report["documents"], report["passages"], report["seconds"], peak)


def _endless(corpus: Path) -> Iterator[Document]:
    """The corpus over and over; its documents get new ids from the second time on."""
    for turn in count(1):
        for document in read_documents([corpus]):
            name = document.id if turn == 1 else f"{document.id}#{turn}"
            yield Document(id=name, text=document.text, title=document.title)


def _indexing(options: argparse.Namespace, runs: Sequence[Indexed]) -> None:
    few, many = runs
    for run in runs:
        rate = run.passages / run.seconds
        what = f"{run.documents:,} articles, {run.passages:,} passages"
        _say("spanmem index", f"{what}: {rate:,.1f} passages/s, peak {run.peak_mib:,.0f} MiB")
    _say("peak memory ratio", f"{many.peak_mib / few.peak_mib:.2f}")
    bare = _probe("encode", few.memory, options)
    rate = few.passages / few.seconds
    _say(
        "bare encoder",
        f"the same {few.passages:,} passages: {bare['rate']:,.1f} passages/s; "
        f"indexing keeps {100 * rate / bare['rate']:.0f} % of that",
    )


def _answering(options: argparse.Namespace, run: Indexed) -> None:
    extra = ["--asked", str(options.asked)]
    if options.questions:
        extra += ["--questions", str(options.questions)]
    times = _probe("ask", run.memory, options, *extra)
    what = f"{run.passages:,} passages: {times['cold']:.2f} s in a new process"
    _say("opening and the first answer", f"{what}, {times['warm']:.2f} s once imports are done")
    _say(
        f"the next {times['asked']:,} answers",
        f"p50 {times['p50']:.0f} ms, p95 {times['p95']:.0f} ms",
    )


def _probe(what: str, memory: Path, options: argparse.Namespace, *extra: str) -> dict[str, Any]:
    command = [sys.executable, str(PROBE), what, str(memory), *_models(options), *extra]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(run.stdout)
    return figures


def _models(options: argparse.Namespace) -> list[str]:
    words = ["--encoder", options.encoder] if options.encoder else []
    return [*words, "--threads", str(options.threads)] if options.threads else words


def _say(name: str, value: str) -> None:
    sys.stdout.write(f"{name:<30} {value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
