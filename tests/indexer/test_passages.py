# pyright: reportPrivateUsage=false
from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spanmem.core.records import Document, Passage
from spanmem.indexer.passages import Splitter, _words

WORDS = st.sampled_from(
    ["mill", "Dr.", "the", "rye.", "1912,", "长城有多长。", "x" * 50, "Why?", "#"]
)
SPACES = st.sampled_from([" ", " ", " ", "\n", "\n\n", "\t ", "  \n \n", "\n- ", "\n## "])
TEXTS = st.lists(st.tuples(WORDS, SPACES), max_size=120).map(lambda p: "".join(map("".join, p)))


def passages(text: str, words: int = 100, overlap: int = 20) -> list[Passage]:
    return list(Splitter(words, overlap).split(Document(id="d", text=text, title="T")))


@given(TEXTS, st.integers(3, 40), st.data())
@example("x" * 700, 10, None)
@example("长" * 700, 10, None)
@example("mill " * 6 + "长城有多长。 " * 4, 18, None)
def test_passages_are_slices_that_cover_the_text(
    text: str, words: int, data: st.DataObject | None
) -> None:
    overlap = data.draw(st.integers(0, words - 1)) if data else words // 5
    found = passages(text, words, overlap)
    covered: set[int] = set()
    for passage in found:
        assert text[passage.start : passage.end] == passage.text == passage.text.strip() != ""
        assert _words(passage.text) <= words + 1
        assert len(passage.text) <= 60 * words
        covered.update(range(passage.start, passage.end))
    assert {i for i, c in enumerate(text) if not c.isspace()} <= covered
    starts = [p.start for p in found]
    assert starts == sorted(set(starts))
    ends = [p.end for p in found]
    assert ends == sorted(set(ends))
    assert passages(text, words, overlap) == found


@given(st.lists(st.integers(3, 12), min_size=1, max_size=60), st.integers(0, 19))
def test_borders_are_sentence_borders_and_the_overlap_is_kept(
    lengths: list[int], overlap: int
) -> None:
    sentences = [" ".join(["word"] * (n - 1) + [f"end{i}."]) for i, n in enumerate(lengths)]
    found = passages(" ".join(sentences), 20, overlap)
    for passage in found:
        inside = re.findall(r"(?:word )+end\d+\.", passage.text)
        assert " ".join(inside) == passage.text
        assert len(passage.text.split()) <= 20
    for one, other in pairwise(found):
        shared = max(0, one.end - other.start)
        assert len(one.text[len(one.text) - shared :].split()) <= overlap


def test_a_heading_stays_with_what_follows() -> None:
    text = "Rye is a grain. " * 6 + "\n\n## Warranty\n\nTwo years. " + "Keep the receipt. " * 5
    found = passages(text, 30, 5)
    assert not any(p.text.endswith("Warranty") for p in found)
    assert any(p.text.startswith("## Warranty\n\nTwo years.") for p in found)


@pytest.mark.parametrize("text", ["Dr. Ames met J. S. Mill, e.g. in St. Ives. He left."])
def test_abbreviations_do_not_end_sentences(text: str) -> None:
    assert [p.text for p in passages(text, 10, 0)] == [
        "Dr. Ames met J. S. Mill, e.g. in St. Ives."[: len(p.text)] if i == 0 else "He left."
        for i, p in enumerate(passages(text, 10, 0))
    ]


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_nothing_to_read_is_no_passage(text: str) -> None:
    assert passages(text) == []


def test_one_word_is_one_passage() -> None:
    assert [(p.text, p.start, p.title) for p in passages(" Yes\n")] == [("Yes", 1, "T")]


@pytest.mark.parametrize(("words", "overlap"), [(10, 10), (10, -1), (0, 0)])
def test_passages_that_cannot_advance_are_refused(words: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap"):
        passages("Some text.", words, overlap)


@pytest.mark.parametrize("unit", ["word ", "x", "a. ", "\n", "长", "\n ", "# "])
def test_it_is_lazy_and_linear(unit: str) -> None:
    """The first passage of a very long text costs no more than the text is long."""
    text = unit * 60_000 + " End."
    began = time.process_time()
    count = sum(1 for _ in Splitter().split(Document(id="d", text=text)))
    assert count >= 1
    # Quadratic work on this would take a minute.
    assert time.process_time() - began < 20
