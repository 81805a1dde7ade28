"""The page of misses: which are worst, what is marked, and that nothing of the data is markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Evidence, Passage
from spanmem.evaluation.datasets import Question
from spanmem.evaluation.misses import worst_misses
from spanmem.evaluation.render import misses_page
from spanmem.evaluation.results import Outcome, RetrievedPassage

TEXT = "The mill was built in 1912, the tower in 1950."
PASSAGE = Passage(document="d", start=100, end=100 + len(TEXT), text=TEXT, title="Mill")
OTHER = Passage(document="e", start=0, end=9, text="Opened it", title="")
PASSAGES = {"mill": PASSAGE, "other": OTHER}


def evidence(text: str) -> Evidence:
    at = 100 + TEXT.index(text)
    return Evidence(
        document="d", start=at, end=at + len(text), text=text, passage="mill", passage_text=TEXT
    )


def outcome(
    name: str,
    given_text: str,
    answers: tuple[str, ...] = ("1912",),
    *,
    f1: float = 0.0,
    sure: float = 0.5,
    rank: int | None = 2,
    abstained: bool = False,
) -> Outcome:
    keys = ["other", "mill", "gone"]
    return Outcome(
        question=Question(id=name, text="when was <b>it</b> built", answers=answers),
        prediction="" if abstained else given_text,
        best=given_text,
        exact_match=float(f1 == 1),
        f1=f1,
        confidence=sure,
        abstained=abstained,
        evidence=evidence(given_text),
        hits=tuple(
            RetrievedPassage(k, "d", 0.5, holds=i == rank) for i, k in enumerate(keys, start=1)
        ),
    )


def test_the_worst_and_surest_go_first() -> None:
    outcomes = [
        outcome("right", "1912", f1=1.0),
        outcome("half", "1912", f1=0.5, sure=0.9),
        outcome("unsure", "1950", sure=0.2),
        outcome("sure", "1950", sure=0.8),
    ]
    found = worst_misses(outcomes, PASSAGES.get, read=20)
    assert [miss.outcome.question.id for miss in found] == ["sure", "unsure", "half"]
    assert len(worst_misses(outcomes, PASSAGES.get, read=20, count=2)) == 2


@pytest.mark.parametrize(
    ("found", "read", "kind"),
    [
        (outcome("q", "1950"), 20, "misread"),
        (outcome("q", "1950"), 1, "not-read"),
        (outcome("q", "1950", rank=None), 20, "not-found"),
        (outcome("q", "1950", f1=0.4), 20, "partly"),
        (outcome("q", "1950", abstained=True), 20, "held-back"),
        (outcome("q", "1950", answers=()), 20, "invented"),
    ],
)
def test_kinds(found: Outcome, read: int, kind: str) -> None:
    assert worst_misses([found], PASSAGES.get, read=read)[0].kind == kind


def test_answers_are_marked_where_they_stand() -> None:
    (miss,) = worst_misses([outcome("q", "1950")], PASSAGES.get, read=20)
    first, second = miss.passages  # the one that is gone from the memory is left out
    assert (first.label, first.title) == ("passage 2, answered from, holds an answer", "Mill")
    assert [(p.text, p.mark) for p in first.stretches] == [
        ("The mill was built in ", ""),
        ("1912", "gold"),
        (", the tower in ", ""),
        ("1950", "given"),
        (".", ""),
    ]
    assert [p.mark for p in second.stretches] == [""]


def test_overlapping_marks() -> None:
    (miss,) = worst_misses(
        [outcome("q", "built in 1912", ("in  1912", "1912, the"), f1=0.5)], PASSAGES.get, read=20
    )
    marks = [(p.text, p.mark) for p in miss.passages[0].stretches if p.mark]
    assert marks == [("built ", "given"), ("in 1912", "both"), (", the", "gold")]


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_pieces_are_the_passage(text: str, answers: list[str]) -> None:
    alone = Outcome(
        question=Question(id="q", text="q", answers=tuple(answers), context=text),
        prediction="",
        exact_match=0.0,
        f1=0.0,
        confidence=0.0,
    )
    (miss,) = worst_misses([alone], PASSAGES.get, read=1)
    assert "".join(p.text for p in miss.passages[0].stretches) == text


class Texts(HTMLParser):
    """Tags and visible texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_is_self_contained_and_escaped() -> None:
    nasty = outcome("<script>x</script>", "1950", ("<i>&amp;", "1912"))
    misses = worst_misses([nasty], PASSAGES.get, read=20)
    page = Texts()
    page.feed(misses_page(misses, data="d<.json", wrong=1, questions=3))
    assert not {"script", "b", "link", "img", "iframe"} & set(page.tags)
    assert page.links == []
    assert page.tags.count("article") == 1
    for text in ("when was <b>it</b> built", "<script>x</script>", "<i>&amp;", "d<.json", "50 %"):
        assert text in page.words
    assert "prefers-color-scheme: dark" in page.words
