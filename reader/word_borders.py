"""Where words begin and end among tokens that know nothing of it. Pure, linear.

BERT's tokenizers part a text at blanks and at each mark before they look for pieces. Those of
bytes and of SentencePiece do not: a blank belongs to the piece behind it, a full stop to the
word before it, and a sentence of Chinese is one word. Borders are then found in the text itself, by
the rule that BERT has for scripts with blanks: a word is a run of letters, digits and their marks.
No answer begins or ends with punctuation of the sentence, but for the stop of an abbreviation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.sentences import is_abbreviation

__all__ = ["Borders", "find_borders"]

_Place = tuple[int, int]
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3000, 0x30FF),  # kana
    (0x3400, 0x9FFF),  # Chinese characters
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
"""Code points of scripts that put no blanks between words, first and last."""

_STOPS = frozenset(".,;:!?…。、।،؛؟·•")
"""Punctuation of sentences, after which nothing of a word comes."""
_CLOSING = frozenset("\"')]}”’»")
"""What may follow it in one token."""
_INITIALS = re.compile(r"(?:\b[^\W\d_]{1,2}\.){2}$")
"""Ends of `p.m.`, `U.S.`, `Ph.D.`"""
_LONGEST_INITIALS = 6


@dataclass(frozen=True, slots=True)
class Borders:
    """Places of tokens, and by which of them no answer begins or ends."""

    offsets: tuple[_Place, ...]
    """Their characters, without the blanks around them."""
    inside: tuple[bool, ...]
    """True where a token goes on with a word: no answer begins with it."""
    unended: tuple[bool, ...] = ()
    """True where a token's word goes on after it, or it holds blanks alone: no answer ends with it.
    Empty: as the next token's `inside` tells."""

    @classmethod
    def of_words(cls, offsets: Sequence[_Place], words: Sequence[int | None]) -> Borders:
        """What a tokenizer says that numbers its words, and leaves the blanks out."""
        inside = (i > 0 and w is not None and w == words[i - 1] for i, w in enumerate(words))
        return cls(tuple(offsets), tuple(inside))


def find_borders(text: str, offsets: Sequence[_Place]) -> Borders:
    """Borders of tokens at half-open, ascending places in `text`.

    Of tokens at one place, as the bytes of a character or a mark for the blank that is not there,
    each may begin or end an answer; blanks of their own begin the word behind them. What no token
    covers of a word's beginning is its first token's: where blanks are parted off before bytes are
    looked at, `tokenizers` takes a letter for the blank and leaves it out.
    """
    places = _covering(text, offsets)
    blank = [start >= end for start, end in places]
    places = [(start, _without_stops(text, start, end)) for start, end in places]
    unended = tuple(start >= end or _joined(text, end) for start, end in places)
    following = len(text)
    for i in reversed(range(len(places))):
        if blank[i]:
            places[i] = (following, following)
        following = places[i][0]
    inside = tuple(
        start >= len(text) or _is_stop(text, start) or _joined(text, start) for start, _ in places
    )
    return Borders(tuple(places), inside, unended)


def _covering(text: str, offsets: Sequence[_Place]) -> list[_Place]:
    """Places without blanks around them, and with the beginnings of words that none covers."""
    places: list[_Place] = []
    covered = 0
    for start, end in offsets:
        start, end = _trimmed(text, start, end)
        while covered < start < end and _joined(text, start):
            start -= 1
        places.append((start, end))
        covered = max(covered, end)
    return places


def _trimmed(text: str, start: int, end: int) -> _Place:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _is_stop(text: str, at: int) -> bool:
    """Whether a character is a mark that no word begins with, as `.NET` and `.50` do."""
    if text[at] not in _STOPS:
        return False
    if at and (text[at - 1] in _STOPS or text[at - 1].isalnum()):
        return True
    following = text[at + 1 : at + 2]
    return not following.isalnum() or _is_unspaced(following)


def _without_stops(text: str, start: int, end: int) -> int:
    """The end of a token's characters that may end an answer; `start` where none may."""
    behind = end
    while behind > start and text[behind - 1] in _CLOSING:
        behind -= 1
    stop = behind
    while stop > start and (text[stop - 1].isspace() or text[stop - 1] in _STOPS):
        stop -= 1
    if stop == behind:
        return end
    return stop + 1 if _is_abbreviated(text, stop) else stop


def _is_abbreviated(text: str, stop: int) -> bool:
    """Whether the full stop at a place belongs to the word before it."""
    if text[stop] != "." or not stop or not text[stop - 1].isalnum():
        return False
    first = max(0, stop - _LONGEST_INITIALS)
    return is_abbreviation(text, stop + 1) or bool(_INITIALS.search(text, first, stop + 1))


def _is_unspaced(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _UNSPACED)


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and behind a place belong to one word."""
    if not 0 < at < len(text):
        return False
    left, right = text[at - 1], text[at]
    if unicodedata.category(right)[0] == "M":
        return not left.isspace()
    if _is_unspaced(left) or _is_unspaced(right):
        return False
    return _is_letter(left) and _is_letter(right)


def _is_letter(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] == "M"
