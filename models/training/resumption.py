"""What tells one training from another: its recipe, its data and its start weights.

Each checkpoint keeps it. Going on from one with anything else would leave a model of which nobody
can say what it was trained on, and a benchmark that believes its record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core import files
from ...core.errors import InputError

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["RUN_FILE", "RunIdentity", "digest_of_data", "named_digests"]

RUN_FILE = "run.json"
"""Which training a checkpoint is of, where that is a folder."""
_ELSEWHERE = frozenset(
    (
        *("base", "start", "teacher", "data", "unmarked", "labels", "output", "checkpoints"),
        *("threads", "save_every_minutes"),
    )
)
"""Settings that digests stand for, or that change where and how fast, but not what, is made."""
_MODEL_FILES = frozenset((".safetensors", ".bin", ".json", ".txt", ".model"))
_BESIDE = frozenset(("spanmem.json", "calibration.json", "training_questions.safetensors"))
"""Files of a model's folder that no training starts from."""


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """Recipe, data and start weights of a training."""

    settings: Mapping[str, Any]
    """By name, as the recipe has them, less those that say where things are."""
    data: tuple[tuple[str, str], ...]
    """Name and SHA-256 of each file, in the recipe's order."""
    weights: str
    """SHA-256 of the start weights, with configuration and tokenizer."""

    @classmethod
    def of(cls, config: BaseModel, data: Sequence[Path], start: Iterable[Path]) -> RunIdentity:
        """Of a recipe; `start` are the folders whose models it starts from.

        Raises InputError where data are missing.
        """
        table: dict[str, Any] = json.loads(config.model_dump_json())
        settings = {name: value for name, value in table.items() if name not in _ELSEWHERE}
        named = tuple((path.name, digest_of_data(path)) for path in data)
        tokenizer = settings.get("tokenizer")
        folders = [*start, *([Path(tokenizer)] if tokenizer and Path(tokenizer).is_dir() else [])]
        return cls(settings, named, files.digest(*(f for x in folders for f in _model_files(x))))

    def to_json(self) -> dict[str, Any]:
        """JSON-ready, as a checkpoint keeps it."""
        return {"settings": self.settings, "data": self.data, "weights": self.weights}

    @property
    def data_sha256(self) -> dict[str, str]:
        """SHA-256 of each file by its name, as a model's `spanmem.json` has it."""
        return named_digests(self.data)

    def check(self, kept: Any, folder: Path) -> None:
        """Raise InputError unless a checkpoint in `folder`, which keeps `kept`, is of this run."""
        if not isinstance(kept, Mapping):
            raise InputError(
                f"the checkpoint in {folder} does not tell what it was trained on, as those of "
                "earlier releases do not; train anew, without --resume"
            )
        if differences := list(self._differences(kept)):
            raise InputError(
                f"the checkpoint in {folder} is of another training ({'; '.join(differences)}); "
                "resume with the same recipe, data and start weights, or train anew without "
                "--resume"
            )

    def _differences(self, kept: Mapping[str, Any]) -> Iterable[str]:
        """What differs, in words: first what it was, then what it is to be."""
        old = kept.get("settings")
        old = old if isinstance(old, Mapping) else {}
        for name in sorted({*old, *self.settings}):
            if old.get(name) != self.settings.get(name):
                yield f"{name} was {old.get(name)!r}, and is {self.settings.get(name)!r}"
        rows = [(str(n), str(d)) for n, d in kept.get("data") or ()]
        if [digest for _, digest in rows] != [digest for _, digest in self.data]:
            was, now = (", ".join(name for name, _ in each) for each in (rows, self.data))
            yield f"data were {was}, and are {now}" if was != now else f"{now} was changed since"
        if kept.get("weights") != self.weights:
            yield "its start weights were others"


def digest_of_data(path: Path) -> str:
    """SHA-256 of a file, or of all files of a folder. Raises InputError where there is nothing."""
    if path.is_dir():
        return files.digest(*sorted(p for p in path.rglob("*") if p.is_file()))
    if not path.is_file():
        raise InputError(f"no training data at {path}; check `data` in the configuration")
    try:
        return files.digest(path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror or error}; give a file of questions"
        ) from error


def named_digests(
    named: Iterable[tuple[str, str]], others: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Digests by name, after `others`; a name that stands for another file already is numbered."""
    table = dict(others or {})
    for name, digest in named:
        free, number = name, 1
        while table.get(free, digest) != digest:
            number += 1
            free = f"{name} ({number})"
        table[free] = digest
    return table


def _model_files(folder: Path) -> list[Path]:
    """What a model is made of: weights, configuration, tokenizer, also of modules below it."""
    below = [*folder.glob("*"), *folder.glob("*/*")]
    return sorted(p for p in below if p.suffix in _MODEL_FILES and p.name not in _BESIDE)
