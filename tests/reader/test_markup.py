"""Marks of Markdown stand at no answer's borders."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.reader.markup import addresses, find_marks
from spanmem.reader.spans import decode
from spanmem.reader.windows import Featurizer

MARKED = {
    "bold": ("It is **eu-west-1**.", ["**", "**"]),
    "italics": ("By *Ola Berg*, and", ["*", "*"]),
    "underscores": ("It is __25__ or _strict_.", ["__", "__", "_", "_"]),
    "code": ("Run `swim --laps 4` now", ["`", "`"]),
    "a lone backtick": ("p@ss`word", ["`"]),
    "a link": ("at [the list](https://a.example/b_c)", ["[", "]", "(", ")"]),
    "a link by reference": ("see [the guide][tg].", ["[", "]"]),
    "an address in brackets": ("here <https://a.example/x>.", ["<", ">"]),
    "a mail's address in brackets": ("Ada <ada@a.example>", ["<", ">"]),
    "a footnote's star": ("Price* and tax*", []),
    "a product": ("2 * 3 * 4 and 2*3*4", []),
    "a grade": ("The A* search got an A*.", []),
    "arguments": ("*args and **kwargs", []),
    "names of programs": ("__init__ and lane_count", []),
    "signs": ("a < b and c > d", []),
}


@pytest.mark.parametrize(("text", "marks"), MARKED.values(), ids=MARKED.keys())
def test_marks_are_told_from_signs(text: str, marks: list[str]) -> None:
    assert [text[m.start : m.end] for m in find_marks(text)] == marks


def test_the_address_of_a_link_is_found() -> None:
    text = "at [the list](https://a.example/b 'all') and [x][y]"
    assert [text[a:b] for a, b in addresses(text)] == ["(https://a.example/b 'all')"]


def read(tokenizer: Any, text: str, start: str, end: str) -> str:
    """The answer where a reader points at the first `start` and the last `end` of the tokens."""
    passage = Passage(document="d", start=0, end=len(text), text=text)
    window = Featurizer(tokenizer).windows("Who?", [passage])[0]
    encoding = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False)
    pieces = [text[a:b] for a, b in encoding.offsets]
    scores = np.zeros((2, len(window.ids)), np.float32)
    scores[0, window.at + pieces.index(start)] = 9
    scores[1, window.at + len(pieces) - 1 - pieces[::-1].index(end)] = 9
    return decode([window], [scores[0]], [scores[1]], [passage]).spans[0].text


@pytest.mark.parametrize(
    ("text", "start", "end", "answer"),
    [
        ("The region is **north**.", "*", "*", "north"),
        ("The owner is **Ada Rey**, since May", "Ada", "*", "Ada Rey"),
        ("The flag is `--red`.", "`", "`", "--red"),
        ("The list is at [the page](https://a.example/b).", "[", "]", "the page"),
        ("The A* is here", "A", "*", "A*"),
    ],
)
def test_a_reader_that_points_at_a_mark_means_the_word(
    tokenizer: Any, text: str, start: str, end: str, answer: str
) -> None:
    assert read(tokenizer, text, start, end) == answer


def test_no_answer_runs_from_a_links_text_into_its_address(tokenizer: Any) -> None:
    text = "at [page](https://a.example/b) now"
    assert read(tokenizer, text, "page", "now") == "page](https://a.example/b) now"
    assert read(tokenizer, text, "page", "b") != "page](https://a.example/b"


@given(st.text("ab *_`[]()<>~.\n", max_size=60))
def test_marks_lie_apart_and_in_order(text: str) -> None:
    marks = find_marks(text)
    assert all(m.start < m.end <= len(text) for m in marks)
    assert all(a.end <= b.start for a, b in pairwise(marks))
