"""Questions of a benchmark that the reader was trained on are refused or left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError
from .datasets import Question
from .settings import TrainingData

if TYPE_CHECKING:
    from ..reader.reader import Reader

__all__ = ["TrainingData", "unseen"]

_CHANCE = 0.01
"""Share of a set that may be among the training questions by chance: some are asked everywhere."""


def unseen(
    questions: Sequence[Question], digest: str, path: Path, reader: Reader, policy: TrainingData
) -> tuple[Question, ...]:
    """The questions that may be asked of `reader`; `digest` is the SHA-256 of their file `path`.

    A set is refused if its file was one of training, or more than 1 % of its questions were. With
    `leave-out` those questions are left out, with `allow` nothing is. Raises InputError.
    """
    if policy == "allow":
        return tuple(questions)
    provenance = reader.provenance
    same = next((name for name, known in provenance.files.items() if known == digest), None)
    if same is not None:
        raise InputError(
            f"{path}: {reader.name} was trained on this very file, as {same}; give other "
            "questions, or score it nevertheless with --training-data allow"
        )
    seen = provenance.seen([q.text for q in questions])
    count = int(seen.sum())
    if policy == "refuse" and count > _CHANCE * len(questions):
        raise InputError(
            f"{path}: {reader.name} was trained on {count:,} of these {len(questions):,} "
            "questions, or chosen or calibrated by them; ask the others with --training-data "
            "leave-out, or all of them with "
            "--training-data allow"
        )
    if policy == "refuse":
        return tuple(questions)
    fresh = tuple(q for q, trained_on in zip(questions, seen, strict=True) if not trained_on)
    if not fresh:
        raise InputError(
            f"{path}: {reader.name} was trained on all of these {len(questions):,} questions, or "
            "chosen or calibrated by them; give other questions, or score it nevertheless with "
            "--training-data allow"
        )
    return fresh
