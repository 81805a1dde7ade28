"""Answers found again: in the units that tools count in, and at the nearest place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.answer_places import place_answers
from spanmem.core.answers import AnswerTexts

PREFIX = st.lists(st.sampled_from(["😀", "ü", "日", "a ", "𝔘", "\r\n"])).map("".join)


@given(PREFIX, st.sampled_from(["code points", "utf-16-le", "utf-8"]))
def test_a_start_in_any_unit_is_the_place(prefix: str, unit: str) -> None:
    before = f"{prefix}The mill burnt in "
    context = f"{before}MDCCCC, and in 1931."
    units = {"code points": 1, "utf-16-le": 2, "utf-8": 1}[unit]
    start = len(before) if unit == "code points" else len(before.encode(unit)) // units
    placed = place_answers(context, AnswerTexts(("MDCCCC",), (start,)))
    assert (placed.texts, placed.starts) == (("MDCCCC",), (len(before),))
    assert bool(placed.mended) == (start != len(before))


@given(
    st.text(st.sampled_from("ab1 é日.\n"), max_size=40),
    st.lists(
        st.tuples(st.text("ab1 é日.", min_size=1, max_size=4), st.integers(-9, 99)), max_size=4
    ),
)
def test_each_answer_stands_where_it_is_said_to(context: str, pairs: list[tuple[str, int]]) -> None:
    answers = AnswerTexts(tuple(t for t, _ in pairs), tuple(at for _, at in pairs))
    placed = place_answers(context, answers)
    for text, start in zip(placed.texts, placed.starts, strict=True):
        assert context[start : start + len(text)] == text
    right = {pair for pair in pairs if pair[1] >= 0 and context.startswith(pair[0], pair[1])}
    assert right <= set(zip(placed.texts, placed.starts, strict=True))


@pytest.mark.parametrize(
    ("context", "answer", "start", "place"),
    [
        ("1912 and 1912 and 1912", "1912", 10, 9),
        ("1912 and 1912 and 1912", "1912", 16, 18),
        ("12 or 22 or 2.", "2", 0, 12),
        ("東日本語", "日本", 0, 1),
        ("Of the  Mill.", "the mill", 0, 3),
        ("in 1912.", " 1912 ", 0, 3),
        ("only 212", "1", 0, None),
        ("a horse", "zebra", 3, None),
        ("", "a", 0, None),
    ],
)
def test_the_nearest_place_by_itself_counts(
    context: str, answer: str, start: int, place: int | None
) -> None:
    placed = place_answers(context, AnswerTexts((answer,), (start,)))
    assert placed.starts == (() if place is None else (place,))


def test_the_work_for_many_lost_answers_is_bounded() -> None:
    lost = tuple(f"lost {number}" for number in range(5000))
    placed = place_answers("ab " * 1000, AnswerTexts((*lost, "ab"), (*range(5000), 3)))
    assert placed.texts == ("ab",)
