"""Documents, passages and turns: what identifies them, and what they refuse."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Document, Evidence, Hit, Passage, Turn, encodable

DOCUMENT = Document(id="a", text="Built in 1912.", title="Mill", metadata={"year": 1912})


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Built in 1913."},
        {"title": "Tower"},
        {"metadata": {"year": 1913}},
        {"metadata": {}},
    ],
)
def test_a_digest_tells_whatever_changes_an_answer_or_its_citation(change: dict[str, Any]) -> None:
    assert replace(DOCUMENT, **change).digest != DOCUMENT.digest


def test_a_digest_heeds_no_place_name_or_order() -> None:
    moved = replace(DOCUMENT, id="b", source="b.md", origin="/b.md")
    assert moved.digest == DOCUMENT.digest
    one, two = ({"a": 1, "b": True}, {"b": True, "a": 1})
    assert replace(DOCUMENT, metadata=one).digest == replace(DOCUMENT, metadata=two).digest
    assert replace(DOCUMENT, metadata={"a": "1"}).digest != replace(DOCUMENT, metadata=one).digest


def test_equal_texts_of_two_places_have_two_keys() -> None:
    passage = Passage(document="a", start=3, end=7, text="1912")
    keys = {
        passage.key,
        replace(passage, document="b").key,
        replace(passage, start=4, end=8).key,
        replace(passage, text="1913").key,
    }
    assert len(keys) == 4
    assert replace(passage, title="Mill").key == passage.key
    assert len(passage.key) == 16
    assert int(passage.key, 16) >= 0


def test_a_passage_is_as_long_as_its_place() -> None:
    with pytest.raises(ValueError, match=r"a\[3:8\] cannot hold 4 characters"):
        Passage(document="a", start=3, end=8, text="1912")


def test_records_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        DOCUMENT.text = "x"  # type: ignore[misc]


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_can_be_made_encodable_with_its_places_kept(text: str) -> None:
    clean = encodable(text)
    clean.encode("utf-8")
    assert len(clean) == len(text)
    lone = {at for at, character in enumerate(text) if "\ud800" <= character <= "\udfff"}
    assert [clean[at] for at in sorted(lone)] == ["?"] * len(lone)
    assert all(clean[at] == text[at] for at in range(len(text)) if at not in lone)


def test_keys_and_digests_take_lone_surrogates() -> None:
    assert len(Document(id="a", text="\ud800").digest) == 64
    assert len(Passage(document="\ud800", start=0, end=1, text="\ud800").key) == 16


def test_a_turn_was_looked_up_with_the_words_carried_to_it() -> None:
    turn = Turn(
        id="t",
        scope="ann",
        question="When was it built? ",
        answer=None,
        kind="answer",
        confidence=0.5,
        created_at="2026-01-01T00:00:00.000000+00:00",
    )
    assert turn.looked_up == turn.question
    assert replace(turn, carried=("old", "mill")).looked_up == "When was it built? (old mill)"


@given(st.text("ab ", min_size=1, max_size=30), st.data())
def test_evidence_knows_which_occurrence_in_its_passage_is_meant(
    text: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    stop = data.draw(st.integers(at + 1, len(text)))
    passage = Passage(document="d", start=7, end=7 + len(text), text=text)
    place = Evidence(
        document="d",
        start=7 + at,
        end=7 + stop,
        text=text[at:stop],
        passage=passage.key,
        passage_text=text,
    )
    assert place.offset_in_passage == at
    assert replace(place, passage="").offset_in_passage == text.find(text[at:stop])
    assert replace(place, text="c").offset_in_passage is None


def test_hits_and_documents_are_hashed_by_what_they_are() -> None:
    passage = Passage(document="a", start=0, end=4, text="1912")
    hits = {Hit(passage=passage, score=1.0, metadata={"year": year}) for year in (1, 1, 2)}
    assert len(hits) == 2
    assert len({DOCUMENT, replace(DOCUMENT)}) == 1
