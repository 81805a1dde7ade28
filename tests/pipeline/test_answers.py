"""Answers as values: given or held back, for people and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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


class Outline(HTMLParser):
    """The elements of a page, and what stands in each kind of them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.balance = 0
        self.inside: dict[str, str] = {}
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.balance += 1

    def handle_endtag(self, tag: str) -> None:
        self.balance -= 1

    def handle_data(self, data: str) -> None:
        self.text += data
        self.inside[self.opened[-1]] = data


def test_a_notebook_shows_the_answer_marked_in_its_sentence() -> None:
    page = GIVEN._repr_html_()
    assert "<p>It lasts <mark>two years</mark>.</p>" in page
    assert "docs/lamp.md (Lamp), characters 10-19 · 91 % sure" in page
    assert "or (20 %): the lamp" in page


def test_a_notebook_shows_what_is_held_back_as_such() -> None:
    outline = Outline(HELD_BACK._repr_html_())
    assert outline.inside["strong"] == "I do not know."
    assert "mark" not in outline.opened
    assert "nearest, but too unsure (91 %): two years" in outline.text
    nothing = replace(HELD_BACK, answers=(), notices=("No document has the key <b>.",))
    assert "No document has the key &lt;b&gt;." in nothing._repr_html_()


@given(st.text(max_size=20), st.text(min_size=1, max_size=8), st.text(max_size=20))
@example("<script>", "a < b & c", "</mark>\ud800\0\x1b")
@example("", '"><img src=x onerror=y>', "")
def test_whatever_documents_hold_a_notebook_gets_well_formed_html(
    before: str, text: str, after: str
) -> None:
    place = replace(
        PLACE, text=text, passage_text=before + text + after, title=before, source=after, page=2
    )
    answer = replace(
        GIVEN,
        question=after,
        text=text,
        answers=(replace(BEST, text=text, evidence=place, kind="correction"), NEXT),
    )
    page = answer._repr_html_()
    outline = Outline(page)
    page.encode("utf-8")
    assert outline.balance == 0
    assert outline.opened == ["div", "p", "em", "p", "mark", "p", "small", "p", "small"]
    assert "page 2" in outline.text
    assert "corrected" in outline.text
    if text.isprintable():
        assert f"<mark>{escape(text)}</mark>" in page


def test_answers_are_equal_and_of_one_hash_but_for_their_timings() -> None:
    slower = replace(GIVEN, timings_ms={"total": 99.0})
    assert slower == GIVEN
    assert len({GIVEN, slower, HELD_BACK, replace(GIVEN, notices=("odd",))}) == 3


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
