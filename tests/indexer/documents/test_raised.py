"""Raised and lowered text: digits never join others, notes' marks go, ordinals stay."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.documents.raised import END, LOWERED, NOTE, RAISED, settled


def text(markup: str) -> str:
    """`^{...}` raised, `_{...}` lowered, `~{...}` a note's mark."""
    for sign, mark in (("^", RAISED), ("_", LOWERED), ("~", NOTE)):
        markup = markup.replace(sign + "{", mark)
    return settled(markup.replace("}", END))


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("3 × 10^{6} litres", "3 × 10⁶ litres"),
        ("10^{-3} g", "10⁻³ g"),
        ("10^{−9} g", "10⁻⁹ g"),
        ("100^{2}=10000", "100²=10000"),
        ("1000^{2} = 10^{6}", "1000² = 10⁶"),
        ("2^{n}, 2^{n+1}, 8^{1/3}", "2ⁿ, 2^(n+1), 8^(1/3)"),
        ("75 m^{2} and 2,000 ft^{2}", "75 m² and 2,000 ft²"),
        ("E=mc^{2}", "E=mc²"),
        ("(a+b)^{2}", "(a+b)²"),
        ("Ca^{2+}, SO_{4}^{2-}", "Ca²⁺, SO4²⁻"),
        ("a ^{14}C date, ^{235}U", "a ¹⁴C date, ²³⁵U"),
        ("CO_{2}, H_{2}O, C_{6}H_{12}O_{6}", "CO2, H2O, C6H12O6"),
        ("1010_{2}, log_{2}8", "1010₂, log₂8"),
    ],
)
def test_powers_units_and_formulas(markup: str, plain: str) -> None:
    assert text(markup) == plain


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("7^{90} €", "7.90 €"),
        ("$ 129^{99} a year", "$ 129.99 a year"),
        ("3,^{50} euros", "3,50 euros"),
        ("1.299^{00} €", "1.299,00 €"),
        ("CHF 14^{50}", "CHF 14.50"),
        ("3^{1}/_{2} inches, 7^{3}⁄_{4}", "3 1/2 inches, 7 3⁄4"),
        ("^{1}/_{2} cup", "1/2 cup"),
    ],
)
def test_prices_and_fractions(markup: str, plain: str) -> None:
    assert text(markup) == plain


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("the 21^{st}, 12^{th}-century, 1^{er}", "the 21st, 12th-century, 1er"),
        ("XIX^{e}, n^{o} 5, M^{me} Roy", "XIXe, no 5, Mme Roy"),
        ("Acme^{TM}, Windows^{®}, 25^{°}C, 5^{%}", "Acme™, Windows®, 25°C, 5%"),
    ],
)
def test_ordinals_and_signs_stay_joined(markup: str, plain: str) -> None:
    assert text(markup) == plain


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("in 1974^{3} by", "in 1974 by"),
        ("widened.^{2} It", "widened. It"),
        ("The county^{4} paid", "The county paid"),
        ("60 %^{1} of it", "60 % of it"),
        ("in 1950^{1,2} it", "in 1950 it"),
        ("44^{b} cases, 44 m^{*}", "44 cases, 44 m"),
        ("11 km^{[4][5]}, 12^{(2)}, Height (m)^{a}", "11 km, 12, Height (m)"),
        ("12,000~{3} tonnes, 88~{[9]}.", "12,000 tonnes, 88."),
        ("x^{[citation needed]} y", "x y"),
        ("^{1} Without interest", "¹ Without interest"),
        ("~{1} Without interest", "1 Without interest"),
        ("1877~{a long footnote} by", "1877 a long footnote by"),
    ],
)
def test_marks_of_notes_are_left_out_but_where_the_note_stands(markup: str, plain: str) -> None:
    assert text(markup) == plain


NUMBER = st.integers(0, 99_999).map(str)


@given(NUMBER, NUMBER, st.sampled_from("^_~"), st.sampled_from(["", " €", " m", ".", ")"]))
def test_raised_digits_never_join_those_before(
    base: str, inner: str, sign: str, after: str
) -> None:
    plain = text(f"about {base}{sign}{{{inner}}}{after}")
    assert base in re.findall(r"[0-9]+", plain)


@given(st.text(f"ab19 .,€{RAISED}{NOTE}{LOWERED}{END}", max_size=40))
def test_no_mark_is_left_however_they_lie(paragraph: str) -> None:
    assert not set(settled(paragraph)) & {RAISED, NOTE, LOWERED, END} or not re.search(
        f"[{RAISED}{NOTE}{LOWERED}]", paragraph
    )
