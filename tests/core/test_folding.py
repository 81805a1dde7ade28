"""Folding: NFKC where it keeps the meaning, and each character's place in the original."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.folding import clusters, fold, folded, is_seen

MARKED = st.text(
    st.sampled_from("aeo ﬁﬃＡ１０²½\u0301\u0308\u00ad\u200b\u200d\ufe0f한ᄒ\u1161नि👩🌾🇩🇪-−’"),
    max_size=30,
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("oﬃce ﬂoor", "office floor"),
        ("ＯＳＡＫＡ ２５０", "OSAKA 250"),
        ("trans\u00admis\u00adsion", "transmission"),
        ("a\u00a0b\u202fc", "a b c"),
        ("Porth\u2011Hale", "Porth-Hale"),
        ("−17 ℃", "-17 °C"),
        ("‘a’ “b”", "'a' \"b\""),
        ("z\u200be\u2060r\ufeffo", "zero"),
        ("Cafe\u0301", "Café"),
        ("ﾄﾞｰﾑ", "ドーム"),
        ("٢٥٠ २५", "250 25"),
        ("CO₂ in m²", "CO2 in m2"),
        ("5×10⁻³", "5×10^-3"),
        ("10⁶ Curie²", "10^6 Curie^2"),
        ("1½ or ½", "1 1/2 or 1/2"),
        ("Aroma™ º", "Aroma™ º"),
        ("№5", "No 5"),
        ("\u1112\u1161\u11ab", "한"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_what_means_the_same_is_folded_to_the_same(text: str, plain: str) -> None:
    assert fold(text) == plain


def test_a_place_in_the_folded_text_leads_to_whole_characters_of_the_original() -> None:
    text = "The oﬃce of Zoe\u0301 is ２５０ m"
    fold = folded(text)
    for plain, own in [("office", "oﬃce"), ("Zoé", "Zoe\u0301"), ("250", "２５０"), ("ff", "ﬃ")]:
        at = fold.text.index(plain)
        start, end = fold.span(at, at + len(plain))
        assert text[start:end] == own
    assert fold.span(len(fold.text), len(fold.text)) == (len(text), len(text))
    assert folded("").span(0, 0) == (0, 0)


@given(MARKED | st.text(max_size=30))
def test_places_ascend_and_lie_in_the_text(text: str) -> None:
    fold = folded(text)
    assert len(fold.text) == len(fold.starts) == len(fold.ends)
    assert list(fold.starts) == sorted(fold.starts)
    assert all(0 <= a < b <= len(text) for a, b in zip(fold.starts, fold.ends, strict=True))
    for at in range(len(fold.text)):  # and back again
        first, end = fold.place(*fold.span(at, at + 1))
        assert first <= at < end
        assert all(fold.starts[i] >= fold.starts[at] for i in range(first, end))


@given(MARKED | st.text(max_size=30))
def test_clusters_hold_each_character_once_and_begin_with_no_mark(text: str) -> None:
    stretches = list(clusters(text))
    assert "".join(text[a:b] for a, b in stretches) == text
    assert not any(
        unicodedata.category(text[a])[0] == "M" and not text[a - 1].isspace()
        for a, _ in stretches[1:]
    )


@pytest.mark.parametrize(
    "cluster", ["e\u0301\u0323", "👩\u200d🌾", "🇩🇪", "❤\ufe0f", "👍🏽", "नि", "ﾄﾞ"]
)
def test_what_is_read_as_one_is_one_stretch(cluster: str) -> None:
    assert list(clusters(f"a{cluster}b")) == [
        (0, 1),
        (1, 1 + len(cluster)),
        (1 + len(cluster), 2 + len(cluster)),
    ]


def test_a_million_marks_are_cut_into_stretches() -> None:
    assert max(b - a for a, b in clusters("e" + "\u0301" * 1000)) <= 32


@given(st.text(max_size=30))
def test_equivalent_texts_are_folded_to_the_same(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert fold(unicodedata.normalize("NFD", composed)) == fold(composed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t",
        "\0",
        "\u200b\u200d",
        "\u00a0",
        "\ufeff",
        "\u2800",
        "\u3164",
        "\ufe0f",
        "\u0301",
        "\ue000",
    ],
)
def test_a_text_of_blanks_controls_and_marks_shows_nothing(text: str) -> None:
    assert not is_seen(text)
    assert is_seen(f"{text}a")


@pytest.mark.parametrize("text", ["7", "–", "👍", "€", "नि", "🇩🇪", "吉"])
def test_a_letter_digit_or_sign_is_seen(text: str) -> None:
    assert is_seen(text)


@given(st.text(st.characters(max_codepoint=127), min_size=1, max_size=20), MARKED)
def test_ascii_stays_at_its_place_but_for_a_letter_before_a_mark(plain: str, marked: str) -> None:
    fold_of = folded(f"é{plain}{marked}")
    kept = slice(1, len(plain))
    assert fold_of.text[kept] == plain[:-1]
    assert list(fold_of.starts[kept]) == list(range(1, len(plain)))
    assert list(fold_of.ends[kept]) == list(range(2, len(plain) + 1))
