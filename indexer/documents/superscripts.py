"""Raised characters in plain text, so that they never join the digits before them.

10 and a raised 6 -> 10⁶; m and a raised 2 -> m²; 9 and a raised 50 before euros -> 9.50;
1 and a raised st -> 1st; 2 and a raised k -> 2^k.
"""

from __future__ import annotations

import re

__all__ = ["raised", "settled"]

_OPEN, _CLOSE = "\ue0f1", "\ue0f2"
"""Around what is raised until the whole paragraph is known: private characters, in no text."""
_MARKED = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_JOINED = re.compile(f"{_CLOSE}{_OPEN}")
_RAISED = str.maketrans("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ")
_EXPONENT = re.compile(r"[0-9+\-−–=()n]+")
_CENTS = re.compile(r"[0-9]{2}")
_MONEY = "€$£¥"
_MONEY_AFTER = re.compile(
    rf"\s?(?:[{_MONEY}]|(?:euros?|EUR|CHF|USD|GBP|dollars?|francs?|kr|zł|Kč|lei|Fr)\b)",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(
    rf"(?:[{_MONEY}]|\b(?:EUR|CHF|USD|GBP|Fr\.?|kr\.?))\s?[0-9][0-9.,' ]{{0,12}}$"
)
_LOOK = 24
"""Characters before and after that tell what a raised number is."""


def raised(text: str) -> str:
    """`text` marked as raised, for a paragraph that `settled` is called on when it is whole."""
    return f"{_OPEN}{text}{_CLOSE}" if text.strip() else text


def settled(paragraph: str) -> str:
    """The paragraph with its raised characters as plain text has them."""
    if _OPEN not in paragraph:
        return paragraph
    paragraph = _JOINED.sub("", paragraph)
    parts: list[str] = []
    at = 0
    for match in _MARKED.finditer(paragraph):
        parts.append(paragraph[at : match.start()])
        before = "".join(parts[-3:])[-_LOOK:]
        parts.append(_settled(match.group(1), before, paragraph[match.end() : match.end() + _LOOK]))
        at = match.end()
    parts.append(paragraph[at:])
    return "".join(parts).replace(_OPEN, "").replace(_CLOSE, "")


def _settled(text: str, before: str, after: str) -> str:
    inner = text.strip()
    space = text[len(text.rstrip()) :]
    last = before[-1:]
    if not last or last.isspace():
        return text
    money = _MONEY_AFTER.match(after) or _MONEY_BEFORE.search(before)
    if _CENTS.fullmatch(inner) and last.isdigit() and money:
        return f".{inner}{space}"
    if inner == "o" and last.isdigit():  # an o for a degree sign, or an ordinal
        return text
    if _EXPONENT.fullmatch(inner):
        return inner.translate(_RAISED) + space
    if last.isdigit() and any(c.isdigit() for c in inner):
        apart = re.fullmatch(r"[0-9,;*\s]+", inner)
        return (" " if apart else "^") + text  # "3,4" are two notes' marks
    if last.isdigit() and len(inner) == 1 and inner.isalpha() and inner not in "aeèoºªdhrt":
        return "^" + text
    return text
