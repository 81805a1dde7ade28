"""A memory on a server beside its contract: what it refuses, and what several writers make."""

from __future__ import annotations

import pickle
import sys
import threading

import pytest

from spanmem.core.errors import InputError
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.contract import make_entry, unit_vector

from .conftest import Run


def test_of_two_blocks_that_store_one_document_the_later_wins_whole(memory: ServerMemory) -> None:
    first, later = make_entry("a", "One."), make_entry("a", "Two.", "Three.")
    with memory.stage(first.document) as outer:
        outer.add(first.passages, first.vectors)
        with memory.stage(later.document) as inner:
            inner.add(later.passages, later.vectors)
            with memory.stage(make_entry("b", "Four.").document):
                pass
        assert tuple(memory.passages("a")) == later.passages
    assert tuple(memory.passages("a")) == first.passages
    assert memory.counts() == (2, 1)
    assert memory.verify() == []


def test_writers_of_the_same_documents_leave_one_of_each_whole(
    memory: ServerMemory, address: str
) -> None:
    names = [f"d{i}" for i in range(6)]

    def write(text: str) -> None:
        with ServerMemory.open(address) as own:
            order = names if text < "c" else names[::-1]
            for _ in range(5):
                own.put([make_entry(name, f"{text} one.", f"{text} two.") for name in order])

    threads = [threading.Thread(target=write, args=(text,)) for text in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory.counts() == (6, 12)
    for name in names:
        assert len({passage.text[0] for passage in memory.passages(name)}) == 1
    assert memory.verify() == []


def test_odd_texts_come_back_as_they_were(memory: ServerMemory) -> None:
    odd = "a\0b \ud800 \ufdd0 x"
    entry = make_entry(
        odd, odd, title=odd, source=odd, origin=odd, metadata={"k": "a\0b", odd: odd}
    )
    memory.put([entry])
    (info,) = memory.documents()
    assert (info.id, info.title, info.source, info.metadata) == (
        *(odd, odd, odd),
        {"k": "a\0b", odd: odd},
    )
    assert tuple(memory.passages(odd)) == entry.passages
    (hit,) = memory.search("x", None, k=1, where={"k": "a\0b"})
    assert hit.passage == entry.passages[0]


def test_a_vector_that_is_not_finite_is_refused_and_nothing_is_stored(
    memory: ServerMemory,
) -> None:
    entry = make_entry("a", "One.")
    entry.vectors[0, 0] = float("nan")
    with pytest.raises(InputError, match="not finite"):
        memory.put([entry])
    with pytest.raises(InputError, match="NaN"):
        memory.put([make_entry("b", "One.", metadata={"n": float("nan")})])
    assert memory.counts() == (0, 0)


def test_an_open_memory_is_not_sent_elsewhere(memory: ServerMemory) -> None:
    with pytest.raises(InputError, match="send its address"):
        pickle.dumps(memory)


def test_a_memory_is_taken_away_with_all_it_holds(memory: ServerMemory, run: Run) -> None:
    memory.put([make_entry("a", "One.")])
    memory.drop()
    assert run("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema") == [(0,)]


def test_without_the_driver_the_extra_is_named(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"pip install 'spanmem\[postgres\]'"):
        ServerMemory.open(address)


def test_search_finds_by_words_and_vectors_at_once(memory: ServerMemory) -> None:
    memory.put([make_entry("a", "The mill by the river."), make_entry("b", "Nothing of it.")])
    hits = memory.search("mill", unit_vector("Nothing of it."), k=2)
    assert {hit.passage.document for hit in hits} == {"a", "b"}
