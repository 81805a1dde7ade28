"""Characters of the Symbol and Wingdings fonts as Unicode."""

from __future__ import annotations

__all__ = ["plain", "symbol"]

_SYMBOL_LOW = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_"
    "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
"""Of the Symbol font, from 0x20 (Unicode's mapping of Adobe's encoding)."""
_SYMBOL_HIGH = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪"
"""From 0xA0."""
_WINGDINGS = {
    0x28: "☎", 0x2A: "✉", 0x4A: "☺", 0x4C: "☹", 0x6C: "•", 0x6E: "▪", 0x6F: "☐", 0x71: "❑",
    0x76: "❖", 0x9F: "•", 0xA7: "▪", 0xA8: "☐", 0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑",
    0xE2: "↓", 0xE8: "→", 0xF0: "⇨", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "☐"}
_PRIVATE = range(0xF020, 0xF100)


def symbol(font: str, code: int) -> str:
    """The character `code` of a symbol font, where 0xF000 may be added; "" for a mere ornament."""
    place = code & 0xFF if code in _PRIVATE else code
    name = font.lower()
    if name.startswith("wingdings 2"):
        return _WINGDINGS_2.get(place, "")
    if name.startswith(("wingdings", "webdings")):
        return _WINGDINGS.get(place, "")
    if name.startswith("symbol"):
        if 0x20 <= place < 0x20 + len(_SYMBOL_LOW):
            return _SYMBOL_LOW[place - 0x20]
        if 0xA0 <= place < 0xA0 + len(_SYMBOL_HIGH):
            return _SYMBOL_HIGH[place - 0xA0]
        return ""
    return "" if code in _PRIVATE or not 0x20 <= code < 0x110000 else chr(code)


def plain(text: str, font: str) -> str:
    """`text` whose private characters are those of the symbol font that it is written in."""
    if not any(ord(c) in _PRIVATE for c in text):
        return text
    return "".join(symbol(font or "Symbol", ord(c)) if ord(c) in _PRIVATE else c for c in text)
