"""Ranking against what its docstring says, computed the plain way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Hit, Passage
from spanmem.pipeline.rank import rank, rerank
from spanmem.reader.calibration import FEATURES, Calibration
from spanmem.reader.metrics import normalize
from spanmem.reader.spans import Reading, Span

EVEN = Calibration(2.0, 0.0, dict.fromkeys(FEATURES, 0.1))


def hit(text: str, score: float, *, document: str = "d", start: int = 0) -> Hit:
    passage = Passage(document=document, start=start, end=start + len(text), text=text)
    return Hit(passage=passage, score=score, dense=0.5, source=f"{document}.md")


def span(hits: list[Hit], passage: int, text: str, score: float, null: float = 0.0) -> Span:
    at = hits[passage].passage.text.index(text)
    return Span(passage, at, at + len(text), text, score, score - null)


def reading(hits: list[Hit], *spans: Span) -> Reading:
    totals = [
        float(np.logaddexp.reduce([s.score for s in spans if s.passage == i] or [-np.inf]))
        for i in range(len(hits))
    ]
    ordered = tuple(sorted(spans, key=lambda s: -s.score))
    return Reading(ordered, (0.0,) * len(hits), tuple(totals))


def test_retrieval_tips_the_scale_between_equal_spans() -> None:
    hits = [hit("built in 1912", 0.2, document="a"), hit("opened in 1940", 0.9, document="b")]
    read = reading(hits, span(hits, 0, "1912", 5.0), span(hits, 1, "1940", 4.5))
    assert [r.text for r in rank(read, hits, EVEN)] == ["1940", "1912"]
    assert [r.text for r in rank(read, hits, EVEN, retrieval_weight=0.0)] == ["1912", "1940"]


def test_the_confidence_knows_what_a_passage_lacks_and_how_far_it_is_behind() -> None:
    hits = [hit("The Brisk costs 59 euros", 0.5, document="a"), hit("The Aroma costs 99", 0.75)]
    read = reading(hits, span(hits, 0, "59 euros", 5.0), span(hits, 1, "99", 4.0))
    first, second = rank(read, hits, EVEN, question="What does the Brisk cost?")
    assert (first.features["behind"], first.features["missing"]) == (0.25, 0)
    assert (second.features["behind"], second.features["missing"]) == (0, 1)
    unnamed = rank(read, hits, EVEN)
    assert [r.features["missing"] for r in unnamed] == [0, 0]
    assert [r.score for r in unnamed] == [first.score, second.score]


def test_passages_are_ordered_by_what_was_read_in_them() -> None:
    hits = [hit("a 1912", 0.1), hit("nothing", 0.9), hit("b 1940 c", 0.3)]
    read = reading(hits, span(hits, 0, "1912", 2.0), span(hits, 0, "a", 1.0), span(hits, 2, "b", 2))
    assert rerank(read, hits, EVEN) == (hits[2], hits[0], hits[1])
    assert rerank(read, hits, EVEN, retrieval_weight=0.0) == (hits[0], hits[2], hits[1])
    assert rerank(Reading((), (), ()), [], EVEN) == ()


def test_equal_answers_of_several_documents_add_up_and_support_each_other() -> None:
    hits = [
        hit("It was Ada Lovelace.", 0.5, document="a"),
        hit("By the Ada Lovelace!", 0.5, document="b"),
        hit("It was Charles Babbage.", 0.5, document="c"),
    ]
    read = reading(
        hits,
        span(hits, 0, "Ada Lovelace", 4.0),
        span(hits, 1, "the Ada Lovelace", 4.0),
        span(hits, 2, "Charles Babbage", 4.5),
    )
    first, second = rank(read, hits, EVEN)
    assert first.text == "Ada Lovelace"
    assert first.score == pytest.approx(np.logaddexp(5.0, 5.0))
    assert [e.document for e in (first.evidence, *first.support)] == ["a", "b"]
    assert (second.text, second.support) == ("Charles Babbage", ())


def test_the_same_place_in_two_overlapping_passages_counts_once() -> None:
    text = "The mill was built in 1912 by two brothers."
    hits = [hit(text, 0.5), hit(text[4:], 0.4, start=4)]
    read = reading(hits, span(hits, 0, "1912", 4.0), span(hits, 1, "1912", 6.0))
    (only,) = rank(read, hits, EVEN)
    assert only.score == pytest.approx(6.8)
    assert only.support == ()
    assert text[only.evidence.start : only.evidence.end] == "1912"


def test_the_same_place_with_its_full_stop_supports_nothing() -> None:
    hits = [hit("built in 1912.", 0.5, document="a"), hit("opened 1912", 0.5, document="b")]
    read = reading(
        hits,
        span(hits, 0, "1912", 4.0),
        span(hits, 0, "1912.", 3.0),
        span(hits, 1, "1912", 2.0),
    )
    (only,) = rank(read, hits, EVEN)
    assert [e.document for e in (only.evidence, *only.support)] == ["a", "b"]
    assert only.features["support"] == pytest.approx(math.log(2))
    assert only.score == pytest.approx(1.0 + np.logaddexp.reduce([4.0, 3.0, 2.0]))


def test_of_overlapping_answers_the_best_stays() -> None:
    hits = [hit("in the north of town", 0.5)]
    read = reading(
        hits,
        span(hits, 0, "the north", 5.0),
        span(hits, 0, "north of town", 4.0),
        span(hits, 0, "town", 1.0),
    )
    assert [r.text for r in rank(read, hits, EVEN)] == ["the north", "town"]


def test_what_overlaps_an_answer_adds_to_its_share() -> None:
    hits = [hit("four tonnes of krill a day", 0.5)]
    read = reading(
        hits,
        span(hits, 0, "krill", 2.0),
        span(hits, 0, "krill a day", 1.5),
        span(hits, 0, "four", 1.0),
    )
    first, second = rank(read, hits, EVEN)
    together = math.exp(2.0) + math.exp(1.5)
    share = together / (together + math.exp(1.0))
    assert (first.text, second.text) == ("krill", "four")
    assert first.features["share"] == pytest.approx(math.log(share / (1 - share)))
    assert second.features["share"] == pytest.approx(math.log((1 - share) / share))
    assert first.score == pytest.approx(2.0 + 1.0)


def test_nothing_read_gives_no_answer() -> None:
    assert rank(Reading((), (), ()), [], EVEN) == ()
    assert rank(Reading((), (-np.inf,), (-np.inf,)), [hit(" ", 0.1)], EVEN) == ()


WORDS = ("red", "blue", "The red", "green", "blue!")


@given(
    st.lists(
        st.tuples(st.sampled_from(WORDS), st.floats(-5, 5), st.floats(0, 1)),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 6),
)
def test_the_answers_share_one_distribution(
    drawn: list[tuple[str, float, float]], keep: int
) -> None:
    hits = [hit(word, score, document=f"d{i}") for i, (word, _, score) in enumerate(drawn)]
    read = reading(hits, *(span(hits, i, word, s) for i, (word, s, _) in enumerate(drawn)))
    mass: dict[str, float] = {}
    for word, score, retrieval in drawn:
        name = normalize(word)
        mass[name] = mass.get(name, 0.0) + math.exp(score + 2.0 * retrieval)
    ranked = rank(read, hits, EVEN, keep=keep)
    assert len(ranked) == min(keep, len(mass))
    assert [math.exp(r.score) for r in ranked] == pytest.approx(
        sorted(mass.values(), reverse=True)[:keep]
    )
    for one in ranked:
        share = mass[normalize(one.text)] / sum(mass.values())
        assert 1 / (1 + math.exp(-one.features["share"])) == pytest.approx(share, abs=1e-6)
        assert 0 < one.confidence < 1
        assert one.evidence.text == one.text


def test_answers_about_another_thing_come_last_and_are_held_back() -> None:
    hits = [
        hit("In version 2.10 the port is 8210.", 0.9, document="a"),
        hit("In version 2.1 the port is 8021.", 0.5, document="b"),
    ]
    read = reading(hits, span(hits, 0, "8210", 9.0), span(hits, 1, "8021", 5.0))
    assert [r.text for r in rank(read, hits, EVEN)] == ["8210", "8021"]
    first, second = rank(read, hits, EVEN, question="What is the port in Gatehouse 2.1?")
    assert (first.text, second.text) == ("8021", "8210")
    assert first.features["lead"] > 5
    assert first.features["share"] > 5  # the other one has no part of the distribution
    assert second.confidence < 0.1
    for ranked in rank(read, hits, EVEN, question="What is the port in Gatehouse 10.2?"):
        assert ranked.confidence == pytest.approx(EVEN.confidence(ranked.features) / 10)


def test_of_two_sentences_of_a_passage_the_one_that_names_it_answers() -> None:
    hits = [hit("The X9 holds 1.2 litres. The X9 Pro holds 1.8 litres.", 0.5)]
    read = reading(hits, span(hits, 0, "1.2 litres", 4.0), span(hits, 0, "1.8 litres", 6.0))
    assert rank(read, hits, EVEN, question="What does the X9 hold?")[0].text == "1.2 litres"
    assert rank(read, hits, EVEN, question="What does the X9 Pro hold?")[0].text == "1.8 litres"
