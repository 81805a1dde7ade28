"""Documents with vectors, without an encoder: the memory does not care where vectors come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.records import Hit
from spanmem.memory.contract import DIM, make_entry, unit_vector
from spanmem.memory.store import Memory

Opener = Callable[[], Memory]
__all__ = ["BRIDGE", "DIM", "KATZE", "MILL", "Opener", "entry", "find", "texts", "vector"]

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
