"""Publishing: what is new costs, what stays is linked, and what fails leaves the old in place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spanmem.core import files
from spanmem.core.errors import InputError, StorageError
from spanmem.memory.store import Memory
from spanmem.memory.views import publish
from spanmem.memory.views.builder import TARGET_RECALL
from spanmem.memory.views.indexes import Indexes, IndexLost
from tests.memory.conftest import Opener, entry, find
from tests.memory.views.segments import COUNT, DIM, clustered, entries


def folders(path: Path) -> list[str]:
    return sorted(p.name for p in (path / "views").iterdir())


def test_many_small_additions_leave_few_segments(create: Opener, path: Path) -> None:
    with create() as memory:
        for i in range(40):
            memory.put([entry(f"d{i}", f"Passage number {i}.")])
            memory.publish()
        assert memory.stats()["index"]["segments"] <= 6
        assert find(memory, "Passage number 17.", k=1) == ["Passage number 17."]
        assert memory.verify() == []
        assert len(list((path / "views").glob("g*"))) == 1


def test_files_that_stay_are_linked_and_not_read_again(
    filled: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled() as memory:
        memory.put([entry("big", *(f"Passage {i}." for i in range(20)))])
        memory.publish()
        before = {p.stat().st_ino: p.name for p in path.glob("views/g*/**/*") if p.is_file()}
        digested: list[str] = []
        real: Callable[[Path], str] = files.digest

        def digest(file: Path) -> str:
            digested.append(file.name)
            return real(file)

        monkeypatch.setattr(files, "digest", digest)
        memory.put([entry("small", "One more.")])
        memory.publish()
        after = {p.stat().st_ino: p.name for p in path.glob("views/g*/**/*") if p.is_file()}
        kept = {after[inode] for inode in before.keys() & after.keys()}
        assert {"dense-0.faiss", "dense-0.npy"} <= kept
        assert not kept & set(digested)
        assert memory.verify() == []


def test_an_unchanged_memory_is_not_published_again(filled: Opener, path: Path) -> None:
    with filled() as memory:
        published = memory._indexes.published
        memory.publish()
        assert memory._indexes.published is published


def test_a_library_that_fails_is_a_storage_error_and_leaves_the_old_in_place(
    filled: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Error: 'ret == size'\n failed in write_index")

    with filled() as memory:
        before = folders(path)
        memory.put([entry("new", "The river is long.")])
        with monkeypatch.context() as patched:
            patched.setattr(publish, "_build", fail)
            with pytest.raises(
                StorageError, match="size' failed in write_index; the passages are stored"
            ):
                memory.publish()
        assert folders(path) == before
        memory.publish()
        assert find(memory, "The river is long.", k=1) == ["The river is long."]


def test_leftovers_of_a_run_that_was_cut_short_are_cleared(filled: Opener, path: Path) -> None:
    with filled() as memory:
        memory.put([entry("new", "The river is long.")])
        for name in (f"g{memory.generation}", f"g{memory.generation}.new", "g0"):
            (path / "views" / name).mkdir()
            (path / "views" / name / "rest").touch()
        memory.publish()
        assert folders(path) == ["CURRENT", f"g{memory.generation}"]
        assert memory.verify() == []


@pytest.mark.parametrize("lost", [True, False])
def test_what_cannot_be_read_back_is_a_storage_error_and_published_anew(
    filled: Opener, path: Path, monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    def load(_: Path) -> Indexes | None:
        if lost:
            raise IndexLost("dense-0.faiss is missing")
        return None

    why = "dense-0.faiss is missing" if lost else "they vanished"
    with filled() as memory:
        memory.put([entry("new", "The river is long.")])
        with monkeypatch.context() as patched:
            patched.setattr(publish, "load_indexes", load)
            with pytest.raises(StorageError, match=f"put in place: {why}; the passages are stored"):
                memory.publish()
        memory.publish()
        assert find(memory, "The river is long.", k=1) == ["The river is long."]
    assert len(folders(path)) == 2


def test_what_is_indexed_in_memory_lies_on_no_disk(filled: Opener, path: Path) -> None:
    with filled() as memory:
        before = folders(path)
        memory.put([entry("new", "The river is long.", "It is deep.")])
        late = publish.index_in_memory(memory._rows, memory.generation - 1)
        assert (late.folder, late.generation) == (None, memory.generation)
        assert [len(segment.numbers) for segment in late.segments] == [2]
        assert len(late.lexical) == 2
        assert folders(path) == before


def test_compact_builds_the_index_that_is_wanted_and_keeps_to_it(tmp_path: Path) -> None:
    query = clustered(1, 77)[0]
    with Memory.create(tmp_path / "m", encoder="test", dim=DIM) as memory:
        memory.put(entries())
        for kind in ("ivfpq", "hnsw"):
            memory.compact(kind)
            index = memory.stats()["index"]
            assert index["wanted"] == kind
            assert index["passages"] == {kind: COUNT}
            assert index["recall_at_10"] >= TARGET_RECALL
            assert memory.verify() == []
        memory.remove([f"d{i}" for i in range(5)])
        memory.put([entries()[0]])
        hits = memory.search("", query, k=20, mode="dense", where={"third": 0})
        assert len(hits) == 20
        assert memory.stats()["index"]["passages"] == {"flat": 1, "hnsw": COUNT}
        memory.forget(documents=["d7"])
        assert memory.stats()["index"]["passages"] == {"hnsw": COUNT - 5}
        memory.compact("auto")
        assert memory.stats()["index"]["passages"] == {"flat": COUNT - 5}
        with pytest.raises(InputError, match="no kind of index"):
            memory.compact("tree")  # type: ignore[arg-type]
        assert memory.verify() == []
