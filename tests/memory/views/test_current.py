"""What a memory shows: at once, whoever wrote it, and while indexes are being made."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from spanmem.memory.documents import DocumentRows
from spanmem.memory.store import Memory
from spanmem.memory.views import current
from spanmem.memory.views.indexes import IndexLost
from spanmem.memory.views.publish import publish_indexes
from tests.memory.conftest import Opener, entry, find


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


def test_threads_search_while_one_writes(filled: Opener, path: Path) -> None:
    with Memory.open(path) as reader, filled() as writer, ThreadPoolExecutor(4) as pool:
        searches = [pool.submit(find, reader, "It ground rye.", k=1) for _ in range(60)]
        for i in range(20):
            writer.put([entry(f"n{i}", f"Number {i} of many.")])
        assert [s.result() for s in searches] == [["It ground rye."]] * 60


def test_a_search_does_not_wait_for_a_publication_of_another_thread(
    filled: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Any:
        begun.set()
        assert go_on.wait(60)
        return publish_indexes(*arguments)

    with filled() as memory, ThreadPoolExecutor(1) as pool:
        memory.put([entry("new", "The river is long.")])
        monkeypatch.setattr(current, "publish_indexes", slow)
        publishing = pool.submit(memory.publish)
        assert begun.wait(60)
        assert find(memory, "The river is long.", k=1) == ["The river is long."]
        go_on.set()
        publishing.result()
        assert find(memory, "The river is long.", k=1) == ["The river is long."]


def test_an_unchanged_memory_is_searched_by_the_same_snapshot(filled: Opener, path: Path) -> None:
    with filled() as writer, Memory.open(path) as reader:
        for memory, publish in ((writer, True), (reader, False)):
            snapshot = memory._indexes.snapshot(publish=publish)
            assert memory._indexes.snapshot(publish=publish) is snapshot
        opened = reader._indexes.published
        writer.put([entry("new", "The river is long.")])
        late = reader._indexes.snapshot(publish=False)
        assert late.indexes[0] is opened  # what is published has not changed, and is not read again
        assert [each.folder is None for each in late.indexes] == [False, True]
        assert [len(each.lexical) for each in late.indexes] == [4, 1]


def test_a_snapshot_knows_what_no_index_may_show(filled: Opener, path: Path) -> None:
    with filled() as writer, Memory.open(path) as reader:
        writer.remove(["katze"])
        snapshot = reader._indexes.snapshot(publish=False)
        assert snapshot.removed.tolist() == snapshot.removed_since.tolist() == [4]
        writer.publish()
        writer.put([entry("new", "The river is long.")])
        snapshot = reader._indexes.snapshot(publish=False)
        assert snapshot.removed.tolist() == [4]  # the dense index holds it until it is made anew
        assert snapshot.removed_since.tolist() == []


def test_a_reader_goes_on_where_the_published_indexes_are_lost(
    filled: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(_: Path) -> None:
        raise IndexLost("the file is missing")

    with filled() as writer, Memory.open(path) as reader:
        monkeypatch.setattr(current, "load_indexes", lose)
        writer.put([entry("new", "The river is long.")])
        assert find(reader, "The river is long.", k=1) == ["The river is long."]
        assert find(reader, "It ground rye.", k=1) == ["It ground rye."]


def test_indexes_newer_than_the_rows_are_made_anew(
    filled: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled().close()
    monkeypatch.setattr(DocumentRows, "generation", lambda _: 0)  # an older copy was put back
    with Memory.open(path) as memory:
        assert memory.notices == ("the views are made anew: they are newer than the rows",)


def test_what_was_not_published_in_time_is_told(filled: Opener, path: Path) -> None:
    memory = filled()
    memory.put([entry("new", "The river is long.", "It is deep.")])
    with Memory.open(path) as reader:
        assert reader.notices == ("the views lacked 2 passages and caught up",)
        assert find(reader, "It is deep.", k=1) == ["It is deep."]
    memory.close()
