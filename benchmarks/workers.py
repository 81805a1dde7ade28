"""Workers of a program that has the library loaded: each answers, or says why it cannot.

    python benchmarks/workers.py --workers 200

Half are forked, while threads of the parent go on asking, half spawned or had from a fork server;
they ask the parent's pipeline, open their own, search, index into the same memory and into one of
their own. Printed: how many answered, how many gave an error of the family, how many did neither
within the time limit. Exit code 1 if there is one of these.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import spanmem

QUESTION, ANSWER = "Who founded Halden Home Appliances?", "Halden"
TEXT = "Halden Home Appliances was founded in 1958 by the engineer Astrid Halden.\n"
_parents: list[spanmem.QA] = []
"""The pipeline that forked workers find here."""


def ask(_folder: Path, _number: int, _settings: spanmem.Settings) -> bool:
    """Ask the parent's pipeline, under a scope that all share."""
    return ANSWER in str(_parents[0].ask(QUESTION, scope="all"))


def search(_folder: Path, _number: int, _settings: spanmem.Settings) -> bool:
    """Search by the parent's pipeline."""
    return bool(_parents[0].search(QUESTION))


def ask_own(folder: Path, _number: int, settings: spanmem.Settings) -> bool:
    """Open the memory anew."""
    with spanmem.QA(folder / "m.memory", settings=settings) as qa:
        return bool(qa.ask(QUESTION).answers)


def index_own(folder: Path, _number: int, settings: spanmem.Settings) -> bool:
    """Index into a memory of the worker's own."""
    with spanmem.index(
        folder / "docs", into=folder / f"{os.getpid()}.memory", settings=settings
    ) as m:
        return m.counts()[0] > 0


def index_same(folder: Path, _number: int, settings: spanmem.Settings) -> bool:
    """Index into the memory that all ask; another may hold it."""
    with spanmem.index(folder / "docs", into=folder / "m.memory", settings=settings) as m:
        return m.counts()[0] > 0


Work = Callable[[Path, int, spanmem.Settings], bool]
ANYWHERE: tuple[Work, ...] = (ask_own, index_own, index_same)
FORKED: tuple[Work, ...] = (ask, search, *ANYWHERE)


def report(end: Connection, work: Work, folder: Path, number: int, models: bool) -> None:
    """Do one worker's work, and say how it went."""
    try:
        right = work(folder, number, settings_for(models))
        end.send("answered" if right else "answered wrongly")
    except spanmem.SpanMemError as error:
        end.send(f"said why: {type(error).__name__}")
    except BaseException as error:
        end.send(f"failed: {type(error).__name__}: {error}")


def settings_for(models: bool) -> spanmem.Settings:
    """With the bundled models, or without any."""
    plain = {"encoder.model": "hash-256", "reader.model": "overlap", "answer.abstain_below": 0.0}
    return spanmem.Settings.load(None, {} if models else plain)


def main() -> int:
    """Run the workers, some at a time, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for each worker")
    parser.add_argument("--spawn-models", action="store_true", help="models in spawned ones, too")
    options = parser.parse_args()
    counts: Counter[tuple[str, str, str]] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "docs").mkdir()
        (folder / "docs" / "company.md").write_text(TEXT, encoding="utf-8")
        half = options.workers // 2
        for models, methods, works, number in (
            (True, ("fork",), FORKED, half),
            (options.spawn_models, ("spawn", "forkserver"), ANYWHERE, options.workers - half),
        ):
            spanmem.index(
                folder / "docs", into=folder / "m.memory", settings=settings_for(models)
            ).close()
            with spanmem.QA(folder / "m.memory", settings=settings_for(models)) as qa:
                _parents[:] = [qa]
                counts += run(folder, models, methods, works, number, options)
            if not options.spawn_models:
                shutil.rmtree(folder / "m.memory")
    for (method, work, outcome), count in sorted(counts.items()):
        sys.stdout.write(f"{method:10} {work:10} {outcome:30} {count}\n")
    bad = sum(c for (_, _, what), c in counts.items() if not what.startswith(("answered", "said")))
    bad += sum(c for (_, _, what), c in counts.items() if what == "answered wrongly")
    total = sum(counts.values())
    sys.stdout.write(f"{total} workers, {bad} of them neither answered nor said why\n")
    return 1 if bad else 0


def run(
    folder: Path,
    models: bool,
    methods: tuple[str, ...],
    works: tuple[Work, ...],
    number: int,
    options: argparse.Namespace,
) -> Counter[tuple[str, str, str]]:
    """Start workers while a thread of this process goes on asking; what came of them."""
    stop = threading.Event()
    asking = threading.Thread(target=_ask_on, args=(stop,))
    asking.start()
    counts: Counter[tuple[str, str, str]] = Counter()
    try:
        for start in range(0, number, options.at_once):
            batch = []
            for i in range(start, min(start + options.at_once, number)):
                method, work = methods[i % len(methods)], works[i // len(methods) % len(works)]
                context = multiprocessing.get_context(method)
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=report, args=(theirs, work, folder, i, models))  # type: ignore[attr-defined]
                process.start()
                theirs.close()
                batch.append((method, work.__name__, ours, process))
            until = time.monotonic() + options.limit
            for method, name, ours, process in batch:
                try:
                    there = ours.poll(max(0.0, until - time.monotonic()))
                    outcome = ours.recv() if there else "silent"
                except EOFError:
                    outcome = "ended without a word"
                counts[method, name, outcome] += 1
                process.join(5)
                process.kill()
    finally:
        stop.set()
        asking.join()
    return counts


def _ask_on(stop: threading.Event) -> None:
    while not stop.wait(0.05):
        _parents[0].ask(QUESTION, scope="parent")


if __name__ == "__main__":
    sys.exit(main())
