"""Rows of a folder that `save_to_disk` of Hugging Face's `datasets` wrote, and of Arrow files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import InputError, RowError, first_line
from .tables import NumberedRows

__all__ = ["is_saved_dataset", "read_saved", "saved_files"]

_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""The mark at the end of an Arrow stream: without it a cut file ends like a whole one."""


def is_saved_dataset(folder: Path) -> bool:
    """Whether a folder holds a dataset, or several by the names of their splits."""
    return (folder / "state.json").is_file() or (folder / "dataset_dict.json").is_file()


def saved_files(path: Path) -> list[Path]:
    """The Arrow files of a saved dataset, in their order; of a file, the file itself.

    Raises InputError where the folder holds none, or several splits, and RowError where its list
    of files is damaged.
    """
    if not path.is_dir():
        return [path]
    if (path / "dataset_dict.json").is_file():
        return saved_files(_only_split(path))
    state = path / "state.json"
    if not state.is_file():
        raise InputError(
            f"{path}: cannot be read: it is a folder; give a file of questions, or a folder that "
            "`save_to_disk` wrote"
        )
    names = [entry.get("filename") for entry in _listed(state, "_data_files", dict)]
    if not all(isinstance(name, str) for name in names):
        raise _damaged(state)
    return [path / name for name in names]


def _only_split(folder: Path) -> Path:
    splits = _listed(folder / "dataset_dict.json", "splits", str)
    if len(splits) != 1:
        raise InputError(
            f"{folder}: holds {len(splits)} splits ({', '.join(splits)}); name one, such as "
            f"{folder / (splits[0] if splits else 'train')}"
        )
    return folder / str(splits[0])


def _listed(path: Path, key: str, kind: type) -> list[Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))[key]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path) from error
    if not isinstance(values, list) or not all(isinstance(value, kind) for value in values):
        raise _damaged(path)
    return values


def _damaged(path: Path) -> RowError:
    return RowError(path, "names no files of a dataset", "save the dataset again")


def read_saved(path: Path) -> NumberedRows:
    """The rows of a saved dataset or an Arrow file, from 1, some thousand at a time.

    Raises InputError, also where a file is cut short, and OSError.
    """
    rows = (row for file in saved_files(path) for row in _arrow_rows(file))
    yield from enumerate(rows, 1)


def _arrow_rows(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow as arrow

    with path.open("rb") as raw:
        head = raw.read(6)
        raw.seek(-min(8, raw.seek(0, 2)), 2)
        tail = raw.read()
    try:
        with arrow.memory_map(str(path)) as file:
            if head == b"ARROW1":
                table = arrow.ipc.open_file(file)
                batches = (table.get_batch(i) for i in range(table.num_record_batches))
            elif tail == _END:
                batches = iter(arrow.ipc.open_stream(file))
            else:
                raise arrow.ArrowInvalid("its end is missing")
            for batch in batches:
                for at in range(0, batch.num_rows, 1024):
                    yield from batch.slice(at, 1024).to_pylist()
    except (arrow.ArrowException, ValueError, OverflowError) as error:
        why = f"no whole Arrow file ({first_line(error)})"
        raise RowError(path, why, "save the dataset again") from error
