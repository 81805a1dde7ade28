"""Turns as training rows: every offset holds, and what was wrong teaches nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Evidence, Passage, Turn
from spanmem.reader.training.from_turns import training_rows

TEXT = "Two years, and two years more: two years."


def turn(name: str, answer: str | None, *, start: int | None = None, **fields: object) -> Turn:
    """A turn; with `start` it was read there, in a passage that begins at character 100."""
    place = Evidence(
        document="d",
        start=100 + (start or 0),
        end=100 + (start or 0) + len(answer or ""),
        text=answer or "",
        passage="key",
        passage_text=TEXT,
        title="Warranty",
    )
    made = Turn(
        id=name,
        scope="ann",
        question="How long?",
        answer=answer,
        kind="answer",
        confidence=0.9,
        created_at="2026-01-01T10:00:00.000000+00:00",
        evidence=() if start is None else (place,),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def stored(_: str) -> Passage | None:
    return Passage(document="d", start=100, end=100 + len(TEXT), text=TEXT)


def gone(_: str) -> Passage | None:
    return None


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 12), st.booleans())
def test_each_answer_stands_at_its_offset(start: int, length: int, known: bool) -> None:
    text = TEXT[start : start + length]
    rows, left_out = training_rows([turn("a", text, start=start)], stored if known else gone)
    (row,), answers = rows, rows[0].to_json()["answers"]
    assert left_out == 0
    assert row.context[row.start :].startswith(text)
    assert answers == {"text": [text], "answer_start": [row.start]}
    assert row.start == start if known else row.start <= start


def test_the_place_that_was_read_is_meant_not_the_first_of_its_kind() -> None:
    at = TEXT.rindex("two years")
    (row,), _ = training_rows([turn("a", "two years", start=at)], stored)
    assert row.start == at


def test_a_correction_is_read_in_the_passage_of_what_it_corrects() -> None:
    turns = [
        turn("wrong", "Two", start=0, superseded_by="half"),
        turn("half", "three", supersedes="wrong", superseded_by="right", kind="correction"),
        turn("right", "years more", supersedes="half", kind="correction"),
    ]
    (row,), left_out = training_rows(turns, stored)
    assert (row.id, row.text, left_out) == ("right", "years more", 0)
    assert row.context[row.start :].startswith("years more")


def test_what_teaches_nothing_is_left_out_and_counted() -> None:
    turns = [
        turn("abstained", None),
        turn("from memory", "Two years"),
        turn("wrong", "Two", start=0, superseded_by="right"),
        turn("right", "five years", supersedes="wrong", kind="correction"),
        turn("circle", "Two", supersedes="circle"),
    ]
    assert training_rows(turns, stored) == ([], 4)
