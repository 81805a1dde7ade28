"""Borders of words among tokens that hold blanks, marks and pieces of characters."""

from __future__ import annotations

import re
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
            {"a", "mill", "a mill"},
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


def cut(text: str, draw: st.DataObject) -> list[tuple[int, int]]:
    """Tokens that fall anywhere."""
    inner = draw.draw(st.sets(st.integers(1, max(1, len(text) - 1))))
    return list(pairwise(sorted({0, len(text), *(at for at in inner if at < len(text))})))


@given(
    st.lists(
        st.sampled_from(["The mill", "Krüger", ".", "…", "……", ". ", ",\n", "; ", "!?", "。"]),
        min_size=1,
        max_size=8,
    ),
    st.data(),
)
def test_no_answer_begins_or_ends_with_punctuation_of_the_sentence(
    parts: list[str], data: st.DataObject
) -> None:
    text = "".join(part + " " * (i % 2) for i, part in enumerate(parts))
    for answer in answers(text, cut(text, data)):
        first = text.index(answer)
        assert answer[0] not in ".…,;!?。" or text[first + 1 : first + 2] in ("K", "T")
        assert answer[-1] not in ".…,;!?。"


@pytest.mark.parametrize(
    ("text", "answer", "offered"),
    [
        ("It is.\nIt is 412 m", ".", False),
        ("It is.\nIt is 412 m", ".\nIt is 412 m", False),
        ("Wait …… and see", "……", False),
        ("Wait …… and see", "…… and see", False),
        ("Built by Kroll, in 1912;", "Kroll,", False),
        ("Built by Kroll, in 1912;", "Kroll, in 1912", True),
        ("who? Anna!", "Anna!", False),
        ("水車は新しい。水車", "水車は新しい。", False),
        ("水車は新しい。水車", "水車は新しい", True),
        ("in the U.S. and", "U.S.", True),
        ("at 9 p.m. on", "9 p.m.", True),
        ("Kroll Jr. came", "Kroll Jr.", True),
        ("It runs .NET 8.", ".NET 8", True),
        ("a .50 round", ".50", True),
        ("was 12.5 km.", "12.5 km", True),
        ("was 12.5 km.", "12.5 km.", False),
        ("(see it).", "(see it)", True),
        ("(see it).", "(see it).", False),
    ],
)
@pytest.mark.parametrize("joined", [False, True])
def test_which_punctuation_is_the_answer_s(
    text: str, answer: str, offered: bool, joined: bool
) -> None:
    singles = [(i, i + 1) for i in range(len(text))]
    words = [(m.start(), m.end()) for m in re.finditer(r"\S+", text)]
    assert offered or answer not in answers(text, words)
    assert (answer in answers(text, singles)) == offered
    if joined and offered:
        edges = {0, len(text), text.index(answer)}
        tail = text.index(answer) + len(answer)
        edges |= {tail + len(re.match(r"[.;,]*", text[tail:])[0])}  # type: ignore[index]
        assert answer in answers(text, list(pairwise(sorted(edges))))


def test_a_tokenizer_s_words_are_taken_as_they_are() -> None:
    borders = Borders.of_words([(0, 3), (3, 5), (5, 6)], [0, 0, 1])
    assert borders == Borders(((0, 3), (3, 5), (5, 6)), (False, True, False))
