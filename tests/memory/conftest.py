"""Documents with vectors, without an encoder: the memory does not care where vectors come from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.records import Hit
from spanmem.memory.contract import DIM, make_entry, unit_vector
from spanmem.memory.store import Memory
from tests.rooms import ROOT

Opener = Callable[[], Memory]
__all__ = [
    "BRIDGE",
    "DIM",
    "KATZE",
    "MILL",
    "Opener",
    "cannot_forbid",
    "entry",
    "find",
    "run_without_permission",
    "texts",
    "vector",
]

entry, vector = make_entry, unit_vector


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.memory"


@pytest.fixture
def create(path: Path) -> Opener:
    return lambda: Memory.create(path, encoder="test", dim=DIM)


MILL = entry("mill", "The old mill was built in 1912.", "It ground rye.", title="Mill")
BRIDGE = entry("bridge", "The bridge was opened in 1940.", metadata={"lang": "en", "year": 1940})
KATZE = entry("katze", "Die Katze schläft.", metadata={"lang": "de", "year": 2020})


def texts(hits: list[Hit]) -> list[str]:
    return [hit.passage.text for hit in hits]


def find(memory: Memory, text: str, *, k: int = 10, **options: Any) -> list[str]:
    """Texts of the best passages for a text and its vector."""
    return texts(memory.search(text, vector(text), k=k, **options))


@pytest.fixture
def filled(create: Opener) -> Opener:
    """Opens a memory of `MILL`, `BRIDGE` and `KATZE` for writing."""
    with create() as memory:
        memory.put([MILL, BRIDGE, KATZE])
    return create


cannot_forbid = pytest.mark.skipif(
    os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere"
)
_NO = "-dac_override,-dac_read_search"
"""What lets root write where no one may."""


def run_without_permission(code: str, folder: Path, *forbidden: Path, mode: int = 0o555) -> str:
    """What code prints that is given `folder` as its argument and may not write what is forbidden.

    That is the folder with all that it holds, or the paths that are named, which get this mode.
    """
    paths = forbidden or (folder, *folder.rglob("*"))
    for path in paths:
        path.chmod(mode if path.is_dir() or forbidden else 0o444)
    as_others = () if os.geteuid() else ("setpriv", f"--bounding-set={_NO}", f"--inh-caps={_NO}")
    command = [*as_others, sys.executable, "-c", code, str(folder)]
    try:
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    finally:
        for path in paths:
            path.chmod(0o755)
    assert run.stderr == ""
    return run.stdout
