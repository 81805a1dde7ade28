"""Opening what is no memory, is someone else's, or is already open."""

from __future__ import annotations

import copy
import os
import pickle
import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from spanmem.core.errors import (
    EncoderMismatch,
    FormatTooNew,
    InputError,
    MemoryDamaged,
    MemoryNotFound,
    SpanMemError,
    StorageError,
)
from spanmem.core.records import Prompts
from spanmem.memory.opening import create_memory, is_there, open_memory, take_away
from spanmem.memory.store import Memory
from tests.servers import NameMemory

from .conftest import DIM, MILL, Opener, cannot_forbid, entry, run_without_permission, vector
from .test_turns import turn


def test_no_memory_there(tmp_path: Path) -> None:
    with pytest.raises(MemoryNotFound, match="no such folder"):
        Memory.open(tmp_path / "none")
    with pytest.raises(MemoryNotFound, match="holds none"):
        Memory.open(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(MemoryNotFound, match="is a file"):
        Memory.open(tmp_path / "file")


def test_creating_does_not_touch_foreign_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=r"thesis\.txt"):
        Memory.create(tmp_path, encoder="test", dim=DIM)
    with pytest.raises(InputError, match="is a file"):
        Memory.create(tmp_path / "thesis.txt", encoder="test", dim=DIM)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_another_encoder_or_width_is_refused(filled: Opener, path: Path) -> None:
    for encoder, dim in (("other", DIM), ("test", DIM + 1)):
        with pytest.raises(EncoderMismatch):
            Memory.create(path, encoder=encoder, dim=dim)
    filled().close()  # the lock was let go


def test_a_newer_format_is_refused(filled: Opener, path: Path) -> None:
    with sqlite3.connect(path / "rows.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(FormatTooNew, match="format 99"):
        Memory.open(path)


def test_damaged_rows_are_refused_and_damage_inside_is_found(filled: Opener, path: Path) -> None:
    rows = path / "rows.sqlite"
    whole = rows.read_bytes()
    rows.write_bytes(b"x" * len(whole))
    with pytest.raises(MemoryDamaged):
        Memory.open(path)
    rows.write_bytes(whole)
    with sqlite3.connect(rows) as connection:
        connection.execute("UPDATE passages SET text = 'forged' WHERE number = 1")
    connection.close()
    with Memory.open(path) as memory:
        assert memory.verify() == ["1 passages are not what their key says"]


def test_a_crash_before_the_tables_were_made_is_no_obstacle(path: Path) -> None:
    path.mkdir()
    connection = sqlite3.connect(path / "rows.sqlite")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    with pytest.raises(MemoryNotFound):
        Memory.open(path)
    with Memory.create(path, encoder="test", dim=DIM) as memory:
        memory.put([MILL])


_READING = """
import sys
from spanmem.memory.store import Memory
from tests.memory.conftest import find
with Memory.open(sys.argv[1]) as memory:
    found = find(memory, "bridge", mode="lexical")
    print(memory._indexes.published is not None, *memory.notices, *found, *memory.verify())
"""


@cannot_forbid
@pytest.mark.parametrize("locks", [True, False])
def test_a_folder_that_cannot_be_written_is_searched_as_it_lies(
    filled: Opener, path: Path, locks: bool
) -> None:
    if not locks:
        for left in path.glob("views/*/lexical/.*.lock"):
            left.unlink()
    printed = run_without_permission(_READING, path)
    assert printed == "True The bridge was opened in 1940.\n"


_STATES = """
import sys
from spanmem.core.errors import StorageError
from spanmem.memory.store import Memory
from tests.memory.conftest import vector
from tests.memory.test_turns import turn
with Memory.open(sys.argv[1]) as memory:
    for _ in range(2):
        print([turn.question for turn in memory.turns("ann")], *memory.notices)
    try:
        memory.add_turn(turn("t2", "How so?"), vector("How so?"))
    except StorageError:
        print("refused")
"""


def kill_after_a_turn(path: Path) -> None:
    """Leave a turn in the log alone, as a process does that is killed after storing it."""
    child = os.fork()
    if child == 0:
        memory = Memory.open(path)
        memory.add_turn(turn("t1", "When?"), vector("When?"))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert (path / "rows.sqlite-wal").stat().st_size


@cannot_forbid
@pytest.mark.parametrize("index_of_the_log", [True, False])
def test_where_nobody_can_write_a_log_is_read_and_a_turn_refused(
    filled: Opener, path: Path, index_of_the_log: bool
) -> None:
    kill_after_a_turn(path)
    if not index_of_the_log:
        (path / "rows.sqlite-shm").unlink()
    files = {file: file.read_bytes() for file in path.glob("rows.sqlite*")}
    assert run_without_permission(_STATES, path) == "['When?']\n['When?']\nrefused\n"
    assert index_of_the_log or files == {f: f.read_bytes() for f in path.glob("rows.sqlite*")}


@cannot_forbid
def test_a_log_that_cannot_be_read_is_told(filled: Opener, path: Path) -> None:
    kill_after_a_turn(path)
    log = path / "rows.sqlite-wal"
    (path / "rows.sqlite-shm").unlink()
    path.chmod(0o555)
    try:
        printed = run_without_permission(_STATES, path, log, mode=0)
    finally:
        path.chmod(0o755)
    line = f"[] {log.stat().st_size} bytes of rows.sqlite-wal cannot be read here"
    first, again, refused = printed.splitlines()
    assert first.startswith(line)
    assert (again, refused) == (first, "refused")


def test_a_reader_cannot_write(filled: Opener, path: Path) -> None:
    with Memory.open(path) as memory, pytest.raises(InputError, match="write=True"):
        memory.put([MILL])


def test_a_closed_memory_says_so_and_not_that_it_is_damaged(filled: Opener) -> None:
    memory = filled()
    memory.close()
    for use in (memory.counts, memory.publish, lambda: memory.turns("ann"), memory.verify):
        with pytest.raises(InputError, match="is closed; open it again"):
            use()


@pytest.mark.parametrize("replaced", [False, True])
def test_a_memory_whose_folder_was_replaced_under_it_says_so(
    filled: Opener, path: Path, tmp_path: Path, replaced: bool
) -> None:
    memory = filled()
    path.rename(tmp_path / "elsewhere")
    if replaced:
        Memory.create(path, encoder="hash", dim=DIM).close()
    way = "was replaced by another one" if replaced else "is gone"
    with pytest.raises(StorageError, match=f"{way} while it was open here; open it again"):
        memory.add_turn(turn("t1", "Who?"), vector("Who?"))
    with pytest.raises(StorageError, match=way):
        memory.stats()


def test_an_open_memory_is_not_sent_to_another_process(path: Path) -> None:
    with Memory.create(path, encoder="test", dim=DIM) as memory:
        for send in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(InputError, match="send its path"):
                send(memory)


@pytest.mark.skipif(sys.platform != "linux", reason="told by /proc")
def test_a_closed_memory_holds_no_files(path: Path) -> None:
    memory = Memory.create(path, encoder="test", dim=DIM)
    memory.put([entry("a", "One.")])
    memory.publish()
    memory.close()
    handles = [Path(f"/proc/self/fd/{n.name}") for n in Path("/proc/self/fd").iterdir()]
    held = [handle.readlink() for handle in handles if handle.is_symlink()]
    assert not [place for place in held if place.is_relative_to(path)]


def test_a_memory_keeps_its_place_when_the_working_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    home.mkdir()
    other.mkdir()
    monkeypatch.chdir(home)
    memory = Memory.create("rel", encoder="test", dim=DIM)
    memory.put([entry("a", "One."), entry("b", "Two.")])
    monkeypatch.chdir(other)
    memory.forget(documents=["a"])
    memory.compact()
    with Memory.open(memory.path) as reader:
        assert [hit.passage.document for hit in reader.search("two", None, k=3)] == ["b"]
    memory.close()
    assert list(other.iterdir()) == []
    with Memory.open(home / "rel") as again:
        assert again.verify() == []


@pytest.mark.parametrize("name", ["y" * 300, "file/in", "round", "lost"])
def test_what_the_system_refuses_is_an_error_of_the_family(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    (tmp_path / "lost").symlink_to(tmp_path / "gone" / "away")
    for call in (
        lambda: Memory.open(tmp_path / name),
        lambda: Memory.open(tmp_path / name, write=True),
        lambda: Memory.create(tmp_path / name, encoder="test", dim=DIM),
        lambda: Memory.recover(tmp_path / name),
    ):
        with pytest.raises(SpanMemError, match=name[:20]) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_an_address_says_whether_a_folder_or_a_server_is_opened(
    tmp_path: Path, postgres: NameMemory
) -> None:
    for place in (tmp_path / "m", str(tmp_path / "n"), postgres(tmp_path)):
        assert not is_there(place)
        create_memory(place, encoder="test", dim=DIM, prompts=Prompts()).close()
        assert is_there(place)
        with open_memory(place, write=True) as memory:
            memory.put([MILL])
            assert memory.counts() == (1, 2)
        take_away(memory if isinstance(memory, Memory) else open_memory(place))
        assert not is_there(place)
    for address in ("redis://h/0", "postgresq://h/db"):
        with pytest.raises(InputError, match=r"known: postgresql://"):
            open_memory(address)
