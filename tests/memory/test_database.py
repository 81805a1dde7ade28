"""Transactions, connections that read beside one that writes, and values as they are stored."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError, MemoryDamaged, StorageError
from spanmem.core.records import Prompts
from spanmem.memory.database import (
    Database,
    chunks,
    marks,
    next_number,
    pack,
    restored,
    storable,
    unpack,
    unpack_all,
)
from spanmem.memory.store import Memory
from tests.rooms import ROOT

from .conftest import DIM, MILL, Opener, entry, find, vector
from .test_turns import turn


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e6])
def test_a_vector_that_is_not_finite_is_never_stored(bad: float) -> None:
    values = np.array([0.6, bad, 0.8], np.float32)
    with pytest.raises(InputError, match="not finite in float16"):
        pack(values)
    assert np.isfinite(unpack(pack(np.array([0.6, 0.0, 0.8], np.float32)))).all()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database.create(tmp_path, encoder="test", dim=DIM)
    yield made
    made.close()


def generation(database: Database) -> int:
    return database.number("generation")


def test_a_change_is_whole_or_it_is_not(database: Database) -> None:
    with pytest.raises(KeyError), database.change() as cursor:  # noqa: PT012
        next_number(cursor, "generation")
        raise KeyError
    assert generation(database) == 0
    with database.change() as cursor:
        assert next_number(cursor, "generation") == 1
        assert generation(database) == 0
    assert generation(database) == 1


def test_a_read_does_not_wait_for_a_change(database: Database) -> None:
    with database.change() as cursor, ThreadPoolExecutor(1) as pool:
        next_number(cursor, "generation")
        assert pool.submit(generation, database).result(timeout=5) == 0
    assert generation(database) == 1


def test_a_snapshot_stays_as_it_was(database: Database) -> None:
    sql = "SELECT value FROM meta WHERE key = 'generation'"
    with database.snapshot() as seen:
        assert seen.execute(sql).fetchone() == ("0",)
        with database.change() as cursor:
            next_number(cursor, "generation")
        assert seen.execute(sql).fetchone() == ("0",)
    assert generation(database) == 1


def test_a_reading_connection_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError, match="readonly"):
        database.all("UPDATE meta SET value = '9'")


def test_so_many_connections_are_kept_as_may_be_idle(database: Database) -> None:
    together = threading.Barrier(12)

    def read() -> None:
        with database.snapshot():
            together.wait(timeout=30)

    with ThreadPoolExecutor(12) as pool:
        for reading in [pool.submit(read) for _ in range(12)]:
            reading.result()
    assert len(database._idle) == 8


def test_a_read_that_outlasts_closing_ends_well(database: Database) -> None:
    with database.snapshot() as seen:
        database.close()
        assert seen.execute("SELECT count(*) FROM meta").fetchone()[0] > 0
    assert database._idle == []
    with pytest.raises(InputError, match="is closed"):
        database.meta("dim")


def test_closing_leaves_no_log_behind(tmp_path: Path) -> None:
    database = Database.create(tmp_path, encoder="test", dim=DIM)
    assert generation(database) == 0
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == ["rows.sqlite"]


def test_prompts_are_noted(tmp_path: Path) -> None:
    prompts = Prompts(query="query: ", passage="passage: ")
    Database.create(tmp_path, encoder="test", dim=DIM, prompts=prompts).close()
    database = Database.open(tmp_path)
    assert database.prompts() == prompts
    with database.change() as cursor:
        cursor.execute("UPDATE meta SET value = '[5' WHERE key = 'prompts'")
    with pytest.raises(MemoryDamaged, match=r"prompts are '\[5'"):
        database.prompts()
    database.close()


# -- as a memory uses it


def test_a_search_does_not_wait_while_a_change_is_written(filled: Opener) -> None:
    with filled() as memory, ThreadPoolExecutor(1) as pool:
        memory.publish()
        memory.add_turn(turn("t1", "When?"), vector("When?"))
        with memory._database.change() as cursor:
            cursor.execute("UPDATE documents SET source = 'late.md'")
            searching = pool.submit(find, memory, "It ground rye.", k=1)
            assert searching.result(timeout=10) == ["It ground rye."]
            turns = pool.submit(memory.search_turns, "ann", vector("When?"), k=1)
            assert [hit.turn.id for hit in turns.result(timeout=10)] == ["t1"]
            assert {d.source for d in memory.documents()} == {""}
        assert {d.source for d in memory.documents()} == {"late.md"}


def test_a_memory_is_where_it_was_after_the_folder_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with Memory.create("m", encoder="test", dim=DIM) as memory, Memory.open("m") as reader:
        monkeypatch.chdir(tmp_path / "elsewhere")
        memory.put([MILL, entry("secret", "Zanzibarquux.")])
        memory.publish()
        assert memory.verify() == reader.verify() == []
        assert memory.forget(documents=["secret"]) == (1, 0)
        memory.compact()
        assert find(reader, "It ground rye.", k=1) == ["It ground rye."]
        assert memory.path == reader.path == tmp_path / "m"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    with Memory.open(tmp_path / "m") as memory:
        assert memory.verify() == []


def child(work: Callable[[], None]) -> int:
    """Exit code of a forked child that does this; 1 where it raises."""
    number = os.fork()
    if number == 0:
        try:
            work()
            gc.collect()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def test_a_forked_child_has_connections_of_its_own(filled: Opener) -> None:
    with filled() as memory:
        memory.add_turn(turn("t1", "When?"), vector("When?"))
        memory.search_turns("ann", vector("When?"), k=1)
        parents = {id(memory._database._writer), *map(id, memory._database._idle)}

        def use() -> None:
            assert memory._database._idle == []
            assert memory._database._writer is None
            assert find(memory, "It ground rye.", k=1) == ["It ground rye."]
            memory.add_turn(turn("t2", "Why?"), vector("Why?"))
            assert [t.id for t in memory.turns("ann")] == ["t1", "t2"]
            with pytest.raises(InputError, match="is a fork; open it again"):
                memory.put([MILL])
            assert id(memory._database._writer) not in parents
            memory.close()

        with memory._database.snapshot():  # as another thread may read at that moment
            assert child(use) == 0
        assert [t.id for t in memory.turns("ann")] == ["t1", "t2"]
        memory.put([entry("late", "Stored by the parent.")])
        assert memory.verify() == []


_OUTLIVED = """
import os, sys
from spanmem.memory.store import Memory
from tests.memory.conftest import MILL
memory = Memory.open(sys.argv[1], write=True)
reading, writing = os.pipe()
if (child := os.fork()) == 0:
    os.read(reading, 1)
    sys.exit()  # as Python ends, it lets go of all that is left
memory.close()
if (killed := os.fork()) == 0:
    memory = Memory.open(sys.argv[1], write=True)
    memory.put([MILL])
    os._exit(0)  # its log stays
os.waitpid(killed, 0)
os.write(writing, b"!")
os.waitpid(child, 0)
"""


def test_a_child_that_ends_takes_no_log_with_it(create: Opener, path: Path) -> None:
    create().close()
    run = subprocess.run([sys.executable, "-c", _OUTLIVED, str(path)], cwd=ROOT, timeout=120)
    assert run.returncode == 0
    with Memory.open(path) as memory:
        assert [d.id for d in memory.documents()] == ["mill"]


# -- values


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assert restored(storable(text)) == text


def test_half_a_character_comes_back() -> None:
    assert isinstance(storable("a\ud800"), bytes)
    assert restored(storable("a\ud800")) == "a\ud800"


@given(st.lists(st.floats(-1, 1, width=16), min_size=6, max_size=6))
def test_vectors_come_back_as_float16_has_them(numbers: list[float]) -> None:
    stored = np.array(numbers, np.float32)
    assert (unpack(pack(stored)) == stored).all()
    assert (unpack_all([pack(stored[:3]), pack(stored[3:])], 3) == stored.reshape(2, 3)).all()


@given(st.lists(st.integers(), max_size=1200))
def test_chunks_are_all_there_is_in_its_order(values: list[int]) -> None:
    parts = list(chunks(values))
    assert [value for part in parts for value in part] == values
    assert all(0 < len(part) <= 500 for part in parts)
    assert marks([1, 2]) == "?, ?"
