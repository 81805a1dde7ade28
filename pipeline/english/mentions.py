"""Dates, versions, codes and numbers in a text, with the values that they are compared by. Pure.

Values are compared whole and in order: 2.1 is neither 2.10 nor 1.2, but 2.1.0; 1,200 is 1200 and
1 200; 3 March 2021 is 2021-03-03. English names of months and of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ...core.expressions import expression
from .dates import MONTH_NUMBERS, Date, dates_in
from .lexicon import NUMBERS, words
from .words import EMPTY, stem

__all__ = ["VARIANTS", "Mention", "mentions"]

_TOKEN = expression(
    r"\d{1,3}(?: \d{3}){1,6}(?![\w.,-]?\d)(?!\w)"  # 1 200 000
    r"|[^\W_]+(?:(?:[./:_-]|(?<=\d)[,–](?=\d)|'(?=s\b))[^\W_]+)*(?:\+\+?|#(?!\w))?"
)
_THOUSANDS = expression(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:'\d{3})+|\d{1,3}(?: \d{3})+")
_DOTTED_THOUSANDS = expression(r"\d{1,3}(?:\.\d{3})+")
_ORDINAL = expression(r"(\d+)(?:st|nd|rd|th)")
_ROMAN = expression(r"(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_I_AFTER = words(
    """type class phase part grade level stage section article chapter war volume mark group title
    category tier league division appendix annex schedule book act"""
)
"""Words behind which an I is a number."""
_DECADE = expression(r"'?\d0'?s")
_COUNTED = expression(r"(\d+)((?:-[^\W\d_]{3,})+)")
"""A number that counts the word joined to it, as in "14-yard"."""
_NUMBERED = expression(r"([^\W\d_]{3,})-(\d[\d.]*)")
"""A word that a number is joined to, as in "oxygen-16"."""
_CIRCA = expression(r"c\.?(?=\d{4}\b)")
_NO_LABELS = words("year season") | frozenset(MONTH_NUMBERS)
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}
_PIECE = expression(r"\d+|[^\W\d_]+")
_VERSION = expression(r"v(?:er)?[._]?(?=\d)")

_SAME_LABEL = {
    "sec": "section",
    "sect": "section",
    "ver": "version",
    "v": "version",
    "release": "version",
    "fig": "figure",
    "ch": "chapter",
    "chap": "chapter",
    "art": "article",
    "pg": "page",
    "vol": "volume",
    "ed": "edition",
    "gen": "generation",
    "para": "paragraph",
    "tab": "table",
}
_NUMBER_WORDS = frozenset(["no", "nr", "number", "num"])
VARIANTS = words(
    """pro max mini plus lite ultra xl xs se deluxe premium light eco turbo neo slim compact air
    prime sport classic enterprise junior nano micro express advanced"""
)
"""Words that make another product of the one they follow."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A date, or a number, version or code with the words around it, at `start:end`."""

    start: int
    end: int
    date: Date | None = None
    open_ended: bool = False
    """Whether it bounds a span of time or of versions that reaches beyond it."""
    keys: frozenset[str] = frozenset()
    """Its values, each with its kind: ``n:`` number, ``v:`` version, ``c:`` code, ``w:`` name."""
    before: str = ""
    """The plain form of the word it follows, as "section" in "section 4.2"; empty: none."""
    capital: bool = False
    """Whether that word has a capital, as the name of a product does."""
    after: str = ""
    """The plain form of the word that follows it, as "member" in "4,500 members"."""
    variant: str = ""
    """The word that makes another product of it, as "pro" in "X9 Pro"."""
    spelled: bool = False
    """Whether it is a word or a roman number."""

    @property
    def parted(self) -> bool:
        """Whether it is a version, a clause or a code: of several parts, in an order."""
        return bool(self.keys) and not any(key[0] in "nw" for key in self.keys)

    @property
    def is_name(self) -> bool:
        """Whether it is a name without a number."""
        return any(key[0] == "w" for key in self.keys)

    @property
    def stem(self) -> str:
        """The letters that a code begins with; empty where there are none."""
        code = next((key[2:] for key in sorted(self.keys) if key[0] == "c"), "")
        letters = _PIECE.match(code)
        return letters.group() if letters and letters.group().isalpha() else ""


@lru_cache(maxsize=4096)
def mentions(text: str) -> tuple[Mention, ...]:
    """The dates and numbers of a folded text, in order; the latest texts are remembered. Linear."""
    dates = [Mention(*dated) for dated in dates_in(text)]
    numbers = _numbers(text)
    taken = sorted(
        (m.start, m.end) for m in dates if m.date and (m.date.days or m.end - m.start > 4)
    )
    kept = _outside(numbers, taken)
    return tuple(sorted([*dates, *kept], key=lambda m: (m.start, m.end)))


def _outside(numbers: Sequence[Mention], taken: Sequence[tuple[int, int]]) -> Iterator[Mention]:
    """The numbers that stand in no date; both are in order."""
    at = 0
    for number in numbers:
        while at < len(taken) and taken[at][1] <= number.start:
            at += 1
        if at == len(taken) or number.end <= taken[at][0]:
            yield number


# -- numbers, versions and codes


class _Token(NamedTuple):
    start: int
    end: int
    raw: str
    low: str
    """In small letters, without "'s"."""

    @classmethod
    def of(cls, start: int, end: int, raw: str) -> _Token:
        return cls(start, end, raw, raw.lower().removesuffix("'s"))


def _numbers(text: str) -> list[Mention]:
    tokens = [_Token.of(*m.span(), m[0]) for m in _TOKEN.finditer(text)]
    numbers: list[Mention] = []
    for i, token in enumerate(tokens):
        keys = _keys(token, text)
        spelled = not keys
        if spelled:
            keys = _spelled_keys(token, tokens[i - 1] if i else None)
        if not keys:
            continue
        if not spelled and i:
            keys |= _with_letters(text, tokens[i - 1], token)
        (before, capital), after = _label(text, tokens, i), _next(text, tokens, i)
        variant = after.raw.lower() if after is not None and _is_variant(after) else ""
        follower = stem(after.low) if after is not None and after.low not in EMPTY else ""
        if counted := _COUNTED.fullmatch(token.low):
            follower = stem(counted[2].strip("-").split("-")[0])
        numbers.append(
            Mention(
                token.start,
                token.end,
                keys=keys,
                before=before,
                capital=capital,
                after="" if variant else follower,
                variant=variant,
                spelled=spelled,
                open_ended=_reaches_on(text, token),
            )
        )
    return numbers


def _is_variant(token: _Token) -> bool:
    if token.low in VARIANTS:
        return True
    return bool(re.fullmatch(r"[A-HJ-Z]|I{2,3}|IV|[A-Z]\d{1,2}|Mk\w{0,3}", token.raw))


def _next(text: str, tokens: Sequence[_Token], i: int) -> _Token | None:
    """The word right behind a token; None behind a stop or a bracket."""
    if i + 1 == len(tokens):
        return None
    gap = text[tokens[i].end : tokens[i + 1].start]
    return tokens[i + 1] if gap in (" ", "-") else None


def _label(text: str, tokens: Sequence[_Token], i: int) -> tuple[str, bool]:
    """The plain form of the word that a number follows, as in "section 4.2" or "iPhone 12".

    And whether it has a capital.
    """
    if joined := _NUMBERED.fullmatch(tokens[i].raw):
        return _plain_label(joined[1].lower()), joined[1][0].isupper()
    end = tokens[i].start
    if "§" in text[max(0, end - 2) : end]:
        return "section", False
    for token in reversed(tokens[max(0, i - 2) : i]):
        gap = text[token.end : end]
        if "\n" in gap or not (gap.isspace() or gap in ("-", ". ", " #", ". #", ": ")):
            break
        if token.low in _NUMBER_WORDS:
            end = token.start
            continue
        low = token.low
        names_none = low in EMPTY or low in NUMBERS or low.isdigit() or "'" in token.raw
        if names_none or (gap == ". " and len(low) > 4) or gap == ": ":
            break
        return _plain_label(low), any(map(str.isupper, token.raw))
    return "", False


def _plain_label(low: str) -> str:
    plain = stem(low)
    return "" if plain in _NO_LABELS else _SAME_LABEL.get(plain, plain)


def _reaches_on(text: str, token: _Token) -> bool:
    """Whether a version is the end of a range: "2.1 and later", "up to 2.4", "2.x"."""
    after = text[token.end : token.end + 16].lower()
    before = text[max(0, token.start - 9) : token.start].lower()
    return (
        re.match(r"\+| (?:and|or) (?:later|newer|above|higher|up|earlier|older|below)", after)
        is not None
        or re.search(r"(?:up to|since|before|until|>=?|<=?|from) ?v?$", before) is not None
        or re.fullmatch(r"v?\d+(?:\.\d+)*\.[x*]", token.raw.lower()) is not None
    )


def _keys(token: _Token, text: str) -> frozenset[str]:
    """The values of a token with digits; empty for a word."""
    low = token.low
    if low.isalpha() or not any(c.isdecimal() for c in low):
        return frozenset()
    if ordinal := _ORDINAL.fullmatch(low):
        return frozenset([f"n:{int(ordinal[1])}"])
    if _THOUSANDS.fullmatch(low):
        whole, _, rest = re.sub("[, ']", "", low).partition(".")
        return frozenset([f"n:{int(whole)}" if not rest.strip("0") else f"v:{whole}.{rest}"])
    if _DECADE.fullmatch(low):
        return frozenset()
    if joined := _NUMBERED.fullmatch(low):
        return _keys(_Token.of(token.start, token.end, joined[2]), text) | {
            f"c:{low.replace('-', '')}"
        }
    if counted := _COUNTED.fullmatch(low):
        return frozenset([f"n:{int(counted[1])}"])
    low = _CIRCA.sub("", _VERSION.sub("", low))
    pieces = _PIECE.findall(low)
    if all(piece.isdecimal() for piece in pieces):
        return _number_keys(low, pieces, token, text)
    if "." not in low:
        code = "".join(pieces)
        plural = code[:-1] if token.raw.endswith("s") and _is_plural(code) else code
        return frozenset([f"c:{code}", f"c:{plural}"])
    return frozenset(["v:" + ".".join(piece.lstrip("0") or "0" for piece in pieces)])


def _with_letters(text: str, before: _Token, token: _Token) -> frozenset[str]:
    """The code that a number makes with short letters before it: "HK 210S" is HK-210S."""
    low = before.low
    if len(low) > 4 or not low.isalpha() or low in EMPTY or text[before.end : token.start] != " ":
        return frozenset()
    pieces = _PIECE.findall(token.low)
    return frozenset() if "." in token.low else frozenset([f"c:{low}{''.join(pieces)}"])


def _is_plural(code: str) -> bool:
    return len(code) > 2 and code.endswith("s") and code[-2].isdigit() and code[0].isalpha()


def _number_keys(low: str, pieces: Sequence[str], token: _Token, text: str) -> frozenset[str]:
    if len(pieces) == 1:
        return frozenset([f"n:{int(pieces[0])}"] if len(pieces[0]) < 40 else [f"c:{pieces[0]}"])
    keys: set[str] = set()
    if _DOTTED_THOUSANDS.fullmatch(low):
        keys.add(f"n:{int(''.join(pieces))}")
    parts = list(pieces)
    while len(parts) > 1 and not parts[-1].strip("0"):
        parts.pop()
    keys.add("v:" + ".".join(parts) if len(parts) > 1 else f"n:{int(parts[0])}")
    money = text[max(0, token.start - 1) : token.start] in ("$", "€", "£")
    if (money or text[token.end : token.end + 2].strip()[:1] in ("$", "€", "£", "%", "°")) and len(
        pieces
    ) == 2:
        keys.add("v:" + f"{pieces[0]}.{pieces[1].rstrip('0')}".rstrip("."))
    return frozenset(keys)


def _spelled_keys(token: _Token, before: _Token | None) -> frozenset[str]:
    """The value of a number in words, or of a roman one behind a word with a capital."""
    if (value := NUMBERS.get(token.low)) is not None and token.low != "one":
        return frozenset([f"n:{value.removesuffix('th')}"])
    if (
        before is not None
        and token.raw[0] in _ROMAN_VALUES
        and (before.raw[:1].isupper() or stem(before.low) in _ROMAN_I_AFTER)
        and (token.raw != "I" or stem(before.low) in _ROMAN_I_AFTER)
        and _ROMAN.fullmatch(token.raw)
    ):
        values = [_ROMAN_VALUES[c] for c in token.raw]
        pairs = zip(values, [*values[1:], 0], strict=True)
        return frozenset([f"n:{sum(-v if v < after else v for v, after in pairs)}"])
    return frozenset()
