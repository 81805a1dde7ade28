"""What a mail says itself goes before what it quotes, where it says anything."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.quotations import is_quoted, outdated
from spanmem.reader.spans import Span

INTRODUCED = "It is Monday.\n\nOn Tue Zoe wrote:\n> Is it Friday,\n> or Sunday?"
OWN = "The van comes on Monday."
QUOTED = "Quoted mail of Zoe, 5 May:\n> The van comes on Friday."


@pytest.mark.parametrize(
    ("text", "word", "quoted"),
    [
        (INTRODUCED, "Friday", True),
        (INTRODUCED, "Sunday", True),
        (INTRODUCED, "Monday", False),
        (INTRODUCED, "Zoe", False),
        (QUOTED, "Friday", True),
        ("The manual says:\n> It is Friday.", "Friday", False),
        ("> It is Friday.", "Friday", False),
        ("ada@a.org schrieb:\n\n> Freitag", "Freitag", True),
    ],
)
def test_quoted_lines_stand_below_one_that_says_whose_they_are(
    text: str, word: str, quoted: bool
) -> None:
    assert is_quoted(text, text.index(word)) is quoted


def span(passage: int, text: str, word: str, score: float, null: float = 0) -> Span:
    at = text.index(word)
    return Span(passage, at, at + len(word), word, score, score - null)


@pytest.mark.parametrize(
    ("own", "null", "document", "left", "out"),
    [
        (6.0, 0.0, "a.eml", False, True),
        (6.0, 7.0, "a.eml", False, False),  # no answer is better than that one
        (6.0, 0.0, "b.eml", False, False),  # another mail
        (6.0, 0.0, "a.eml", True, False),  # it is of another thing
        (-4.0, -5.0, "a.eml", False, False),  # far behind
    ],
)
def test_a_quotation_gives_way_to_what_its_mail_says(
    own: float, null: float, document: str, left: bool, out: bool
) -> None:
    passages = [
        Passage(document=document, start=0, end=len(OWN), text=OWN),
        Passage(document="a.eml", start=100, end=100 + len(QUOTED), text=QUOTED),
    ]
    spans = [span(0, OWN, "Monday", own, null), span(1, QUOTED, "Friday", 9.0)]
    assert outdated(spans, passages, [left, False]) == [False, out]
