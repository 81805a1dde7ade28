"""Sentence borders: what ends a sentence, and what only looks like it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.sentences import around, borders, sentence_starts, stretch

TEXTS = st.lists(
    st.sampled_from(
        ["Dr.", "mill", " ", "\n", "\n\n", ".", "!", '"', ")", "。", "e.g.", "# ", "- ", "A", "…"]
    ),
    max_size=30,
).map("".join)


def sentences(text: str, *, lines: bool = False) -> list[str]:
    cuts = [0, *(end for _, end in borders(text, lines=lines)), len(text)]
    parts = (text[a:b].strip() for a, b in pairwise(cuts))
    return [part for part in parts if part]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is blue. Is it? Yes! Well… no", ["It is blue.", "Is it?", "Yes!", "Well…", "no"]),
        ("He asked Dr. Smith. She left.", ["He asked Dr. Smith.", "She left."]),
        (
            "See Fig. 3, e.g. by J. S. Mill, vs. No. 7.",
            ["See Fig. 3, e.g. by J. S. Mill, vs. No. 7."],
        ),
        ("Sept. 3 was wet. Oct. too.", ["Sept. 3 was wet.", "Oct. too."]),
        ('"Go!" he said. (It rained.) Then', ['"Go!"', "he said.", "(It rained.)", "Then"]),
        ("It costs 3.50 euros. See a.b.c", ["It costs 3.50 euros.", "See a.b.c"]),
        ("保修期为三年。电池除外。", ["保修期为三年。", "电池除外。"]),
        ("One\ntwo\n\nthree", ["One\ntwo", "three"]),
        ("One\n# Two\n- three\n2) four\n| five", ["One", "# Two", "- three", "2) four", "| five"]),
        ("Made by Dr.\n\nSmith", ["Made by Dr.", "Smith"]),
    ],
)
def test_sentences_end_where_readers_see_it(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_each_line_is_a_sentence_where_lines_count() -> None:
    assert sentences("One\ntwo. Three\n\n\nfour", lines=True) == ["One", "two.", "Three", "four"]
    assert sentences("Dr. Smith\nDr.\nJones", lines=True) == ["Dr. Smith", "Dr.", "Jones"]


@given(TEXTS, st.booleans())
def test_borders_are_spans_of_space_and_closing_marks_in_order(text: str, lines: bool) -> None:
    last = 0
    for start, end in borders(text, lines=lines):
        assert last <= start <= end <= len(text)
        assert set(text[start:end]) <= set(' \n")')
        assert start > 0 or text[start] == "\n"
        last = end


@given(TEXTS)
def test_with_lines_no_sentence_holds_a_line_break(text: str) -> None:
    assert not any("\n" in sentence for sentence in sentences(text, lines=True))


@given(TEXTS, st.data())
def test_around_a_place_its_sentences_stand_whole(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    before, inside, after = around(text, start, stop)
    assert inside == text[start:stop]
    assert before + inside + after in text
    cuts = {0, len(text), *(end for _, end in borders(text, lines=True))}
    assert {start - len(before), stop + len(after)} <= cuts


@given(st.sets(st.integers(1, 40), max_size=6), st.integers(0, 40), st.integers(0, 8))
def test_a_stretch_goes_from_border_to_border(cuts: set[int], start: int, length: int) -> None:
    starts = [0, *sorted(cuts)]
    begin, end = stretch(starts, start, start + length)
    last = max(start, start + length - 1)
    assert begin == max(cut for cut in starts if cut <= start)
    assert end == min((cut for cut in starts if cut > last), default=1 << 60)


def test_sentences_start_at_0_and_behind_each_border() -> None:
    assert sentence_starts("") == (0,)
    assert sentence_starts("One. Two\nthree. ") == (0, 5, 16)
    assert sentence_starts("One. Two\nthree.", lines=True) == (0, 5, 9)
