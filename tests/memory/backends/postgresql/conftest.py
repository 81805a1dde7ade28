"""Memories on a server, each in a schema of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.contract import DIM
from tests.servers import NameMemory

Run: TypeAlias = Callable[..., list[tuple[Any, ...]]]
__all__ = ["Run", "create"]


def create(address: str) -> ServerMemory:
    return ServerMemory.create(address, encoder="test", dim=DIM)


@pytest.fixture
def address(postgres: NameMemory, tmp_path: Path) -> str:
    return postgres(tmp_path)


@pytest.fixture
def memory(address: str) -> Iterator[ServerMemory]:
    with create(address) as memory:
        yield memory


@pytest.fixture
def run(address: str, postgres_url: str) -> Iterator[Run]:
    """Carries out a statement beside the memory, as its server's owner, in the memory's schema."""
    import psycopg

    name = address.rpartition("memory=")[2]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'SET search_path = "{name}", public'.encode())

        def carry_out(sql: str, *values: object) -> list[tuple[Any, ...]]:
            cursor = connection.execute(sql.encode(), values)
            return cursor.fetchall() if cursor.description else []

        yield carry_out
