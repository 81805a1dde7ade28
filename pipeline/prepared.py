"""A question between its preparation and its answer: what waits for the reader."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .answers import Answer, Candidate
from .inquiry import Inquiry
from .reading import Search

__all__ = ["Prepared"]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What `QA.prepare` makes of a question, for `QA.read` and `QA.finish`."""

    scope: str
    where: Mapping[str, Any] | None
    as_of: str | None
    """ISO 8601 in UTC; None: now."""
    remember: bool
    """Whether it leaves a turn in its scope."""
    keep: int
    """Candidates that come with the answer, at most."""
    inquiry: Inquiry | None
    """None where nothing is asked."""
    search: Search | None
    """What is to be read; None where nothing is."""
    past: Candidate | None
    """The remembered answer that is given instead."""
    among: Collection[str] | None
    """Documents that a remembered answer has to rest on; None: any."""
    answer: Answer | None
    """The answer, where it took no more than to look at the question."""
    ms: float
    """How long the preparation took."""

    @property
    def reads(self) -> bool:
        """Whether the reader has to be asked: neither remembered nor a courtesy."""
        return self.search is not None
