"""Names of a question: which words are ones, which a passage lacks, and how they are exchanged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.entities import missing, names_in, renamed


def passage(text: str, title: str = "") -> Passage:
    return Passage(document="d", start=0, end=len(text), title=title, text=text)


KETTLE = passage(
    "It costs 59 euros. Marie Curie has one. Parts for the HK-210S of Dorothy's are sold "
    "for three years.",
    "Brisk 200 kettle",
)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("How much does the Brisk 200 kettle cost?", ["Brisk", "200"]),
        ("who founded halden in 1958?", ["1958"]),
        ("What is the x-200 made of?", ["x-200"]),
        ("How Much Does The Kettle Cost?", []),
        ("WHAT DOES THE X-200 COST?", ["X-200"]),
        ("Can I return it?", []),
        ("", []),
    ],
)
def test_names_are_capitals_codes_and_numbers(question: str, names: list[str]) -> None:
    assert [word.raw for word in names_in(question)] == names


@pytest.mark.parametrize(
    ("question", "lacks"),
    [
        ("How much does the Brisk 200 cost?", False),
        ("How much does the Brisk 300 cost?", True),
        ("How much does the Aroma X99 cost?", True),
        ("What does Dorothy sell for the HK210S for 3 years?", False),
        ("What does the HK 210S cost?", False),
        ("What did the Curies buy?", False),
        ("how much is it?", False),
    ],
)
def test_what_the_passage_and_its_title_lack_is_missing(question: str, lacks: bool) -> None:
    assert missing(question, KETTLE) is lacks


def test_a_name_is_exchanged_and_the_rest_stays() -> None:
    rng = np.random.default_rng(1)
    made = {renamed("How much does the Brisk 200 cost?", ["Aroma"], rng) for _ in range(100)}
    assert "How much does the Aroma 200 cost?" in made
    numbers = {q for q in made if q is not None and "Brisk" in q}
    assert len(numbers) > 10
    assert all(len(q) == len("How much does the Brisk 200 cost?") for q in numbers)
    assert "How much does the Brisk 200 cost?" not in made
    assert renamed("how much is it?", ["Aroma"], rng) is None
    assert renamed("Who was Aroma?", ["aroma"], rng) is None


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_text_lacks_none_of_its_own_names(question: str, text: str) -> None:
    assert not missing(question, passage(question))
    assert not missing(question, passage(f"{text} {question}"))


@pytest.mark.parametrize(
    ("question", "text", "lacks"),
    [
        ("How many has the Ｎａｇｏｙａ plant?", "The NAGOYA plant has 310.", False),
        ("Where is the eﬃcient Oﬃce Lab?", "The Office Lab is here.", False),
        ("Who ran the Cafe Muller?", "Ana ran the Cafe\u0301 Müller.", False),
        ("Who had 4500 in the Brink club?", "With 4,500 the Brink club leads.", False),
        ("What is new in Nord v2.1?", "Nord 2.1.0 brings tabs.", False),
        ("What is new in Nord 2.1?", "Nord 2.10 brings tabs.", True),
        ("What is new in Nord 1.2?", "Nord 2.1 brings tabs.", True),
        ("What is the Aroma X9?", "The Aroma X90 is a mill.", True),
        ("What fell in 2021?", "On 2021-03-03 the bridge fell.", False),
    ],
)
def test_names_are_compared_folded_and_numbers_by_value(
    question: str, text: str, lacks: bool
) -> None:
    assert missing(question, passage(text)) is lacks
