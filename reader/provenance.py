"""What a reader has seen, kept beside its weights: no benchmark shall ask what it was made with.

`spanmem.json` names the files of training by their hash. A copy of a question in another file is
found by `training_questions.safetensors`, which holds 64-bit hashes of the questions themselves:
of those that were trained on, and of those by which weights were chosen. What the confidence was
fitted on stands in `calibration.json`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ModelError
from ..core.normalization import normalize
from .calibration import CALIBRATION_FILE, belongs_to

__all__ = ["Provenance", "question_hashes", "save_questions"]

_QUESTIONS = "training_questions.safetensors"
_FACTS = "spanmem.json"
_TRAINED, _VALIDATED = "questions", "validated"
"""Tensors of the file of questions."""

Hashes = NDArray[np.int64]
_NONE: Hashes = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Provenance:
    """What a reader was made with, as far as its folder tells."""

    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Name of each file of training -> its SHA-256."""
    questions: Hashes = field(default_factory=lambda: _NONE)
    """Sorted hashes of the questions of training, shape (n,); none where they were not recorded."""
    validated_on: Mapping[str, str] = field(default_factory=dict[str, str])
    """Likewise the files with rows by which its weights were chosen."""
    calibrated_on: Mapping[str, str] = field(default_factory=dict[str, str])
    """Likewise the files with rows on which its confidence was fitted."""
    tuned: Hashes = field(default_factory=lambda: _NONE)
    """Sorted hashes of the questions by which weights were chosen or the confidence fitted."""

    @classmethod
    def load(cls, folder: Path, *, weights: str | None = None) -> Provenance:
        """What the model folder tells; nothing for models of others. Raises ModelError.

        `weights` are the fingerprint of the model's: a calibration of others counts for nothing.
        """
        table = _table(folder / _FACTS, "what the model was trained on")
        fitted = _table(folder / CALIBRATION_FILE, "what it was fitted on")
        if not belongs_to(fitted, weights):
            fitted = {}
        try:
            chosen_by = _load_hashes(folder, _VALIDATED)
            fitted_on = np.array([int(x, 16) for x in fitted.get("questions", ())], np.uint64)
            return cls(
                _digests(table.get("data_sha256", {})),
                _load_hashes(folder, _TRAINED),
                _digests(table.get("validated_on", {})),
                _digests(fitted.get("calibrated_on", {})),
                np.sort(np.concatenate([chosen_by, fitted_on.view(np.int64)])),
            )
        except (ValueError, TypeError, OverflowError, AttributeError) as error:
            raise ModelError(
                f"{folder}: its {_FACTS} or {CALIBRATION_FILE} does not tell what the model was "
                f"made with ({error}); fetch it again, or train and calibrate anew"
            ) from error

    def seen(self, questions: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each was trained on, or weights chosen or the confidence fitted by it: (n,)."""
        hashes = question_hashes(questions)
        seen: NDArray[np.bool_] = np.isin(hashes, self.questions) | np.isin(hashes, self.tuned)
        return seen

    def trained_on(self, questions: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each of the questions was among those of training, shape (n,)."""
        return np.isin(question_hashes(questions), self.questions)


def save_questions(
    folder: Path,
    questions: Iterable[str],
    *bases: Path,
    validated: Iterable[str] = (),
) -> None:
    """Write the hashes of training questions into a model folder, with those of its `bases`.

    `validated` are those by which its weights were chosen. Raises ModelError where those of the
    base cannot be read.
    """
    from safetensors.numpy import save_file

    tensors = {
        name: np.unique(
            np.concatenate([question_hashes(texts), *(_load_hashes(base, name) for base in bases)])
        )
        for name, texts in ((_TRAINED, questions), (_VALIDATED, validated))
    }
    save_file(tensors, folder / _QUESTIONS)


def _table(path: Path, what: str) -> dict[str, Any]:
    """The JSON object in a file; empty where there is none. Raises ModelError."""
    try:
        table = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: does not tell {what}: {error}") from error
    if not isinstance(table, dict):
        raise ModelError(f"{path}: does not tell {what}: it holds no object")
    return table


def _digests(table: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(digest) for name, digest in table.items()}


def _load_hashes(folder: Path, name: str) -> Hashes:
    path = folder / _QUESTIONS
    if not path.is_file():
        return _NONE
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return np.asarray(load_file(path).get(name, _NONE), np.int64)
    except (OSError, SafetensorError, KeyError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); remove it, or train anew") from error


def question_hashes(questions: Iterable[str]) -> Hashes:
    """One 64-bit hash per question, shape (n,); what differs in case or articles is equal."""
    digests = (
        hashlib.blake2b(normalize(q).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for q in questions
    )
    return np.frombuffer(b"".join(digests), np.int64)
