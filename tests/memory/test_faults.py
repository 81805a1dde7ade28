"""A disk that refuses: an error of our family at whatever step it happens, and nothing lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from spanmem.core import files
from spanmem.core.errors import MemoryDamaged, StorageError
from spanmem.memory.store import Memory
from tests.rooms import ROOT

from .conftest import Opener, entry, vector

STEPS = ("sync", "write", "link", "digest")
"""What publishing does with files; `replace` is made of `write` and `sync`."""
Fault: TypeAlias = Callable[[Callable[..., Any], tuple[Any, ...]], None]


def full(_: Callable[..., Any], __: tuple[Any, ...]) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def broken(real: Callable[..., Any], given: tuple[Any, ...]) -> None:
    """It is done, and said to have failed: what a failing fsync leaves open."""
    real(*given)
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def short(real: Callable[..., Any], given: tuple[Any, ...]) -> None:
    """Half of it is done."""
    if real.__name__ == "write":
        path, data = given
        real(path, data[: len(data) // 2])
    if real.__name__ == "link":
        source, target = given
        target.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Faulty:
    """The file layer, which fails once, at its `at`-th operation."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int, fault: Fault) -> None:
        self.left, self.fault = at, fault
        for name in STEPS:
            patch.setattr(files, name, self._counting(getattr(files, name)))

    def _counting(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                self.fault(real, given)
            return real(*given)

        return call


def found(memory: Memory, *looked_for: str) -> set[str]:
    """Documents that are stored; both searches find those that are looked for."""
    for name in looked_for:
        text = f"Text of {name}."
        for mode in ("dense", "lexical"):
            hits = memory.search(text, vector(text), k=1, mode=mode)
            assert hits[0].passage.document == name, (mode, name)
    return {d.id for d in memory.documents()}


@pytest.mark.parametrize("fault", [full, broken, short])
@pytest.mark.parametrize(
    "action",
    ["publish", *(pytest.param(one, marks=pytest.mark.slow) for one in ("compact", "forget"))],
)
def test_each_step_of_publishing_may_fail(
    create: Opener, path: Path, fault: Fault, action: str
) -> None:
    kept = {"first", "second"}
    with create() as memory:
        memory.put([entry(name, f"Text of {name}.") for name in kept])
    failures = 0
    for at in [*range(1, 9), *range(9, 400, 5)]:
        memory = create()
        name = f"new{at}"
        memory.put([entry(name, f"Text of {name}.")])
        if action == "forget":
            memory.put([entry("secret", "Text of secret.")])
        kept.add(name)
        with pytest.MonkeyPatch.context() as patch:
            faulty = Faulty(patch, at, fault)
            try:
                _act(memory, action)
            except StorageError:
                failures += 1
        memory._database.close()  # as a process that ends here leaves it
        assert memory._writer is not None
        memory._writer.release()
        with Memory.open(path) as reader:
            assert found(reader, "first", name) == kept
        if faulty.left > 0:  # there are no more steps
            break
    assert failures > 8
    with create() as memory:
        memory.publish()
        assert memory.verify() == []
    assert len(list((path / "views").iterdir())) == 2  # CURRENT and what it names


def _act(memory: Memory, action: str) -> None:
    if action == "forget":
        memory.forget(documents=["secret"])
    elif action == "compact":
        memory.compact()
    else:
        memory.publish()


def test_a_full_database_refuses_and_keeps_what_it_has(create: Opener, path: Path) -> None:
    with create() as memory:
        memory.put([entry("first", "Text of first.")])
        writer = memory._database._writing_connection()
        pages = memory._database.one("PRAGMA page_count")[0]
        writer.execute(f"PRAGMA max_page_count = {pages + 2}")
        big = entry("big", *(f"A long text, part {i}. " * 99 for i in range(99)))
        with pytest.raises(StorageError, match="full"):
            memory.put([big])
        with pytest.raises(StorageError, match="full"), memory.stage(big.document) as stage:
            stage.add(big.passages, big.vectors)
        writer.execute("PRAGMA max_page_count = 1000000")
        assert found(memory, "first") == {"first"}
        memory.put([entry("second", "Text of second.")])
    with Memory.open(path) as memory:
        assert found(memory, "first", "second") == {"first", "second"}
        assert memory.verify() == []


_LIMITED = """
import resource, signal, sys
from spanmem.core.errors import SpanMemError
from spanmem.memory.store import Memory
from tests.memory.conftest import DIM, entry
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
memory = Memory.open(sys.argv[1], write=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    for i in range(10**6):
        memory.put([entry(f"n{sys.argv[2]}.{i}", f"Text of n{sys.argv[2]}.{i}.")])
        print(f"n{sys.argv[2]}.{i}", flush=True)
        memory.publish()
except SpanMemError as error:
    print("refused", type(error).__name__, flush=True)
memory._writer.release()
"""
"""A file may not grow past a bound: what sqlite, faiss and tantivy themselves write fails, too."""


@pytest.mark.parametrize(
    "size", [9_000, *(pytest.param(one, marks=pytest.mark.slow) for one in (600, 70_000))]
)
def test_no_file_may_grow_any_more(create: Opener, path: Path, size: int) -> None:
    kept = {f"f{i}" for i in range(20)}
    with create() as memory:
        memory.put([entry(name, f"Text of {name}.") for name in sorted(kept)])
    command = [sys.executable, "-c", _LIMITED, str(path), str(size)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    *stored, last = run.stdout.splitlines()
    assert last == "refused StorageError", run
    with create() as memory:
        there = found(memory, "f7", *stored[-1:])
        assert there - {f"n{size}.{len(stored)}"} == kept | set(stored)
        assert memory.verify() == []


def test_a_file_that_cannot_be_read_is_told_and_kept(create: Opener, path: Path) -> None:
    with create() as memory:
        memory.put([entry("first", "Text of first.")])
    rows = path / "rows.sqlite"
    whole = rows.read_bytes()
    rows.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MemoryDamaged):
        Memory.open(path)
    rows.write_bytes(whole)
    with Memory.open(path) as memory:
        assert found(memory, "first") == {"first"}
