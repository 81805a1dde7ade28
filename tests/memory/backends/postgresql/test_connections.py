"""Connections outlive a server that goes and comes back, threads, and forks."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from spanmem.core.errors import InputError, StorageError
from spanmem.memory.address import Address
from spanmem.memory.backends.postgresql.connections import Connections
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.contract import make_entry, unit_vector
from spanmem.memory.turn_contract import make_turn

from .conftest import Run

DEAD = "postgresql://ann@127.0.0.1:1,127.0.0.1:2/db?memory=m"


def _cut_off(run: Run) -> None:
    """End all sessions of ours at the server, as a restart does."""
    run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'spanmem' AND pid <> pg_backend_pid()"
    )


def test_calls_go_on_after_the_server_was_restarted(memory: ServerMemory, run: Run) -> None:
    memory.put([make_entry("a", "The mill.")])
    for _ in range(2):
        _cut_off(run)
        assert [h.passage.text for h in memory.search("mill", None, k=1)] == ["The mill."]
        _cut_off(run)
        memory.put([make_entry("b", "The bridge.")])
        _cut_off(run)
        assert memory.counts() == (2, 2)


def test_a_change_that_is_cut_off_changes_nothing_and_is_told(
    memory: ServerMemory, run: Run
) -> None:
    memory.put([make_entry("a", "Old.")])
    new = make_entry("a", "One.", "Two.")
    stage = memory.stage(new.document)
    with pytest.raises(StorageError, match="run it again"), stage:  # noqa: PT012
        stage.add(new.passages, new.vectors)
        _cut_off(run)
        stage.add(new.passages, new.vectors)
    assert [p.text for p in memory.passages("a")] == ["Old."]
    assert memory.verify() == []


def test_a_dead_server_is_told_at_once_and_waited_for_when_it_was_there(
    memory: ServerMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StorageError, match=r"postgresql://ann@127.0.0.1:1,127.0.0.1:2/db.*refused"):
        ServerMemory.open(DEAD)
    waits: list[float] = []
    monkeypatch.setattr("spanmem.memory.backends.postgresql.connections.time.sleep", waits.append)
    tries = iter([psycopg.OperationalError("gone"), psycopg.OperationalError("gone")])
    connect = Connections._connect

    def broken(self: Connections, anywhere: bool) -> object:
        if (error := next(tries, None)) is not None:
            raise error
        return connect(self, anywhere)

    monkeypatch.setattr(Connections, "_connect", broken)
    memory._db._idle[False].pop().close()  # nothing is idle
    assert memory.counts() == (0, 0)
    assert waits == [0.1, 0.2]


def test_a_closed_memory_says_so(memory: ServerMemory) -> None:
    memory.close()
    memory.close()
    with pytest.raises(InputError, match="is closed; open it again"):
        memory.counts()


def test_no_more_connections_stay_open_than_are_kept(memory: ServerMemory, run: Run) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda _: memory.counts(), range(64))) == [(0, 0)] * 64
    assert len(memory._db._idle[False]) <= 8


def test_several_hosts_read_anywhere_and_write_at_the_primary() -> None:
    seen: list[dict[str, str]] = []
    address = Address.parsed("postgresql://ann@h1,h2/db?memory=m")
    several = Connections.__new__(Connections)
    several.address, several._several = address, True

    def connect(**parameters: str) -> object:
        seen.append(parameters)
        raise psycopg.OperationalError("no such host")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg, "connect", connect)
        for anywhere in (False, True):
            with pytest.raises(psycopg.OperationalError):
                several._connect(anywhere)
    assert [(s["target_session_attrs"], s.get("load_balance_hosts")) for s in seen] == [
        ("read-write", None),
        ("any", "random"),
    ]


def test_who_changes_passages_reads_them_at_the_primary(address: str, memory: ServerMemory) -> None:
    one = dict(Address.parsed(address).parameters)
    twice = ",".join([one.pop("host").replace("/", "%2F")] * 2)
    rest = "&".join(f"{key}={value}" for key, value in one.items())
    several = f"postgresql://{twice}/?{rest}&memory={Address.parsed(address).name}"
    with (
        ServerMemory.create(several, encoder="test", dim=memory.dim) as created,
        ServerMemory.open(several, write=True) as changed,
        ServerMemory.open(several) as asked,
    ):
        memories = (created, changed, asked)
        assert [(m.counts(), list(m.documents())) for m in memories] == [((0, 0), [])] * 3
        assert [len(m._db._idle[True]) for m in memories] == [0, 0, 1]


def test_a_forked_child_goes_on_with_connections_of_its_own(memory: ServerMemory) -> None:
    memory.add_turn(make_turn("parent", 1), unit_vector("Q"))
    session = memory._db.one("SELECT pg_backend_pid()")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            memory.add_turn(make_turn("child", 2), unit_vector("Q"))
            own = memory._db.one("SELECT pg_backend_pid()") != session
            status = 0 if own and len(memory.turns("ann")) == 2 else 2
        finally:
            os._exit(status)
    _, waited = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(waited) == 0
    assert [turn.id for turn in memory.turns("ann")] == ["parent", "child"]
