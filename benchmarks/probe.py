"""What `speed.py` measures in a process of its own: one JSON object on standard output."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spanmem import Settings

FIRST = "Which of these is described?"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one thing and print the figures. Returns the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("encode", "ask"))
    parser.add_argument("memory", type=Path)
    parser.add_argument("--encoder")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--asked", type=int, default=200)
    options = parser.parse_args(arguments)
    from spanmem import Settings

    settings = Settings().override(
        {"encoder.model": options.encoder, "runtime.threads": options.threads}
    )
    if options.what == "encode":
        figures = encode(options.memory, settings)
    else:
        figures = ask(options.memory, settings, options.questions, options.asked)
    json.dump(figures, sys.stdout)
    return 0


def encode(memory: Path, settings: Settings) -> dict[str, float]:
    """Passages per second of the encoder alone: the memory's passages, batched as in indexing."""
    from spanmem import Memory
    from spanmem.indexer.encoders.encoder import passage_text
    from spanmem.pipeline.factory import load_encoder

    encoder = load_encoder(settings)
    with Memory.open(memory) as opened:
        texts = [passage_text(passage) for passage in opened.passages()]
    encoder.encode_passages(texts[:8])  # whatever is made on first use is no part of the rate
    began = time.perf_counter()
    for at in range(0, len(texts), settings.index.batch):
        encoder.encode_passages(texts[at : at + settings.index.batch])
    return {"rate": len(texts) / (time.perf_counter() - began)}


def ask(
    memory: Path, settings: Settings, questions: Path | None, limit: int
) -> dict[str, float | int]:
    """Seconds to the first answer, with and without imports; milliseconds of the next ones."""
    began = time.perf_counter()
    from spanmem import QA

    with QA(memory, settings=settings) as qa:
        qa.ask(FIRST)
    cold = time.perf_counter() - began
    following = _questions(memory, questions, limit)
    began = time.perf_counter()
    with QA(memory, settings=settings) as qa:
        qa.ask(FIRST)
        warm = time.perf_counter() - began
        latencies: list[float] = []
        for question in following:
            began = time.perf_counter()
            qa.ask(question)
            latencies.append(1000 * (time.perf_counter() - began))
    latencies.sort()
    return {
        "cold": cold,
        "warm": warm,
        "asked": len(latencies),
        "p50": latencies[len(latencies) // 2],
        "p95": latencies[len(latencies) * 95 // 100],
    }


def _questions(memory: Path, questions: Path | None, limit: int) -> list[str]:
    """Of a question set, at even distances; or about the titles that the memory holds."""
    from spanmem import Memory
    from spanmem.evaluation.datasets import evenly, read_questions

    if questions is not None:
        return [question.text for question in evenly(read_questions(questions), limit)]
    with Memory.open(memory) as opened:
        return [f"What is {info.title or info.id}?" for info in islice(opened.documents(), limit)]


if __name__ == "__main__":
    sys.exit(main())
