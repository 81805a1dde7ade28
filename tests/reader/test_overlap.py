"""The reader without a model: stretches of words beside the question's own."""

from __future__ import annotations

from spanmem.core.records import Passage
from spanmem.reader.overlap import OverlapReader
from spanmem.reader.reader import ReadRequest


def read(question: str, *texts: str) -> list[tuple[int, str, float]]:
    passages = tuple(Passage(document="d", start=0, end=len(t), text=t) for t in texts)
    (reading,) = OverlapReader().read([ReadRequest(question, passages)])
    return [(span.passage, span.text, span.score) for span in reading.spans]


def test_words_of_the_question_are_no_answer() -> None:
    spans = read("Where does the Danube end?", "The Danube does end in Ukraine.")
    assert [text for _, text, _ in spans] == ["in Ukraine"]


def test_the_passage_that_shares_more_words_goes_first() -> None:
    spans = read("where is the old mill", "A river flows.", "The old mill is in the north.")
    assert spans[0][:2] == (1, "in")
    assert [score for _, _, score in spans] == sorted((s for *_, s in spans), reverse=True)


def test_a_stretch_has_five_words_at_most() -> None:
    assert read("x", "a b c d e f g")[0][1] == "a b c d e"


def test_a_passage_of_the_question_alone_has_no_span() -> None:
    assert read("old mill", "Old mill!") == []


def test_a_link_is_not_cut() -> None:
    text = "the handbook is https://a.example/b-c/d?e=1."
    passage = Passage(document="d", start=0, end=len(text), text=text)
    (reading,) = OverlapReader().read([ReadRequest("where is the handbook", (passage,))])
    assert reading.spans[0].text == "https://a.example/b-c/d?e=1"
