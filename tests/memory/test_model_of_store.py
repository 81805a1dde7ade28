"""Any sequence of changes against a dictionary, and searches against trying every passage."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spanmem.memory.records import Entry
from spanmem.memory.store import Memory

from .conftest import DIM, entry, vector

NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])
WORDS = st.sampled_from(["mill", "river", "bridge", "stone", "rye", "wheel", "boat"])
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), max_size=4, unique=True)


class MemoryIsADictionary(RuleBasedStateMachine):
    """A writer and a reader of one folder, beside a plain dictionary of documents."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.writer = Memory.create(self.folder / "m", encoder="test", dim=DIM)
        self.reader = Memory.open(self.folder / "m")
        self.truth: dict[str, Entry] = {}

    def teardown(self) -> None:
        self.reader.close()
        self.writer.close()
        shutil.rmtree(self.folder)

    @rule(names=st.lists(NAMES, min_size=1, max_size=3, unique=True), texts=TEXTS)
    def put(self, names: list[str], texts: list[str]) -> None:
        entries = [entry(name, *(f"{t} {name}" for t in texts)) for name in names]
        self.writer.put(entries)
        self.truth.update(zip(names, entries, strict=True))

    @rule(names=st.lists(NAMES, max_size=3, unique=True))
    def remove(self, names: list[str]) -> None:
        assert self.writer.remove(names) == sum(name in self.truth for name in names)
        for name in names:
            self.truth.pop(name, None)

    @rule(name=NAMES, texts=TEXTS, fails=st.booleans())
    def stage(self, name: str, texts: list[str], fails: bool) -> None:
        new = entry(name, *texts)
        try:
            with self.writer.stage(new.document) as stage:
                for i in range(len(texts)):
                    stage.add(new.passages[i : i + 1], new.vectors[i : i + 1])
                if fails:
                    raise KeyError
            self.truth[name] = new
        except KeyError:
            pass

    @rule()
    def publish(self) -> None:
        self.writer.publish()

    @rule()
    def reopen(self) -> None:
        self.writer.close()
        self.writer = Memory.open(self.folder / "m", write=True)

    @rule()
    def reopen_reader(self) -> None:
        self.reader.close()
        self.reader = Memory.open(self.folder / "m")

    @invariant()
    def the_same_is_stored(self) -> None:
        passages = [p for e in self.truth.values() for p in e.passages]
        assert self.reader.counts() == (len(self.truth), len(passages))
        assert sorted(p.key for p in self.reader.passages()) == sorted(p.key for p in passages)

    @precondition(lambda self: bool(self.truth))
    @rule(question=WORDS, k=st.integers(1, 8))
    def search(self, question: str, k: int) -> None:
        asked = vector(question)
        passages = [p for e in self.truth.values() for p in e.passages]
        cosines = sorted((float(vector(p.text) @ asked) for p in passages), reverse=True)
        for memory in (self.reader, self.writer):
            hits = memory.search(question, asked, k=k, mode="dense")
            assert len(hits) == min(k, len(passages))
            found = [hit.score for hit in hits]
            assert np.allclose(found, cosines[:k], atol=2e-3)  # stored in float16
            words = memory.search(question, asked, k=50, mode="lexical")
            assert {h.passage.key for h in words} == {
                p.key for p in passages if question in p.text.split()
            }

    @rule()
    def verify(self) -> None:
        assert self.writer.verify() == []
        assert self.reader.verify() == []


TestMemoryIsADictionary = MemoryIsADictionary.TestCase
TestMemoryIsADictionary.settings = settings(max_examples=8, stateful_step_count=16, deadline=None)
