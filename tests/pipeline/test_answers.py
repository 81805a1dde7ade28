"""Answers as values: given or held back, for people and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from spanmem.core.records import Evidence
from spanmem.pipeline.answers import Answer, Candidate

PLACE = Evidence(
    document="lamp.md",
    start=10,
    end=19,
    text="two years",
    passage="0123456789abcdef",
    passage_text="It lasts two years.",
    title="Lamp",
    source="docs/lamp.md",
)
ELSEWHERE = replace(PLACE, document="faq.md", start=3, end=12)
BEST = Candidate("two years", 0.91234567, 7.654321, "passage", PLACE, (ELSEWHERE,))
NEXT = Candidate("the lamp", 0.2, 1.0, "passage", ELSEWHERE)
GIVEN = Answer(
    question="How long does it last?",
    text="two years",
    confidence=0.91234567,
    answers=(BEST, NEXT),
    carried=("lamp", "X-200"),
    timings_ms={"total": 12.3456},
)
HELD_BACK = replace(GIVEN, text=None)


def test_an_answer_has_its_place_and_alternatives() -> None:
    assert (GIVEN.abstained, GIVEN.evidence, GIVEN.alternatives) == (False, PLACE, (NEXT,))
    assert str(GIVEN) == "two years"


def test_what_is_held_back_is_an_alternative_and_no_answer() -> None:
    assert (HELD_BACK.abstained, HELD_BACK.evidence) == (True, None)
    assert HELD_BACK.alternatives == (BEST, NEXT)
    assert str(HELD_BACK) == "I do not know."


def test_the_question_stays_as_asked_beside_what_was_looked_up() -> None:
    assert GIVEN.question == "How long does it last?"
    assert GIVEN.looked_up == "How long does it last? (lamp X-200)"
    assert replace(GIVEN, carried=()).looked_up == GIVEN.question


def test_the_json_of_an_answer_is_known() -> None:
    source = {
        "document": "lamp.md",
        "title": "Lamp",
        "page": None,
        "passage": "0123456789abcdef",
        "start": 10,
        "end": 19,
        "text": "two years",
    }
    table = GIVEN.to_json()
    assert json.loads(json.dumps(table)) == table
    assert list(table) == ["question", "abstained", "answers", "looked_up", "notices", "timings_ms"]
    assert table["looked_up"] == "How long does it last? (lamp X-200)"
    assert table["timings_ms"] == {"total": 12.35}
    assert table["answers"][0] == {
        "text": "two years",
        "confidence": 0.9123,
        "score": 7.6543,
        "kind": "passage",
        "source": source,
        "support": [{**source, "document": "faq.md", "start": 3, "end": 12}],
    }
    assert HELD_BACK.to_json()["abstained"] is True
    assert len(HELD_BACK.to_json()["answers"]) == 2


def test_an_answer_cannot_be_altered() -> None:
    with pytest.raises(AttributeError):
        GIVEN.text = "three years"  # type: ignore[misc]
