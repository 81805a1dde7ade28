"""What stands between lines: a hyphen stays unless the document shows the word without it."""

from __future__ import annotations

import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.documents.line_ends import LineEnds


def joined(line: str, following: str, *others: str, soft: bool = False) -> str:
    """The two lines as one text, in a document with `others` besides."""
    stays, between = LineEnds([line, following, *others]).join(line, following, soft=soft)
    return stays + between + following


@pytest.mark.parametrize(
    "word",
    [
        *("heat-resistant", "two-pack", "10-year", "UL-listed", "Saint-Malo", "re-usable"),
        *("COVID-19", "10-20", "2024-05-01", "n-tridecanal", "α-carotin", "USB-C", "α2-integrin"),
        *("state-of-the-art", "Jean-Luc", "t-Test", "non-compartmental", "DE-80331", "e‐book"),
        *("Monday–Friday", "1990–1995", "yes—no", "and/or", "km/h", "X-ray", "www.a-b.org/c-d"),
        "https://example.com/cross-section",
    ],
)
def test_a_word_broken_at_its_hyphen_is_whole_again(word: str) -> None:
    at = max(word.rfind(mark) for mark in "-‐–—/") + 1
    assert joined(f"It is {word[:at]}", f"{word[at:]} here.") == f"It is {word} here."


@pytest.mark.parametrize(
    ("line", "following", "shown", "text"),
    [
        ("Made of alu-", "minium.", "Aluminium is light.", "Made of aluminium."),
        ("The INFOR-", "MATION desk", "Information", "The INFORMATION desk"),
        ("die Versiche-", "rung zahlt", "Eine Versicherung gilt.", "die Versicherung zahlt"),
        ("the tempera-", "tures rise", "The temperature", "the temperatures rise"),
        ("a compres-", "sor-driven pump", "a compressor hums", "a compressor-driven pump"),
        ("of alu-", "minium", "an aluminium-free box", "of aluminium"),
    ],
)
def test_a_divided_word_is_joined_where_the_document_shows_it(
    line: str, following: str, shown: str, text: str
) -> None:
    assert joined(line, following, shown) == text
    assert joined(line, following) == line + following, "nothing shows it"


def test_a_word_that_the_document_shows_both_ways_keeps_its_hyphen() -> None:
    assert joined("They re-", "sign it.", "Do not resign.", "You re-sign it.") == "They re-sign it."


def test_an_address_keeps_its_hyphen_though_the_joined_word_is_known() -> None:
    line, following = "See https://a.org/alu-", "minium for it."
    assert joined(line, following, "Aluminium") == "See https://a.org/alu-minium for it."
    assert joined("write to alu-", "minium@a.org", "aluminium").startswith("write to aluminium")
    assert joined("write to x@alu-", "minium.org", "aluminium") == "write to x@alu-minium.org"


@pytest.mark.parametrize(
    "text", ["front- and rear-wheel", "Ein- oder Ausgang", "in- en uitvoer", "pre- or post-war"]
)
def test_a_hyphen_before_a_conjunction_keeps_its_space(text: str) -> None:
    half, rest = text.split(" ", 1)
    assert joined(half, rest) == text
    assert joined("hand-", "to-hand") == "hand-to-hand"


@pytest.mark.parametrize("dash", ["-", "–", "—", "--"])
def test_a_dash_after_a_space_keeps_its_space(dash: str) -> None:
    assert joined(f"It is blue {dash}", "not green.") == f"It is blue {dash} not green."
    assert joined("It is blue", f"{dash} not green.") == f"It is blue {dash} not green."


def test_a_soft_hyphen_only_divides() -> None:
    assert joined("of alu-", "minium", soft=True) == "of aluminium"
    assert joined("of alu\u00ad", "minium") == "of aluminium"
    assert joined("a cross-\u00ad", "sectional view") == "a cross-sectional view"


@given(st.lists(st.text("ab -\u00ad–/.9Z", max_size=12), min_size=2, max_size=6), st.booleans())
def test_nothing_but_one_hyphen_is_ever_lost(lines: list[str], soft: bool) -> None:
    ends = LineEnds(lines)
    for line, following in pairwise(lines):
        stays, between = ends.join(line, following, soft=soft and line.endswith("-"))
        assert between in ("", " ")
        assert line.startswith(stays)
        assert line[len(stays) :].strip("\u00ad") in ("", "-")


def test_reading_the_document_takes_time_linear_in_its_length() -> None:
    def steps(size: int) -> int:
        count = 0

        def trace(*_: object) -> None:
            nonlocal count
            count += 1

        lines = [f"alpha-beta word{n} a-{'-b' * 40}-" for n in range(size)]
        former = sys.getprofile()
        sys.setprofile(trace)
        try:
            ends = LineEnds(lines)
            for line in lines:
                ends.join(line, "gamma")
        finally:
            sys.setprofile(former)
        return count

    assert steps(400) < 2.2 * steps(200)
