"""The writer's lock: who else may have it, who is named, and when it ends."""

from __future__ import annotations

import errno
import fcntl
import gc
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spanmem.core.errors import MemoryLocked, StorageError
from spanmem.memory.lock import HOLDER, LOCK, WriterLock
from spanmem.memory.store import Memory
from tests.rooms import ROOT

from .conftest import Opener

_HOLDING = """
import os, signal, sys, time
from pathlib import Path
from spanmem.memory.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
child = os.fork() if sys.argv[2] == "forks" else 1
if child == 0:
    lock.release()  # it is not this process's to give
    print(os.getpid(), flush=True)
    time.sleep(60)
    os._exit(0)
if sys.argv[2] != "forks":
    print(0, flush=True)
time.sleep(60)
"""


@contextmanager
def holder(folder: Path, does: str = "waits") -> Generator[tuple[subprocess.Popen[str], int]]:
    """A process that holds the lock, and the child that it forked, or 0."""
    command = [sys.executable, "-c", _HOLDING, str(folder), does]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        try:
            yield process, child
        finally:
            process.kill()
            if child:
                os.kill(child, signal.SIGKILL)


def test_a_second_writer_is_told_who_holds_the_memory(filled: Opener, path: Path) -> None:
    with filled(), pytest.raises(MemoryLocked, match=f"process {os.getpid()} on .*{sys.argv[0]}"):
        Memory.open(path, write=True)
    Memory.open(path, write=True).close()


def test_another_process_is_named_by_its_number(tmp_path: Path) -> None:
    with holder(tmp_path) as (process, _), pytest.raises(MemoryLocked) as refused:
        WriterLock(tmp_path)
    assert f"process {process.pid} on " in refused.value.holder
    assert refused.value.path == tmp_path


def test_another_thread_of_the_same_process_is_refused_and_may_let_go(tmp_path: Path) -> None:
    lock, refusals = WriterLock(tmp_path), list[str]()

    def second_writer() -> None:
        try:
            WriterLock(tmp_path)
        except MemoryLocked as error:
            refusals.append(error.holder)
        lock.release()

    thread = threading.Thread(target=second_writer)
    thread.start()
    thread.join()
    assert [f"process {os.getpid()} on " in refusal for refusal in refusals] == [True]
    WriterLock(tmp_path).release()


def test_it_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    with holder(tmp_path) as (process, _):
        process.kill()
        process.wait()
        assert (tmp_path / HOLDER).exists()  # nobody could take the note away
        WriterLock(tmp_path).release()


def test_a_forked_child_does_not_hold_it_when_its_parent_is_gone(tmp_path: Path) -> None:
    with holder(tmp_path, "forks") as (process, child):
        with pytest.raises(MemoryLocked):
            WriterLock(tmp_path)  # though the child has released it
        process.kill()
        process.wait()
        os.kill(child, 0)  # the child lives
        WriterLock(tmp_path).release()


def test_it_ends_with_an_object_that_nobody_has_any_more(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path)
    del lock
    gc.collect()
    WriterLock(tmp_path).release()


def test_what_is_released_twice_stays_with_the_next_holder(tmp_path: Path) -> None:
    first = WriterLock(tmp_path)
    first.release()
    second = WriterLock(tmp_path)
    first.release()
    with pytest.raises(MemoryLocked, match=f"process {os.getpid()}"):
        WriterLock(tmp_path)
    second.release()
    assert [p.name for p in tmp_path.iterdir()] == [LOCK]


@pytest.mark.parametrize("note", ["", "[]", "5", "{", '{"pid": 1}', None])
def test_a_note_that_tells_nothing_names_another_process(tmp_path: Path, note: str | None) -> None:
    lock = WriterLock(tmp_path)
    (tmp_path / HOLDER).unlink()
    if note is not None:
        (tmp_path / HOLDER).write_text(note)
    with pytest.raises(MemoryLocked, match="written by another process; wait"):
        WriterLock(tmp_path)
    lock.release()


def test_an_odd_command_is_noted_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["caf\udce9", "x" * 999])
    lock = WriterLock(tmp_path)
    assert len(json.loads((tmp_path / HOLDER).read_text())["command"]) == 200
    with pytest.raises(MemoryLocked, match="caf"):
        WriterLock(tmp_path)
    lock.release()


def test_a_lock_that_cannot_name_its_holder_is_let_go(tmp_path: Path) -> None:
    (tmp_path / HOLDER).mkdir()
    with pytest.raises(StorageError, match=rf"cannot write to .*{HOLDER}: .*; .* run it again"):
        WriterLock(tmp_path)
    (tmp_path / HOLDER).rmdir()
    WriterLock(tmp_path).release()


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOLCK, "its file system has no locks .*; move the memory to a local disk"),
        (errno.EOPNOTSUPP, "its file system has no locks .*; move the memory to a local disk"),
        (errno.ENOSYS, "its file system has no locks .*; move the memory to a local disk"),
        (errno.EIO, "Input/output error; what was stored before is unharmed"),
    ],
)
def test_a_file_system_that_refuses_locks_is_a_storage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", refuse)
        with pytest.raises(StorageError, match=f"cannot lock .*{LOCK}: {message}"):
            WriterLock(tmp_path)
    WriterLock(tmp_path).release()
