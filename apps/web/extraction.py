"""A file that a stranger sent -> documents, read in a process that is thrown away afterwards.

Parsers are attacked where they are weakest, and only the operating system's limits hold then: on
memory, processor time, open files and what is written. The process gets an empty environment and
the file's path, and gives documents back over a pipe that is read no further than to a limit.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ...core.errors import InputError
from ...core.records import Document
from ...core.temporary import temporary_folder

__all__ = ["Extracted", "Limits", "Stopped", "extract", "main"]

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from spanmem.apps.web.extraction import main; main(sys.argv[2:])"
)
_TICK = 0.2
"""Seconds after which it is looked whether to stop."""
_PACKED = 8
"""Bytes that a character takes on its way at most, beside what else a document says."""
_LINE = 600
"""Characters of a message that a process may send."""
_ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Pools of threads would count as memory."""


class Stopped(Exception):
    """Reading was stopped because `stop` said so."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may take."""

    memory: int = 2 << 30
    """Bytes of address space."""
    processor: int = 120
    """Seconds of processor time."""
    wall: float = 120.0
    """Seconds by the clock."""
    written: int = 256 << 20
    """Bytes of a temporary file."""
    opened: int = 64
    """Open files."""
    characters: int = 20_000_000
    """Of text in all its documents."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a file holds."""

    documents: tuple[Document, ...]
    notices: tuple[str, ...] = ()
    """What a person should know, such as an encoding that was guessed."""
    skipped: tuple[str, ...] = ()
    """What is wrong with rows that were left out, a line each; some of many."""


def extract(
    path: Path,
    name: str,
    *,
    limits: Limits = Limits(),
    text_columns: Sequence[str] = (),
    stop: Callable[[], bool] = lambda: False,
) -> Extracted:
    """The documents of the file at `path`, read as if it were called `name`, in bounded resources.

    Their ids and sources begin with `name`. Raises InputError, in one line that speaks of `name`,
    for a file that cannot be used or goes beyond the limits, Stopped where `stop` becomes true, and
    StorageError where there is no place for temporary files.
    """
    with temporary_folder() as folder:
        folder.chmod(0o700)
        (folder / name).symlink_to(path.absolute())
        order = [str(folder), name, json.dumps(asdict(limits)), json.dumps(list(text_columns))]
        command = [sys.executable, "-I", "-c", _PROGRAM, json.dumps(_import_path()), *order]
        with _process(command, {**_ALONE, "TMPDIR": str(folder)}) as process:
            most = limits.characters * _PACKED + (1 << 20)
            raw, overrun = _read(process, most, limits.wall, stop)
        return _result(raw, overrun, process.returncode, name, limits, str(folder))


def _import_path() -> list[str]:
    return [os.path.abspath(place) for place in sys.path]  # noqa: PTH100  "" is the working folder


@contextmanager
def _process(
    command: list[str], environment: Mapping[str, str]
) -> Generator[subprocess.Popen[bytes]]:
    """A process in a session of its own, which is ended with all that it began."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,  # never written: its end tells the process that we are gone
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(environment),
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.returncode != 0:
                with suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)


def _read(
    process: subprocess.Popen[bytes], most: int, seconds: float, stop: Callable[[], bool]
) -> tuple[bytes, str]:
    """What the process prints, and why it was not read to its end: "" where it was."""
    if process.stdout is None:
        raise OSError("a process without a pipe")
    end, size = time.monotonic() + seconds, 0
    blocks: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if stop():
                raise Stopped
            left = end - time.monotonic()
            if left <= 0:
                return b"", f"it takes longer than {seconds:g} seconds"
            if not selector.select(min(left, _TICK)):
                continue
            block = os.read(process.stdout.fileno(), 1 << 16)
            if not block:
                break
            blocks.append(block)
            size += len(block)
            if size > most:
                return b"", "it holds more text than one file may"
    with suppress(subprocess.TimeoutExpired):
        process.wait(max(0.1, end - time.monotonic()))
    return b"".join(blocks), ""


def _result(
    raw: bytes, overrun: str, code: int | None, name: str, limits: Limits, folder: str
) -> Extracted:
    """What the process said, or in one line why it said nothing."""
    last: dict[str, Any] = {}
    documents: list[Document] = []
    if not overrun:
        for line in raw.splitlines():
            with suppress(ValueError, TypeError, KeyError):
                last = json.loads(line)
                if "id" in last:
                    documents.append(_document(last))
    told = [
        tuple(str(text).replace(f"{folder}/", "")[:_LINE] for text in last.get(key, ()))
        for key in ("notices", "skipped")
    ]
    if overrun or "notices" not in last:
        why = overrun or str(last.get("error", "")) or _ending(code, limits)
        why = why.replace(f"{folder}/", "")[:_LINE]
        raise InputError(why if why.startswith(f"{name}:") else f"{name}: {why}; {_WAY_OUT}")
    if not documents:
        why = told[1][0] if told[1] else f"{name}: there is no text in it; give one with text"
        raise InputError(why)
    return Extracted(tuple(documents), told[0], told[1])


_WAY_OUT = "save it again, or in parts"


def _ending(code: int | None, limits: Limits) -> str:
    """Why a process ended that said nothing."""
    if code == -signal.SIGXCPU:
        return f"it takes more than {limits.processor} seconds of processor time"
    if code == -signal.SIGXFSZ:
        return f"it unpacks to more than {limits.written >> 20:,} MB"
    return f"its reader broke down, or needs more than {limits.memory >> 20:,} MB of memory"


_FIELDS = tuple(field.name for field in fields(Document))


def _document(row: Mapping[str, Any]) -> Document:
    values = {key: row[key] for key in _FIELDS}
    values["pages"] = tuple(row["pages"])
    values["rows"] = tuple((start, end) for start, end in row["rows"])
    return Document(**values)


# -- in the process


def main(arguments: Sequence[str]) -> None:
    """Read the file `name` in `folder`, and print a JSON object a line: documents, then the rest.

    `arguments` are the folder, the name, the limits as JSON and the columns of text as JSON.
    """
    folder, name, bounds, columns = arguments
    limits = Limits(**json.loads(bounds))
    _limit(limits)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print goes nowhere
    try:
        for row in _rows(Path(folder, name), limits, json.loads(columns)):
            out.write(json.dumps(row) + "\n")
        out.flush()
    except MemoryError:
        _say(out, f"it needs more than {limits.memory >> 20:,} MB of memory")
    except RecursionError:
        _say(out, "it is nested too deeply")
    except InputError as error:
        _say(out, str(error))
    except Exception as error:
        _say(out, f"its reader failed ({type(error).__name__})")
    os._exit(0)


def _say(out: Any, why: str) -> None:
    out.write("\n" + json.dumps({"error": why}) + "\n")
    out.flush()


def _limit(limits: Limits) -> None:
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.processor),
        (resource.RLIMIT_FSIZE, limits.written),
        (resource.RLIMIT_NOFILE, limits.opened),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # systems that know no such limit have none
            # At the hard limit of time the process would be killed without saying what for.
            resource.setrlimit(kind, (most, most + (kind == resource.RLIMIT_CPU)))


def _end_with_parent() -> None:
    """End, with what this process began, when the one that began it is gone."""
    with suppress(OSError):
        os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


def _rows(path: Path, limits: Limits, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The file's documents as tables, then notices and what was skipped."""
    from ...indexer.corpus import read_documents
    from ...indexer.files import ReadLog

    log, skipped, left = ReadLog(), list[str](), limits.characters

    def on_bad(error: InputError, _origin: str) -> None:
        if len(skipped) < _SHOWN:
            skipped.append(str(error))

    for document in read_documents([path], on_bad=on_bad, log=log, text_columns=columns):
        left -= len(document.text)
        if left < 0:
            raise InputError(
                f"{path.name}: it holds more than {limits.characters:,} characters of text; "
                "divide it"
            )
        yield {key: getattr(document, key) for key in _FIELDS} | {
            "metadata": dict(document.metadata)
        }
    yield {"notices": list(log.notices), "skipped": skipped}


_SHOWN = 20
"""Rows that are told of."""
