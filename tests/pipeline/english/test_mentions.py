"""Values of versions, codes and numbers, and which of them are equal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.english.mentions import Mention, mentions


def keys(text: str) -> frozenset[str]:
    (mention,) = mentions(text)
    return mention.keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2.1", "v2.1"),
        ("2.1", "2.1.0"),
        ("2.0", "2"),
        ("1,200", "1200"),
        ("1 200", "1200"),
        ("1.200", "1200"),
        ("HK-210S", "hk210s"),
        ("x-9", "X9"),
        ("X9s", "X9"),
        ("$4.50", "4.5"),
        ("3-1", "3.1"),
        ("2.1.0-rc.1", "v2.1.0-rc1"),
        ("12th", "12"),
        ("007", "7"),
    ],
)
def test_equal_values_share_a_key(one: str, other: str) -> None:
    assert keys(one) & keys(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2.1", "2.10"),
        ("2.1", "2.1.3"),
        ("2.1", "1.2"),
        ("2.1", "21"),
        ("2.1", "2.1-beta"),
        ("1.2", "12"),
        ("1,200", "12"),
        ("3-1", "1-3"),
        ("4.2", "4.12"),
        ("X9", "X90"),
        ("E-104", "E-140"),
        ("E-14", "E-104"),
        ("20.04", "20.4"),
    ],
)
def test_other_values_share_none(one: str, other: str) -> None:
    assert not keys(one) & keys(other)


@pytest.mark.parametrize(
    ("text", "before", "after", "variant"),
    [
        ("the clause 3-1 of it", "clause", "", ""),
        ("sec. 4.2 of", "section", "", ""),
        ("§ 4.2", "section", "", ""),
        ("room no. 214", "room", "", ""),
        ("With 4,500 members the", "", "member", ""),
        ("the Aroma X9 Pro holds", "aroma", "", "pro"),
        ("iPhone 12 mini", "iphone", "", "mini"),
        ("oxygen-16 is", "oxygen", "", ""),
        ("the 14-yard line", "", "yard", ""),
        ("the third chapter", "", "chapter", ""),
        ("Super Bowl XLIX", "bowl", "", ""),
        ("in June 12", "", "", ""),  # a day
    ],
)
def test_a_number_knows_the_words_beside_it(
    text: str, before: str, after: str, variant: str
) -> None:
    (mention,) = mentions(text)
    assert (mention.before, mention.after, mention.variant) == (before, after, variant)


def test_roman_numbers_count_behind_names_and_an_i_is_none() -> None:
    assert [m.keys for m in mentions("World War II and Super Bowl XLVIII, and I saw type I")] == [
        {"n:2"},
        {"n:48"},
        {"n:1"},
    ]


@given(st.text(st.sampled_from("12 .,/-vXI§#aMy’–\n"), max_size=40) | st.text(max_size=40))
def test_mentions_lie_in_the_text_in_order(text: str) -> None:
    found = mentions(text)
    assert [m.start for m in found] == sorted(m.start for m in found)
    assert all(0 <= m.start < m.end <= len(text) for m in found)
    assert all(isinstance(m, Mention) and (m.date or m.keys) for m in found)
