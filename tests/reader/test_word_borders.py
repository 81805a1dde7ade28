"""Borders of words among tokens that hold blanks, marks and pieces of characters."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.reader.word_borders import Borders, find_borders


def answers(text: str, offsets: list[tuple[int, int]]) -> set[str]:
    """All strings that may be answered."""
    borders = find_borders(text, offsets)
    return {
        text[borders.offsets[i][0] : borders.offsets[j][1]]
        for i in range(len(offsets))
        for j in range(i, len(offsets))
        if not borders.inside[i] and not borders.unended[j]
    }


@pytest.mark.parametrize(
    ("text", "offsets", "expected"),
    [
        # The blank belongs to the piece behind it, and to no answer.
        (
            "a mill.",
            [(0, 1), (1, 4), (4, 6), (6, 7)],
            {"a", "mill", ".", "a mill", "mill.", "a mill."},
        ),
        # A blank of its own.
        ("a 19", [(0, 1), (1, 2), (2, 3), (3, 4)], {"a", "19", "a 19"}),
        # SentencePiece puts a mark before a text that has no blank there.
        ("mill", [(0, 1), (0, 1), (1, 4)], {"mill"}),
        ("mill", [(0, 0), (0, 4)], {"mill"}),
        # The three bytes of one character; scripts without blanks part everywhere.
        ("水車", [(0, 1), (0, 1), (0, 1), (1, 2)], {"水", "車", "水車"}),
        # An accent stays with its letter, and a vowel sign with its consonant.
        ("nao\u0303 a", [(0, 3), (3, 4), (4, 6)], {"nao\u0303", "a", "nao\u0303 a"}),
        ("กี", [(0, 1), (1, 2)], {"กี"}),
        # A letter that was taken for a blank is the word's.
        ("in Amsterdam", [(0, 2), (4, 7), (7, 12)], {"in", "Amsterdam", "in Amsterdam"}),
        # Blanks alone.
        (" \n", [(0, 1), (1, 2)], set()),
    ],
)
def test_answers_begin_and_end_on_words(
    text: str, offsets: list[tuple[int, int]], expected: set[str]
) -> None:
    assert answers(text, offsets) == expected


@given(
    st.lists(
        st.sampled_from(["mill", "1912", ".", "(", "a", "Krüger", "--"]), min_size=1, max_size=8
    ),
    st.data(),
)
def test_however_pieces_fall_whole_words_are_what_can_be_answered(
    words: list[str], data: st.DataObject
) -> None:
    text = " ".join(words)
    cuts = data.draw(st.sets(st.integers(1, max(1, len(text) - 1))))
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    offsets = list(pairwise(edges))
    for answer in answers(text, offsets):
        assert answer == answer.strip()
        at = text.index(answer)
        assert answer
        assert f" {answer} " in f" {text} " or any(mark in text for mark in (".", "(", "--")), at


def test_a_tokenizer_s_words_are_taken_as_they_are() -> None:
    borders = Borders.of_words([(0, 3), (3, 5), (5, 6)], [0, 0, 1])
    assert borders == Borders(((0, 3), (3, 5), (5, 6)), (False, True, False))
