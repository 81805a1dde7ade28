"""The sentence around an answer: exact place, any script, nothing that steers a terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from spanmem.memory.records import Evidence, Passage
from spanmem.pipeline.show import in_sentence

TEXT = "The bag is blue. The bag costs 5 crowns, and a 5 is printed on it. It is new!"


def evidence(text: str, start: int, end: int, *, offset: int = 100) -> tuple[Evidence, Passage]:
    """Evidence and passage for `text[start:end]`, the passage standing at `offset`."""
    passage = Passage(document="d", start=offset, end=offset + len(text), text=text)
    found = Evidence(
        document="d",
        start=offset + start,
        end=offset + end,
        text=text[start:end],
        passage=passage.key,
        passage_text=text,
    )
    return found, passage


def test_the_exact_place_wins_over_the_first_occurrence() -> None:
    second = TEXT.index("a 5 is") + 2
    found, passage = evidence(TEXT, second, second + 1)
    assert in_sentence(found, passage) == (
        "The bag costs 5 crowns, and a ",
        "5",
        " is printed on it.",
    )
    assert in_sentence(found, None) == ("The bag costs ", "5", " crowns, and a 5 is printed on it.")


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("保修期为三年。电池除外。", "三年", ("保修期为", "三年", "。")),
        ("One line\nTwo lines\nThree", "Two", ("", "Two", " lines")),
        ("It is new!", "It is new!", ("", "It is new!", "")),
        ("Dr. Who (1963) ran. So.", "1963", ("Who (", "1963", ") ran.")),
        ("red \x1b[31m text", "red", ("", "red", "  [31m text")),
    ],
)
def test_sentences(text: str, answer: str, expected: tuple[str, str, str]) -> None:
    at = text.index(answer)
    assert in_sentence(*evidence(text, at, at + len(answer))) == expected


def test_an_answer_that_the_passage_does_not_hold_stands_alone() -> None:
    found, passage = evidence(TEXT, 0, 3)
    other = Evidence(
        document="d", start=0, end=4, text="Gone", passage=found.passage, passage_text=TEXT
    )
    assert in_sentence(other, None) == ("", "Gone", "")
    assert in_sentence(other, passage) == ("", "Gone", "")


@given(st.text(min_size=1, max_size=60), st.data())
def test_the_sentence_is_one_printable_line_of_the_passage(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found, passage = evidence(text, start, end)
    parts = in_sentence(found, passage)
    line = "".join(parts)
    assert all(c.isprintable() for c in line)
    assert parts[1] == "".join(c if c.isprintable() else " " for c in text[start:end])
    console = Console(file=io.StringIO(), width=40)
    console.print(line, markup=False)
