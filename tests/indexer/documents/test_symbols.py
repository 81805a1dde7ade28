"""Characters of symbol fonts as Unicode: known places of the two fonts."""

from __future__ import annotations

import pytest

from spanmem.indexer.documents.symbols import plain, symbol


@pytest.mark.parametrize(
    ("font", "code", "text"),
    [
        ("Symbol", 0xF0B1, "±"),
        ("Symbol", 0x61, "α"),
        ("Symbol", 0xF057, "Ω"),
        ("Symbol", 0xB0, "°"),
        ("Symbol", 0xF0A3, "≤"),
        ("Symbol", 0xF0DE, "⇒"),
        ("Wingdings", 0xF0FC, "✓"),
        ("Wingdings", 0xF0A8, "☐"),
        ("Wingdings", 0xF021, ""),
        ("Wingdings 2", 0xF052, "☑"),
        ("Arial", 0x41, "A"),
        ("Arial", 0xF041, ""),
        ("Symbol", 0x110000, ""),
    ],
)
def test_a_symbol_is_its_character(font: str, code: int, text: str) -> None:
    assert symbol(font, code) == text


def test_only_private_characters_of_a_text_change() -> None:
    assert plain("5 \uf0b0C", "Symbol") == "5 °C"
    assert plain("5 °C", "Symbol") == "5 °C"
