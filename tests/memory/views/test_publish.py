"""The views are only views: lost, stale or altered, they are made anew from the rows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spanmem.memory.documents import DocumentRows
from spanmem.memory.store import Memory
from tests.memory.conftest import Opener, entry, find

Damage = Callable[[Path], object]


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


DAMAGES: dict[str, Damage] = {
    "no views at all": lambda v: shutil.rmtree(v),
    "no current": lambda v: (v / "CURRENT").unlink(),
    "current names nothing": lambda v: (v / "CURRENT").write_text("g999"),
    "no manifest": lambda v: next(v.glob("g*/manifest.json")).unlink(),
    "half a manifest": lambda v: next(v.glob("g*/manifest.json")).write_text("{"),
    "no vectors": lambda v: next(v.glob("g*/*.faiss")).unlink(),
    "vectors cut short": lambda v: os.truncate(next(v.glob("g*/*.faiss")), 40),
    "words cut short": lambda v: os.truncate(next(v.glob("g*/lexical/*.term")), 1),
    "numbers too long": lambda v: _append(next(v.glob("g*/*.npy"))),
    "no words": lambda v: shutil.rmtree(next(v.glob("g*/lexical"))),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
@pytest.mark.parametrize("write", [False, True])
def test_lost_views_are_made_anew(filled: Opener, path: Path, damage: Damage, write: bool) -> None:
    with Memory.open(path) as memory:
        expected = {q: find(memory, q) for q in ("old mill", "It ground rye.", "Katze")}
    damage(path / "views")
    with Memory.open(path, write=write) as memory:
        assert {q: find(memory, q) for q in expected} == expected
        if damage is not DAMAGES["no views at all"]:
            assert "made anew" in memory.notices[0]
    if write:
        with Memory.open(path) as memory:
            assert memory.notices == ()
            assert memory.verify() == []


def test_bytes_altered_under_the_same_size_are_found(filled: Opener, path: Path) -> None:
    file = next((path / "views").glob("g*/*.faiss"))
    altered = bytearray(file.read_bytes())
    altered[-1] ^= 1
    file.write_bytes(bytes(altered))
    with Memory.open(path) as memory:
        assert memory.verify() == [f"view file {file.name} was altered"]


def test_a_reader_sees_what_a_writer_has_stored_but_not_published(
    filled: Opener, path: Path
) -> None:
    with Memory.open(path) as reader, filled() as writer:
        assert find(reader, "The river is long.", k=1) != ["The river is long."]
        for i in range(3):
            writer.put([entry(f"new{i}", f"The river {i} is long.")])
            assert find(reader, f"The river {i} is long.", k=1) == [f"The river {i} is long."]
        writer.remove(["mill"])
        assert "It ground rye." not in find(reader, "It ground rye.")
        writer.publish()
        assert find(reader, "The river 1 is long.", k=1) == ["The river 1 is long."]
        assert len(find(reader, "The river")) == 5


def test_what_is_stored_while_views_are_made_waits_for_the_next(
    filled: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled() as memory:
        memory.put([entry("one", "The river is long.")])
        before = memory.generation
        memory.put([entry("two", "The river is deep.")])
        with monkeypatch.context() as patched:
            patched.setattr(DocumentRows, "generation", lambda _: before)
            memory.publish()
        with Memory.open(path) as reader:
            assert len(find(reader, "river", mode="lexical")) == 2
            assert reader.verify() == []
        assert len(find(memory, "river", mode="lexical")) == 2
        assert memory.verify() == []


def test_many_small_additions_leave_few_segments(create: Opener, path: Path) -> None:
    with create() as memory:
        for i in range(40):
            memory.put([entry(f"d{i}", f"Passage number {i}.")])
            memory.publish()
        assert memory.stats()["index"]["segments"] <= 6
        assert find(memory, "Passage number 17.", k=1) == ["Passage number 17."]
        assert memory.verify() == []
        assert len(list((path / "views").glob("g*"))) == 1


def test_threads_search_while_one_writes(filled: Opener, path: Path) -> None:
    with Memory.open(path) as reader, filled() as writer, ThreadPoolExecutor(4) as pool:
        searches = [pool.submit(find, reader, "It ground rye.", k=1) for _ in range(60)]
        for i in range(20):
            writer.put([entry(f"n{i}", f"Number {i} of many.")])
        assert [s.result() for s in searches] == [["It ground rye."]] * 60
