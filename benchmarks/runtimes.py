"""Runtimes side by side: windows a second, answers and recall; and the ranges that int8 needs.

    python benchmarks/runtimes.py measure squad_original.jsonl.gz policyqa_dev.jsonl.gz
    python benchmarks/runtimes.py compare squad_v1.1_dev.jsonl.gz --limit 600 --keep

`measure` writes `quantization.json` beside a reader's and an encoder's weights, from the
contexts of questions. `compare`, on other questions, prints what each runtime does, and with
`--keep` notes beside the ranges what int8 cost there, so that it is taken by itself where that is
little. Rates are taken in turns, so that what else the machine does slows all alike, in seconds of
the processor where one thread computes.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from spanmem.core.errors import SpanMemError
from spanmem.core.questions import QuestionRow, RowLedger, read_questions
from spanmem.core.records import Passage, Vectors
from spanmem.indexer.encoders.sentence import SentenceEncoder
from spanmem.models import bundled
from spanmem.models.device import fingerprint
from spanmem.models.runtimes import cpu
from spanmem.models.runtimes.protocol import Ids, Precision
from spanmem.models.runtimes.quantization import Quantization
from spanmem.models.runtimes.torch_bert import load_bert
from spanmem.models.training.quantization import measure_ranges
from spanmem.reader.metrics import exact_match, f1
from spanmem.reader.reader import ReadRequest, SpanReader

WAYS: tuple[tuple[str, Precision | None], ...] = (
    ("torch", None),
    ("openvino", "float32"),
    ("openvino", "bfloat16"),
    ("openvino", "int8"),
    ("onnxruntime", "float32"),
    ("onnxruntime", "int8"),
)
ROWS, LENGTH, ROUNDS = 20, 160, 5


def questions(path: Path, limit: int) -> list[QuestionRow]:
    """Answerable questions with their contexts, drawn from all over a file."""
    rows = [row for row in read_questions(path, RowLedger()) if row.context and row.answers]
    return random.Random(7).sample(rows, min(limit, len(rows)))


def measure(options: argparse.Namespace) -> None:
    """Write the ranges of both models."""
    rows = [row for path in options.questions for row in questions(path, options.limit)]
    pairs = [(row.question, row.context or "") for row in rows]
    for folder, texts in (
        (options.reader, pairs),
        (options.encoder, [text for pair in pairs for text in pair]),
    ):
        checkpoint = load_bert(folder)
        if checkpoint is None:
            sys.exit(f"{folder} holds no plain BERT")
        tokenizer = checkpoint.tokenizer.backend_tokenizer
        ranges = measure_ranges(checkpoint.bert, batches(tokenizer, texts))
        ranges.save(folder, weights=fingerprint([folder / "model.safetensors"]))
        left = 4 * len(checkpoint.bert.layers) - len(ranges.layers)
        say(f"{folder}: {len(ranges.layers)} layers, {left} left as they are")


def batches(
    tokenizer: object, texts: Sequence[str] | Sequence[tuple[str, str]]
) -> Iterator[tuple[Ids, Ids, Ids]]:
    """Rows of one length each, without padding; what is longer than 256 tokens is cut."""
    tokenizer.enable_truncation(256)  # type: ignore[attr-defined]
    encodings = sorted(tokenizer.encode_batch(list(texts)), key=lambda e: len(e.ids))  # type: ignore[attr-defined]
    while portion := [encodings.pop() for _ in range(min(8, len(encodings)))]:
        length = len(portion[-1].ids)
        yield (
            np.array([e.ids[:length] for e in portion], np.int64),
            np.ones((len(portion), length), np.int64),
            np.array([e.type_ids[:length] for e in portion], np.int64),
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """Both models, computed in one way."""

    name: str
    reader: SpanReader
    encoder: SentenceEncoder


@dataclass(frozen=True, slots=True)
class Quality:
    """What comes of one way on a set of questions; in points."""

    texts: list[str]
    f1: float
    exact: float
    recall: float
    """Recall@5, questions and passages encoded alike."""
    mixed: float
    """Recall@5 in passages that torch encoded: a memory of before."""
    passages: Vectors


def opened(options: argparse.Namespace) -> Iterator[Opened]:
    """All ways that can be had here; what cannot is said."""
    for backend, precision in WAYS:
        name = f"{backend} {precision or ''}".strip()
        if options.only and name not in options.only:
            continue
        try:
            yield Opened(
                name,
                SpanReader.load(
                    options.reader, threads=options.threads, backend=backend, precision=precision
                ),
                SentenceEncoder(
                    options.encoder, threads=options.threads, backend=backend, precision=precision
                ),
            )
        except SpanMemError as error:
            say(f"{name}: {error}")


def rates(ways: Sequence[Opened], threads: int) -> list[tuple[float, float]]:
    """Windows a second, the best of several rounds, and the median of milliseconds for all 20."""
    clock = time.process_time if threads == 1 else time.perf_counter
    ids = np.random.default_rng(3).integers(1000, 20_000, (ROWS, LENGTH))
    types = np.zeros_like(ids)
    types[:, 14:] = 1
    seconds: list[list[float]] = [[] for _ in ways]
    for turn in range(ROUNDS + 1):
        for at, way in enumerate(ways):
            runtime = way.reader.runtime
            rows = runtime.batch_tokens // LENGTH
            begun = clock()
            for start in range(0, ROWS, rows):
                part = slice(start, start + rows)
                runtime.run(ids[part], np.ones_like(ids[part]), types[part])
            if turn:  # the first one warms up
                seconds[at].append(clock() - begun)
    return [(ROWS / min(rounds), 1000 * statistics.median(rounds)) for rounds in seconds]


def quality(
    way: Opened, rows: Sequence[QuestionRow], contexts: Sequence[str], old: Vectors | None
) -> Quality:
    """Answers in each question's own context, and where that is among all of them."""
    texts = []
    for row in rows:
        text = row.context or ""
        passage = Passage(document="d", start=0, end=len(text), text=text, title=row.title)
        (reading,) = way.reader.read([ReadRequest(row.question, (passage,))])
        texts.append(reading.spans[0].text if reading.spans else "")
    scores = [
        100 * float(np.mean([metric(a, row.answers) for a, row in zip(texts, rows, strict=True)]))
        for metric in (f1, exact_match)
    ]
    numbers = {context: number for number, context in enumerate(contexts)}
    gold = [numbers[row.context or ""] for row in rows]
    queries = way.encoder.encode_queries([row.question for row in rows])
    passages = way.encoder.encode_passages(contexts)
    mixed = recall(queries, passages if old is None else old, gold)
    return Quality(texts, scores[0], scores[1], recall(queries, passages, gold), mixed, passages)


def recall(queries: Vectors, passages: Vectors, gold: Sequence[int]) -> float:
    """Share of the questions, in points, whose context is among the five nearest."""
    nearest = np.argpartition(-queries @ passages.T, 5, axis=1)[:, :5]
    return 100 * float(np.mean([own in row for own, row in zip(gold, nearest, strict=True)]))


def compare(options: argparse.Namespace) -> None:
    """Print the table; with `keep`, note what int8 costs."""
    (path,) = options.questions
    rows = questions(path, options.limit)
    contexts = sorted({row.context or "" for row in read_questions(path, RowLedger())})
    own_contexts = {row.context or "" for row in rows}
    others = [context for context in contexts if context not in own_contexts]
    contexts = [*own_contexts, *others[: max(0, options.passages - len(own_contexts))]]
    ways = list(opened(options))
    measured = rates(ways, options.threads)
    sets = ", ".join(cpu.instruction_sets())
    say(f"{cpu.processor()} ({sets}), {options.threads} threads; weights of int8: "
        f"{8 if cpu.has_exact_int8() else 7} bits")  # fmt: skip
    say(f"{path.name}: {len(rows)} questions, {len(contexts)} passages")
    say("| runtime | windows/s | 20 windows, p50 | F1 | EM | same answer | recall@5 "
        "| in a memory of torch's |")  # fmt: skip
    say("|---|---|---|---|---|---|---|---|")
    first: Quality | None = None
    losses = [0.0, 0.0]
    for way, (rate, wait) in zip(ways, measured, strict=True):
        if not rows:
            say(f"| {way.name} | {rate:.1f} | {wait:.0f} ms |")
            continue
        own = quality(way, rows, contexts, None if first is None else first.passages)
        first = first or own
        same = np.mean([a == b for a, b in zip(own.texts, first.texts, strict=True)])
        if way.name.endswith("int8"):
            found = min(own.recall, own.mixed)
            losses = [
                max(known, loss)
                for known, loss in zip(
                    losses, (first.f1 - own.f1, first.recall - found), strict=True
                )
            ]
        say(f"| {way.name} | {rate:.1f} | {wait:.0f} ms | {own.f1:.2f} | {own.exact:.2f} | "
            f"{100 * same:.1f} % | {own.recall:.2f} | {own.mixed:.2f} |")  # fmt: skip
    if any(way.name.endswith("int8") for way in ways) and rows:
        say(f"int8 costs {losses[0]:.2f} points of F1 and {losses[1]:.2f} of recall@5 at most")
    if options.keep:
        for folder, loss in zip((options.reader, options.encoder), losses, strict=True):
            weights = fingerprint([folder / "model.safetensors"])
            ranges = Quantization.load(folder, weights=weights)
            if ranges is not None:
                replace(ranges, loss=round(loss, 3)).save(folder, weights=weights)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("measure", "compare"))
    parser.add_argument("questions", nargs="+", type=Path)
    parser.add_argument("--reader", type=Path, default=bundled("reader"))
    parser.add_argument("--encoder", type=Path, default=bundled("encoder"))
    parser.add_argument("--limit", type=int, default=600, help="questions of each; 0: rates alone")
    parser.add_argument("--passages", type=int, default=2100, help="to search among")
    parser.add_argument("--only", nargs="+", metavar="RUNTIME", help="such as 'onnxruntime int8'")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--keep", action="store_true", help="note what int8 costs beside its ranges"
    )
    options = parser.parse_args()
    {"measure": measure, "compare": compare}[options.what](options)


if __name__ == "__main__":
    main()
