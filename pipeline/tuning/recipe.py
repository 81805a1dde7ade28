"""Settings of a calibration: kinds of text, each with its questions and memories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = ["CalibrationRecipe", "TextKind", "TrainingData"]


def _as_tuple(value: Any) -> Any:
    """One folder or file stands for a list of one."""
    return (value,) if isinstance(value, str | Path) else value


TrainingData: TypeAlias = Literal["refuse", "leave-out", "allow"]

Paths = Annotated[tuple[Path, ...], BeforeValidator(_as_tuple), Field(min_length=1)]


class TextKind(BaseModel):
    """A kind of text: its questions, and the memories that they are asked of."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    memory: Paths
    """Holds the passages of the questions, among many others; of several, each in its turn."""
    data: Paths
    """Questions with their answers, as `spanmem benchmark open` reads them; rows without an answer
    are what the memory does not tell. A row's `where` bounds the documents, as in `ask`."""
    questions: int | None = Field(default=None, ge=1)
    """Drawn of the data, at most; None: as many as the recipe's `questions`."""
    training_data: TrainingData = "refuse"
    """What becomes of questions that the reader was trained on: with `refuse` the data are, where
    they are more than one in a hundred; else, and with `leave-out`, they are not asked."""


class CalibrationRecipe(BaseModel):
    """Settings of `spanmem train calibration`; paths are relative to the working directory.

    Either `memory` and `data` are given, or `kinds`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    memory: Paths | None = None
    """As in `TextKind`, for a fit on one kind of text."""
    data: Paths | None = None
    """Likewise."""
    training_data: TrainingData = "refuse"
    """Likewise."""
    kinds: dict[str, TextKind] = Field(default_factory=dict[str, TextKind])
    """By name, in place of `memory` and `data`."""
    reader: str | None = None
    """Folder of the reader; None: the bundled one."""
    output: Path
    """Folder that gets `calibration.json`; give the reader's own to make it take effect."""
    held_out_articles: float | None = Field(default=None, gt=0, le=1)
    """As in the reader's training: only questions on these articles are used; None: on all."""
    questions: int = Field(default=1000, ge=1)
    """Of each kind, at most."""
    unanswerable: float = Field(default=0.15, ge=0, le=1)
    """How many cases without an answer there are for each one with an answer."""
    small: float = Field(default=0.5, ge=0, le=1)
    """How many cases in a memory of few passages there are for each one with an answer."""
    renamed: float = Field(default=0.1, ge=0, le=1)
    """How many questions are asked with a name exchanged, for each question."""
    changed: float = Field(default=0.01, ge=0, lt=1)
    """The share of answers that may become others because reading stops early: its upper confidence
    limit, at 95 %, on questions left out of the fit. 0: no rule is fitted, and all is read."""
    candidates: int = Field(default=1, ge=1)
    """Best candidates per case that the confidence is fitted on."""
    retrieval_weights: tuple[float, ...] = (0, 2, 4, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50)
    """Tried in turn; the one with the best F1 stays."""
    seed: int = Field(default=13, ge=0)

    @model_validator(mode="after")
    def _one_way_of_naming_data(self) -> CalibrationRecipe:
        plain = self.memory is not None and self.data is not None
        if bool(self.kinds) == plain or (self.kinds and (self.memory or self.data)):
            raise ValueError("give either `memory` and `data`, or `kinds`, which hold both each")
        return self

    @property
    def all_kinds(self) -> dict[str, TextKind]:
        """The kinds; a recipe without them has one, called `all`."""
        if self.memory is None or self.data is None:
            return self.kinds
        kind = TextKind(memory=self.memory, data=self.data, training_data=self.training_data)
        return {"all": kind}
