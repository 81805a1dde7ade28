"""Questions of a benchmark that the reader was trained on are refused or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError
from .datasets import Question
from .settings import TrainingData

if TYPE_CHECKING:
    from ..reader.reader import Reader

__all__ = ["Fresh", "TrainingData", "unseen"]

_CHANCE = 0.01
"""Share of a set that may be among the training questions by chance: some are asked everywhere."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """The questions that may be asked, and how many of them the reader has seen."""

    questions: tuple[Question, ...]
    trained_on: int = 0


def unseen(
    questions: Sequence[Question], digest: str, path: Path, reader: Reader, policy: TrainingData
) -> Fresh:
    """The questions that may be asked of `reader`; `digest` is the SHA-256 of their file `path`.

    A set is refused if its file was one of training, or more than 1 % of its questions were. With
    `leave-out` those questions are left out, with `allow` nothing is. Raises InputError.
    """
    provenance = reader.provenance
    seen = provenance.seen([q.text for q in questions])
    count = int(seen.sum())
    if policy == "allow":
        return Fresh(tuple(questions), count)
    same = next((name for name, known in provenance.files.items() if known == digest), None)
    if same is not None:
        raise InputError(
            f"{path}: {reader.name} was trained on this very file, as {same}; give other "
            "questions, or score it nevertheless with --training-data allow"
        )
    if policy == "refuse" and count > _CHANCE * len(questions):
        raise InputError(
            f"{path}: {reader.name} was trained on {count:,} of these {len(questions):,} "
            "questions; ask the others with --training-data leave-out, or all of them with "
            "--training-data allow"
        )
    if policy == "refuse":
        return Fresh(tuple(questions), count)
    fresh = tuple(q for q, trained_on in zip(questions, seen, strict=True) if not trained_on)
    if not fresh:
        raise InputError(
            f"{path}: {reader.name} was trained on all of these {len(questions):,} questions; give "
            "other questions, or score it nevertheless with --training-data allow"
        )
    return Fresh(fresh)
