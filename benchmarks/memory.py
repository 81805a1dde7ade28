"""What a large memory costs: its kinds of index side by side, adding to it, and its past turns.

    python benchmarks/memory.py kinds --passages 200000
    python benchmarks/memory.py kinds --passages 1000000 --vectors passages.npy questions.npy
    python benchmarks/memory.py adding --sizes 5000 500000
    python benchmarks/memory.py turns --turns 30000

Vectors are random, in clusters, of unit length, or an encoder's; texts are short and made up.
Figures go to standard output. Searching is measured in a process of its own, so that nothing is
warm.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanmem.core.records import (
    Document,
    Entry,
    Evidence,
    Passage,
    Turn,
    TurnKind,
    Vectors,
)
from spanmem.memory.store import Memory

DIM, CLUSTERS, SPREAD = 384, 1000, 0.05
"""A vector is its cluster's center, a unit vector, and `SPREAD` times a normal draw beside it."""
PER_DOCUMENT, BATCH = 10, 5_000
WORDS = ("mill", "river", "bridge", "stone", "rye", "wheel", "boat", "lamp", "ferry", "valley")
SEEDS = {"centers": 1, "passages": 2, "questions": 3}
REPEATED = 0.01
"""Beside an encoder's vector, in each further round where there are fewer than wanted, stands so
many times a normal draw."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one measurement. Returns the exit code."""
    options = _arguments(arguments)
    if options.what == "probe":
        json.dump(probe(options.memory, options.asked, options.vectors), sys.stdout)
        return 0
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.what == "kinds":
            drawn = options.passages, options.vectors
            compare_kinds(Path(folder), *drawn, options.kinds, options.asked)
        elif options.what == "turns":
            time_turns(Path(folder), options.turns, options.asked)
        else:
            compare_sizes(Path(folder), options.sizes, options.added, options.rounds)
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a large memory costs, printed.")
    what = parser.add_subparsers(dest="what", required=True)
    kinds = what.add_parser("kinds", help="size, opening, search and recall, by kind of index")
    kinds.add_argument("--passages", type=int, default=100_000)
    kinds.add_argument("--kinds", nargs="+", default=["flat", "hnsw", "ivfpq"])
    adding = what.add_parser("adding", help="what adding costs, by size of the memory")
    adding.add_argument("--sizes", type=int, nargs=2, default=(5_000, 500_000))
    adding.add_argument("--added", type=int, default=1_000)
    adding.add_argument("--rounds", type=int, default=10)
    turns = what.add_parser("turns", help="what past turns cost a question")
    turns.add_argument("--turns", type=int, default=30_000)
    for command in (kinds, adding, turns):
        command.add_argument("--folder", help="where the memories are made; else a temporary place")
    searching = what.add_parser("probe", help="one memory, searched in this process")
    searching.add_argument("memory", type=Path)
    for command, names in ((kinds, ("PASSAGES", "QUESTIONS")), (searching, ("QUESTIONS",))):
        command.add_argument(
            "--vectors",
            type=Path,
            nargs=len(names),
            default=(),
            metavar=names if len(names) > 1 else names[0],
            help=f"NumPy files with an encoder's, shape (n, {DIM}); else random ones",
        )
    for command in (kinds, searching, turns):
        command.add_argument("--asked", type=int, default=500, help="questions")
    return parser.parse_args(arguments)


def draw(seed: str, count: int, *, skip: int = 0) -> Vectors:
    """Clustered unit vectors, shape (count, DIM); `skip` tells one draw of a seed from another."""
    centers = np.random.default_rng(SEEDS["centers"]).normal(size=(CLUSTERS, DIM))
    centers /= np.linalg.norm(centers, axis=1, keepdims=True)
    rng = np.random.default_rng((SEEDS[seed], skip))
    vectors = centers[rng.integers(0, CLUSTERS, count)] + SPREAD * rng.normal(size=(count, DIM))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


def given(path: Path, count: int, *, skip: int = 0) -> Vectors:
    """An encoder's vectors, shape (count, DIM), in turn and, of too few, round after round."""
    stored = np.load(path, mmap_mode="r")
    rounds, at = np.divmod(np.arange(skip, skip + count), len(stored))
    vectors = np.asarray(stored[at], np.float32)
    rng = np.random.default_rng((SEEDS["passages"], skip))
    vectors += REPEATED * (rounds > 0)[:, None] * rng.normal(size=vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def entries(first: int, count: int, vectors_of: Path | None = None) -> Iterator[list[Entry]]:
    """Documents of `PER_DOCUMENT` passages, some thousand passages at once."""
    for start in range(first, first + count, BATCH):
        some = min(BATCH, first + count - start)
        if vectors_of is None:
            vectors = draw("passages", some, skip=start)
        else:
            vectors = given(vectors_of, some, skip=start)
        yield [
            _entry(f"d{start + at}", vectors[at : at + PER_DOCUMENT])
            for at in range(0, len(vectors), PER_DOCUMENT)
        ]


def _entry(name: str, vectors: Vectors) -> Entry:
    rng = np.random.default_rng(int(name[1:]))
    texts = [" ".join([name, *rng.choice(WORDS, 12)]) for _ in vectors]
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)]).tolist()
    passages = tuple(
        Passage(document=name, start=start, end=start + len(text), text=text)
        for start, text in zip(starts, texts, strict=False)
    )
    return Entry(
        document=Document(id=name, text=" ".join(texts)), passages=passages, vectors=vectors
    )


def fill(memory: Memory, first: int, count: int, vectors_of: Path | None = None) -> None:
    """Put `count` passages in, the `first`-th one first, and publish as indexing does."""
    for at, batch in enumerate(entries(first, count, vectors_of), 1):
        memory.put(batch)
        if at % (20_000 // BATCH) == 0:
            memory.publish()
    memory.publish()


# -- kinds of index


def compare_kinds(
    folder: Path, passages: int, vectors: Sequence[Path], kinds: Sequence[str], asked: int
) -> None:
    """A table: one line for each kind of index over the same passages.

    `vectors` are two files, of passages and of questions; empty: both are random.
    """
    path = folder / "memory"
    with Memory.create(path, encoder="random", dim=DIM) as memory:
        fill(memory, 0, passages, vectors[0] if vectors else None)
    _say(f"{passages:,} passages, {DIM} dimensions; {asked} questions, one at a time")
    _say(f"{'kind':<7}{'made in':>10}{'bytes each':>12}{'open':>9}{'read':>9}", end="")
    _say(f"{'p50':>9}{'p95':>9}{'recall@10':>11}{'noted':>8}")
    exact: list[list[str]] = []
    for kind in dict.fromkeys(["flat", *kinds]):
        with Memory.open(path, write=True) as memory:
            began = time.perf_counter()
            memory.compact(kind)  # type: ignore[arg-type]  # another one is refused in words
            made = time.perf_counter() - began
            noted = memory.stats()["index"]["recall_at_10"]
        size = sum(p.stat().st_size for p in path.glob("views/*/dense-*"))
        command = [sys.executable, __file__, "probe", str(path), "--asked", str(asked)]
        if vectors:
            command += ["--vectors", str(vectors[1])]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        searched: dict[str, Any] = json.loads(run.stdout)
        exact = exact or searched["keys"]
        pairs = zip(exact, searched["keys"], strict=True)
        recall = np.mean([len(set(a) & set(b)) / len(a) for a, b in pairs])
        _say(f"{kind:<7}{made:>8.0f} s{size / passages:>12.1f}{searched['open']:>6.0f} ms", end="")
        _say(
            f"{searched['resident']:>6.1f} MB{searched['p50']:>6.1f} ms{searched['p95']:>6.1f} ms",
            end="",
        )
        _say(f"{recall:>11.3f}{noted:>8.3f}")


def probe(path: Path, asked: int, vectors: Sequence[Path] = ()) -> dict[str, Any]:
    """Milliseconds to open and to search, and the megabytes that opening brought into memory."""
    for library in ("faiss", "tantivy"):
        import_module(library)  # loading them is no part of opening
    questions = given(vectors[0], asked) if vectors else draw("questions", asked)
    before = _resident()
    began = time.perf_counter()
    with Memory.open(path) as memory:
        opened = 1000 * (time.perf_counter() - began)
        resident = _resident() - before
        keys: list[list[str]] = []
        latencies: list[float] = []
        for question in questions:
            began = time.perf_counter()
            hits = memory.search("", question, k=10, mode="dense")
            latencies.append(1000 * (time.perf_counter() - began))
            keys.append([hit.passage.key for hit in hits])
    p50, p95 = np.percentile(latencies, [50, 95]).tolist()
    return {"open": opened, "resident": resident, "p50": p50, "p95": p95, "keys": keys}


def _resident() -> float:
    """Megabytes of this process in memory, files that it has mapped included."""
    table = Path("/proc/self/statm")
    if not table.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return int(table.read_text().split()[1]) * resource.getpagesize() / 1e6


# -- adding


def compare_sizes(folder: Path, sizes: Sequence[int], added: int, rounds: int) -> None:
    """What adding costs in a small memory and in a large one, turn about."""
    memories = [
        Memory.create(folder / str(size), encoder="random", dim=DIM) for size in sorted(sizes)
    ]
    for memory, size in zip(memories, sorted(sizes), strict=True):
        fill(memory, 0, size)
    timings: list[list[tuple[float, float]]] = [[] for _ in memories]
    for at in range(rounds):
        for memory, size, times in zip(memories, sorted(sizes), timings, strict=True):
            batch = [entry for part in entries(size + at * added, added) for entry in part]
            wall, cpu = time.perf_counter(), time.process_time()
            memory.put(batch)
            memory.publish()
            times.append((time.perf_counter() - wall, time.process_time() - cpu))
    _say(f"adding {added:,} passages and publishing them, {rounds} times turn about")
    means = [np.mean(times, axis=0) for times in timings]
    for size, (wall, cpu), times in zip(sorted(sizes), means, timings, strict=True):
        most = max(wall for wall, _ in times)
        _say(f"{size:>9,} passages: mean {wall:.3f} s, most {most:.3f} s; processor {cpu:.3f} s")
    wall, cpu = means[1] / means[0]
    _say(f"ratio of the means: {wall:.2f}, of the processor's time {cpu:.2f}")
    for memory in memories:
        memory.close()


# -- turns


def time_turns(folder: Path, count: int, questions: int) -> None:
    """What it takes to search the past turns of one scope, alone and after each one is added."""
    path, vectors = folder / "memory", draw("passages", count)
    place = Evidence(document="d", start=0, end=1, text="A", passage="p", passage_text="A" * 500)
    with Memory.create(path, encoder="random", dim=DIM) as memory:
        inner: Any = memory  # which has no public name for its connection
        inner._database._writing_connection().execute("PRAGMA synchronous = OFF")
        for number, vector in enumerate(vectors):
            memory.add_turn(_turn(number, "imported", place), vector)
    asked = draw("questions", questions)
    with Memory.open(path) as memory:
        first = _search_turns(memory, asked[0])
        alone = [_search_turns(memory, vector) for vector in asked]
        after: list[float] = []
        for number, vector in enumerate(asked, count):
            memory.add_turn(_turn(number, "answer", place), vector, keep=1000)
            after.append(_search_turns(memory, vector))
    _say(f"{count:,} turns in one scope, {DIM} dimensions; milliseconds per search")
    _say(f"first {first:.0f}")
    for name, times in (("unchanged", alone), ("after a turn was added", after)):
        p50, p95 = np.percentile(times, [50, 95]).tolist()
        _say(f"{name}: p50 {p50:.1f}, p95 {p95:.1f}")


def _turn(number: int, kind: TurnKind, place: Evidence) -> Turn:
    return Turn(
        id=f"t{number}",
        scope="s",
        question=f"Question {number}?",
        answer=f"Answer {number}",
        kind=kind,
        confidence=1.0,
        created_at="2026-01-01T10:00:00.000000+00:00",
        evidence=(place,),
    )


def _search_turns(memory: Memory, vector: NDArray[np.float32]) -> float:
    """Milliseconds that a search of past turns takes."""
    began = time.perf_counter()
    memory.search_turns("s", vector, k=32)
    return 1000 * (time.perf_counter() - began)


def _say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
