"""What all trainings share: their rows, which of them stay out, and the facts of a result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core import files
from ...core.errors import InputError, RowError
from ...core.questions import RowLedger, read_questions
from ...core.rows import Row, document_rows
from .resumption import named_digests

if TYPE_CHECKING:
    import torch

__all__ = ["HELD_OUT", "held_out", "mix", "provenance", "read_rows", "read_texts", "write_facts"]

_Fields = dict[str, Any]

HELD_OUT = "held out of training, for validation and calibration"
"""Why rows of held-out articles are left out."""


def read_rows(
    paths: Sequence[Path], ledger: RowLedger | None = None, *, marked: bool = True
) -> Iterator[dict[str, Any]]:
    """Question rows whose answers stand in their context, as `read_questions` reads them.

    Each is the row as its file has it, with `question`, `context`, `title` and `answers {text:
    [...], answer_start: [...]}`, code points of the context. Where rows are not `marked`, their
    answers are None, and a missing context is empty. All rows are counted in `ledger`.
    Raises InputError naming file and row.
    """
    ledger = RowLedger() if ledger is None else ledger
    for path in paths:
        _must_be_there(path)
        for row in read_questions(path, ledger, spans=marked, marked=marked):
            answers = {"text": list(row.answers), "answer_start": list(row.starts or ())}
            yield {
                **row.fields,
                "question": row.question,
                "context": row.context or "",
                "title": row.title,
                "answers": answers if marked else None,
            }


def read_texts(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Rows with a `text`, of whatever files hold rows. Raises InputError naming file and row."""
    return _rows(
        paths, document_rows, _check_text, kind="document", needs="text, and may have a title"
    )


def _check_text(fields: _Fields) -> None:
    if not isinstance(fields["text"], str):
        raise TypeError("its text is none")


def _rows(
    paths: Sequence[Path],
    read: Callable[[Path, Callable[[RowError], None]], Iterator[Row]],
    check: Callable[[_Fields], None],
    *,
    kind: str,
    needs: str,
) -> Iterator[_Fields]:
    def refuse(place: object, why: object) -> InputError:
        return InputError(f"{place} is no {kind} ({why}); each row needs {needs}")

    def on_bad(error: RowError) -> None:
        raise refuse(error.place, error.why) from error

    for path in paths:
        _must_be_there(path)
        for row in read(path, on_bad):
            try:
                check(row.fields)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise refuse(row.place, error) from error
            yield row.fields


def _must_be_there(path: Path) -> None:
    if not path.exists():
        raise InputError(f"no training data at {path}; check `data` in the configuration")


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


def provenance(settings: dict[str, Any], data: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """How a model came about, for its `spanmem.json`: settings, and what it was trained on.

    `data` are names and SHA-256 of the files as they were read, see `RunIdentity.data`. Of files
    and folders only the names are kept: where they lay is nobody's business.
    """
    kept = {k: v for k, v in settings.items() if k not in ("output", "checkpoints", "labels")}
    for model in kept.keys() & {"base", "teacher"}:
        name = str(kept[model])
        kept[model] = Path(name).name if Path(name).is_absolute() else kept[model]
    if kept.get("unmarked"):
        kept["unmarked"] = [Path(path).name for path in kept["unmarked"]]
    kept["data"] = [name for name, _ in data]
    return {"training": kept, "data_sha256": named_digests(data)}


def write_facts(folder: Path, kind: str, facts: dict[str, Any]) -> None:
    """Write `spanmem.json` beside a model; it appears when it is whole. Raises StorageError."""
    text = json.dumps({"format": 1, "kind": kind, **facts}, indent=2, sort_keys=True)
    files.save(folder / "spanmem.json", text + "\n")
