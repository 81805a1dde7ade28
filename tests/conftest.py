"""The command line as tests call it: in this process, so that heavy imports are paid once."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import hypothesis
import pytest

from spanmem.__main__ import main
from spanmem.models.runtimes.kept import CACHE_VARIABLE
from tests.servers import postgres, postgres_url

__all__ = ["postgres", "postgres_url"]  # fixtures

# Nothing is kept of one run for the next, and so torch computes, unless a test says otherwise.
os.environ[CACHE_VARIABLE] = os.devnull
# Programs that tests start find each other's bytecode: what one of them imports takes half a second
# to compile.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


# No test fails for its machine's being busy.
hypothesis.settings.register_profile("spanmem", deadline=None)
hypothesis.settings.load_profile("spanmem")

_IN_MEMORY, _ROOM = Path("/dev/shm"), 4 << 30
"""Where temporary folders lie if so many bytes are free there: see `pytest_configure`."""


def pytest_configure(config: pytest.Config) -> None:
    """Temporary folders lie in main memory where there is room, if nobody names a place.

    Memories wait for the disk at each change, and the tests make thousands. A container's is small,
    or runs no programs: there, and on macOS, they lie where pytest puts them.
    """
    unasked = config.option.basetemp is None and "PYTEST_DEBUG_TEMPROOT" not in os.environ
    if unasked and _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK):
        runs_programs = not os.statvfs(_IN_MEMORY).f_flag & os.ST_NOEXEC
        if runs_programs and shutil.disk_usage(_IN_MEMORY).free >= _ROOM:
            os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_IN_MEMORY)


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object that stands on standard output."""
        assert self.code == 0, self.err
        table: dict[str, Any] = json.loads(self.out)
        return table

    @property
    def complaint(self) -> str:
        """The one line that a user's error gets; nothing else is printed."""
        assert (self.code, self.out) == (2, ""), self
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("spanmem: "), self.err
        return lines[0]


Cli: TypeAlias = Callable[..., Done]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """`cli("ask", "Who?", "--memory", path)`; runs without models unless `models` is true."""

    def run(*words: object, models: bool = False) -> Done:
        arguments = [str(word) for word in words]
        if not models:
            at = 2 if arguments[0] == "benchmark" else 1
            arguments[at:at] = _without_models(arguments)
        capsys.readouterr()
        code = main(arguments)
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return run


def _without_models(arguments: Sequence[str]) -> list[str]:
    """Options that name the model-free encoder and reader, where the command takes them."""
    command = " ".join(arguments[:2]) if arguments[0] == "benchmark" else arguments[0]
    extra: list[str] = []
    if (
        command in ("index", "ask", "chat", "benchmark open", "benchmark memory")
        and "--encoder" not in arguments
    ):
        extra += ["--encoder", "hash-256"]
    if command in ("ask", "chat", "benchmark open", "benchmark reader", "benchmark memory"):
        extra += ["--reader", "overlap"]
    return extra


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Three short documents in a folder."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, text in {
        "warranty.txt": "The warranty of the lamp lasts two years. It does not cover the bulb.",
        "ferry.md": "# Ferry\n\nThe ferry to Hven costs 90 crowns. Dogs travel free.\n",
        "river.html": "<html><title>Rivers</title><p>The Danube ends in Ukraine.</p></html>",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
