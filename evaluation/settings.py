"""Options of a benchmark: their defaults and what they may be, for callers and commands alike."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, TypedDict, Unpack

from pydantic import Field

from ..pipeline.settings import Count, PassageCount, Section

__all__ = ["BenchmarkKeywords", "BenchmarkSettings", "TrainingData"]

TrainingData: TypeAlias = Literal["refuse", "leave-out", "allow"]
"""What becomes of questions that the reader was trained on."""


class BenchmarkSettings(Section):
    """What is measured, and how."""

    limit: Count | None = None
    """Questions, spread evenly over the file; None: all."""
    regex: bool = False
    """The answers are regular expressions; F1 then equals exact match."""
    training_data: TrainingData = "refuse"
    answerable: bool = False
    """Score the questions that any passage of the memory answers apart, too."""
    remember: bool = False
    """Ask under one scope, whose turns stay in the memory, so that earlier answers are reused."""
    hits: PassageCount = 100
    """Passages looked at for recall."""
    null_margin: float = 0.0
    """Logits by which a reader alone must prefer a span to "no answer here"."""
    seed: Annotated[int, Field(ge=0)] = 13
    """Of the bootstrap intervals and the randomization tests."""

    def change(self, **values: Unpack[BenchmarkKeywords]) -> BenchmarkSettings:
        """These options with other values for some. Raises InputError for an impossible one."""
        return BenchmarkSettings.checked({**self.options(), **values}, "benchmark")

    def options(self) -> dict[str, object]:
        """The options alone, JSON-ready, without what a subclass adds."""
        return self.model_dump(include=set(BenchmarkSettings.model_fields))


class BenchmarkKeywords(TypedDict, total=False):
    """The options as keyword arguments; what is left out keeps its default above."""

    limit: int | None
    regex: bool
    training_data: TrainingData
    answerable: bool
    remember: bool
    hits: int
    null_margin: float
    seed: int
