"""The same questions over two memories of the same documents, as a folder and a server's copy.

    python benchmarks/engines.py squad.memory 'postgresql://ann@db1/answers?memory=squad' \
        --data dev.jsonl.gz --limit 300

`spanmem memory copy` makes the second one. Printed: the share of questions whose best answers are
equal in text, place and whether they are held back; the share whose ten best passages are the same
in the same order; the differing answers; and how long retrieval and an answer took, half of the
questions being asked of the one first. Nothing is remembered. Exit code 1 if fewer answers than
`--least` are equal.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spanmem import QA
from spanmem.evaluation.datasets import evenly, read_set

_HITS = 10


class Asked(NamedTuple):
    """What one memory gave for a question."""

    answer: tuple[str, str, int, bool] | None
    """Of the best one text, document, place and whether it is held back; None: there is none."""
    passages: tuple[str, ...]
    """Keys of the best `_HITS`."""
    retrieve_ms: float
    answer_ms: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask both memories, and print how they compare. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Two memories, asked the same questions.")
    parser.add_argument("memories", nargs=2, metavar="MEMORY", help="a folder or an address")
    parser.add_argument("--data", type=Path, required=True, help="a question set")
    parser.add_argument("--limit", type=int, help="questions asked, at even distances")
    parser.add_argument("--least", type=float, default=99.0, help="per cent of equal answers")
    options = parser.parse_args(arguments)
    questions = [row.text for row in evenly(read_set(options.data), options.limit)]
    with (
        QA(options.memories[0]) as first,
        QA(options.memories[1], encoder=first.encoder, reader=first.reader) as second,
    ):
        pairs = [_both(first, second, at, text) for at, text in enumerate(questions)]
    equal = 100 * float(np.mean([one.answer == other.answer for one, other in pairs]))
    same = 100 * float(np.mean([one.passages == other.passages for one, other in pairs]))
    _say(f"questions {len(pairs):,}, equal best answers {equal:.1f} %, same passages {same:.1f} %")
    for text, (one, other) in zip(questions, pairs, strict=True):
        if one.answer != other.answer:
            _say(f"  {text!r}: {one.answer} against {other.answer}")
    for name, asked in zip(("first", "second"), zip(*pairs, strict=True), strict=True):
        _say(
            f"{name:7} retrieval {_spread([a.retrieve_ms for a in asked])}, answer "
            f"{_spread([a.answer_ms for a in asked])}"
        )
    return 0 if equal >= options.least else 1


def _both(first: QA, second: QA, at: int, question: str) -> tuple[Asked, Asked]:
    """What both give; they take turns in being asked first: caches are warm for the second."""
    if at % 2:
        other = _asked(second, question)
        return _asked(first, question), other
    return _asked(first, question), _asked(second, question)


def _asked(qa: QA, question: str) -> Asked:
    began = time.perf_counter()
    (answered,) = qa.answer_with_hits([question], hits=_HITS)
    took = 1000 * (time.perf_counter() - began)
    answer = answered.answer
    best = answer.answers[0] if answer.answers else None
    where = None if best is None else (best.text, best.evidence.document, best.evidence.start)
    keys = tuple(hit.passage.key for hit in answered.hits)
    return Asked(where and (*where, answer.abstained), keys, answer.timings_ms["retrieve"], took)


def _spread(values: Sequence[float]) -> str:
    middle, late = np.percentile(values, [50, 95])
    return f"p50 {middle:.0f} ms, p95 {late:.0f} ms"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
