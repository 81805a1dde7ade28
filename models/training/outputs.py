"""What trainings write: whole or not at all, and what the system refuses in one line.

Libraries hide why a write failed: torch raises RuntimeError, safetensors and tokenizers errors of
their own. Here all of it becomes a StorageError that names the folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from gzip import GzipFile
from pathlib import Path
from typing import IO, Any

from ...core import files
from ...core.errors import InputError, SpanMemError, StorageError

__all__ = ["check_writable", "drafted_folder", "drafted_rows", "made_for_good", "writing"]

_WEIGHTS = (".safetensors", ".bin")
_OS_ERROR = re.compile(r"\(os error (\d{1,4})\)")
"""How libraries written in Rust say what the system said."""
_CUT_SHORT = ("inline_container", "PytorchStreamWriter", "iostream error", "file write failed")
"""How torch says that not all bytes were taken, without the reason."""


@contextmanager
def writing(folder: Path) -> Generator[None]:
    """Turn whatever says that the system refused a write below `folder` into a StorageError."""
    try:
        yield
    except SpanMemError:
        raise
    except Exception as error:
        why = _refusal(error)
        if why is None:
            raise
        raise StorageError(
            f"cannot write {folder}: {why}; what was stored before is unharmed, check free space "
            "and permissions, or name another folder, and run it again"
        ) from error


def _refusal(error: BaseException) -> str | None:
    """What the system said; None where it had no part in the error."""
    chain = list(_chain(error))
    for link in chain:
        if isinstance(link, OSError):
            return link.strerror or str(link)
        if number := _OS_ERROR.search(str(link)):
            return os.strerror(int(number[1]))
    if any(mark in str(link) for link in chain for mark in _CUT_SHORT):
        return "not all bytes were taken (no space, or a limit of size)"
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that it arose from."""
    for _ in range(20):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def check_writable(folder: Path) -> None:
    """Make `folder`'s parents and write beside it or in it once, before hours are spent.

    What was made for it is gone again afterwards. Raises StorageError.
    """
    new = _missing(folder)
    try:
        with writing(folder), tempfile.TemporaryDirectory(dir=_beside(folder)) as trial:
            files.write(Path(trial) / "trial", b"trial")
    finally:
        _remove_empty(new)


@contextmanager
def made_for_good(folder: Path, kept: str) -> Generator[None]:
    """Take away `folder`, and the parents made for it, where the block fails before it was used.

    One that was there before stays, as does one that holds files by the pattern `kept`.
    """
    new = _missing(folder)
    try:
        yield
    except BaseException:
        if folder in new and not any(folder.glob(kept)):
            shutil.rmtree(folder, ignore_errors=True)
            _remove_empty(new)
        raise


def _missing(folder: Path) -> list[Path]:
    """The folder and its parents, as far as they are not there, the innermost first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):  # never made, or filled by others meanwhile
            folder.rmdir()


@contextmanager
def drafted_folder(folder: Path) -> Generator[Path]:
    """A folder to fill, whose files take their places in `folder` when the block ends well.

    Other files of `folder` stay. Weights come last, so that none is beside the description of
    another model for longer than it takes to rename a file. Whatever ends the block otherwise
    leaves `folder` as it was. Raises StorageError.
    """
    with (
        writing(folder),
        tempfile.TemporaryDirectory(
            prefix=f".{folder.name}.", suffix=".new", dir=_beside(folder)
        ) as name,
    ):
        draft = Path(name)
        try:
            yield draft
        except StorageError as error:  # whoever reads it knows nothing of drafts
            raise StorageError(str(error).replace(str(draft), str(folder))) from error
        made = sorted(path for path in draft.rglob("*") if path.is_file())
        for path in made:
            files.sync(path)
        for path in sorted(made, key=lambda path: path.suffix in _WEIGHTS):
            target = folder / path.relative_to(draft)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        files.sync(folder)


@contextmanager
def drafted_rows(output: Path, data: Sequence[Path]) -> Generator[Callable[[dict[str, Any]], None]]:
    """What writes a row, as a line of JSON, to a file that is there when the block ends well.

    Compressed if the name ends with `.gz`. Raises InputError for an `output` that is one of `data`,
    and StorageError where it cannot be written.
    """
    if any(path.exists() and _same_file(path, output) for path in data):
        raise InputError(
            f"{output} is to be written and is one of `data`; name another file as `output`"
        )
    with (
        files.draft(output) as draft,
        draft.open("wb") as raw,
        _compressed(raw, output) as file,
    ):

        def write(row: dict[str, Any]) -> None:
            file.write(json.dumps(row, default=str).encode() + b"\n")

        yield write


def _same_file(one: Path, other: Path) -> bool:
    return one.samefile(other) if other.exists() else one.resolve() == other.resolve()


def _compressed(raw: IO[bytes], target: Path) -> AbstractContextManager[IO[bytes] | GzipFile]:
    if target.suffix != ".gz":
        return nullcontext(raw)
    # Without name and date: equal rows give equal bytes, and so the hash that a model card names.
    return GzipFile("", "wb", 6, raw, mtime=0)


def _beside(folder: Path) -> Path:
    """Where a draft of `folder` lies: on its file system, and where one may write."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        raise NotADirectoryError(20, "it is a file, not a folder")
    return folder.parent
