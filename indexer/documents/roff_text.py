"""The text of a line of troff: its escapes as the characters that people see."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from .raised import raised

__all__ = ["arguments", "escaped_text"]

_NAME = r"(?:\[(?P<{0}3>[^\]\n]{{0,60}})\]|\((?P<{0}2>..)|(?P<{0}1>.))"
_ESCAPE = re.compile(
    r"\\(?:(?P<remark>[\"#].*)"
    r"|\[(?P<long>[^\]\n]{1,60})\]|\((?P<short>..)|C'(?P<quoted>[^'\n]{1,60})'"
    rf"|\*{_NAME.format('string')}"
    r"|(?P<style>[fFgkmMnVY][+-]?(?:\[[^\]\n]{0,60}\]|\(..|.))"
    r"|(?P<size>s[+-]?(?:\[[^\]\n]{0,20}\]|'[^'\n]{0,20}'|\([+-]?\d\d|[+-]?[123]\d|[+-]?\d))"
    r"|(?P<move>[AbBDhHlLNoRSvwxXZ](?P<mark>[^\w\s])(?P<inner>[^\n]{0,400}?)(?P=mark))"
    r"|(?P<sign>.|$))"
)
_SIGNS = {
    "-": "-", "e": "\\", "\\": "\\", "~": " ", "0": " ", " ": " ", "t": "\t", "'": "'", "`": "`",
    ".": ".", "_": "_",
}  # fmt: skip
"""What an escape of one character shows; others, as `\\&`, show nothing."""
_CHARACTERS = {
    "aq": "'", "dq": '"', "lq": "“", "rq": "”", "oq": "‘", "cq": "’", "Bq": "„", "bq": "‚",
    "Fo": "«", "Fc": "»", "fo": "‹", "fc": "›", "em": "—", "en": "–", "hy": "-", "bu": "•",
    "co": "©", "rg": "®", "tm": "™", "de": "°", "+-": "±", "mu": "×", "di": "÷", "<=": "≤",
    ">=": "≥", "!=": "≠", "==": "≡", "~~": "≈", "~=": "≈", "->": "→", "<-": "←", "<>": "↔",
    "ua": "↑", "da": "↓", "mi": "−", "pl": "+", "eq": "=", "ti": "~", "ha": "^", "ga": "`",
    "rs": "\\", "sl": "/", "at": "@", "sh": "#", "Do": "$", "lB": "[", "rB": "]", "lC": "{",
    "rC": "}", "la": "⟨", "ra": "⟩", "ba": "|", "br": "|", "or": "|", "bv": "|", "ul": "_",
    "ru": "_", "14": "¼", "12": "½", "34": "¾", "sc": "§", "ps": "¶", "ct": "¢", "Po": "£",
    "Ye": "¥", "Eu": "€", "eu": "€", "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ",
    "/o": "ø", "/O": "Ø", "oa": "å", "oA": "Å", "Tp": "þ", "-D": "Ð", "r!": "¡", "r?": "¿",
    "no": "¬", "dg": "†", "dd": "‡", "if": "∞", "sr": "√", "fm": "′", "sd": "″", "aa": "´",
    "ci": "○", "sq": "□", "OK": "✓", "S2": "²", "S3": "³", "S1": "¹", "%0": "‰", "*m": "μ",
    "*a": "α", "*b": "β", "*g": "γ", "*d": "δ", "*l": "λ", "*p": "π", "*s": "σ", "*D": "Δ",
    "*W": "Ω", "mc": "µ", "ff": "ff", "fi": "fi", "fl": "fl", "Fi": "ffi", "Fl": "ffl",
}  # fmt: skip
_ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", ":": "\u0308", "~": "\u0303",
            ",": "\u0327", "v": "\u030c", "o": "\u030a"}  # fmt: skip
_STRINGS = {"R": "®", "Tm": "™", "lq": "“", "rq": "”", "Aq": "'", "C`": "", "C'": "", "--": "—"}
"""Strings that macros define, and those of pages that programs write."""
_RAISED = re.compile(
    r"\\v'-[^'\n]{1,20}'(?:\\s-\d)?([^\\\n]{1,20})(?:\\s(?:\+\d|0))?\\v'[^'\n]{1,20}'"
    r"|\\u([^\\\n]{1,20})\\d"
)
_ARGUMENT = re.compile(r'"((?:[^"]|"")*)(?:"|$)|((?:\\.|[^ \t\\])+)')


def escaped_text(line: str, string: Callable[[str], str | None], depth: int = 0) -> str:
    """The line as it is shown, without fonts, sizes and movements; linear.

    A character that is not known is shown as U+FFFD. `string` gives those that the page defines.
    """

    def shown(match: re.Match[str]) -> str:
        if name := match["long"] or match["short"] or match["quoted"]:
            return _character(name)
        name = match["string3"] or match["string2"] or match["string1"]
        if name is not None:
            if depth >= _DEEPEST or (known := string(name)) is None:
                return _STRINGS.get(name, "")
            return escaped_text(known, string, depth + 1)
        if match["move"]:
            return " " if match["move"].startswith("h'+") else ""
        sign = match["sign"]
        return _SIGNS.get(sign, "") if sign is not None else ""

    if "\\" not in line:
        return line
    line = _RAISED.sub(lambda match: raised(match[1] or match[2]), line)
    return _ESCAPE.sub(shown, line)


_DEEPEST = 4
"""Strings in strings at most."""


def arguments(line: str) -> list[str]:
    """The arguments of a macro, quotation marks taken off; escapes stay."""
    line = re.sub(r"\\[\"#].*", "", line)
    return [
        match[1].replace('""', '"') if match[2] is None else match[2]
        for match in _ARGUMENT.finditer(line)
    ]


def _character(name: str) -> str:
    if name in _CHARACTERS:
        return _CHARACTERS[name]
    if code := re.fullmatch(r"u([0-9A-F]{4,6})|char(\d{1,7})", name):
        number = int(code[1], 16) if code[1] else int(code[2])
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    if len(name) == 2 and name[0] in _ACCENTS and name[1].isalpha():
        return unicodedata.normalize("NFC", name[1] + _ACCENTS[name[0]])
    return name if len(name) == 1 else "\ufffd"
