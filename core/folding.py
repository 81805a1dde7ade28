"""Compatibility folding of text (Unicode NFKC and more), with a map back to its own characters.

Texts are compared folded, and shown as they are. Folding is NFKC (Unicode Standard Annex #15) but
for what changes a meaning there, and drops what cannot be seen:

- soft hyphens, zero-width characters, marks of direction and variation selectors go;
- hyphens and minus signs are ``-``, curly quotes straight ones, digits of all scripts 0 to 9;
- raised digits stay apart from the digits or the word before them, as in ``10^6``: 10⁶ is no 106;
- a fraction stays apart from the number before it: 1½ is ``1 1/2``, not 11/2;
- signs that NFKC would take for a blank with an accent, or join to a name as ``TM``, stay.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Folded", "clusters", "fold", "folded", "is_seen"]

_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2212\ufe63\uff0d", "-")
_QUOTES = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\uff02", '"'),
}
_AS_THEY_ARE = frozenset("\u2122\u2120\u00aa\u00ba\u00a8\u00af\u00b4\u00b8\u02d8\u02d9\u02da\u02dc")
_OWN = {**_DASHES, **_QUOTES, **{sign: sign for sign in _AS_THEY_ARE}, "\u2116": "No "}
_UNSEEN = frozenset("\u00ad\u180e\ufeff\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_BLANK_SIGNS = frozenset("\u2800")
"""Signs that are blank: the braille pattern without dots."""
_JOINER = "\u200d"
_VOICED = "\uff9e\uff9f"
"""Half-width marks that make another sound of the kana before them."""
_RAISED = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u207b]")
_PLAIN = re.compile(r"[\x00-\x7f]+(?=[\x00-\x7f]|\Z)")
"""ASCII stays as it is, but for a character that a mark may follow."""
_LONGEST = 32
"""Characters of one stretch: marks are sorted, and a million of them in a row are no letter."""
_SHORT = 3
"""Letters up to which a raised digit belongs to what stands before it, as in m² or cm³."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; character `i` of it comes from ``starts[i]:ends[i]`` of the original."""

    text: str
    starts: tuple[int, ...] | range
    ends: tuple[int, ...] | range

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the original that `start:end` of the folded text come from."""
        if start >= end:
            rest = self.starts[start:] or self.ends[-1:]
            return (rest[0], rest[0]) if rest else (0, 0)
        return self.starts[start], self.ends[end - 1]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the folded text that come from `start:end` of the original."""
        return bisect(self.starts, start - 1), bisect(self.starts, end - 1)


def fold(text: str) -> str:
    """The text as it is compared."""
    return text if text.isascii() else folded(text).text


def is_seen(text: str) -> bool:
    """Whether a reader sees anything of a text: a letter, digit, punctuation mark or sign.

    Blanks, controls, marks of format, and marks that change the letter before them show nothing.
    """
    return any(
        unicodedata.category(char)[0] in "LNPS" and char not in _UNSEEN | _BLANK_SIGNS
        for char in text
    )


def folded(text: str) -> Folded:
    """The text as it is compared, with its characters' places in the original. Linear."""
    if text.isascii():
        return Folded(text, range(len(text)), range(1, len(text) + 1))
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    letters = 0  # that end what has been folded so far
    last = ""
    at = 0
    for plain in (*_PLAIN.finditer(text), None):
        begin, stop = plain.span() if plain else (len(text), len(text))
        for start, end in clusters(text[at:begin]):
            start, end = at + start, at + end
            piece = _fold_cluster(text[start:end])
            if not piece:
                continue
            lead = ""
            if end - start == 1 and text[start] not in _OWN:
                lead = _kept_apart(text[start], piece, last, letters)
            piece = lead + piece
            pieces.append(piece)
            starts += [start] * len(piece)
            ends += [end] * len(piece)
            letters = _letters_at_end(piece, letters)
            last = piece[-1]
        if plain:
            pieces.append(plain[0])
            starts += range(begin, stop)
            ends += range(begin + 1, stop + 1)
            letters = _letters_at_end(plain[0], letters)
            last = plain[0][-1]
        at = stop
    return Folded("".join(pieces), tuple(starts), tuple(ends))


def _letters_at_end(piece: str, before: int) -> int:
    """The letters in a row that end what is folded, with a piece behind `before` of them."""
    count = next((i for i, char in enumerate(reversed(piece)) if not char.isalpha()), -1)
    return before + len(piece) if count < 0 else count


def clusters(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of characters that are read as one: a letter with its marks, an emoji of several.

    They are about the grapheme clusters of Unicode Standard Annex #29; what cannot be seen goes
    with what stands before it. Each character is in one stretch.
    """
    start = 0
    for at in range(1, len(text)):
        if not _goes_on(text, at, start):
            yield start, at
            start = at
    if text:
        yield start, len(text)


def _goes_on(text: str, at: int, start: int) -> bool:
    char = text[at]
    if char < "\u00ad" or at - start == _LONGEST:
        return False
    if _continues(char):
        return not text[start].isspace()
    if "\uac00" <= text[at - 1] <= "\ud7ff" or "\u1100" <= text[at - 1] <= "\u11ff":
        return "\u1160" <= char <= "\u11ff"  # a syllable of Hangul, letter by letter
    if "\U0001f1e6" <= char <= "\U0001f1ff":  # a flag is two letters
        return at - start == 1 and "\U0001f1e6" <= text[start] <= "\U0001f1ff"
    return text[at - 1] == _JOINER and unicodedata.category(char) == "So"


@lru_cache(maxsize=4096)
def _continues(char: str) -> bool:
    """Whether a character is a mark on the one before it."""
    return (
        unicodedata.category(char)[0] == "M"
        or char in _VOICED
        or char == _JOINER
        or "\U0001f3fb" <= char <= "\U0001f3ff"
    )


@lru_cache(maxsize=16384)
def _fold_cluster(cluster: str) -> str:
    """One stretch, folded; empty if nothing of it can be seen."""
    if len(cluster) == 1 and (own := _OWN.get(cluster)) is not None:
        return own
    seen = "".join(c for c in cluster if not _unseen(c))
    if len(seen) == 1 and (own := _OWN.get(seen)) is not None:
        return own
    plain = unicodedata.normalize("NFKC", seen)
    return "".join(_plain(char) for char in plain)


def _unseen(char: str) -> bool:
    return (
        char in _UNSEEN
        or unicodedata.category(char) == "Cf"
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


def _plain(char: str) -> str:
    if char.isascii():
        return char
    if char == "\u2044":  # the stroke of a fraction
        return "/"
    if (own := _OWN.get(char)) is not None:
        return own
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)


def _kept_apart(char: str, piece: str, last: str, letters: int) -> str:
    """What goes between a raised or broken number and what stands before it."""
    if not (last.isalnum() and char.isnumeric()) and not _RAISED.match(char):
        return ""
    if _RAISED.match(char):
        return "^" if last.isdigit() or letters > _SHORT else ""
    if last.isdigit() and "/" in piece:
        return " "
    return ""
