"""A memory written by the release before opens, is migrated once, and answers as it did.

`fixtures/make_format_1.py` made it, and noted what that release read, found and answered.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanmem.core.errors import StorageError
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory import database as databases
from spanmem.memory.migrations import FORMAT, MIGRATIONS
from spanmem.memory.store import Memory
from spanmem.memory.turn_contract import make_turn
from spanmem.pipeline.qa import QA
from spanmem.pipeline.settings import Settings
from spanmem.reader.overlap import OverlapReader
from tests.rooms import ROOT

from .conftest import DIM, cannot_forbid, run_without_permission
from .format_1 import FIXTURES, as_before, check_whole, written


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with tarfile.open(FIXTURES / "format_1.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "m"


def ask(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path / "rows.sqlite")) as connection:
        return connection.execute(sql).fetchall()


def _given(answer: dict[str, Any]) -> list[Any]:
    """What an answer says and where it stands, without the scores that new views change."""
    source = {key: value for key, value in answer["source"].items() if key != "page"}
    return [answer["text"], answer["kind"], source]


def test_it_holds_finds_and_answers_the_same(old: Path) -> None:
    with Memory.open(old, write=True) as memory:
        check_whole(memory)
        settings = Settings.load({"answer": {"abstain_below": 0.0}, "memory": {"reuse_above": 0.0}})
        encoder, reader = HashEncoder(32), OverlapReader()
        with QA(memory, reader=reader, encoder=encoder, settings=settings) as qa:
            for answer in written()["answers"]:
                got = qa.ask(answer["question"], scope=answer["scope"]).to_json()
                assert got["abstained"] == answer["abstained"]
                assert [_given(a) for a in got["answers"]] == [_given(a) for a in answer["answers"]]
        assert memory.verify() == []


def test_words_that_were_carried_are_set_apart_and_other_parentheses_are_left(old: Path) -> None:
    with Memory.open(old) as memory:
        turns = {turn.question: turn.carried for s in ("ann", "bob") for turn in memory.turns(s)}
    assert turns["How much does it weigh?"] == ("warranty", "pump", "P20")
    assert turns["And how much does it cost?"] == ("weigh", "warranty", "pump", "P20")
    assert turns["Who runs it?"] == ("hotline", "around", "clock")
    assert turns["What does the ferry to Hven cost (one way)"] == ()
    assert turns["Is it old? (Plumstead)"] == ()


@pytest.mark.parametrize("recovers", [False, True])
def test_one_of_format_2_finds_turns_by_their_words_from_then_on(
    tmp_path: Path, recovers: bool
) -> None:
    path = tmp_path / "m"
    vector = np.ones(DIM, np.float32) / np.sqrt(np.float32(DIM))
    with Memory.create(path, encoder="test", dim=DIM) as memory:
        for name, question in (("a", "When WAS it built?"), ("b", "Groß?"), ("c", "\ud800?")):
            memory.add_turn(make_turn(name, 1, question=question, carried=("mill",)), vector)
    with closing(sqlite3.connect(path / "rows.sqlite")) as connection, connection:
        connection.execute("DROP TABLE turn_words")
        connection.execute("DELETE FROM migrations WHERE name = 'find turns by their words'")
        connection.execute("PRAGMA user_version = 2")
        if recovers:
            connection.execute("DELETE FROM meta WHERE key = 'generation'")
    if recovers:
        Memory.recover(path, encoder="test")
    with Memory.open(path) as memory:
        for name, question in (("a", "when was it built?"), ("b", "GROSS?"), ("c", "\ud800?")):
            told = make_turn(f"{name}2", 2, kind="correction", question=question, carried=("Mill",))
            assert memory.correct(told, vector).supersedes == name
        assert memory.verify() == []


@pytest.mark.parametrize("recovers", [False, True])
def test_when_an_answer_was_given_last_is_worked_out(old: Path, recovers: bool) -> None:
    if recovers:
        (page,) = ask(old, "SELECT rootpage FROM sqlite_master WHERE name = 'passages_key'")[0]
        with (old / "rows.sqlite").open("r+b") as rows:
            rows.seek((page - 1) * 4096)
            rows.write(b"\xa5" * 4096)
        Memory.recover(old)
    with Memory.open(old) as memory:
        turns = memory.turns("ann")
    first, again = (t for t in turns if t.question == "When was the old mill built?")
    given = dict(ask(old, "SELECT sequence, given FROM turns"))
    assert given[first.sequence] == given[again.sequence] == again.sequence
    assert given[turns[-1].sequence] == turns[-1].sequence  # a correction


def test_a_migrated_memory_has_the_schema_of_a_new_one(old: Path, tmp_path: Path) -> None:
    Memory.open(old).close()
    Memory.create(tmp_path / "new", encoder="test", dim=DIM).close()
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
    assert ask(old, schema) == ask(tmp_path / "new", schema)
    for path in (old, tmp_path / "new"):
        assert ask(path, "PRAGMA user_version") == [(FORMAT,)]
        assert {name for (name,) in ask(path, "SELECT name FROM migrations")} == set(MIGRATIONS)


def test_it_is_migrated_once(old: Path) -> None:
    for _ in range(2):
        with Memory.open(old, write=True) as memory:
            check_whole(memory)
    assert len(ask(old, "SELECT name FROM migrations")) == len(MIGRATIONS)


def test_several_may_open_it_at_once(old: Path) -> None:
    """Each process migrates, or finds that another has."""
    code = f"from spanmem.memory.store import Memory; print(Memory.open({str(old)!r}).verify())"
    command = [sys.executable, "-c", code]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [process.communicate()[0] for process in running] == ["[]\n"] * 3
    with Memory.open(old) as memory:
        check_whole(memory)


def forked(work: Callable[[], None]) -> int:
    """Exit code of a child that does this; 1 where it raises."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_killed_at_each_statement_of_its_migration_it_opens_again(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, kept = databases._connect_as, old.with_name("kept")
    shutil.copytree(old, kept)

    def open_until(statements: int) -> None:
        left = [statements]

        def count(sql: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                os._exit(7)

        def counted(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection = connect(*arguments, **options)
            connection.set_trace_callback(count)
            return connection

        monkeypatch.setattr(databases, "_connect_as", counted)
        databases.Database.open(old)

    kills = 0
    for statements in range(1, 200):
        shutil.rmtree(old)
        shutil.copytree(kept, old)
        code = forked(lambda statements=statements: open_until(statements))  # type: ignore[misc]
        assert code in (0, 7)
        if code == 0:
            break
        kills += 1
        assert ask(old, "PRAGMA integrity_check") == [("ok",)]
        version = ask(old, "PRAGMA user_version")
        assert version in ([(1,)], [(FORMAT,)])
        if version == [(1,)]:
            assert len(ask(old, "SELECT vector FROM turns")) == 14
        with Memory.open(old) as memory:
            check_whole(memory)
    assert kills > 15


_READING = """
import sys
import numpy as np
from spanmem.core.errors import StorageError
from spanmem.core.records import Turn
from spanmem.memory.store import Memory
from tests.memory.format_1 import check_whole
day = "2026-01-01T10:00:00.000000+00:00"
turn = Turn(
    id="new", scope="ann", question="Why?", answer="1912", kind="answer", confidence=0.75,
    created_at=day,
)
with Memory.open(sys.argv[1]) as memory:
    assert all("made anew from the rows: its format is 2" in notice for notice in memory.notices)
    check_whole(memory)
    check_whole(memory)
    for use in (memory.add_turn, memory.correct):
        try:
            use(turn, np.eye(1, memory.dim, dtype=np.float32)[0])
        except StorageError as error:
            assert "is of an older format" in str(error)
            print("refused")
    check_whole(memory)
    print("whole")
"""
_ROWS, _LOG, _INDEX = "rows.sqlite", "rows.sqlite-wal", "rows.sqlite-shm"


def leave_log(folder: Path, *names: str) -> None:
    """Let the log hold what was stored last, as after a kill, and leave these files of it."""
    rows = folder / _ROWS
    with closing(sqlite3.connect(rows, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE turns SET confidence = -confidence")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("UPDATE turns SET confidence = -confidence")
        files = {name: (folder / name).read_bytes() for name in (_ROWS, *names)}
    for name, content in files.items():
        (folder / name).write_bytes(content)


@cannot_forbid
@pytest.mark.parametrize("log", [(), (_LOG, _INDEX), (_LOG,)])
def test_in_a_folder_that_cannot_be_written_it_is_read_as_if_migrated(
    old: Path, log: tuple[str, ...]
) -> None:
    if log:
        leave_log(old, *log)
    before = {name: (old / name).read_bytes() for name in (_ROWS, *log) if name != _INDEX}
    assert run_without_permission(_READING, old) == "refused\nrefused\nwhole\n"
    assert before == {name: (old / name).read_bytes() for name in before}


@cannot_forbid
@pytest.mark.parametrize("log", [(), (_LOG,), (_LOG, _INDEX)])
@pytest.mark.parametrize("forbidden", [(_ROWS,), (_ROWS, _LOG), (_ROWS, _LOG, _INDEX)])
def test_files_that_cannot_be_written_are_read_as_if_migrated(
    old: Path, log: tuple[str, ...], forbidden: tuple[str, ...]
) -> None:
    if log:
        leave_log(old, *log)
    paths = [old / name for name in forbidden if (old / name).exists()]
    assert run_without_permission(_READING, old, *paths) == "refused\nrefused\nwhole\n"
    assert ask(old, "PRAGMA user_version") == [(1,)]


def test_on_a_full_disk_it_is_not_shown_as_if_migrated(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = databases._connect_as

    def bounded(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.execute("PRAGMA max_page_count = 1")
        return connection

    monkeypatch.setattr(databases, "_connect_as", bounded)
    with pytest.raises(StorageError, match="full"):
        Memory.open(old)


def test_a_damaged_one_is_recovered_into_the_newest_format(old: Path) -> None:
    (page,) = ask(old, "SELECT rootpage FROM sqlite_master WHERE name = 'passages_key'")
    with (old / "rows.sqlite").open("r+b") as rows:
        rows.seek((page[0] - 1) * 4096)
        rows.write(b"\xa5" * 4096)
    report = Memory.recover(old)
    assert (report.lost_documents, report.lost_passages, report.lost_turns) == (0, 0, 0)
    with Memory.open(old) as memory:
        for scope, turns in written()["turns"].items():
            assert as_before(memory, scope) == turns
        assert memory.turns("bob")[-1].carried == ("hotline", "around", "clock")
        assert memory.verify() == []
