"""Trains a small reader to mark what a large one marks: distillation (Hinton et al. 2015).

Beside the hard loss of `fine_tuning`, under the same two normalizations, stands the divergence
from the teacher's distributions. It needs no answers: where nobody knows whether a passage answers,
the teacher's marks are the lesson.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...core import files
from ...models import bundled
from ...models.hub import fetch
from ...models.training.recipes import read_rows
from ..reader import SpanReader
from ..windows import Windows
from .cut_windows import CutPlan
from .examples import LENGTHS, Example, TrainingBatch
from .fine_tuning import ReaderTrainer, ReaderTraining
from .teacher import Teacher
from .trainer import TrainingResult

if TYPE_CHECKING:
    import torch

__all__ = ["Distillation", "DistillationTrainer", "distill"]


class Distillation(ReaderTraining):
    """Settings of `spanmem train distill`, beside those of `spanmem train reader`.

    Rows may carry `passages` besides, found for the question by `spanmem train negatives`.
    """

    teacher: str | None = None
    """The large reader: a folder or hub name; None: the bundled one."""
    unmarked: tuple[Path, ...] = ()
    """Question rows of which answers are not looked at: only what the teacher marks is learned.
    They need a context or `passages`."""
    labels: Path | None = None
    """A folder in which the teacher's logits are kept; None: they are made in each step."""
    soft: float = Field(default=0.8, ge=0, le=1)
    """The teacher's share of the loss; the rest is that of the rows' own answers."""
    temperature: float = Field(default=2.0, gt=0)
    """What logits of both are divided by before they are compared."""
    layers: int | None = Field(default=None, ge=1)
    """Of `base`, as many are trained, from the first on; None: all."""


@files.refusals()
def distill(config: Distillation, *, resume: bool = False) -> TrainingResult:
    """Train and write the reader to `config.output`: see `fine_tuning.train`.

    Raises ModelError for a teacher that cannot be opened, too.
    """
    return DistillationTrainer(config, resume=resume).train()


class DistillationTrainer(ReaderTrainer):
    """A `ReaderTrainer` with a teacher, over windows that are cut once."""

    config: Distillation
    plan: CutPlan
    keeps_rows = True

    def __init__(self, config: Distillation, *, resume: bool = False) -> None:
        self._teacher_folder = (
            bundled("reader") if config.teacher is None else fetch(config.teacher)
        )
        self.layers = config.layers
        super().__init__(config, resume=resume)

    def starts(self) -> list[Path]:
        return [*super().starts(), self._teacher_folder]

    def data(self) -> tuple[Path, ...]:
        return (*super().data(), *self.config.unmarked)

    def read_rows(self) -> Iterator[dict[str, Any]]:
        unmarked = read_rows(self.config.unmarked, self.ledger, marked=False)
        return chain(super().read_rows(), unmarked)

    def make_plan(self, examples: Sequence[Example]) -> CutPlan:
        config = self.config
        plan = CutPlan(examples, self.featurizer, **self.dealing)
        reader = SpanReader.load(
            config.teacher,
            device=str(self.accelerator.device),
            threads=config.threads,
            windows=Windows(size=LENGTHS[-1], overlap=0),
        )
        self.teacher = Teacher(reader, plan, config.labels)
        if config.soft:
            self.teacher.keep(self.accelerator.process_index, self.accelerator.num_processes)
            self.accelerator.wait_for_everyone()
        return plan

    def batch_loss(self, batch: TrainingBatch) -> tuple[torch.Tensor, int]:
        import torch

        from .objectives import soft_span_loss, span_loss

        config, (start, end, tensors) = self.config, self.logits(batch)
        loss = (1 - config.soft) * span_loss(start, end, tensors, batch.group)
        if config.soft:
            marks = torch.from_numpy(self._marks(batch)).to(self.accelerator.device)
            loss = loss + config.soft * soft_span_loss(
                start, end, marks, tensors["context"], batch.group, config.temperature
            )
        return loss, int(batch.mask.sum())

    def _marks(self, batch: TrainingBatch) -> NDArray[np.float32]:
        """The teacher's logits, shape (rows, length, 2); -inf where it has none."""
        marks = np.full((*batch.ids.shape, 2), -np.inf, np.float32)
        for row, marked in enumerate(self.teacher.marks(batch.numbers)):
            marks[row, 0] = marked[0]
            marks[row, batch.context[row]] = marked[1:]
        return marks

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"teacher": self.teacher.reader.name}
