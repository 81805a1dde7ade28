"""What each system gets and gives back, as files: nothing of ours is imported where a peer runs.

A peer's module is run in its own environment as `python -m benchmarks.peers.NAME TASK RESULT`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

__all__ = ["Found", "Passage", "System", "Task", "run"]

BATCHES = (1, 8, 32, 128)
"""Tried before the clock runs; the quickest is used."""
_TRIAL = 8
"""Questions that batch sizes are tried on."""


@dataclass(frozen=True)
class Passage:
    """What is searched and read: the title goes before the text in both."""

    id: str
    text: str
    title: str
    whole: str
    """Title and text in one, as SpanMem encodes them and every peer gets them."""


@dataclass(frozen=True)
class Task:
    """One run of one system."""

    passages: tuple[Passage, ...]
    questions: tuple[tuple[str, str], ...]
    """Ids and texts."""
    reader: str
    """Folder of a span model for transformers."""
    encoder: str
    """Folder of a sentence-transformers model."""
    mode: str
    threads: int
    read: int
    """Passages read per question."""


@dataclass(frozen=True)
class Found:
    """What a system made of one question."""

    answer: str
    passages: tuple[str, ...]
    """Ids of the passages retrieved, best first."""


class System(Protocol):
    """A question answering system with its models loaded."""

    batch: int
    """Passages that its model reads at once."""

    def index(self, passages: Sequence[Passage]) -> None:
        """Make the passages searchable."""
        ...

    def ask(self, question: str) -> Found:
        """The best answer, whatever it is, and what was read for it."""
        ...


def run(make: Callable[[Task], System]) -> None:
    """Index, choose a batch size, ask; write the result that `compare.py` reads."""
    task = _read(Path(sys.argv[1]))
    system = make(task)
    began = time.perf_counter()
    system.index(task.passages)
    indexing = time.perf_counter() - began
    system.batch = _quickest(system, [text for _, text in task.questions[:_TRIAL]])
    began = time.perf_counter()
    found = {name: system.ask(text) for name, text in task.questions}
    asking = time.perf_counter() - began
    result = {
        "answers": {name: one.answer for name, one in found.items()},
        "passages": {name: one.passages for name, one in found.items()},
        "index_seconds": indexing,
        "ask_seconds": asking,
        "batch": system.batch,
    }
    Path(sys.argv[2]).write_text(json.dumps(result), encoding="utf-8")


def _read(path: Path) -> Task:
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Task(
        passages=tuple(Passage(**row) for row in table.pop("passages")),
        questions=tuple((name, text) for name, text in table.pop("questions")),
        **table,
    )


def _quickest(system: System, questions: Sequence[str]) -> int:
    """The batch size with which the trial questions take least time, all asked once before."""
    system.ask(questions[0])
    taken: dict[int, float] = {}
    for size in BATCHES:
        system.batch = size
        began = time.perf_counter()
        for question in questions:
            system.ask(question)
        taken[size] = time.perf_counter() - began
    return min(taken, key=lambda size: taken[size])
