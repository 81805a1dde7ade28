"""The tests that every `PassageStore` must pass.

`memory.turn_contract` has those of a `TurnStore`, `memory.catalog_contract` those of a `Catalog`.

They import pytest and hypothesis, so that only tests import them.

    class TestMyPassages(PassageStoreContract):
        def create(self, path: Path) -> MyStore: ...
        def reopen(self, path: Path) -> MyStore: ...

`create` gives an empty store at a path, or the one that is there, open for writing; `reopen` the
one that is there, as another reader has it. `path` names nothing but the store: a server may take
it for a name. A store of passages alone, or of turns alone, passes its own half.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ..core.errors import InputError
from ..core.records import Document, Entry, Passage, Prompts
from .fusion import Fusion
from .protocol import PassageStore, TurnStore

__all__ = [
    "DIM",
    "EACH_EXAMPLE",
    "PROMPTS",
    "WORDS",
    "PassageStoreContract",
    "closing_all",
    "make_entry",
    "unit_vector",
    "vectors_of",
]

DIM = 8
"""Length of the vectors that `create` is to expect."""
PROMPTS = Prompts(query="query: ", passage="passage: ")
"""What `create` is to note as the prompts of its encoder, whose name is "test"."""


def unit_vector(text: str) -> NDArray[np.float32]:
    """A unit vector that depends on nothing but the text, shape (DIM,)."""
    seed = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    drawn: NDArray[np.float32] = np.random.default_rng(seed).normal(size=DIM).astype(np.float32)
    drawn /= np.linalg.norm(drawn)
    return drawn


def make_entry(name: str, *texts: str, **fields: Any) -> Entry:
    """A document whose passages are `texts`, one after the other."""
    passages: list[Passage] = []
    start, title = 0, fields.get("title", "")
    for text in texts:
        end = start + len(text)
        passages.append(Passage(document=name, start=start, end=end, text=text, title=title))
        start = end + 1
    document = Document(id=name, text=" ".join(texts), **fields)
    return Entry(document=document, passages=tuple(passages), vectors=vectors_of(texts))


def vectors_of(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors of texts, shape (len(texts), DIM)."""
    return np.array([unit_vector(text) for text in texts], np.float32).reshape(-1, DIM)


@contextmanager
def closing_all(*stores: PassageStore | TurnStore) -> Generator[None]:
    try:
        yield
    finally:
        for store in stores:
            close = getattr(store, "close", None)
            if close is not None:
                close()


EACH_EXAMPLE = settings(deadline=None, suppress_health_check=[HealthCheck.differing_executors])
"""Each store runs the same tests, in a class of its own."""
WORDS = st.sampled_from(["mill", "river", "bridge", "stone", "rye"])
_TEXTS = st.lists(
    st.lists(WORDS, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=8, unique=True
)


class PassageStoreContract:
    """What every store of passages must do."""

    def create(self, path: Path) -> PassageStore:
        """A store at `path`, made if need be, open for writing."""
        raise NotImplementedError

    def reopen(self, path: Path) -> PassageStore:
        """The store at `path`, as another reader has it."""
        raise NotImplementedError

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "store"

    @pytest.fixture
    def store(self, path: Path) -> Iterator[PassageStore]:
        store = self.create(path)
        with closing_all(store):
            yield store

    def test_it_says_what_it_was_made_with(self, path: Path, store: PassageStore) -> None:
        reader = self.reopen(path)
        with closing_all(reader):
            for each in (store, reader):
                assert (each.encoder, each.dim, each.prompts) == ("test", DIM, PROMPTS)
                assert str(each.path)

    def test_what_was_put_is_there_after_reopening(self, path: Path) -> None:
        entry = make_entry("a", "One mill.", "Two mills.", title="T", source="s", origin="o")
        entry = replace(entry, document=replace(entry.document, metadata={"n": 1}))
        store = self.create(path)
        with closing_all(store):
            store.put([entry])
        store = self.reopen(path)
        with closing_all(store):
            (info,) = store.documents()
            assert (info.id, info.title, info.source, info.passages) == ("a", "T", "s", 2)
            assert (info.digest, info.metadata) == (entry.document.digest, {"n": 1})
            assert tuple(store.passages("a")) == tuple(store.passages()) == entry.passages
            assert store.passage(entry.passages[1].key) == entry.passages[1]
            assert store.passage("0" * 16) is None
            assert dict(store.known(["a", "b"])) == {"a": (entry.document.digest, "s", "o")}

    def test_what_was_put_is_seen_by_others_at_once(self, path: Path, store: PassageStore) -> None:
        reader = self.reopen(path)
        with closing_all(reader):
            store.put([make_entry("a", "The mill.")])
            for each in (store, reader):
                assert [h.passage.text for h in each.search("mill", None, k=5)] == ["The mill."]
            store.publish()
            store.remove(["a"])
            for each in (store, reader):
                assert list(each.search("mill", unit_vector("The mill."), k=5)) == []

    def test_an_id_stands_for_its_latest_document(self, store: PassageStore) -> None:
        old, new = make_entry("a", "Old mill."), make_entry("a", "New bridge.")
        store.put([old])
        store.put([new])
        assert store.counts() == (1, 1)
        assert store.passage(old.passages[0].key) is None
        assert list(store.search("mill", None, k=5)) == []
        assert store.remove(["a", "nobody"]) == 1
        assert store.counts() == (0, 0)

    def test_a_refused_change_changes_nothing(self, store: PassageStore) -> None:
        store.put([make_entry("a", "The mill.")])
        bad = make_entry("c", "One.", "Two.")
        short = Entry(document=bad.document, passages=bad.passages, vectors=bad.vectors[:1])
        with pytest.raises(ValueError, match="shape"):
            store.put([make_entry("b", "The bridge."), short])
        assert store.counts() == (1, 1)

    def test_a_staged_document_is_seen_when_it_is_whole(self, store: PassageStore) -> None:
        old, new = make_entry("a", "Old."), make_entry("a", "One.", "Two.")
        store.put([old])
        with pytest.raises(KeyError), store.stage(new.document) as stage:  # noqa: PT012
            stage.add(new.passages[:1], new.vectors[:1])
            raise KeyError
        assert tuple(store.passages("a")) == old.passages
        with store.stage(new.document) as stage:
            for at in range(2):
                stage.add(new.passages[at : at + 1], new.vectors[at : at + 1])
            assert tuple(store.passages("a")) == old.passages
        assert tuple(store.passages("a")) == new.passages
        with store.stage(new.document) as stage, pytest.raises(ValueError, match="shape"):
            stage.add(new.passages, new.vectors[:1])

    def test_touching_notes_the_new_place(self, store: PassageStore) -> None:
        entry = make_entry("a", "The mill.", source="old")
        store.put([entry])
        store.touch(replace(entry.document, source="new", origin="/new"))
        assert dict(store.known(["a"])) == {"a": (entry.document.digest, "new", "/new")}

    # -- searching

    @settings(EACH_EXAMPLE, max_examples=8)
    @given(texts=_TEXTS, word=WORDS, k=st.integers(1, 9), even=st.booleans())
    def test_searches_agree_with_trying_everything(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        texts: list[str],
        word: str,
        k: int,
        even: bool,
    ) -> None:
        entries = [make_entry(f"d{i}", t, metadata={"even": i % 2}) for i, t in enumerate(texts)]
        where = {"even": 0} if even else None
        allowed = texts[::2] if even else texts
        store = self.create(tmp_path_factory.mktemp("store") / "s")
        with closing_all(store):
            store.put(entries)
            question = unit_vector(word)
            hits = store.search(word, question, k=k, mode="dense", where=where)
            cosines = sorted((float(unit_vector(t) @ question) for t in allowed), reverse=True)
            assert [h.score for h in hits] == pytest.approx(cosines[:k], abs=2e-3)
            words = store.search(word, None, k=20, where=where)
            assert {h.passage.text for h in words} == {t for t in allowed if word in t.split()}
            mixed = store.search(word, question, k=20, where=where)
            assert {h.passage.text for h in mixed} == set(allowed)
            assert [h.score for h in mixed] == sorted((h.score for h in mixed), reverse=True)

    @pytest.mark.parametrize(("dense_weight", "first"), [(1.0, "near"), (0.0, "words")])
    def test_the_two_searches_are_mixed_as_the_fusion_says(
        self, store: PassageStore, dense_weight: float, first: str
    ) -> None:
        near = make_entry("near", "Nothing of it.")
        words = make_entry("words", "The mill by the river.", source="w.md")
        store.put([near, make_entry("fewer", "A boat on the river."), words])
        fusion = Fusion(dense_weight=dense_weight, proximity_weight=0.0)
        hits = store.search("mill river", near.vectors[0], k=3, fusion=fusion)
        assert hits[0].passage.document == first
        by_id = {h.passage.document: h for h in hits}
        assert by_id["near"].dense == pytest.approx(1.0, abs=2e-3)
        assert (by_id["words"].lexical or 0) > 0
        assert by_id["words"].source == "w.md"

    def test_a_condition_that_makes_no_sense_is_refused(self, store: PassageStore) -> None:
        with pytest.raises(InputError):
            store.search("x", None, k=1, where={"year": {"about": 1940}})

    def test_threads_may_search_while_one_writes(self, store: PassageStore) -> None:
        with ThreadPoolExecutor(4) as pool:
            store.put([make_entry("a", "The mill.")])
            searches = [
                pool.submit(store.search, "mill", unit_vector("The mill."), k=1) for _ in range(40)
            ]
            for i in range(10):
                store.put([make_entry(f"n{i}", f"Number {i} of many.")])
            assert {s.result()[0].passage.text for s in searches} == {"The mill."}
