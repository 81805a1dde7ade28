"""The sentence around an answer: exact place, any script, nothing that steers a terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from spanmem.apps.cli.render import in_sentence, show_answer, show_reasons
from spanmem.core.records import Evidence, Passage
from spanmem.pipeline.answers import Answer, Candidate

TEXT = "The bag is blue. The bag costs 5 crowns, and a 5 is printed on it. It is new!"


def evidence(text: str, start: int, end: int, *, offset: int = 100) -> tuple[Evidence, Passage]:
    """Evidence and passage for `text[start:end]`, the passage standing at `offset`."""
    passage = Passage(document="d", start=offset, end=offset + len(text), text=text)
    place = Evidence(
        document="d",
        start=offset + start,
        end=offset + end,
        text=text[start:end],
        passage=passage.key,
        passage_text=text,
    )
    return place, passage


def test_the_page_is_shown_where_there_is_one() -> None:
    place, passage = evidence(TEXT, 30, 31)
    candidate = Candidate("5", 0.9, 1.0, "passage", replace(place, page=7, source="lamp.pdf"))
    answer = Answer("How much is it?", "5", 0.9, (candidate,))
    out = io.StringIO()
    show_answer(Console(file=out, width=200), answer, lambda _: passage)
    assert out.getvalue().splitlines()[-1] == "  lamp.pdf, page 7"
    assert answer.to_json()["answers"][0]["source"]["page"] == 7


def test_the_exact_place_wins_over_the_first_occurrence() -> None:
    second = TEXT.index("a 5 is") + 2
    place, passage = evidence(TEXT, second, second + 1)
    assert in_sentence(place, passage) == (
        "The bag costs 5 crowns, and a ",
        "5",
        " is printed on it.",
    )
    assert in_sentence(place, None) == ("The bag costs ", "5", " crowns, and a 5 is printed on it.")


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("保修期为三年。电池除外。", "三年", ("保修期为", "三年", "。")),
        ("One line\nTwo lines\nThree", "Two", ("", "Two", " lines")),
        ("It is new!", "It is new!", ("", "It is new!", "")),
        ("He ran. Dr. Smith came. So.", "Smith", ("Dr. ", "Smith", " came.")),
        ("Dr. Who (1963) ran. So.", "1963", ("Dr. Who (", "1963", ") ran.")),
        ('He said "No!" And left.', 'No!"', ('He said "', 'No!"', "")),
        ("red \x1b[31m text", "red", ("", "red", "  [31m text")),
    ],
)
def test_sentences(text: str, answer: str, expected: tuple[str, str, str]) -> None:
    at = text.index(answer)
    assert in_sentence(*evidence(text, at, at + len(answer))) == expected


def test_an_answer_that_the_passage_does_not_hold_stands_alone() -> None:
    place, passage = evidence(TEXT, 0, 3)
    elsewhere = Evidence(
        document="d", start=0, end=4, text="Gone", passage=place.passage, passage_text=TEXT
    )
    assert in_sentence(elsewhere, None) == ("", "Gone", "")
    assert in_sentence(elsewhere, passage) == ("", "Gone", "")


@given(st.text(min_size=1, max_size=60), st.data())
def test_the_sentence_is_one_printable_line_of_the_passage(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    place, passage = evidence(text, start, end)
    parts = in_sentence(place, passage)
    line = "".join(parts)
    assert all(c.isprintable() for c in line)
    assert parts[1] == "".join(c if c.isprintable() else " " for c in text[start:end])
    console = Console(file=io.StringIO(), width=40)
    console.print(line, markup=False)


def printed(answer: Answer, *, reasons: bool = False, width: int = 200) -> list[str]:
    """What a person who pipes the output sees, line by line."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, markup=False, highlight=False)
    (show_reasons if reasons else show_answer)(console, answer, lambda key: None)
    return stream.getvalue().splitlines()


def candidate(text: str, confidence: float, *support: Evidence) -> Candidate:
    place, _ = evidence(TEXT, TEXT.index(text), TEXT.index(text) + len(text))
    return Candidate(text, confidence, 1.0, "passage", place, support)


OTHER = Evidence(
    document="o.md", start=3, end=4, text="5", passage="", passage_text="", source="o.md"
)
GIVEN = Answer(
    question="How much?",
    text="5",
    confidence=0.9,
    answers=(candidate("5", 0.9, OTHER), candidate("blue", 0.2)),
    carried=("bag",),
    timings_ms={"total": 12.3},
)


def test_an_answer_comes_with_its_places_and_alternatives() -> None:
    lines = printed(GIVEN)
    assert lines == [
        "5  90 % sure",
        "  The bag costs »5« crowns, and a 5 is printed on it.",
        "  d, characters 131-132",
        "  also o.md, characters 3-4",
        "  or: blue  (20 %)  d, characters 111-115",
    ]
    assert printed(GIVEN, width=20) == lines  # lines are wrapped on a terminal only


def test_an_abstention_says_so_and_shows_the_nearest() -> None:
    held = replace(GIVEN, text=None, confidence=0.2, answers=(candidate("blue", 0.2),))
    first, nearest, *rest = printed(held)
    assert first == "I do not know."
    assert nearest == "  nearest, but too unsure (20 %): blue"
    assert "»blue«" in rest[0]
    assert printed(replace(held, answers=())) == ["I do not know."]


def test_reasons_tell_what_was_looked_up_and_every_candidate() -> None:
    lines = printed(GIVEN, reasons=True)
    assert lines[0] == "looked up: How much? (bag)"
    assert lines[-1] == "time: total 12 ms"
    assert "blue  20 % sure" in lines


def test_what_a_person_told_is_called_a_correction() -> None:
    spoken = Evidence(
        document="turn:1", start=0, end=7, text="6 coins", passage="", passage_text="6 coins"
    )
    answer = replace(
        GIVEN, text="6 coins", answers=(Candidate("6 coins", 1, 1, "correction", spoken),)
    )
    assert printed(answer) == ["6 coins  100 % sure, corrected", "  turn:1, characters 0-7"]


def test_no_text_of_a_document_steers_the_terminal() -> None:
    text = "5 \x1b]0;evil\x07\nno"
    place, _ = evidence(text, 0, len(text))
    evil = Candidate(text, 0.4, 1.0, "passage", place)
    answer = replace(GIVEN, answers=(GIVEN.answers[0], evil), carried=(text,))
    held = replace(GIVEN, text=None, answers=(evil,))
    for lines in (printed(answer), printed(answer, reasons=True), printed(held)):
        assert all(line.isprintable() for line in lines)
        assert sum("evil" in line for line in lines) >= 1
    assert "  or: 5  ]0;evil  no  (40 %)  d, characters 100-114" in printed(answer)
