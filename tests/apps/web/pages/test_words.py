"""Words for confidence, times, counts and sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.web.identifiers import new_id
from spanmem.apps.web.pages import words


@given(confidence=st.floats(0, 1))
def test_a_confidence_becomes_a_frequency_that_is_at_most_a_twentieth_off(
    confidence: float,
) -> None:
    tenth = words.in_ten(confidence)
    assert abs(tenth.count / 10 - confidence) <= 0.05 + 1e-9
    assert str(tenth.count) in tenth.text or tenth.count in (0, 10)


def test_nothing_is_said_to_be_always_or_never_right() -> None:
    assert words.in_ten(1.0).text == "More than 9 in 10"
    assert words.in_ten(0.0).text == "Fewer than 1 in 10"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-10-12T14:05:59.123456+00:00", "12 October 2026, 14:05 UTC"),
        ("2026-10-12T23:30:00-02:00", "13 October 2026, 01:30 UTC"),
        ("2026-01-02", "2 January 2026, 00:00 UTC"),
        ("yesterday", "yesterday"),
    ],
)
def test_times_are_told_in_utc_and_what_is_no_time_stays(value: str, expected: str) -> None:
    assert words.moment(value) == expected


def test_counts_have_their_noun_and_sizes_their_unit() -> None:
    assert words.counted(1, "document") == "1 document"
    assert words.counted(12_400, "document") == "12,400 documents"
    assert [words.size(n) for n in (0, 999, 1000, 3_400_000)] == [
        *("0 bytes", "999 bytes", "1 KB", "3.4 MB")
    ]
    assert [words.duration(s) for s in (8.2, 61, 7300)] == ["8 s", "1 min", "2 h"]


def test_a_conversation_of_the_page_is_known_by_its_time_and_others_by_their_names() -> None:
    assert words.conversation(f"page/{new_id()}").startswith("On this page, ")
    assert words.conversation(f"shop-a/page/{new_id()}").startswith("On this page, ")
    for name in ("customer-42", "page/customer-42", "frontpage/" + new_id(), "page/" + "U" * 26):
        assert words.conversation(name) == name
