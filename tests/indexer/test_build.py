"""Building a memory: idempotent, replacing, pruning, and resumable wherever it stops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Self

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.core.records import (
    Document,
    DocumentInfo,
    Entry,
    Hit,
    Passage,
    Prompts,
    Vectors,
)
from spanmem.indexer.build import IndexReport, Progress, Sources, build
from spanmem.indexer.encoders.encoder import passage_text
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.indexer.passages import Splitter
from spanmem.memory.store import Memory

ENCODER = HashEncoder(32)
SENTENCE = "The {0} lamp number {1} stands in the hall of the mill. "


def document(name: str, sentences: int = 1, word: str = "old") -> Document:
    text = "".join(SENTENCE.format(word, i) for i in range(sentences)).strip()
    return Document(id=name, title=f"About {name}", text=text, origin=f"/corpus/{name}.txt")


def opened(folder: Path) -> Memory:
    return Memory.create(folder / "m", encoder=ENCODER.name, dim=ENCODER.dim)


def counts(report: IndexReport) -> tuple[float, ...]:
    """documents, passages, added, replaced, unchanged, removed."""
    return astuple(report)[:6]


def contents(memory: Memory) -> dict[str, list[tuple[int, int, str]]]:
    held: dict[str, list[tuple[int, int, str]]] = {d.id: [] for d in memory.documents()}
    for passage in memory.passages():
        held[passage.document].append((passage.start, passage.end, passage.text))
    return held


def wanted(documents: Sequence[Document]) -> dict[str, list[tuple[int, int, str]]]:
    return {d.id: [(p.start, p.end, p.text) for p in Splitter().split(d)] for d in documents}


class Stopping:
    """An encoder whose machine is switched off at the n-th batch."""

    name, dim, prompts = ENCODER.name, ENCODER.dim, ENCODER.prompts

    def __init__(self, batches: int) -> None:
        self.left = batches

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return ENCODER.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return ENCODER.encode_passages(texts)


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    documents = [document("a", 30), document("b"), document("c", 5)]
    with opened(tmp_path) as memory:
        first = build(documents, memory, ENCODER)
        assert counts(first) == (3, first.passages, 3, 0, 0, 0)
        generation = memory.generation
        assert counts(build(documents, memory, ENCODER)) == (3, first.passages, 0, 0, 3, 0)
        assert memory.generation == generation
        assert contents(memory) == wanted(documents)


def test_a_changed_document_is_replaced_and_its_old_text_no_longer_found(tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        build([document("a", 3), document("b", 3)], memory, ENCODER)
        changed = [document("a", 3, word="new"), document("b", 3)]
        assert counts(build(changed, memory, ENCODER))[2:] == (0, 1, 1, 0)
        found = memory.search("old lamp", ENCODER.encode_passages(["old lamp"])[0], k=10)
        assert {(h.passage.document, "old" in h.passage.text) for h in found} == {
            ("a", False),
            ("b", True),
        }


def test_a_new_title_alone_is_a_change(tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        build([document("a")], memory, ENCODER)
        build([replace(document("a"), title="Another")], memory, ENCODER)
        assert [p.title for p in memory.passages()] == ["Another"]


def test_prune_forgets_what_is_gone_from_the_place_and_nothing_else(tmp_path: Path) -> None:
    elsewhere = replace(document("z"), origin="/corpus-too/z.txt")
    with opened(tmp_path) as memory:
        build([document("a"), document("b"), elsewhere], memory, ENCODER)
        report = build([document("b")], memory, ENCODER, sources=Sources(["/corpus"], prune=True))
        assert counts(report)[2:] == (0, 0, 1, 1)
        assert sorted(contents(memory)) == ["b", "z"]


def test_prune_spares_what_could_not_be_read_this_time(tmp_path: Path) -> None:
    unread: set[str] = set()

    def read() -> Iterator[Document]:
        yield document("b")
        unread.add("/corpus/a.txt")

    with opened(tmp_path) as memory:
        build([document("a"), document("b"), document("c")], memory, ENCODER)
        assert (
            build(
                read(), memory, ENCODER, sources=Sources(["/corpus"], prune=True, unread=unread)
            ).removed
            == 1
        )
        assert sorted(contents(memory)) == ["a", "b"]


@pytest.mark.parametrize("name", ["a", "lone \ud800"])
def test_unchanged_documents_that_moved_are_noted_where_they_lie_now(
    tmp_path: Path, name: str
) -> None:
    old = replace(document("a"), id=name, source=f"old/{name}", origin=f"/old/{name}.txt")
    new = replace(old, source=f"new/{name}", origin=f"/new/{name}.txt")
    with opened(tmp_path) as memory:
        build([old, document("b")], memory, ENCODER)
        generation = memory.generation
        assert build([new, document("b")], memory, ENCODER).unchanged == 2
        assert memory.generation == generation
        places = {d.id: (d.source, d.origin) for d in memory.documents()}
        assert places == {name: (new.source, new.origin), "b": ("", "/corpus/b.txt")}
        # What is gone from the old place was not lost there; from the new one it is.
        assert (
            build([document("c")], memory, ENCODER, sources=Sources(["/old"], prune=True)).removed
            == 0
        )
        assert build([], memory, ENCODER, sources=Sources(["/new"], prune=True)).removed == 1


def test_a_file_elsewhere_that_is_still_there_is_not_overwritten(tmp_path: Path) -> None:
    old, new = (tmp_path / name / "a.txt" for name in ("old", "new"))
    for path in (old, new):
        path.parent.mkdir()
        path.write_text("x")
    before = replace(document("a.txt"), source="a.txt", origin=str(old))
    after = replace(document("a.txt", word="new"), source="a.txt", origin=str(new))
    with opened(tmp_path) as memory:
        build([before], memory, ENCODER)
        message = f"text in {old} and for another in {new}; index {tmp_path}, .* with --prune"
        with pytest.raises(InputError, match=message):
            build([after], memory, ENCODER, sources=Sources([str(new.parent)]))
        assert contents(memory) == wanted([before])
        row = replace(after, source="a.txt:7")
        with pytest.raises(InputError, match=f"{new}:7; give each its own, or remove the one"):
            build([row], memory, ENCODER)
        # Read in the same run, the old file would have said itself that it still holds it.
        assert build([after], memory, ENCODER, sources=Sources([str(tmp_path)])).replaced == 1
        new.unlink()
        assert build([before], memory, ENCODER, sources=Sources([str(old)])).replaced == 1


@pytest.mark.parametrize("origin", ["", "dataset:lamps:train"])
def test_what_came_from_no_file_is_replaced(tmp_path: Path, origin: str) -> None:
    with opened(tmp_path) as memory:
        build([replace(document("a"), origin=origin)], memory, ENCODER)
        assert build([document("a", word="new")], memory, ENCODER).replaced == 1


@pytest.mark.parametrize("way", ["{0}/../{1}/docs", "{0}/link"])
def test_prune_knows_a_folder_by_whatever_path(tmp_path: Path, way: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "docs")
    here, there = str(tmp_path / "docs"), way.format(tmp_path, tmp_path.name)
    for old, new in ((here, there), (there, here)):
        kept, gone = (replace(document(n), origin=f"{old}/{n}.txt") for n in ("kept", "gone"))
        with opened(tmp_path) as memory:
            build([kept, gone], memory, ENCODER)
            now = replace(kept, origin=f"{new}/kept.txt")
            assert build([now], memory, ENCODER, sources=Sources([new], prune=True)).removed == 1


def test_vectors_are_those_of_the_passages_with_their_titles(tmp_path: Path) -> None:
    long = document("a", 60)
    with opened(tmp_path) as memory:
        build([long], memory, ENCODER, batch=2)
        assert len(list(memory.passages())) > 2
        for passage in memory.passages():
            vector = ENCODER.encode_passages([passage_text(passage)])[0]
            best = memory.search("", vector, k=1, mode="dense")[0]
            assert best.passage == passage
            assert best.dense == pytest.approx(1, abs=1e-3)  # stored in 16 bits


def test_one_id_with_two_texts_is_refused_and_what_was_there_stays(tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        build([document("a")], memory, ENCODER)
        with pytest.raises(InputError, match="'b' stands for one text in"):
            build([document("b"), document("b", word="other")], memory, ENCODER)
        assert contents(memory)["a"] == wanted([document("a")])["a"]
        assert memory.verify() == []


def test_the_same_row_twice_is_one_document(tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        assert counts(build([document("a"), document("a")], memory, ENCODER))[0] == 1


def test_it_streams(tmp_path: Path) -> None:
    """No document is asked for long before it is stored."""
    drawn = 0

    def endless() -> Iterator[Document]:
        nonlocal drawn
        for number in range(3000):
            drawn += 1
            yield document(f"d{number}")

    ahead: list[int] = []

    def note(progress: Progress) -> None:
        ahead.append(drawn - progress.passages)

    with opened(tmp_path) as memory:
        build(endless(), memory, ENCODER, batch=64, progress=note)
    assert max(ahead) <= 512


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    stops=st.lists(st.integers(0, 6), max_size=4),
    batch=st.integers(1, 5),
)
def test_wherever_it_stops_the_next_run_completes_it(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], stops: list[int], batch: int
) -> None:
    folder = tmp_path_factory.mktemp("stops")
    documents = [document(f"d{i}", size) for i, size in enumerate(sizes)]
    for batches in stops:
        with opened(folder) as memory:
            try:
                build(documents, memory, Stopping(batches), batch=batch)
            except KeyboardInterrupt:
                held = contents(memory)
                assert held == {name: wanted(documents)[name] for name in held}
    with opened(folder) as memory:
        report = build(documents, memory, ENCODER, batch=batch)
        assert report.added + report.unchanged == len(documents)
        assert contents(memory) == wanted(documents)
        assert memory.verify() == []
        numbers = [h.passage.key for h in memory.search("lamp", None, k=10**6)]
        assert len(numbers) == len(set(numbers)) == report.passages


def test_the_empty_run_leaves_an_empty_memory(tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        assert counts(build([], memory, ENCODER)) == (0, 0, 0, 0, 0, 0)
        assert memory.search("lamp", np.eye(1, 32, dtype=np.float32)[0], k=3) == []


class ListedStage:
    """What `PassageStore.stage` promises, over a `ListedStore`."""

    def __init__(self, store: ListedStore, document: Document) -> None:
        self.store, self.document = store, document
        self.passages: list[Passage] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is None:
            self.store.held[self.document.id] = (self.document, tuple(self.passages))

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        assert vectors.shape == (len(passages), self.store.dim)
        self.passages += passages


class ListedStore:
    """A store that is no `Memory`: documents and passages in a dictionary."""

    path, encoder, prompts, dim = "listed", ENCODER.name, Prompts(), ENCODER.dim

    def __init__(self) -> None:
        self.held: dict[str, tuple[Document, tuple[Passage, ...]]] = {}
        self.published = 0

    def counts(self) -> tuple[int, int]:
        return len(self.held), sum(len(passages) for _, passages in self.held.values())

    def known(self, ids: Sequence[str]) -> dict[str, tuple[str, str, str]]:
        documents = [self.held[name][0] for name in ids if name in self.held]
        return {d.id: (d.digest, d.source, d.origin) for d in documents}

    def documents(self) -> Iterator[DocumentInfo]:
        for d, passages in self.held.values():
            yield DocumentInfo(
                id=d.id,
                title=d.title,
                source=d.source,
                origin=d.origin,
                digest=d.digest,
                passages=len(passages),
            )

    def passages(self, document: str | None = None) -> Iterator[Passage]:
        for name, (_, passages) in self.held.items():
            if document in (None, name):
                yield from passages

    def passage(self, key: str) -> Passage | None:
        return next((p for p in self.passages() if p.key == key), None)

    def put(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            assert entry.vectors.shape == (len(entry.passages), self.dim)
        self.held |= {e.document.id: (e.document, e.passages) for e in entries}

    def stage(self, document: Document) -> ListedStage:
        return ListedStage(self, document)

    def touch(self, *documents: Document) -> None:
        self.held |= {d.id: (d, self.held[d.id][1]) for d in documents}

    def remove(self, ids: Iterable[str]) -> int:
        return len([self.held.pop(name) for name in ids if name in self.held])

    def publish(self) -> None:
        self.published += 1

    def search(self, text: str, vector: object, *, k: int, **_: object) -> list[Hit]:
        return []

    def close(self) -> None: ...


@pytest.mark.parametrize("batch", [1, 4, 256])
def test_any_store_is_brought_up_as_a_memory_is(tmp_path: Path, batch: int) -> None:
    store = ListedStore()
    before = [document("a", 30), document("b"), document("c", 5)]
    after = [document("a", 30), document("b", 9, word="new"), document("d", 40)]
    sources = Sources(["/corpus"], prune=True)
    with opened(tmp_path) as memory:
        for documents in (before, after, []):
            reports = [
                build(documents, target, ENCODER, sources=sources, batch=batch)
                for target in (memory, store)
            ]
            assert counts(reports[0]) == counts(reports[1])
            assert set(store.passages()) == set(memory.passages())
    assert store.published == 3


def test_the_splitter_says_how_documents_are_cut(tmp_path: Path) -> None:
    splitter = Splitter(words=30, overlap=0)
    with opened(tmp_path) as memory:
        build([document("a", 20)], memory, ENCODER, splitter=splitter)
        assert list(memory.passages()) == list(splitter.split(document("a", 20)))
        assert memory.counts()[1] > len(wanted([document("a", 20)])["a"])
