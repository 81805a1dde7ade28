"""A memory's documents page by page, and texts put together from passages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Document, Passage, document_key
from spanmem.indexer.passages import Splitter
from spanmem.memory.catalog import joined_text
from spanmem.memory.contract import DIM, PROMPTS, make_entry
from spanmem.memory.store import Memory

_PIECES = st.sampled_from(
    ["The mill stood. ", "It fell!", "\n\n", "\n", "  ", "\t", "\x1c", "\u3000", "# Heading\n",
     "| a | b |\n", "\u6f22\u5b57\u3002", "x" * 70, "\U0001f600", "\ud800", "- item\n", "e\u0301",
     "\u200b", "\r\n"]
)  # fmt: skip


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory.create(tmp_path / "m", encoder="test", dim=DIM, prompts=PROMPTS) as memory:
        yield memory


@given(
    pieces=st.lists(_PIECES, max_size=40),
    words=st.integers(2, 12),
    cuts=st.lists(st.integers(0, 200), max_size=4),
)
def test_every_character_but_space_is_exact_however_a_document_is_cut(
    pieces: list[str], words: int, cuts: list[int]
) -> None:
    text = "".join(pieces)
    starts = sorted({min(cut, len(text)) for cut in cuts})
    rows = tuple(zip(starts[::2], starts[1::2], strict=False))
    document = Document(id="d", text=text, rows=rows)
    passages = list(Splitter(words, words // 2).split(document))
    given_back = joined_text(reversed(passages))
    assert len(given_back) == len(text.rstrip())
    for ours, theirs in zip(given_back, text, strict=False):
        assert ours == theirs or (ours.isspace() and theirs.isspace())


@pytest.mark.parametrize(
    ("before", "behind", "length", "gap"),
    [
        ("It stood.", "It fell.", 1, " "),
        ("It stood.", "# Heading", 1, "\n"),
        ("| a | b |", "| c | d |", 1, "\n"),
        ("A heading", "Its text.", 1, "\n"),
        ("It stood.", "It fell.", 2, "\n\n"),
        ("It stood.", "It fell.", 4, "\n\n  "),
    ],
)
def test_gaps_look_like_the_space_that_most_likely_stood_there(
    before: str, behind: str, length: int, gap: str
) -> None:
    at = len(before) + length
    passages = [
        Passage(document="d", start=0, end=len(before), text=before),
        Passage(document="d", start=at, end=at + len(behind), text=behind),
    ]
    assert joined_text(passages) == before + gap + behind


def test_names_with_half_characters_are_listed_and_had_by_key(memory: Memory) -> None:
    odd, plain = "up/caf\udce9.md", "up/cafe.md"
    memory.put([make_entry(odd, "The mill.", title="Caf\ud83d"), make_entry(plain, "A mill.")])
    assert {d.id for d in memory.list_documents(prefix="up/")} == {odd, plain}
    first, second = memory.list_documents()
    assert [d.id for d in memory.list_documents(after=first.id)] == [second.id]
    for info in (first, second):
        assert memory.document(info.key) == info


def test_words_in_other_scripts_are_folded(memory: Memory) -> None:
    memory.put([make_entry("a", "x", title="STRASSE und ÄPFEL"), make_entry("b", "x", title="σς")])
    assert [d.id for d in memory.list_documents(text="straße äpfel")] == ["a"]
    assert [d.id for d in memory.list_documents(text="ΣΣ")] == ["b"]


def test_a_staged_document_is_neither_listed_nor_counted(memory: Memory) -> None:
    entry = make_entry("a", "The mill.")
    with memory.stage(entry.document) as stage:
        stage.add(entry.passages, entry.vectors)
        assert (memory.list_documents(), memory.count_documents()) == ([], 0)
        assert memory.document(document_key("a")) is None
    assert memory.count_documents() == 1
