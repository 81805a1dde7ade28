"""A document's text in parts and pieces: nothing is lost, and marks stand where they were set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.web.pages.passage_text import Part, parts, pieces, read_mark

TEXTS = st.text(st.sampled_from("ab \n€𝄞"), max_size=200)


@given(
    text=TEXTS,
    pages=st.lists(st.integers(0, 199), max_size=5, unique=True),
    size=st.integers(1, 50),
)
def test_parts_make_up_the_text_and_none_is_longer_than_it_may_be(
    text: str, pages: list[int], size: int
) -> None:
    cut = parts(text, sorted(pages), size)
    assert "".join(text[part.start : part.end] for part in cut) == text
    assert [part.number for part in cut] == list(range(1, len(cut) + 1))
    assert all(part.end - part.start <= size for part in cut)
    assert all(part.end > part.start for part in cut) or text == ""


@given(text=TEXTS, marks=st.lists(st.tuples(st.integers(0, 199), st.integers(0, 199)), max_size=6))
def test_pieces_make_up_the_part_and_exactly_the_marked_characters_are_marked(
    text: str, marks: list[tuple[int, int]]
) -> None:
    part = Part(1, len(text) // 3, len(text))
    shown = list(pieces(text, part, marks))
    assert "".join(piece.text for piece in shown) == text[part.start : part.end]
    for piece in shown:
        for at in range(piece.start, piece.end):
            assert piece.marked == any(a <= at < b for a, b in marks)


def test_a_part_ends_where_a_page_begins_or_behind_a_line() -> None:
    assert [p.end for p in parts("x" * 95, (0, 40, 80), 50)] == [40, 80, 95]
    assert [p.end for p in parts("x" * 30 + "\n" + "y" * 30, (), 40)] == [31, 61]


def test_the_page_that_begins_before_a_piece_is_told_with_it() -> None:
    shown = list(pieces("onetwo", Part(1, 0, 6), [(1, 2)], [(0, 7), (3, 8)]))
    assert [(p.text, p.marked, p.page) for p in shown] == [
        *(("o", False, 7), ("n", True, None), ("e", False, None), ("two", False, 8))
    ]


def test_what_names_no_stretch_marks_nothing() -> None:
    assert read_mark("198-220") == (198, 220)
    for value in ("", "5", "9-3", "3-3", "-1-2", "a-b", "1-2-3", "١-٣", "1-" + "9" * 5000):
        assert read_mark(value) is None
