"""Matrices of past turns: they find what trying everything finds, and keep their bound."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from spanmem.core.records import Turn
from spanmem.memory.contract import PROMPTS
from spanmem.memory.store import Memory
from spanmem.memory.turn_contract import make_turn
from spanmem.memory.turn_vectors import TurnVectors

from .conftest import DIM, vector
from .simple_store import SimpleStore

SCOPES = st.sampled_from(["ann", "bob", ""])
WORDS = st.sampled_from(["mill", "river", "bridge", "stone", "rye"])
MINUTES = st.integers(0, 59)


class TurnsAgreeWithTryingEverything(RuleBasedStateMachine):
    """A writer, a reader, and one with no room for a matrix, beside a store of plain lists."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.writer = Memory.create(self.folder / "m", encoder="test", dim=DIM)
        self.reader = Memory.open(self.folder / "m")
        self.cramped = Memory.open(self.folder / "m")
        self.cramped._vectors = TurnVectors(self.cramped._database, DIM, most_bytes=4 * DIM)
        self.truth = SimpleStore(self.folder, "test", DIM, PROMPTS)
        self.made = 0

    def teardown(self) -> None:
        for memory in (self.writer, self.reader, self.cramped):
            memory.close()
        shutil.rmtree(self.folder)

    def _turn(self, scope: str, word: str, minute: int) -> Turn:
        self.made += 1
        turn = make_turn(f"t{self.made}", minute, scope=scope, question=word, answer=word)
        if self.made % 4 == 1:
            return replace(turn, kind="imported", evidence=())
        return replace(turn, evidence=()) if self.made % 4 == 2 else turn

    @rule(scope=SCOPES, word=WORDS, minute=MINUTES, keep=st.sampled_from([None, 1, 2, 5]))
    def add(self, scope: str, word: str, minute: int, keep: int | None) -> None:
        turn = self._turn(scope, word, minute)
        for store in (self.reader, self.truth):
            store.add_turn(turn, vector(word), keep=keep)

    @rule(scope=SCOPES, word=WORDS, minute=MINUTES)
    def correct(self, scope: str, word: str, minute: int) -> None:
        turn = replace(self._turn(scope, word, minute), kind="correction")
        made = [store.correct(turn, vector(word)) for store in (self.writer, self.truth)]
        assert made[0].supersedes == made[1].supersedes

    @precondition(lambda self: self.truth._turns)
    @rule(data=st.data(), minute=MINUTES)
    def forget(self, data: st.DataObject, minute: int) -> None:
        turn, _ = self.truth._turns[data.draw(st.sampled_from(sorted(self.truth._turns)))]
        name = data.draw(st.sampled_from([turn.id, None]))
        before = f"2026-01-01T10:{minute:02}" if name is None else None
        options = {"scope": turn.scope, "turn": name, "before": before}
        assert self.writer.forget(**options) == self.truth.forget(**options)  # type: ignore[arg-type]

    @rule(scope=SCOPES, word=WORDS, k=st.integers(1, 6), minute=st.none() | MINUTES)
    def search(self, scope: str, word: str, k: int, minute: int | None) -> None:
        as_of = None if minute is None else f"2026-01-01T10:{minute:02}"
        expected = self.truth.search_turns(scope, vector(word), k=k, as_of=as_of)
        for memory in (self.writer, self.reader, self.cramped):
            hits = memory.search_turns(scope, vector(word), k=k, as_of=as_of)
            assert [h.turn for h in hits] == [h.turn for h in expected]
            cosines = [h.similarity for h in expected]
            assert [h.similarity for h in hits] == pytest.approx(cosines, abs=2e-3)
            assert memory.turns(scope, as_of=as_of) == self.truth.turns(scope, as_of=as_of)

    @rule()
    def verify(self) -> None:
        assert self.reader.verify() == []


TestTurnsAgreeWithTryingEverything = TurnsAgreeWithTryingEverything.TestCase
TestTurnsAgreeWithTryingEverything.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None
)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory.create(tmp_path / "m", encoder="test", dim=DIM) as memory:
        yield memory


def add(memory: Memory, *names: str, scope: str = "ann") -> None:
    for name in names:
        turn = make_turn(name, 1, scope=scope, question=name, answer=name)
        memory.add_turn(turn, vector(name))


def found(memory: Memory, scope: str = "ann") -> set[str]:
    return {hit.turn.id for hit in memory.search_turns(scope, vector("Q"), k=999)}


@pytest.mark.parametrize("count", [5, 67])
def test_equals_are_equal_wherever_they_stand(tmp_path: Path, count: int) -> None:
    """A product with a matrix sums up some of its rows in another way."""
    dim, draw = 384, np.random.default_rng(0)
    same, other = (draw.normal(size=dim).astype(np.float32) for _ in range(2))
    with Memory.create(tmp_path / "wide", encoder="test", dim=dim) as memory:
        for number in range(count):
            kind = "correction" if number == 3 else "answer"
            memory.add_turn(make_turn(f"t{number}", 1, kind=kind), same)
        for k in (4, 99):
            hits = memory.search_turns("ann", other, k=k)
            newest = [f"t{number}" for number in reversed(range(count)) if number != 3]
            assert [hit.turn.id for hit in hits] == ["t3", *newest][:k]
            assert len({hit.similarity for hit in hits}) == 1


def test_a_forgotten_turn_leaves_the_matrix(memory: Memory) -> None:
    names = [f"t{i}" for i in range(20)]
    add(memory, *names)
    assert found(memory) == set(names)
    kept = vector("t7").astype(np.float16).astype(np.float32)

    def held() -> bool:
        room = memory._vectors._matrices["ann"]._room
        return bool((np.abs(room - kept).sum(axis=1) == 0).any())

    assert held()
    memory.forget(scope="ann", turn="t7")
    assert found(memory) == set(names) - {"t7"}
    assert not held()
    for name in names[10:]:
        memory.forget(scope="ann", turn=name)
    assert found(memory) == {*names[:10]} - {"t7"}
    assert memory._vectors._matrices["ann"].bytes < 20 * 4 * DIM
    memory.forget(scope="ann")
    assert found(memory) == set()


def test_all_matrices_together_keep_their_bound(memory: Memory) -> None:
    most = 40 * 4 * DIM
    memory._vectors = TurnVectors(memory._database, DIM, most_bytes=most)
    for scope in ("a", "b", "c"):
        add(memory, *(f"{scope}{i}" for i in range(18)), scope=scope)
    for scope in ("a", "b", "c", "a"):
        assert len(found(memory, scope)) == 18
    assert list(memory._vectors._matrices) == ["c", "a"]  # of "b" the least is known
    assert memory._vectors._bytes() <= most
    add(memory, *(f"more{i}" for i in range(30)), scope="a")
    assert len(found(memory, "a")) == 48  # too many to be kept
    assert "a" not in memory._vectors._matrices


def test_a_matrix_grows_by_what_is_new(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    add(memory, *(f"t{i}" for i in range(30)))
    found(memory)
    read: list[int] = []
    blocks = TurnVectors._blocks

    def counted(*arguments: object, **options: int) -> Iterator[object]:
        for block in blocks(*arguments, **options):  # type: ignore[arg-type]
            read.append(len(block.sequences))
            yield block

    monkeypatch.setattr(TurnVectors, "_blocks", counted)
    found(memory)
    add(memory, "new", scope="bob")
    found(memory)
    assert read == []
    add(memory, "new one")
    assert "new one" in found(memory)
    assert read == [1]


def test_threads_search_while_turns_come_and_go(memory: Memory) -> None:
    add(memory, *(f"t{i}" for i in range(50)))
    done = threading.Event()

    def search() -> int:
        searches = 0
        while not done.is_set() or not searches:
            hits = memory.search_turns("ann", vector("t7"), k=1)
            assert [hit.turn.id for hit in hits] == ["t7"]
            searches += 1
        return searches

    with ThreadPoolExecutor(3) as pool:
        searching = [pool.submit(search) for _ in range(3)]
        try:
            for number in range(50, 90):
                add(memory, f"t{number}")
                memory.forget(scope="ann", turn=f"t{number - 1 if number % 2 else number - 40}")
        finally:
            done.set()
        assert all(each.result() for each in searching)
