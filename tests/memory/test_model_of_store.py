"""Any sequence of changes against dictionaries, and searches against trying everything."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spanmem.core.records import Entry, Evidence, Turn, TurnKind
from spanmem.memory.store import Memory
from spanmem.memory.views.index_types import IndexType

from .conftest import DIM, entry, vector

NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])
SCOPES = st.sampled_from(["ann", "bob", ""])
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
        self.turns: dict[str, Turn] = {}
        self.made = 0

    def teardown(self) -> None:
        self.reader.close()
        self.writer.close()
        shutil.rmtree(self.folder)

    @rule(names=st.lists(NAMES, min_size=1, max_size=3, unique=True), texts=TEXTS)
    def put(self, names: list[str], texts: list[str]) -> None:
        entries = [
            entry(name, *(f"{t} {name}" for t in texts), metadata={"group": len(texts)})
            for name in names
        ]
        self.writer.put(entries)
        self.truth.update(zip(names, entries, strict=True))

    @rule(names=st.lists(NAMES, max_size=3, unique=True))
    def remove(self, names: list[str]) -> None:
        assert self.writer.remove(names) == sum(name in self.truth for name in names)
        for name in names:
            self.truth.pop(name, None)

    @rule(name=NAMES, texts=TEXTS, fails=st.booleans())
    def stage(self, name: str, texts: list[str], fails: bool) -> None:
        new = entry(name, *texts, metadata={"group": len(texts)})
        try:
            with self.writer.stage(new.document) as stage:
                for i in range(len(texts)):
                    stage.add(new.passages[i : i + 1], new.vectors[i : i + 1])
                if fails:
                    raise KeyError
            self.truth[name] = new
        except KeyError:
            pass

    @rule(kind=st.sampled_from(["flat", "hnsw", "ivfpq", None]))
    def compact(self, kind: IndexType | None) -> None:
        self.writer.compact(kind)

    @precondition(lambda self: bool(self.truth))
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.truth)))
        assert self.writer.forget(documents=[name]) == (1, 0)
        del self.truth[name]

    @rule(scope=SCOPES, word=WORDS, told=st.booleans())
    def remember(self, scope: str, word: str, told: bool) -> None:
        made = self._turn(scope, word, "imported" if told else "answer")
        self.reader.add_turn(made, vector(word))
        self.turns[made.id] = made

    @precondition(lambda self: any(t.superseded_by is None for t in self.turns.values()))
    @rule(data=st.data(), word=WORDS)
    def correct(self, data: st.DataObject, word: str) -> None:
        live = sorted(t.id for t in self.turns.values() if t.superseded_by is None)
        old = self.turns[data.draw(st.sampled_from(live))]
        new = replace(self._turn(old.scope, word, "correction"), supersedes=old.id)
        self.writer.supersede(old.id, new, vector(word))
        self.turns[old.id] = replace(old, superseded_by=new.id, superseded_at=new.created_at)
        self.turns[new.id] = new

    @rule(scope=SCOPES)
    def forget_turns(self, scope: str) -> None:
        gone = [t.id for t in self.turns.values() if t.scope == scope]
        if any(self._knows(self.turns[one]) for one in gone) and scope == "":
            # What is common to all may have been given in each scope.
            others = [t for t in self.turns.values() if t.scope]
            gone += [t.id for t in others if not self._knows(t)]
        assert self.writer.forget(scope=scope) == (0, len(gone))
        for name in gone:
            del self.turns[name]

    @staticmethod
    def _knows(turn: Turn) -> bool:
        return turn.kind != "answer" or bool(turn.evidence)

    def _turn(self, scope: str, word: str, kind: TurnKind) -> Turn:
        """Every other one has evidence, in a document that is none of the model's."""
        self.made += 1
        text = "Yes."
        place = Evidence(document="-", start=0, end=4, text=text, passage="-", passage_text=text)
        return Turn(
            id=f"t{self.made}",
            scope=scope,
            question=word,
            answer="Yes.",
            kind=kind,
            confidence=1.0,
            evidence=(place,) if self.made % 2 else (),
            created_at=f"2026-01-01T00:00:00.{self.made:06}+00:00",
        )

    @rule(scope=SCOPES, word=WORDS)
    def look_up_turns(self, scope: str, word: str) -> None:
        own = [t for t in self.turns.values() if t.scope == scope]
        for memory in (self.reader, self.writer):
            assert memory.turns(scope) == sorted(own, key=lambda t: t.created_at)
            hits = memory.search_turns(scope, vector(word), k=3)
            # An answer without evidence was itself given from memory: it answers nothing.
            can = [t for t in own if self._knows(t)]
            live = [t for t in can if t.superseded_by is None]
            cosines = sorted((float(vector(t.question) @ vector(word)) for t in live), reverse=True)
            assert np.allclose([h.similarity for h in hits], cosines[:3], atol=2e-3)
            assert all(h.turn in live for h in hits)

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
    @rule(question=WORDS, k=st.integers(1, 8), least=st.integers(0, 3))
    def search(self, question: str, k: int, least: int) -> None:
        asked, where = vector(question), {"group": {"gte": least}} if least else None
        passages = [p for e in self.truth.values() if len(e.passages) >= least for p in e.passages]
        cosines = sorted((float(vector(p.text) @ asked) for p in passages), reverse=True)
        for memory in (self.reader, self.writer):
            hits = memory.search(question, asked, k=k, mode="dense", where=where)
            assert len(hits) == min(k, len(passages))
            found = [hit.score for hit in hits]
            assert np.allclose(found, cosines[:k], atol=2e-3)  # stored in float16
            words = memory.search(question, asked, k=50, mode="lexical", where=where)
            assert {h.passage.key for h in words} == {
                p.key for p in passages if question in p.text.split()
            }

    @rule()
    def verify(self) -> None:
        assert self.writer.verify() == []
        assert self.reader.verify() == []


TestMemoryIsADictionary = MemoryIsADictionary.TestCase
TestMemoryIsADictionary.settings = settings(max_examples=6, stateful_step_count=20, deadline=None)
