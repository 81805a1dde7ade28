"""Files that results go to: never over what they were made from, nor over one another.

All is checked before the first question is asked. Files are the same if the operating system says
so, however their paths are spelled: through links, `./`, another name of the same file, or in other
case where the file system takes both for one.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ..core.errors import InputError, StorageError

__all__ = [
    "GRID_FILES",
    "REPORT_FILES",
    "Output",
    "Source",
    "check_outputs",
    "check_sources",
    "output_files",
    "write_folder_of",
    "write_output",
]

REPORT_FILES = (
    "report.json",
    "report.md",
    "misses.html",
    "recall.svg",
    "risk-coverage.svg",
    "reliability.svg",
    "latency.svg",
)
"""All that a report's folder may hold of ours."""
GRID_FILES = ("grid.md", "grid.json")

_DATA_SUFFIXES = (".jsonl", ".tsv", ".csv", ".parquet", ".arrow", ".gz", ".zst", ".bz2", ".xz")
_DATA_NAMES = ("dataset_info.json", "state.json", "dataset_dict.json", "qrels")
"""By these names a folder of questions keeps what is read from it."""

_Identity: TypeAlias = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """A file that will be written, or a report's folder."""

    name: str
    """Of the option: `--trec`."""
    path: Path
    folder: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder that is read."""

    name: str
    """Of the option: `--data`."""
    path: Path
    whole: bool = False
    """Of a folder: all that lies in it is part of it, as in a memory."""


def output_files(
    files: Mapping[str, str | None], report: str | None, *, grid: bool = False
) -> tuple[Output, ...]:
    """All files that will be written, the report's folder and those in it last.

    `files` are options with their paths; None: not asked for.
    """
    outputs = [Output(option, Path(path)) for option, path in files.items() if path is not None]
    if report is not None:
        inner = GRID_FILES if grid else REPORT_FILES
        outputs.append(Output("--report", Path(report), folder=True))
        outputs += [Output("--report", Path(report) / name) for name in inner]
    return tuple(outputs)


def check_outputs(outputs: Sequence[Output], sources: Iterable[Source]) -> None:
    """Refuse outputs that cannot be written, or that would replace an input or one another.

    Raises InputError, before anything is written.
    """
    seen: dict[_Identity, Output] = {}
    folders = _Folders()
    for out in outputs:
        _must_be_writable(out, folders)
    present = [source for source in sources if source.path.exists()]
    for out in outputs:
        if _is_stream(out.path):
            continue
        for source in present:
            _must_not_be(out, source, folders)
        place = folders.identity(out.path)
        if (other := seen.setdefault(place, out)) is not out:
            raise InputError(
                f"{out.path}: {out.name} and {other.name} are the same file; name another for one "
                "of them, as the second would replace the first"
            )


def check_sources(outputs: Sequence[Output], sources: Iterable[str]) -> None:
    """Refuse outputs that are files which the memory's documents were read from.

    Raises InputError.
    """
    present: dict[tuple[int, int], Output] = {}
    for out in outputs:
        with suppress(OSError):
            state = out.path.stat()
            if stat.S_ISREG(state.st_mode):
                present[state.st_dev, state.st_ino] = out
    if not present:
        return
    for source in set(sources):
        try:
            state = Path(source).stat()
        except (OSError, ValueError):  # gone, or no path at all
            continue
        replaced = present.get((state.st_dev, state.st_ino))
        if replaced is not None:
            raise InputError(
                f"{replaced.path}: {replaced.name} is {source}, which a document of the memory was "
                "read from; name another, as it would be replaced"
            )


def write_output(path: Path, text: str) -> None:
    """Write a file beside `path` that then takes its place: whole or not at all.

    In UTF-8; what is half a character becomes `\\ud800`, as JSON writes it. A link is followed, and
    a pipe or device is written to. Raises StorageError.
    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        if _is_stream(path):
            with path.open("wb") as stream:
                stream.write(data)
        else:
            _replace(Path(os.path.realpath(path)), data)
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be written: {error.strerror or error}; what stood there before is "
            "unharmed"
        ) from error


def write_folder_of(folder: Path, files: Mapping[str, str], known: Sequence[str]) -> None:
    """Write `files`, name -> text, into a folder, and remove those `known` that are not among them.

    What an earlier run left would else be taken for this one's. Raises StorageError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written: {error.strerror}") from error
    for name, text in files.items():
        write_output(folder / name, text)
    for name in known:
        if name not in files:
            with suppress(OSError):
                (folder / name).unlink()


def _replace(path: Path, data: bytes) -> None:
    """Let `path` hold `data`, through a file beside it whose name nobody else has."""
    beside = path.with_name(f".spanmem-{secrets.token_hex(6)}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileNotFoundError):
            shutil.copymode(path, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _is_stream(path: Path) -> bool:
    """Whether it is a pipe, a terminal or a device, or the process's own: written to, not made."""
    name = str(path)
    if name.startswith(("/dev/", "/proc/")) and not name.startswith("/dev/shm/"):
        return True
    try:
        return not stat.S_ISREG(mode := path.stat().st_mode) and not stat.S_ISDIR(mode)
    except OSError:
        return False


def _must_be_writable(out: Output, folders: _Folders) -> None:
    """Raise InputError where the file could not be written in the end, as far as can be seen."""
    try:
        if out.folder and out.path.is_symlink() and not out.path.exists():
            raise InputError(f"{out.path}: is a link that leads nowhere; name another folder")
        mode = out.path.stat().st_mode
    except FileNotFoundError:
        mode = None
    except (OSError, ValueError) as error:
        raise InputError(
            f"{out.path}: {out.name} cannot be written: {getattr(error, 'strerror', error)}; name "
            "another"
        ) from error
    if mode is not None and out.folder != stat.S_ISDIR(mode):
        what = "is a file, and a report is a folder" if out.folder else "is a folder, not a file"
        raise InputError(f"{out.path}: {what}; name another for {out.name}")
    if mode is not None and not out.folder and not os.access(out.path, os.W_OK):
        raise InputError(f"{out.path}: {out.name} may not be written to; name another")
    if not _is_stream(out.path):
        folders.check(out, inside=out.folder and mode is not None)


def _must_not_be(out: Output, source: Source, folders: _Folders) -> None:
    """Raise InputError where writing `out` would change `source`."""
    name = f"{out.path}: {out.name} is"
    if folders.identity(out.path) == folders.identity(source.path):
        if source.path.is_dir() and not source.whole:
            return  # a report may go into the folder that a file is compared with or read from
        raise InputError(
            f"{name} the file or folder of {source.name}, which is read; name another, as it would "
            "be replaced"
        )
    if not source.path.is_dir():
        return
    within = folders.below(out.path, source.path)
    if source.whole and within is None and _is_linked(out.path):
        own = (folders.identity(file) for file in source.path.rglob("*"))
        within = ("a second name",) if folders.identity(out.path) in own else None
    if within is None:
        return
    if source.whole or _is_data(within):
        raise InputError(
            f"{name} in the folder of {source.name}, which is read; name a file elsewhere"
        )


def _is_linked(path: Path) -> bool:
    """Whether the file has more than one name."""
    try:
        return path.stat().st_nlink > 1
    except OSError:
        return False


def _is_data(names: Sequence[str]) -> bool:
    """Whether a file of these names, from its folder down, may be read as questions."""
    return names[-1].endswith(_DATA_SUFFIXES) or any(name in _DATA_NAMES for name in names)


class _Folders:
    """What is known of folders that results go to; each is looked at once."""

    def __init__(self) -> None:
        self._ignores_case: dict[tuple[int, int], bool] = {}

    def check(self, out: Output, *, inside: bool) -> None:
        """Raise InputError where no file can be made beside `out`, or in it with `inside`."""
        folder = out.path if inside else _real(out.path).parent
        try:
            state = folder.stat()
            if not stat.S_ISDIR(state.st_mode):
                raise InputError(f"{out.path}: {folder} is no folder; name another")
            key = (state.st_dev, state.st_ino)
            if key not in self._ignores_case:
                self._ignores_case[key] = _made_in(folder)
        except FileNotFoundError:
            if out.name == "--report" and not out.folder:
                return  # the folder is made when there is something to put there
            raise InputError(f"{out.path}: its folder does not exist; make it first") from None
        except OSError as error:
            raise InputError(
                f"{out.path}: nothing can be written in its folder: {error.strerror}; name another "
                f"for {out.name}"
            ) from error

    def identity(self, path: Path) -> _Identity:
        """Equal for two paths of one file, which may not be there yet."""
        try:
            state = path.stat()
        except OSError:
            real = _real(path)
            try:
                parent = real.parent.stat()
            except OSError:  # a report's folder that is still to be made
                return (str(real),)
            key = (parent.st_dev, parent.st_ino)
            return (*key, _folded(real.name) if self._ignores_case.get(key) else real.name)
        return (state.st_dev, state.st_ino)

    def below(self, path: Path, folder: Path) -> tuple[str, ...] | None:
        """The names that lead from `folder` to `path`; None where it does not lie there."""
        wanted, names = self.identity(folder), list[str]()
        real = _real(path)
        while real != real.parent:
            names.insert(0, real.name)
            real = real.parent
            if real.exists() and self.identity(real) == wanted:
                return tuple(names)
        return None


def _made_in(folder: Path) -> bool:
    """Whether a file made in `folder` is found under other case. Raises OSError."""
    trial = folder / f".spanmem-{secrets.token_hex(6)}.new"
    os.close(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        return trial.with_name(trial.name.upper()).exists()
    finally:
        trial.unlink(missing_ok=True)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _folded(name: str) -> str:
    """Names that are one where neither case nor the form of accents counts."""
    return unicodedata.normalize("NFC", name).casefold()
