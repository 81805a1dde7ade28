"""Raised and lowered characters as plain text has them: they never join the digits beside them.

10 and a raised 6 -> 10⁶; m and a raised 2 -> m²; 9 and a raised 50 before euros -> 9.50;
1 and a raised st -> 1st; a footnote's mark -> left out; CO and a lowered 2 -> CO2.
"""

from __future__ import annotations

import re

__all__ = ["END", "LOWERED", "NOTE", "RAISED", "raised", "settled"]

RAISED, NOTE, LOWERED, END = "\x01", "\x02", "\x03", "\x04"
"""Stand before and after such text until its paragraph is whole; no page holds these controls."""

_MARKED = re.compile(f"([{RAISED}{NOTE}{LOWERED}])([^\x01-\x04]*){END}")
_RUNS = re.compile(f"{RAISED}[^\x01-\x04]*{END}(?:{RAISED}[^\x01-\x04]*{END})+")
"""One raised text in several runs, as word processors write it."""
_SUPERSCRIPTS = str.maketrans(
    "0123456789+-−–=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
)
_SUBSCRIPTS = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
_EXPONENT = re.compile(r"[-+−–]?[0-9]{1,12}[-+−–]?|[-+−–]|[0-9]{0,4}[nkxymtijp]")
_MARK = re.compile(
    r"(?:\[[^\[\]]{1,40}\] ?){1,6}|\(?(?:[0-9]{1,3}|[a-h]|[ivx]{1,5}|[*†‡§¶#]{1,3})"
    r"(?:[,;–-]\s?(?:[0-9]{1,3}|[a-h]|[*†‡§]{1,3})){0,6}\)?\.?"
)
_TRADE = {"tm": "™", "sm": "℠", "(tm)": "™", "r": "®", "(r)": "®"}
_UNITS_NAMES = (
    "m km cm mm dm nm µm μm in ft yd mi s h min sec g kg mg l L mol K W V A N Pa rad "
    "inch inches foot feet mile miles yard yards metre metres meter meters acre sq mc "
    "sin cos tan log exp lim"
)
_UNITS = frozenset(_UNITS_NAMES.split())
_MONEY = "€$£¥₹₽₩₪₺₴"
_MONEY_AFTER = re.compile(
    rf"[ \u00a0]?(?:[{_MONEY}]|(?:euros?|eur|chf|usd|gbp|dollars?|pounds?|francs?|franken|kr|"
    r"kronor|kroner|z\u0142|k\u010d|lei|fr|sek|nok|dkk|pln|czk)\b)",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(
    rf"(?:[{_MONEY}]|\b(?:EUR|CHF|USD|GBP|Fr\.?|kr\.?|SEK|NOK|DKK))\s?[0-9][0-9.,' ]{{0,12}}$"
)
_THOUSANDS = re.compile(r"(?<![0-9.,])[0-9]{1,3}(?:\.[0-9]{3})+$")
_YEAR = re.compile(r"(?<![0-9.,^×·*/])(?:1[0-9]{3}|20[0-9]{2})$")
_WORD = re.compile(r"[^\W\d_]+$")
_CALCULATES = tuple("=×·*/<>≈+≤≥")
_LOOK = 32
"""Characters before and after that tell what raised text is."""


def raised(text: str) -> str:
    """`text` marked as raised, for a paragraph that `settled` is called on when it is whole."""
    return f"{RAISED}{text}{END}" if text.strip() else text


def settled(paragraph: str) -> str:
    """The paragraph with its marked text as plain text has it; linear in its length."""
    if not any(mark in paragraph for mark in (RAISED, NOTE, LOWERED)):
        return paragraph
    paragraph = _RUNS.sub(lambda m: raised(re.sub("[\x01-\x04]", "", m.group())), paragraph)
    parts: list[str] = []
    at = 0
    before = ""
    for match in _MARKED.finditer(paragraph):
        plain = re.sub("[\x01-\x04]", "", paragraph[at : match.start()])
        before = (before + plain[-_LOOK:])[-_LOOK:]
        after = paragraph[match.end() : match.end() + _LOOK]
        if match.group(1) == LOWERED and after[:1] in (RAISED, NOTE):
            after = ""  # what is raised does not join
        after = re.sub("[\x01-\x04]", "", after)
        text = _settled(match.group(1), match.group(2), before, after)
        before = (before + text[-_LOOK:])[-_LOOK:]
        parts += (plain, text)
        at = match.end()
    parts.append(re.sub("[\x01-\x04]", "", paragraph[at:]))
    return "".join(parts)


def _settled(mark: str, text: str, before: str, after: str) -> str:
    inner = " ".join(text.split())
    space = " " if inner and text[-1:].isspace() else ""
    if not inner:
        return text
    if mark == LOWERED:
        return _lowered(text, inner, before, after)
    if mark == NOTE:
        if before.strip() and _MARK.fullmatch(inner):
            return space
        joins = before[-1:].isalnum() and inner[0].isalnum()
        return f" {text}" if joins else text
    return _raised(inner, before, after) + space


def _lowered(text: str, inner: str, before: str, after: str) -> str:
    """Lowered text as it is, unless its digits would join those before or behind."""
    joins = before[-1:].isdigit() and inner[0].isdigit()
    if (joins or (inner[-1].isdigit() and after[:1].isdigit())) and inner.isdigit():
        return inner.translate(_SUBSCRIPTS)
    return f" {text}" if joins else text


def _raised(inner: str, before: str, after: str) -> str:
    last = before[-1:]
    if not any(char.isalnum() for char in inner) and not _MARK.fullmatch(inner):
        return inner.translate(_SUPERSCRIPTS)  # a sign: ®, °, %, +
    if inner.isdigit() and after.lstrip()[:1] in ("/", "⁄"):  # the upper part of a fraction
        return f" {inner}" if last.isdigit() else inner
    if inner.lower() in _TRADE and last.isalpha():
        return _TRADE[inner.lower()]
    if last.isdigit():
        return _behind_digits(inner, before, after)
    if not last or last.isspace() or last in "([{":
        # An isotope, or the number of the note that stands here; else a mark after a space.
        free = not before.strip() or after[:1].isalpha() or not _MARK.fullmatch(inner)
        return (
            inner.translate(_SUPERSCRIPTS)
            if free and _EXPONENT.fullmatch(inner)
            else (inner if free else "")
        )
    if last.isalpha():
        return _behind_letters(inner, before)
    if last in ".,":
        # A decimal mark before raised cents, or a note after a sentence.
        return (
            inner
            if before[-2:-1].isdigit() and _is_cents(inner, before[:-1], after)
            else ("" if _MARK.fullmatch(inner) else inner)
        )
    if last in ")]}" and len(inner) == 1 and inner in "abcdefgh*†‡§":
        return ""
    if last in ")]}⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉":
        return inner.translate(_SUPERSCRIPTS) if _EXPONENT.fullmatch(inner) else _power(inner)
    return "" if _MARK.fullmatch(inner) else inner


def _is_cents(inner: str, before: str, after: str) -> bool:
    money = _MONEY_AFTER.match(after) or _MONEY_BEFORE.search(before)
    return bool(money and re.fullmatch(r"[0-9]{2}|[-–—]{1,2}", inner))


def _behind_digits(inner: str, before: str, after: str) -> str:
    if _is_cents(inner, before, after):
        return f"{',' if _THOUSANDS.search(before) else '.'}{inner}"
    if inner[0] in "[*†‡§¶#":
        return "" if _MARK.fullmatch(inner) else f" {inner}"
    calculates = after.lstrip().startswith(_CALCULATES)
    if inner.isdigit() and len(inner) <= 3 and _YEAR.search(before) and not calculates:
        return ""
    if _EXPONENT.fullmatch(inner):
        return inner.translate(_SUPERSCRIPTS)
    if len(inner) == 1 and inner in "bcdfgh":
        return ""
    if inner.isalpha() or inner in ("°", "º", "ª"):
        return inner  # an ordinal
    if re.fullmatch(r"\([0-9]{1,3}\)|[0-9]{1,3}(?:[,;]\s?[0-9]{1,3})+\)?", inner):
        return ""  # several notes
    return _power(inner) if not inner.endswith(")") or "(" in inner else ""


def _behind_letters(inner: str, before: str) -> str:
    word = match.group() if (match := _WORD.search(before)) else ""
    if inner.isalpha():
        short = len(word) <= 2 or word.isupper() or len(inner) == 1
        if len(inner) == 1 and inner in "abcd" and len(word) >= 3 and not word.isupper():
            return ""
        return inner if short else f" {inner}"
    if _EXPONENT.fullmatch(inner) and (len(word) <= 2 or word in _UNITS or not inner.isdigit()):
        return inner.translate(_SUPERSCRIPTS)
    if _MARK.fullmatch(inner):
        return ""
    return _power(inner) if len(word) <= 2 else f" {inner}"


def _power(inner: str) -> str:
    return f"^{inner}" if inner.isalnum() else f"^({inner})"
