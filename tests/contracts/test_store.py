"""Two stores that fulfil the contract: the one on disk, and a plain one beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.core.errors import EncoderMismatch
from spanmem.core.records import Prompts
from spanmem.memory.catalog_contract import CatalogContract
from spanmem.memory.contract import DIM, PROMPTS, PassageStoreContract
from spanmem.memory.protocol import Store
from spanmem.memory.store import Memory
from spanmem.memory.turn_contract import TurnStoreContract
from tests.memory.simple_store import SimpleStore


def memory(path: Path) -> Memory:
    return Memory.create(path, encoder="test", dim=DIM, prompts=PROMPTS)


_made: dict[Path, SimpleStore] = {}


def simple(path: Path) -> SimpleStore:
    return _made.setdefault(path, SimpleStore(path, "test", DIM, PROMPTS))


class TestMemoryOfPassages(PassageStoreContract):
    def create(self, path: Path) -> Store:
        return memory(path)

    def reopen(self, path: Path) -> Store:
        return Memory.open(path)


class TestMemoryOfTurns(TurnStoreContract):
    def create(self, path: Path) -> Store:
        return memory(path)

    def reopen(self, path: Path) -> Store:
        return Memory.open(path)


class TestSimplePassages(PassageStoreContract):
    def create(self, path: Path) -> Store:
        return simple(path)

    def reopen(self, path: Path) -> Store:
        return simple(path)


class TestSimpleTurns(TurnStoreContract):
    def create(self, path: Path) -> Store:
        return simple(path)

    def reopen(self, path: Path) -> Store:
        return simple(path)


class TestMemoryAsCatalog(CatalogContract):
    def create(self, path: Path) -> Memory:
        return memory(path)

    def reopen(self, path: Path) -> Memory:
        return Memory.open(path)


class TestSimpleCatalog(CatalogContract):
    def create(self, path: Path) -> SimpleStore:
        return simple(path)

    def reopen(self, path: Path) -> SimpleStore:
        return simple(path)


def test_a_memory_of_other_prompts_is_refused(tmp_path: Path) -> None:
    memory(tmp_path / "m").close()
    with pytest.raises(EncoderMismatch, match="with the prompts 'query: ' and 'passage: '"):
        Memory.create(tmp_path / "m", encoder="test", dim=DIM, prompts=Prompts())
    memory(tmp_path / "m").close()  # the lock was let go
