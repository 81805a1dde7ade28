"""What a reader was trained on, kept beside its weights: no benchmark shall ask what it has seen.

`spanmem.json` names the files of training by their hash. A copy of a question in another file is
found by `training_questions.safetensors`, which holds 64-bit hashes of the questions themselves.
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
from .metrics import normalize

__all__ = ["Provenance", "save_questions"]

_QUESTIONS = "training_questions.safetensors"
_FACTS = "spanmem.json"

Hashes = NDArray[np.int64]
_NONE: Hashes = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Provenance:
    """The training data of a reader, as far as its folder tells."""

    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Name of each file -> its SHA-256."""
    questions: Hashes = field(default_factory=lambda: _NONE)
    """Sorted hashes of the questions, shape (n,); none where they were not recorded."""

    @classmethod
    def load(cls, folder: Path) -> Provenance:
        """What the model folder tells; nothing for models of others. Raises ModelError."""
        path = folder / _FACTS
        try:
            table: Any = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
            files = {str(k): str(v) for k, v in table.get("data_sha256", {}).items()}
            return cls(files, _load_questions(folder))
        except (OSError, ValueError, AttributeError) as error:
            raise ModelError(f"{path}: does not tell what the model was trained on: {error}") from (
                error
            )

    def seen(self, questions: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each of the questions was among those of training, shape (n,)."""
        return np.isin(_hashes(questions), self.questions)


def save_questions(folder: Path, questions: Iterable[str], base: Path | None = None) -> None:
    """Write the hashes of training questions into a model folder, with those of its `base`."""
    from safetensors.numpy import save_file

    earlier = _NONE if base is None else _load_questions(base)
    save_file({"questions": np.union1d(_hashes(questions), earlier)}, folder / _QUESTIONS)


def _load_questions(folder: Path) -> Hashes:
    path = folder / _QUESTIONS
    if not path.is_file():
        return _NONE
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return np.asarray(load_file(path)["questions"], np.int64)
    except (SafetensorError, KeyError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); remove it, or train anew") from error


def _hashes(questions: Iterable[str]) -> Hashes:
    """One 64-bit hash per question, shape (n,); what differs in case or articles is equal."""
    digests = (
        hashlib.blake2b(normalize(q).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for q in questions
    )
    return np.frombuffer(b"".join(digests), np.int64)
