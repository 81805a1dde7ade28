"""A memory is made whole or not at all, and brought up to date in one step."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from spanmem.core.errors import (
    EncoderMismatch,
    FormatTooNew,
    InputError,
    MemoryNotFound,
    SpanMemError,
)
from spanmem.core.records import Prompts
from spanmem.memory.backends.postgresql import schema
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.contract import DIM, make_entry
from tests.servers import address as address_of

from .conftest import Run, create

OTHER = "spanmem_tests"


def test_of_many_who_make_a_memory_one_does(address: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for memory in pool.map(create, [address] * 4):
            assert memory.counts() == (0, 0)
            memory.close()


def test_another_encoder_is_refused(memory: ServerMemory, address: str) -> None:
    for encoder, dim, prompts in (
        ("other", DIM, Prompts()),
        ("test", DIM + 1, Prompts()),
        ("test", DIM, Prompts(query="q: ")),
    ):
        with pytest.raises(EncoderMismatch, match="was written with encoder"):
            ServerMemory.create(address, encoder=encoder, dim=dim, prompts=prompts)


def test_a_newer_memory_is_refused(memory: ServerMemory, address: str, run: Run) -> None:
    run("UPDATE facts SET value = '99' WHERE name = 'format'")
    for opened in (ServerMemory.open, create):
        with pytest.raises(FormatTooNew, match="format 99"):
            opened(address)


def test_steps_that_a_memory_lacks_are_carried_out_once(
    memory: ServerMemory, address: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.put([make_entry("a", "The mill.")])
    calls: list[int] = []

    def step(cursor: Any, dim: int) -> None:
        calls.append(dim)
        cursor.execute("ALTER TABLE documents ADD COLUMN color text")

    monkeypatch.setattr(schema, "MIGRATIONS", {**schema.MIGRATIONS, 2: step})
    monkeypatch.setattr(schema, "FORMAT", 2)
    for _ in range(2):
        with ServerMemory.open(address) as opened:
            assert opened.stats()["format"] == 2
            assert opened.counts() == (1, 1)
    assert calls == [DIM]
    assert run("SELECT number FROM migrations ORDER BY number") == [(1,), (2,)]


def test_a_step_that_fails_leaves_the_memory_as_it_was(
    memory: ServerMemory, address: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(cursor: Any, dim: int) -> None:
        cursor.execute("ALTER TABLE documents ADD COLUMN color text")
        cursor.execute("SELECT 1 FROM nowhere")

    monkeypatch.setattr(schema, "MIGRATIONS", {**schema.MIGRATIONS, 2: step})
    monkeypatch.setattr(schema, "FORMAT", 2)
    with pytest.raises(SpanMemError, match="nowhere"):
        ServerMemory.open(address)
    monkeypatch.undo()
    with ServerMemory.open(address) as opened:
        assert opened.stats()["format"] == 1


def test_other_tables_are_left_alone(address: str, run: Run) -> None:
    name = address.rpartition("memory=")[2]
    run(f"CREATE SCHEMA {name}")
    with pytest.raises(MemoryNotFound, match="is empty"):
        ServerMemory.open(address)
    run("CREATE TABLE invoices (n int)")
    with pytest.raises(InputError, match="holds other tables, such as invoices"):
        create(address)
    with pytest.raises(MemoryNotFound, match="holds other tables"):
        ServerMemory.open(address)
    run("DROP TABLE invoices")
    create(address).close()  # an empty schema that an administrator made is taken


def test_what_was_not_made_to_its_end_is_told(address: str, run: Run) -> None:
    name = address.rpartition("memory=")[2]
    run(f"CREATE SCHEMA {name}")
    run("CREATE TABLE facts (name text PRIMARY KEY, value text)")
    for opened in (ServerMemory.open, create):
        with pytest.raises(MemoryNotFound, match="not to its end"):
            opened(address)


def test_vectors_that_are_too_long_are_refused(address: str) -> None:
    with pytest.raises(InputError, match="keeps up to 16,000"):
        ServerMemory.create(address, encoder="test", dim=16_001)
    with pytest.raises(MemoryNotFound):
        ServerMemory.open(address)


@pytest.fixture
def database(postgres_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Another database of the server, without pgvector, and a user who owns nothing there."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_user WHERE usename = %s", (OTHER,)).fetchone():
            connection.execute(f"CREATE USER {OTHER}")
        connection.execute(f"DROP DATABASE IF EXISTS {OTHER}")
        connection.execute(f"CREATE DATABASE {OTHER} {request.param} TEMPLATE template0".encode())
        with psycopg.connect(address_of(postgres_url, dbname=OTHER), autocommit=True) as other:
            other.execute(f"GRANT CREATE ON DATABASE {OTHER} TO {OTHER}")
        yield address_of(postgres_url, dbname=OTHER)
        connection.execute(f"DROP DATABASE {OTHER} WITH (FORCE)")


@pytest.mark.parametrize("database", ["", "ENCODING LATIN1 LOCALE 'C'"], indirect=True)
def test_what_a_database_lacks_is_told(
    database: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "LATIN1" in request.node.name:
        with pytest.raises(InputError, match="has the encoding LATIN1"):
            create(address_of(database, memory="m"))
        return
    as_other = address_of(database, memory="m", user=OTHER)
    with pytest.raises(InputError, match="its owner run CREATE EXTENSION vector"):
        create(as_other)
    with pytest.raises(MemoryNotFound):  # nothing is left of the attempt
        ServerMemory.open(as_other)
    create(address_of(database, memory="m")).close()
    with pytest.raises(InputError, match="GRANT USAGE ON SCHEMA"):
        ServerMemory.open(as_other)
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(f"GRANT USAGE ON SCHEMA m TO {OTHER}")
        owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA m TO {OTHER}")
    with ServerMemory.open(as_other) as reader:
        assert reader.search("mill", None, k=1) == []
        with pytest.raises(InputError, match="no rights"):
            reader.put([make_entry("a", "The mill.")])
    monkeypatch.setattr(schema, "_LEAST_PGVECTOR", (99, 0))
    with pytest.raises(InputError, match="is too old"):
        create(address_of(database, memory="n"))


@pytest.mark.parametrize("database", [""], indirect=True)
@pytest.mark.parametrize(
    "gone",
    [
        "ALTER SCHEMA m RENAME TO elsewhere",
        "DROP SCHEMA m CASCADE",
        f"REVOKE USAGE ON SCHEMA m FROM {OTHER}",
    ],
)
def test_a_memory_that_is_gone_is_not_another_one(database: str, gone: str) -> None:
    """The one where pgvector lies stands behind it in the search path."""
    with create(address_of(database, memory="public")) as neighbor, ExitStack() as stack:
        neighbor.put([make_entry("a", "The mill of others.")])
        memory = stack.enter_context(create(address_of(database, memory="m")))
        with psycopg.connect(database, autocommit=True) as owner:
            owner.execute(f"GRANT USAGE ON SCHEMA m TO {OTHER}")
            owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA m, public TO {OTHER}")
            if "REVOKE" in gone:
                as_other = address_of(database, memory="m", user=OTHER)
                memory = stack.enter_context(ServerMemory.open(as_other))
            assert memory.search("mill", None, k=1) == []
            owner.execute(gone)
        with pytest.raises(MemoryNotFound, match="the schema 'm' is gone, or you may use it no"):
            memory.search("mill", None, k=1)
        with pytest.raises(MemoryNotFound):
            memory.put([make_entry("b", "The mill.")])
        with pytest.raises(MemoryNotFound):
            memory.compact("flat")
        assert [document.id for document in neighbor.documents()] == ["a"]
