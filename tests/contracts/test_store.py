"""What every store must do; a new one is a subclass here that supplies `create` and `reopen`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spanmem.core.errors import InputError, MemoryLocked, SpanMemError
from spanmem.core.records import DocumentInfo, Entry, Evidence, Hit, Passage, Turn, TurnHit
from spanmem.memory.store import Memory
from tests.memory.conftest import DIM, entry, vector


class Store(Protocol):
    """What the pipeline and the indexer ask of a memory."""

    def __enter__(self) -> Store: ...
    def __exit__(self, *error: Any) -> None: ...
    def close(self) -> None: ...
    def counts(self) -> tuple[int, int]: ...
    def digests(self, ids: Sequence[str]) -> Mapping[str, str]: ...
    def documents(self) -> Iterator[DocumentInfo]: ...
    def passages(self, document: str | None = None) -> Iterator[Passage]: ...
    def passage(self, key: str) -> Passage | None: ...
    def put(self, entries: Sequence[Entry]) -> None: ...
    def remove(self, ids: Iterable[str]) -> int: ...
    def publish(self) -> None: ...
    def search(
        self,
        text: str,
        vector: NDArray[np.float32] | None,
        *,
        k: int,
        mode: Any = "hybrid",
        where: Mapping[str, Any] | None = None,
    ) -> Sequence[Hit]: ...
    def add_turn(
        self, turn: Turn, vector: NDArray[np.float32], *, keep: int | None = None
    ) -> None: ...
    def supersede(self, old_id: str, new: Turn, vector: NDArray[np.float32]) -> None: ...
    def turns(
        self, scope: str, *, last: int | None = None, as_of: str | None = None
    ) -> Sequence[Turn]: ...
    def search_turns(
        self, scope: str, vector: NDArray[np.float32], *, k: int
    ) -> Sequence[TurnHit]: ...
    def forget(
        self,
        *,
        documents: Sequence[str] = (),
        scope: str | None = None,
        turn: str | None = None,
        before: str | None = None,
    ) -> tuple[int, int]: ...


def turn(name: str, minute: int, *, scope: str = "ann", **fields: Any) -> Turn:
    """A turn that can answer: one without evidence was itself given from memory, and cannot."""
    place = Evidence(document="d", start=0, end=4, text="Yes.", passage="p", passage_text="Yes.")
    given: dict[str, Any] = {"answer": "Yes.", "kind": "answer", "evidence": (place,), **fields}
    return Turn(
        id=name,
        scope=scope,
        question=f"Question {name}?",
        confidence=1.0,
        created_at=f"2026-01-01T10:{minute:02}:00.000000+00:00",
        **given,
    )


WORDS = st.sampled_from(["mill", "river", "bridge", "stone", "rye"])
TEXTS = st.lists(
    st.lists(WORDS, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=8, unique=True
)


class StoreContract:
    """Inherit, and say how a store is created and opened again."""

    def create(self, path: Path) -> Store:
        """A store at `path`, made if need be, open for writing; vectors have length `DIM`."""
        raise AssertionError("a subclass supplies it")

    def reopen(self, path: Path) -> Store:
        """The store at `path`, open for reading."""
        raise AssertionError("a subclass supplies it")

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "store"

    # -- documents

    def test_what_was_put_is_there_after_reopening(self, path: Path) -> None:
        given = entry("a", "One mill.", "Two mills.", title="T", source="s", metadata={"n": 1})
        with self.create(path) as store:
            store.put([given])
        with self.reopen(path) as store:
            (info,) = store.documents()
            assert (info.id, info.title, info.source, info.passages) == ("a", "T", "s", 2)
            assert (info.digest, info.metadata) == (given.document.digest, {"n": 1})
            assert tuple(store.passages("a")) == given.passages
            assert store.passage(given.passages[1].key) == given.passages[1]
            assert store.digests(["a", "b"]) == {"a": given.document.digest}

    def test_what_was_put_is_seen_by_others_at_once(self, path: Path) -> None:
        with self.create(path) as store, self.reopen(path) as reader:
            store.put([entry("a", "The mill.")])
            for one in (store, reader):
                assert [h.passage.text for h in one.search("mill", None, k=5)] == ["The mill."]
            store.remove(["a"])
            for one in (store, reader):
                assert list(one.search("mill", vector("The mill."), k=5)) == []

    def test_an_id_stands_for_its_latest_document(self, path: Path) -> None:
        with self.create(path) as store:
            old, new = entry("a", "Old mill."), entry("a", "New bridge.")
            store.put([old])
            store.put([new])
            assert store.counts() == (1, 1)
            assert store.passage(old.passages[0].key) is None
            assert list(store.search("mill", None, k=5)) == []
            assert store.remove(["a", "nobody"]) == 1
            assert store.counts() == (0, 0)

    def test_a_refused_change_changes_nothing(self, path: Path) -> None:
        with self.create(path) as store:
            store.put([entry("a", "The mill.")])
            good, bad = entry("b", "The bridge."), entry("c", "One.", "Two.")
            short = Entry(document=bad.document, passages=bad.passages, vectors=bad.vectors[:1])
            with pytest.raises(ValueError, match="shape"):
                store.put([good, short])
            assert store.counts() == (1, 1)

    # -- searching

    @settings(max_examples=8, deadline=None)
    @given(texts=TEXTS, asked=WORDS, k=st.integers(1, 9), even=st.booleans())
    def test_searches_agree_with_trying_everything(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        texts: list[str],
        asked: str,
        k: int,
        even: bool,
    ) -> None:
        entries = [entry(f"d{i}", text, metadata={"even": i % 2}) for i, text in enumerate(texts)]
        where = {"even": 0} if even else None
        allowed = texts[::2] if even else texts
        with self.create(tmp_path_factory.mktemp("store") / "s") as store:
            store.put(entries)
            question = vector(asked)
            hits = store.search(asked, question, k=k, mode="dense", where=where)
            cosines = sorted((float(vector(t) @ question) for t in allowed), reverse=True)
            assert [h.score for h in hits] == pytest.approx(cosines[:k], abs=2e-3)
            words = store.search(asked, None, k=20, where=where)
            assert {h.passage.text for h in words} == {t for t in allowed if asked in t.split()}
            mixed = store.search(asked, question, k=20, where=where)
            assert {h.passage.text for h in mixed} == set(allowed)
            assert [h.score for h in mixed] == sorted((h.score for h in mixed), reverse=True)

    def test_a_condition_that_makes_no_sense_is_refused(self, path: Path) -> None:
        with self.create(path) as store, pytest.raises(InputError):
            store.search("x", None, k=1, where={"year": {"about": 1940}})

    # -- turns

    def test_turns_are_seen_in_their_scope_only(self, path: Path) -> None:
        with self.create(path) as store:
            for scope in ("ann", "bob"):
                store.add_turn(turn(f"of {scope}", 1, scope=scope), vector("Q"))
            assert [t.id for t in store.turns("ann")] == ["of ann"]
            assert [h.turn.id for h in store.search_turns("bob", vector("Q"), k=9)] == ["of bob"]
            assert list(store.turns("")) == []

    def test_a_correction_supersedes_and_deletes_nothing(self, path: Path) -> None:
        with self.create(path) as store:
            store.add_turn(turn("old", 1), vector("Q"))
            store.supersede("old", turn("new", 5, kind="correction"), vector("Q"))
            with pytest.raises(InputError):
                store.supersede("old", turn("late", 6), vector("Q"))
        with self.reopen(path) as store:
            old, new = store.turns("ann")
            assert (old.superseded_by, new.supersedes) == ("new", "old")
            assert [h.turn.id for h in store.search_turns("ann", vector("Q"), k=9)] == ["new"]
            (then,) = store.turns("ann", as_of="2026-01-01T10:03")
            assert (then.id, then.superseded_by) == ("old", None)

    def test_a_bound_lets_the_oldest_answers_go(self, path: Path) -> None:
        with self.create(path) as store:
            store.add_turn(turn("told", 0, kind="correction"), vector("Q"))
            for minute in range(1, 5):
                store.add_turn(turn(f"t{minute}", minute), vector("Q"), keep=2)
            assert [t.id for t in store.turns("ann")] == ["told", "t3", "t4"]
            assert [t.id for t in store.turns("ann", last=1)] == ["t4"]

    def test_what_is_forgotten_is_in_no_file(self, path: Path) -> None:
        with self.create(path) as store:
            store.put([entry("a", "Zanzibarquux lives here."), entry("b", "The mill.")])
            store.publish()
            store.add_turn(turn("secret", 1, answer="Plumsteadquux"), vector("Q"))
            assert store.forget(documents=["a"]) == (1, 0)
            assert store.forget(scope="ann", turn="secret") == (0, 1)
            held = b"".join(p.read_bytes() for p in path.rglob("*") if p.is_file()).lower()
            assert b"quux" not in held
            assert store.counts() == (1, 1)

    # -- several at once

    def test_a_second_writer_is_refused(self, path: Path) -> None:
        with self.create(path), pytest.raises(MemoryLocked):
            self.create(path)
        self.create(path).close()

    def test_a_reader_cannot_change_passages(self, path: Path) -> None:
        self.create(path).close()
        with self.reopen(path) as store, pytest.raises(SpanMemError):
            store.put([entry("a", "The mill.")])

    def test_threads_may_search_while_one_writes(self, path: Path) -> None:
        with self.create(path) as store, ThreadPoolExecutor(4) as pool:
            store.put([entry("a", "The mill.")])
            searches = [
                pool.submit(store.search, "mill", vector("The mill."), k=1) for _ in range(40)
            ]
            for i in range(10):
                store.put([entry(f"n{i}", f"Number {i} of many.")])
            assert {s.result()[0].passage.text for s in searches} == {"The mill."}


class TestMemory(StoreContract):
    def create(self, path: Path) -> Store:
        return Memory.create(path, encoder="test", dim=DIM)

    def reopen(self, path: Path) -> Store:
        return Memory.open(path)
