"""Connections outlive a server that goes and comes back, threads, and forks."""

from __future__ import annotations

import os
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from spanmem.core.errors import InputError, SpanMemError, StorageError
from spanmem.memory.address import Address
from spanmem.memory.backends.postgresql import staging, vector_index
from spanmem.memory.backends.postgresql.connections import Connections
from spanmem.memory.backends.postgresql.primaries import commit_within, each_host, newest
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.backends.postgresql.turns import TurnRows
from spanmem.memory.backends.postgresql.writing import copy_rows
from spanmem.memory.contract import make_entry, unit_vector
from spanmem.memory.turn_contract import make_turn

from .conftest import Run, create

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


@pytest.mark.parametrize("piece", [0, 1, 2])
def test_pieces_that_are_cut_off_are_stored_again_and_once(
    memory: ServerMemory, run: Run, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    memory.put([make_entry("a", "Old.", "Older.")])
    new = make_entry("a", "One.", "Two.", "Three.")
    copied = list[bytes]()

    def cut_off(cursor: Any, data: bytes) -> None:
        if len(copied) == piece:
            assert [p.text for p in memory.passages("a")] == ["Old.", "Older."]
            _cut_off(run)
        copied.append(data)
        copy_rows(cursor, data)

    monkeypatch.setattr(staging, "copy_rows", cut_off)
    with memory.stage(new.document) as stage:
        for at in range(3):
            _cut_off(run)
            stage.add(new.passages[at : at + 1], new.vectors[at : at + 1])
    assert copied == [*copied[: piece + 1], *copied[-3:]]
    assert tuple(memory.passages("a")) == new.passages
    assert (memory.counts(), memory.verify()) == ((1, 3), [])


def test_pieces_beyond_what_is_kept_in_memory_go_to_a_file(
    memory: ServerMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "_IN_MEMORY", 1)  # the rest goes to a file
    new = make_entry("a", "One.", "Two.")
    with memory.stage(new.document) as stage:
        for at in range(2):
            stage.add(new.passages[at : at + 1], new.vectors[at : at + 1])
    assert tuple(memory.passages("a")) == new.passages


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="no disk is always full here")
def test_a_full_disk_keeps_no_pieces_and_says_so(
    memory: ServerMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "SpooledTemporaryFile", lambda _: Path("/dev/full").open("wb"))  # noqa: SIM115
    entry = make_entry("b", "One.")

    def store() -> None:
        with memory.stage(entry.document) as stage:
            for _ in range(99):
                stage.add(entry.passages, entry.vectors)

    with pytest.raises(StorageError, match=r"'b' cannot be kept.*TMPDIR"):
        store()
    assert memory.counts() == (0, 0)


def test_patience_begins_when_a_server_is_lost_however_long_work_took(
    memory: ServerMemory, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, tries = [0.0], list[float]()
    monkeypatch.setattr(
        "spanmem.memory.backends.postgresql.connections.time.monotonic", lambda: now[0]
    )

    def work(connection: Any) -> object:
        tries.append(now[0])
        now[0] += 100.0
        if len(tries) < limit:
            _cut_off(run)
        return connection.execute("SELECT 1").fetchone()

    limit = 2
    assert memory._db.reading(work) == (1,)
    tries.clear()
    limit = 9
    with pytest.raises(StorageError, match="run it again"):
        memory._db.reading(work)
    assert len(tries) == 2


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
    several.address, several._several, several._doubted = address, True, False

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


def test_a_change_whose_server_goes_is_carried_out_again(memory: ServerMemory, run: Run) -> None:
    tries: list[bool] = []

    def change(connection: Any, again: bool) -> int:
        tries.append(again)
        if len(tries) < 3:
            _cut_off(run)
        connection.execute("INSERT INTO facts VALUES ('tried', %s)", (str(len(tries)),))
        return len(tries)

    assert memory._db.changed(change) == 3
    assert run("SELECT value FROM facts WHERE name = 'tried'") == [("3",)]
    assert tries == [False] * 3  # no COMMIT was sent before


def _refuse(connection: Any, state: str) -> None:
    connection.execute(
        f"DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '{state}'; END $$"
    )


@pytest.mark.parametrize("state", ["40001", "40P01", "57P01", "57P03"])
def test_what_passes_is_tried_again(memory: ServerMemory, state: str) -> None:
    tries: list[object] = []

    def work(connection: Any, _again: bool = False) -> object:
        tries.append(connection)
        if len(tries) % 2:
            _refuse(connection, state)
        return connection.execute("SELECT 1").fetchone()

    assert memory._db.reading(work) == memory._db.changed(work) == (1,)
    assert len(tries) == 4
    assert tries[0] is not tries[1]
    assert tries[2] is not tries[3]


@pytest.mark.parametrize("state", ["25006", "22000", "P0001"])
def test_what_stays_is_told_at_once(memory: ServerMemory, state: str) -> None:
    tries: list[object] = []

    def work(connection: Any, _again: bool = False) -> None:
        tries.append(connection)
        _refuse(connection, state)

    for call in (memory._db.reading, memory._db.changed):
        with pytest.raises(SpanMemError, match="in the way"):
            call(work)
    assert len(tries) == 2


def _lose_the_next_answer(
    memory: ServerMemory, patch: pytest.MonkeyPatch, number: int = 0
) -> list[str]:
    """The server commits, and the connection breaks before it can say so: the `number`-th time."""
    lost: list[str] = []
    before = ["an answer that came"] * number
    commit = Connections._commit

    def break_off(self: Connections, connection: Any) -> None:
        commit(self, connection)
        if before:
            before.pop()
        elif not lost:
            lost.append("an answer")
            connection.close()
            raise psycopg.OperationalError("the connection is lost")

    patch.setattr(memory._db, "_several", True)
    patch.setattr(Connections, "_commit", break_off)
    patch.setattr(
        Connections, "_connect", lambda self, _: self._connect_to(dict(self.address.parameters))
    )
    return lost


def _turns(memory: ServerMemory) -> list[tuple[str, str | None, str | None]]:
    return [(turn.id, turn.supersedes, turn.superseded_by) for turn in memory.turns("ann")]


@pytest.mark.parametrize(
    "act", ["add", "supersede", "correct", "withdraw", "put", "stage", "remove", "forget"]
)
def test_what_was_stored_without_an_answer_is_not_stored_twice(
    memory: ServerMemory, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    vector = unit_vector("Q")
    old, new = make_turn("old", 1), make_turn("new", 2, kind="correction")
    memory.put([make_entry("a", "The mill."), make_entry("b", "The bridge.")])
    memory.add_turn(old, vector)
    if act == "withdraw":
        memory.correct(replace(new, id="mid", question=old.question), vector)
    lost = _lose_the_next_answer(memory, monkeypatch)
    if act == "add":
        memory.add_turn(new, vector)
        assert _turns(memory)[1:] == [("new", None, None)]
    elif act == "supersede":
        memory.supersede("old", new, vector)
        assert _turns(memory) == [("old", None, "new"), ("new", "old", None)]
    elif act == "correct":
        made = memory.correct(replace(new, question=old.question), vector)
        assert (made.supersedes, made.sequence) == ("old", memory.turns("ann")[1].sequence)
        assert _turns(memory) == [("old", None, "new"), ("new", "old", None)]
    elif act == "withdraw":
        back = memory.withdraw("mid", replace(new, kind="withdrawal"))
        assert (back.supersedes, back.sequence) == ("mid", memory.turns("ann")[2].sequence)
        assert _turns(memory)[0] == ("old", None, None)
    elif act == "put":
        memory.put([make_entry("a", "The mill."), make_entry("c", "The road.")])
        assert (memory.counts(), memory.verify()) == ((3, 3), [])
    elif act == "stage":
        more = make_entry("a", "The mill.", "The road.")
        with memory.stage(more.document) as stage:
            stage.add(more.passages, more.vectors)
        assert (memory.counts(), memory.verify()) == ((2, 3), [])
    elif act == "forget":
        assert memory.forget(documents=["a"], scope="ann") == (1, 1)
        assert (memory.counts(), memory.verify(), memory.turns("ann")) == ((1, 1), [], [])
    else:
        assert memory.remove(["a", "nothing"]) == 1
        assert (memory.counts(), memory.verify()) == ((1, 1), [])
    assert lost == ["an answer"]


@pytest.mark.parametrize("number", range(4))
def test_an_index_whose_making_was_not_confirmed_is_made(
    memory: ServerMemory, run: Run, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(vector_index, "_SMALL", 1)
    memory.put([make_entry(f"d{i}", f"Text {i}.") for i in range(20)])
    lost = _lose_the_next_answer(memory, monkeypatch, number)
    memory.compact("hnsw")
    assert lost == ["an answer"]
    assert run("SELECT to_regclass('passages_vector'), to_regclass('passages_vector_new')") == [
        ("passages_vector", None)
    ]
    index = memory.stats()["index"]
    assert (index["kind"], index["effort"], index["recall_at_10"]) == ("hnsw", 64, 1.0)


def test_a_memory_whose_making_was_not_confirmed_is_made(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, lost = Connections._committed, list[str]()

    @contextmanager
    def break_off(self: Connections, connection: Any) -> Generator[None]:
        with execute(self, connection):
            yield
        if not lost:
            lost.append("an answer")
            connection.close()
            raise psycopg.OperationalError("the connection is lost")

    monkeypatch.setattr(Connections, "_committed", break_off)
    with create(address) as memory:
        memory.put([make_entry("a", "The mill.")])
        assert (memory.counts(), lost) == ((1, 1), ["an answer"])


def test_a_servers_limit_of_time_is_told_at_once_with_the_way_out(
    address: str, memory: ServerMemory
) -> None:
    def slow(connection: Any, _again: bool = False) -> None:
        connection.execute("SELECT pg_sleep(60)")

    bounded = f"{address}&options=-c%20statement_timeout%3D20"
    with ServerMemory.open(bounded) as asked:
        for call in (asked._db.reading, asked._db.changed):
            with pytest.raises(StorageError, match=r"timeout; raise its statement_timeout.*%3D0"):
                call(slow)
        with ServerMemory.open(bounded.replace("%3D20", "%3D0")) as free:
            assert free._db.one("SHOW statement_timeout") == ("0",)
        assert asked.counts() == (0, 0)


def test_a_turn_of_a_taken_id_is_refused_though_a_try_broke(
    memory: ServerMemory, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.add_turn(make_turn("t", 1), unit_vector("Q"))
    lock = TurnRows.lock
    tries: list[str] = []

    def broken(self: TurnRows, cursor: Any, scope: str) -> None:
        tries.append(scope)
        if len(tries) == 1:
            _cut_off(run)
        lock(self, cursor, scope)

    monkeypatch.setattr(TurnRows, "lock", broken)
    with pytest.raises(InputError, match="one of that id"):
        memory.add_turn(make_turn("t", 2), unit_vector("Q"))
    assert tries == ["ann", "ann"]


def test_a_commit_that_is_not_confirmed_is_let_go(memory: ServerMemory, run: Run) -> None:
    run("CREATE TABLE waits (number int)")
    run(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$"
    )
    run(
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON waits DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION wait()"
    )
    run("SELECT pg_advisory_lock(4711)")
    with memory._db._borrowed(begin=True) as connection:
        connection.execute("INSERT INTO waits VALUES (1)")
        with pytest.raises(psycopg.OperationalError, match="not confirmed"):
            commit_within(connection, 0.05)
        assert connection.closed
    run("SELECT pg_advisory_unlock(4711)")
    with memory._db._borrowed(begin=True) as connection:
        connection.execute("INSERT INTO waits VALUES (2)")
        commit_within(connection, 5)
    assert (2,) in run("SELECT number FROM waits")
    with memory._db._borrowed(begin=True) as connection:
        connection.execute("CREATE TABLE parents (n int PRIMARY KEY)")
        connection.execute(
            "CREATE TABLE children (n int REFERENCES parents DEFERRABLE INITIALLY DEFERRED)"
        )
        connection.execute("INSERT INTO children VALUES (1)")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            commit_within(connection, 5)


def test_each_host_has_its_own_port_or_the_one_of_all() -> None:
    several = {"host": "h1,h2", "port": "1,2", "user": "ann"}
    assert [(p["host"], p["port"], p["user"]) for p in each_host(several)] == [
        ("h1", "1", "ann"),
        ("h2", "2", "ann"),
    ]
    one_port = each_host({"host": "h1,h2", "port": "5"})
    assert [(p["host"], p["port"]) for p in one_port] == [("h1", "5"), ("h2", "5")]


class _Host:
    """A primary of a timeline."""

    def __init__(self, number: int) -> None:
        self.number, self.closed = number, False

    def execute(self, _: str) -> _Host:
        return self

    def fetchone(self) -> tuple[str]:
        return (f"{self.number:08X}",)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("timelines", [[3, 18, None], [18, None, 3], [None, 3, 18], [18, 18, 3]])
def test_of_several_primaries_the_one_promoted_last_counts(timelines: list[int | None]) -> None:
    hosts = {f"h{at}": _Host(n) for at, n in enumerate(timelines) if n is not None}

    def connect(parameters: dict[str, Any]) -> _Host:
        if parameters["host"] not in hosts:
            raise psycopg.OperationalError("refused")
        return hosts[parameters["host"]]

    found, number = newest(connect, {"host": "h0,h1,h2"}, 3)
    assert (found.number, number, found.closed) == (18, 18, False)
    assert all(host.closed for host in hosts.values() if host is not found)
    with pytest.raises(psycopg.OperationalError, match="no host is the primary"):
        newest(connect, {"host": "h0,h1,h2"}, 19)
    assert all(host.closed for host in hosts.values())
