"""Answers as text: one line says where they stand, whatever titles and ids hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.client.prompts import UNKNOWN, place_of, quoted


def source(**more: object) -> dict[str, object]:
    place = {"document": "a.md", "title": "", "page": None, "start": 5, "end": 9, "passage": "1f"}
    return {**place, **more}


def test_a_place_is_title_document_and_page_or_characters() -> None:
    assert place_of(source()) == "a.md, characters 5-9"
    assert place_of(source(page=3)) == "a.md, page 3"
    assert place_of(source(title="Lamps", page=3)) == "Lamps (a.md), page 3"
    told = source(document="turn:1f", title="correction by Ann", passage="")
    assert place_of(told) == "correction by Ann"
    assert (
        place_of(source(document="turn:1f", title="Turn 1f", page=3)) == "Turn 1f (turn:1f), page 3"
    )


@given(title=st.text(), document=st.text(min_size=1))
def test_a_place_stands_in_one_line(title: str, document: str) -> None:
    assert len(place_of(source(title=title, document=document)).splitlines()) <= 1


def test_what_is_not_answered_shows_no_candidate() -> None:
    held = {"text": None, "answers": [{"text": "a guess", "source": source()}]}
    assert quoted(held) == UNKNOWN
    assert quoted({"text": None, "answers": []}, unknown="-") == "-"
    assert quoted({"text": "90", "answers": [{"source": source()}]}) == (
        "90\n\nSource: a.md, characters 5-9"
    )
