"""Per-question results of a benchmark. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ..core.records import Evidence, Passage
from .datasets import Question

__all__ = ["Outcome", "PassageLookup", "RetrievedPassage"]

PassageLookup: TypeAlias = Callable[[str], Passage | None]
"""A passage by its key; None where the memory does not hold it."""


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """A passage that retrieval found for a question, without its text."""

    key: str
    document: str
    score: float
    holds: bool = False
    """Whether an answer occurs in it."""
    gold: bool = False
    """Whether the data names it: its document, or the context that it lies in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of one question: its prediction, the scores of it, and the passages retrieved."""

    question: Question
    prediction: str
    """Empty: no answer."""
    exact_match: float
    """0 or 1."""
    f1: float
    """0..1."""
    confidence: float
    """Of the best candidate, given or held back; a logit margin where a reader stands alone."""
    best: str = ""
    """The best candidate, given or held back."""
    best_right: float = 0.0
    """Exact match of the best candidate, given or held back; 0 where nothing is to be answered."""
    abstained: bool = False
    """Whether the pipeline held its best candidate back."""
    hits: tuple[RetrievedPassage, ...] = ()
    """The passages found, best first."""
    reread: tuple[RetrievedPassage, ...] = ()
    """The same with those that were read first, as reading orders them; empty: not known."""
    evidence: Evidence | None = None
    """Where the best candidate stands."""
    kind: str = "passage"
    """Whether the answer was read, remembered or told; see `Candidate.kind`."""
    passages_read: int | None = None
    """How many of the passages found were read; None: not known."""
    windows_read: int = 0
    """Inputs of the reader's model for it; see `Answer.windows_read`."""
    latency_ms: float = 0.0
    stages_ms: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def answerable(self) -> bool:
        """Whether the data knows an answer."""
        return bool(self.question.answers)

    @property
    def rank(self) -> int | None:
        """Rank of the first passage that holds an answer, from 1; None: none of those found."""
        return _first_rank(hit.holds for hit in self.hits)

    @property
    def read_rank(self) -> int | None:
        """The same rank after reading."""
        return _first_rank(hit.holds for hit in self.reread)

    @property
    def gold_rank(self) -> int | None:
        """Rank of the first passage that the data names, from 1; None: none of those found."""
        return _first_rank(hit.gold for hit in self.hits)

    @property
    def documents(self) -> tuple[str, ...]:
        """Documents of the passages found, each once, best first."""
        return tuple(dict.fromkeys(hit.document for hit in self.hits))


def _first_rank(marks: Iterable[bool]) -> int | None:
    """Rank of the first mark that is set, from 1."""
    return next((rank for rank, mark in enumerate(marks, start=1) if mark), None)
