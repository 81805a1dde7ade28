"""The tests that every `Catalog` must pass: see `memory.contract`.

class TestMyCatalog(CatalogContract):
    def create(self, path: Path) -> MyStore: ...
    def reopen(self, path: Path) -> MyStore: ...
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from ..core.errors import InputError
from ..core.records import Document, DocumentInfo, Entry, Passage, document_key
from .contract import closing_all, make_entry, vectors_of
from .filters import Where
from .protocol import Catalog, PassageStore

__all__ = ["CatalogContract", "CatalogStore", "make_sliced"]


class CatalogStore(PassageStore, Catalog, Protocol):
    """Both in one."""


def make_sliced(name: str, text: str, *slices: tuple[int, int]) -> Entry:
    """A document of this text whose passages are these slices of it."""
    passages = tuple(
        Passage(document=name, start=start, end=end, text=text[start:end]) for start, end in slices
    )
    texts = [passage.text for passage in passages]
    document = Document(id=name, text=text)
    return Entry(document=document, passages=passages, vectors=vectors_of(texts))


class CatalogContract:
    """What every store must do that lists its documents."""

    def create(self, path: Path) -> CatalogStore:
        """A store at `path`, made if need be, open for writing."""
        raise NotImplementedError

    def reopen(self, path: Path) -> CatalogStore:
        """The store at `path`, as another reader has it."""
        raise NotImplementedError

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "store"

    @pytest.fixture
    def store(self, path: Path) -> Iterator[CatalogStore]:
        store = self.create(path)
        with closing_all(store):
            yield store

    def test_it_is_told_from_stores_that_list_nothing(self, store: CatalogStore) -> None:
        assert isinstance(store, Catalog)

    def test_pages_hold_each_document_once_in_the_order_of_ids(self, store: CatalogStore) -> None:
        names = ["b/2.md", "a", "\u00e4.md", "B", "a b", "a/1.md", "\U0001f600", "Z", "_", "a-1"]
        store.put([make_entry(name, f"Text of {name}.") for name in names])
        assert [d.id for d in store.list_documents()] == sorted(names)
        for limit in (1, 3, 10, 11):
            assert [d.id for d in _paged(store, limit)] == sorted(names)
        assert list(store.list_documents(limit=0)) == []
        assert store.count_documents() == len(names)

    def test_pages_stay_right_when_documents_come_and_go(self, store: CatalogStore) -> None:
        store.put([make_entry(name, "One.") for name in "bdfh"])
        (first,) = store.list_documents(limit=1)
        store.remove(["b", "f"])  # also the one that the next page comes after
        store.put([make_entry("a", "New."), make_entry("d", "Replaced."), make_entry("g", "New.")])
        rest = store.list_documents(after=first.id)
        assert [d.id for d in rest] == ["d", "g", "h"]

    def test_a_page_says_what_is_known_of_each(self, path: Path, store: CatalogStore) -> None:
        fields = {"title": "T", "source": "s", "origin": "o", "metadata": {"n": 1, "x": "y"}}
        store.put([make_entry("a", "One.", "Two.", **fields), make_entry("empty")])
        reader = self.reopen(path)
        with closing_all(reader):
            assert list(reader.list_documents()) == list(reader.documents())
            assert [d.passages for d in reader.list_documents()] == [2, 0]

    def test_a_prefix_bounds_the_ids(self, store: CatalogStore) -> None:
        store.put([make_entry(name, "Text.") for name in ["up/a", "up/b", "up", "Up/a", "u%/a"]])
        assert [d.id for d in store.list_documents(prefix="up/")] == ["up/a", "up/b"]
        assert [d.id for d in store.list_documents(prefix="up/", after="up/a")] == ["up/b"]
        assert [d.id for d in store.list_documents(prefix="u%")] == ["u%/a"]
        assert [d.id for d in store.list_documents(prefix="u_")] == []
        assert store.count_documents(prefix="up") == 3

    def test_words_are_searched_in_id_and_title_in_any_case(self, store: CatalogStore) -> None:
        store.put(
            [
                make_entry("hr/leave.md", "Text.", title="Annual Leave Policy"),
                make_entry("it/VPN_policy.md", "Text.", title="Remote access"),
                make_entry("it/50%.md", "Text."),
            ]
        )
        by_words = {
            "policy": ["hr/leave.md", "it/VPN_policy.md"],
            "  LEAVE   hr ": ["hr/leave.md"],
            "remote vpn": ["it/VPN_policy.md"],
            "leave vpn": [],
            "50%": ["it/50%.md"],
            "5_%": [],
            "'": [],
        }
        for text, names in by_words.items():
            assert [d.id for d in store.list_documents(text=text)] == names, text
            assert store.count_documents(text=text) == len(names), text

    def test_metadata_bound_pages_and_counts(self, store: CatalogStore) -> None:
        for at in range(6):
            store.put([make_entry(f"d{at}", "Text.", metadata={"year": 2020 + at % 3})])
        where = {"year": {"gte": 2021}}
        pages = [d.id for d in _paged(store, 1, where=where)]
        assert pages == ["d1", "d2", "d4", "d5"]
        assert store.count_documents(where=where, prefix="d1") == 1
        with pytest.raises(InputError):
            store.list_documents(where={"year": {"about": 1}})
        with pytest.raises(InputError):
            store.count_documents(where={"year": {"about": 1}})

    def test_a_document_is_had_by_its_key_until_it_goes(self, store: CatalogStore) -> None:
        store.put([make_entry("a/b c.md", "One."), make_entry("other", "Two.")])
        info = store.document(document_key("a/b c.md"))
        assert info is not None
        assert (info.id, info.key, info.passages) == ("a/b c.md", document_key("a/b c.md"), 1)
        assert store.document("0" * 16) is None
        assert store.document("a/b c.md") is None
        store.put([make_entry("a/b c.md", "One.", "Two.")])
        assert getattr(store.document(info.key), "passages", None) == 2
        store.remove(["a/b c.md"])
        assert store.document(info.key) is None

    @pytest.mark.parametrize(
        ("text", "slices"),
        [
            ("One mill. Two mills.", [(0, 9), (10, 20)]),
            ("  Title\n\nThe mill stood.\tIt fell.", [(2, 7), (9, 24), (25, 33)]),
            ("a b c d e", [(0, 5), (2, 7), (4, 9)]),
            ("wide   \n  gaps here", [(0, 4), (10, 14), (15, 19)]),
            ("\u00e4\U0001f600 \u6f22\u5b57\nx", [(0, 2), (3, 5), (6, 7)]),
        ],
    )
    def test_a_text_is_exact_but_for_space(
        self, store: CatalogStore, text: str, slices: list[tuple[int, int]]
    ) -> None:
        store.put([make_sliced("a", text, *slices), make_entry("b", "Another.")])
        given = store.text("a")
        assert given is not None
        assert len(given) == len(text)
        for ours, theirs in zip(given, text, strict=True):
            assert ours == theirs or (ours.isspace() and theirs.isspace())

    def test_a_text_without_characters_is_empty_and_no_document_has_none(
        self, store: CatalogStore
    ) -> None:
        store.put([make_entry("empty")])
        assert store.text("empty") == ""
        assert store.text("nobody") is None


def _paged(store: Catalog, limit: int, *, where: Where | None = None) -> Iterator[DocumentInfo]:
    after: str | None = None
    while page := store.list_documents(after=after, limit=limit, where=where):
        assert len(page) <= limit
        yield from page
        after = page[-1].id
