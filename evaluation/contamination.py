"""Questions of a benchmark that the reader was made with are refused or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError
from .datasets import Question
from .settings import TrainingData

if TYPE_CHECKING:
    from ..reader.provenance import Provenance
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

    A set is refused if its file was one of training, or more than 1 % of its questions were known:
    trained on, or used to choose weights or to fit the confidence. Of a file whose rows did the
    latter it counts which ones, or, where that was not recorded, the whole file. With `leave-out`
    known questions are left out, with `allow` nothing is. Raises InputError.
    """
    provenance = reader.provenance
    texts = [q.text for q in questions]
    seen = provenance.seen(texts)
    count = int(seen.sum())
    if policy == "allow":
        return Fresh(tuple(questions), count)
    if (made := _made_with(provenance, digest)) is not None:
        raise InputError(
            f"{path}: {reader.name} was {made}; give other questions, or score it nevertheless "
            "with --training-data allow"
        )
    how = "trained on" if provenance.trained_on(texts).any() else "chosen or calibrated by"
    if policy == "refuse" and count > _CHANCE * len(questions):
        raise InputError(
            f"{path}: {reader.name} was {how} {count:,} of these {len(questions):,} "
            "questions; ask the others with --training-data leave-out, or all of them with "
            "--training-data allow"
        )
    if policy == "refuse":
        return Fresh(tuple(questions), count)
    fresh = tuple(q for q, trained_on in zip(questions, seen, strict=True) if not trained_on)
    if not fresh:
        raise InputError(
            f"{path}: {reader.name} was {how} all of these {len(questions):,} questions; give "
            "other questions, or score it nevertheless with --training-data allow"
        )
    return Fresh(fresh)


def _made_with(provenance: Provenance, digest: str) -> str | None:
    """What the reader has of the very file; None where its rows are to be looked at one by one."""
    roles = [("trained on", provenance.files)]
    if not provenance.tuned.size:
        roles += [
            ("chosen by", provenance.validated_on),
            ("calibrated by", provenance.calibrated_on),
        ]
    for role, files in roles:
        for name, known in files.items():
            if known == digest:
                return f"{role} this very file, as {name}"
    return None
