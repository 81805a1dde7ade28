"""Documents and passages as rows: their generations, and what changed since one of them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from spanmem.core.errors import InputError, MemoryDamaged
from spanmem.memory.database import Database
from spanmem.memory.documents import DocumentRows, Stage, read_metadata
from spanmem.memory.filters import condition

from .conftest import BRIDGE, DIM, KATZE, MILL, entry, vector


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database.create(tmp_path, encoder="test", dim=DIM)
    yield made
    made.close()


@pytest.fixture
def rows(database: Database) -> DocumentRows:
    rows = DocumentRows(database)
    rows.put([MILL])
    rows.put([BRIDGE, KATZE])
    return rows


def test_each_change_has_its_generation(rows: DocumentRows) -> None:
    assert rows.generation() == 2
    assert [rows.waiting(g) for g in (-1, 0, 1, 2)] == [4, 4, 2, 0]
    assert [p.text for chunk in rows.since(1, 1) for p in chunk] == [
        BRIDGE.passages[0].text,
        KATZE.passages[0].text,
    ]
    assert [len(chunk) for chunk in rows.since(-1, 3)] == [3, 1]
    assert [p.number for chunk in rows.since(-1, 9, until=1) for p in chunk] == [1, 2]


def test_what_was_removed_is_known_until_it_is_dropped(rows: DocumentRows) -> None:
    assert rows.remove(["mill", "nobody"]) == 1
    assert rows.removed().tolist() == [1, 2]
    assert rows.removed(3).tolist() == []
    assert rows.numbers().tolist() == [3, 4]
    rows.drop_removed(3)
    assert rows.removed().tolist() == []
    rows.put([MILL])
    assert rows.numbers().tolist() == [3, 4, 5, 6]  # a number is never given twice


def test_passages_are_fetched_with_what_their_document_says(rows: DocumentRows) -> None:
    fetched = rows.fetch([3, 1, 99])
    assert sorted(fetched) == [1, 3]
    assert fetched[3].passage == BRIDGE.passages[0]
    assert (fetched[3].source, fetched[3].metadata) == ("", {"lang": "en", "year": 1940})
    assert np.allclose(rows.vectors([1])[1], vector(MILL.passages[0].text), atol=1e-3)


def test_a_condition_bounds_the_passages(rows: DocumentRows) -> None:
    bound = condition({"lang": ["de", "fr"]})
    assert bound is not None
    assert rows.allowed(bound).tolist() == [4]


def test_a_staged_document_has_no_generation_yet(rows: DocumentRows) -> None:
    stage = Stage(rows, MILL.document, DIM)
    with pytest.raises(ValueError, match="`with` block"):
        stage.add(MILL.passages, MILL.vectors)
    with stage:
        stage.add(MILL.passages[:1], MILL.vectors[:1])
        with pytest.raises(InputError, match="'mill' is being stored"):
            rows.stage(MILL.document)
        assert (rows.counts(), rows.generation(), rows.waiting(2)) == ((3, 4), 2, 0)
    assert (rows.counts(), rows.generation(), rows.waiting(2)) == ((3, 3), 3, 1)


def test_what_an_interrupted_run_staged_is_dropped(rows: DocumentRows) -> None:
    number = rows.stage(MILL.document)
    rows.add_staged(number, MILL.passages, MILL.vectors)
    rows.drop_staged()
    assert rows.stage(MILL.document) > number


def test_the_wanted_kind_of_index_is_noted(rows: DocumentRows) -> None:
    assert rows.kind() == "auto"
    rows.note_kind("hnsw")
    assert rows.kind() == "hnsw"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_metadata_that_are_no_number_are_refused(rows: DocumentRows, number: float) -> None:
    with pytest.raises(InputError, match="NaN or an infinite number"):
        rows.put([entry("bad", "x", metadata={"n": number})])
    assert rows.generation() == 2


@pytest.mark.parametrize("stored", ["nope", "5", '{"n": NaN}', None, "[" * 9**5])
def test_metadata_that_cannot_be_read_are_told(
    rows: DocumentRows, database: Database, stored: str | None
) -> None:
    assert read_metadata(stored) is None
    if stored is None:
        return
    with database.change() as cursor:
        cursor.execute("UPDATE documents SET metadata = ? WHERE id = 'bridge'", (stored,))
    assert rows.unreadable() == ["bridge"]
    with pytest.raises(MemoryDamaged, match="the metadata of document 'bridge' cannot be read"):
        list(rows.documents())


class ViewsCatchUp(RuleBasedStateMachine):
    """Whoever follows `since` and `removed` from any generation on has all, and no more."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.database = Database.create(self.folder, encoder="test", dim=DIM)
        self.rows = DocumentRows(self.database)
        self.seen: dict[int, str] = {}
        self.generation = -1

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    @rule(name=st.sampled_from("abc"), texts=st.lists(st.sampled_from("xyz"), max_size=3))
    def put(self, name: str, texts: list[str]) -> None:
        self.rows.put([entry(name, *texts)])

    @rule(name=st.sampled_from("abc"))
    def remove(self, name: str) -> None:
        self.rows.remove([name])

    @rule(size=st.integers(1, 3))
    def follow(self, size: int) -> None:
        for number in self.rows.removed(self.generation).tolist():
            self.seen.pop(number, None)
        for chunk in self.rows.since(self.generation, size):
            self.seen.update((p.number, p.text) for p in chunk)
        self.generation = self.rows.generation()

    @invariant()
    def what_was_followed_is_all_there_is(self) -> None:
        if self.generation == self.rows.generation():
            assert sorted(self.seen) == self.rows.numbers().tolist()
            texts = {n: stored.passage.text for n, stored in self.rows.fetch([*self.seen]).items()}
            assert texts == self.seen


TestViewsCatchUp = ViewsCatchUp.TestCase
TestViewsCatchUp.settings = settings(max_examples=8, stateful_step_count=15, deadline=None)
