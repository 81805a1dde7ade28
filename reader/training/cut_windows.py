"""A student's windows, cut once: so its teacher reads each a single time, however many epochs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...models.training.negatives import found_passages, mined_negatives
from ..windows import Featurizer
from .examples import UNKNOWN, BatchPlan, Example, Ids, WindowRow

__all__ = ["CutPlan", "CutWindow"]


@dataclass(frozen=True, slots=True)
class CutWindow:
    """A window, with the texts that a teacher reads in its place."""

    row: WindowRow
    question: str
    title: str
    """Empty where the window shows none."""
    passage: str
    """The whole passage, of which the window holds the tokens from `row.first` on."""


class CutPlan(BatchPlan):
    """Deals windows that stay as they are in all epochs.

    A question's first window is of its own passage, or of the first one found for it. Beside it
    stand none to `negatives` of the others, as drawn for each epoch: passages known not to answer,
    and passages of which nobody knows.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        featurizer: Featurizer,
        *,
        tokens: int,
        negatives: int,
        seed: int,
        title_dropout: float = 0.5,
    ) -> None:
        """`examples` keep their rows. Raises ModelError as `BatchPlan` does."""
        super().__init__(
            examples,
            featurizer,
            tokens=tokens,
            negatives=negatives,
            seed=seed,
            title_dropout=title_dropout,
        )
        self.windows: list[CutWindow] = []
        """All of them, a question's together; a `WindowRow`'s number is its place here."""
        self._begin = [0]
        for index in range(len(examples)):
            self.windows += self._cut(index, len(self.windows))
            self._begin.append(len(self.windows))

    def rows(self, index: int, epoch: int) -> list[WindowRow]:
        first, *others = range(self._begin[index], self._begin[index + 1])
        rng = np.random.default_rng((self.seed, epoch, index, 1))
        drawn = rng.permutation(others)[: rng.integers(self.negatives + 1)]
        return [self.windows[int(number)].row for number in (first, *drawn)]

    def _cut(self, index: int, number: int) -> Iterator[CutWindow]:
        """One window of each of a question's passages, numbered from `number` on."""
        example, rng = self.examples[index], np.random.default_rng((self.seed, index))
        source: Any = example.source
        head = self.featurizer.head(example.question.tolist())
        answer = example.answers[rng.integers(len(example.answers))] if example.answers else None
        titled = rng.random() >= self.title_dropout
        for title, text, (title_ids, ids), known in _passages(example):
            shown = tuple(title_ids.tolist()) if titled else ()
            row = self.window(head, shown, ids, answer, rng)
            if not known:
                row = replace(row, start=UNKNOWN, end=UNKNOWN)
            row = replace(
                row,
                ids=np.array(row.ids, np.int32),
                types=np.array(row.types, np.int8),
                number=number,
            )
            yield CutWindow(row, source["question"], title if shown else "", text)
            number, answer = number + 1, None


def _passages(example: Example) -> Iterator[tuple[str, str, tuple[Ids, Ids], bool]]:
    """Title, text, the ids of both, and whether it is known what answers there, the own first."""
    row: Any = example.source
    if row["context"]:
        title = row.get("title", "").replace("_", " ")
        known = example.answers is not None
        yield title, row["context"], (example.title, example.context), known
    for pairs, found, known in (
        (mined_negatives(row), example.negatives, True),
        (found_passages(row), example.passages, False),
    ):
        for (title, text), ids in zip(pairs, found, strict=True):
            yield title, text, ids, known
