"""What all trainings share: their rows, which of them stay out, and the facts of a result."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import InputError

if TYPE_CHECKING:
    import torch

__all__ = ["held_out", "mix", "provenance", "read_rows", "read_texts", "write_facts"]


def read_rows(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Question rows of JSON-lines files. Raises InputError naming file and line."""

    def check(row: dict[str, Any]) -> None:
        answers = row["answers"]
        if not all(isinstance(row.get(name, ""), str) for name in ("title", "question", "context")):
            raise TypeError("its title, question or context is no text")
        if not (row["question"] and row["context"]):
            raise ValueError("its question or context is empty")
        texts, starts = list(answers["text"]), list(answers["answer_start"])
        if len(texts) != len(starts) or not all(type(at) is int and at >= 0 for at in starts):
            raise ValueError("not every answer has its answer_start")

    return _rows(
        paths,
        check,
        kind="question row",
        needs="question, context and answers {text, answer_start}",
    )


def read_texts(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Rows with a `text`, of JSON-lines files. Raises InputError naming file and line."""

    def check(row: dict[str, Any]) -> None:
        if not isinstance(row["text"], str):
            raise TypeError("its text is none")

    return _rows(paths, check, kind="document", needs="text, and may have a title")


def _rows(
    paths: Sequence[Path], check: Callable[[dict[str, Any]], None], *, kind: str, needs: str
) -> Iterator[dict[str, Any]]:
    for path in paths:
        if not path.is_file():
            raise InputError(f"no training data at {path}; check `data` in the configuration")
        for number, line in enumerate(_lines(path), 1):
            try:
                row = json.loads(line)
                check(row)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InputError(
                    f"{path}:{number} is no {kind} ({error}); each line needs {needs}"
                ) from error
            yield row


def _lines(path: Path) -> Iterator[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            yield from lines
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not in UTF-8 ({error}); save it as UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read ({error}); fetch or write it anew") from error


def held_out(title: str, fraction: float) -> bool:
    """Whether all rows of the article `title` stay out of training; untitled rows never do."""
    digest = hashlib.sha256(title.replace("_", " ").casefold().encode()).digest()
    return bool(title) and int.from_bytes(digest[:4], "big") < fraction * 2**32


def mix(model: torch.nn.Module, start: Mapping[str, torch.Tensor], share: float) -> None:
    """Put `share` of the `start` weights into the model's.

    Between a model and what it was trained from lie ones that are better than both, at home and
    elsewhere (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
    """
    import torch

    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name in start and tensor.is_floating_point():
                tensor.lerp_(start[name].to(tensor.device), share)


def provenance(settings: dict[str, Any], data: Sequence[Path]) -> dict[str, Any]:
    """How a model came about, for its `spanmem.json`: settings, and what it was trained on.

    Of files and folders only the names are kept: where they lay is nobody's business.
    """
    kept = {k: v for k, v in settings.items() if k not in ("output", "checkpoints")}
    base = str(kept["base"])
    kept["base"] = Path(base).name if Path(base).is_absolute() else kept["base"]
    kept["data"] = [path.name for path in data]
    return {"training": kept, "data_sha256": {path.name: _sha256(path) for path in data}}


def write_facts(folder: Path, kind: str, facts: dict[str, Any]) -> None:
    """Write `spanmem.json` beside a model; it appears when it is whole."""
    text = json.dumps({"format": 1, "kind": kind, **facts}, indent=2, sort_keys=True)
    draft = folder / "spanmem.json.tmp"
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(folder / "spanmem.json")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
