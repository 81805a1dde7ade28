"""Documents with vectors, without an encoder: the memory does not care where vectors come from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spanmem.core.records import Document, Entry, Hit, Passage
from spanmem.memory.store import Memory

DIM = 8
Opener = Callable[[], Memory]


def vector(text: str) -> NDArray[np.float32]:
    """A unit vector that depends on nothing but the text."""
    seed = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    drawn: NDArray[np.float32] = np.random.default_rng(seed).normal(size=DIM).astype(np.float32)
    drawn /= np.linalg.norm(drawn)
    return drawn


def entry(name: str, *texts: str, **fields: Any) -> Entry:
    """A document whose passages are `texts`, one after the other."""
    whole = " ".join(texts)
    passages: list[Passage] = []
    at = 0
    title = fields.get("title", "")
    for text in texts:
        passages.append(
            Passage(document=name, start=at, end=at + len(text), text=text, title=title)
        )
        at += len(text) + 1
    vectors = np.array([vector(t) for t in texts], np.float32).reshape(len(texts), DIM)
    return Entry(
        document=Document(id=name, text=whole, **fields), passages=tuple(passages), vectors=vectors
    )


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
