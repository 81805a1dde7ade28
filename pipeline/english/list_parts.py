"""The parts of a sentence, each with the one value that it speaks of. Pure.

"Tickets cost 9 euros for adults | and 4 for children": what stands between two values belongs to
the one that it goes on with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, takewhile

from ...core.expressions import expression
from .lexicon import IRREGULAR, NUMBERS, words
from .parse import key_of
from .words import DETERMINERS, EMPTY, JOINING

__all__ = ["LONGEST_ITEM", "WORD", "Part", "Value", "parts_of", "plain_words"]

WORD = expression(r"[^\W_]+(?:[-'.&/][^\W_]+){0,6}")
_BREAK = expression(r"[;:]\s|,\s|\s[–—]\s|\b(?:and|while|whereas|but)\b|[()]")
_STRONG = expression(r";\s|\b(?:while|whereas|but)\b")
_ADVERBIAL = expression(r"\W*(?:in|on|at|by|since|from|until|during)\s+(?:the\s+)?", re.IGNORECASE)
_BEHIND = expression(r"[ -]?([^\W\d_]+|[%°€$£])")
_GOES_ON = expression(r"\W*(?:for|in|at|on|from|of|to|with|by|per|under|over|as|after)\b")
_PRONOUNS = words("it he she they this that which who these those its")
_VERBS = words(
    """costs cost weighs weigh takes take holds hold measures measure lasts last earns earn pays pay
    gets get needs need works work runs run opens open closes close starts start begins begin ends
    end rose fell increased decreased reaches reach covers cover about around nearly almost roughly
    over under less fewer often usually total including plus minus"""
)
"""Words that make no name of a group out of what stands before a value."""
LONGEST_ITEM = 4
"""Words of a member of a list at most."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number, a time or a date at `start:end`, or "none"."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sentence with one value: what it belongs to."""

    value: Value
    own: frozenset[str]
    """The plain forms of its words of meaning."""
    opens: bool
    """Whether it names something: with an article, a preposition, a capital or beside its value."""
    after: dict[str, frozenset[str]]
    """Preposition -> the plain forms of the words of meaning behind it."""
    unit: tuple[str, ...]
    """The plain forms of the words right behind its value."""


@lru_cache(maxsize=512)
def parts_of(sentence: str, values: tuple[Value, ...]) -> tuple[Part, ...]:
    """The parts of a sentence, cut so that each has one value; none where that cannot be."""
    parts: list[Part] = []
    strong = [0, *(m.end() for m in _STRONG.finditer(sentence)), len(sentence)]
    for begin, end in pairwise(strong):
        held = [v for v in values if begin <= v.start < end]
        if len(held) == 1:
            parts.append(_part(sentence, begin, end, held[0], whole=begin > 0))
        elif held:
            weak = _weak_parts(sentence, begin, end, held)
            if not weak:
                return ()
            parts += weak
    return tuple(parts)


def _weak_parts(sentence: str, begin: int, end: int, held: Sequence[Value]) -> list[Part]:
    cuts = [
        m.start()
        for m in _BREAK.finditer(sentence, begin, end)
        if not any(v.start <= m.start() < v.end for v in held)
    ]
    bounds = [begin, *cuts, end]
    pieces = list(pairwise(bounds))
    counts = [sum(a <= v.start < b for v in held) for a, b in pieces]
    if any(count > 1 for count in counts):
        return []
    if _ADVERBIAL.fullmatch(sentence, pieces[0][0], held[0].start):
        return []  # "In 1893, ...": all that follows belongs to it
    with_value = [i for i, count in enumerate(counts) if count]
    # Pieces without a value belong to the next one that has one, or behind the last to that.
    forward = with_value[-1] == len(pieces) - 1 or with_value[0] > 0
    parts: list[Part] = []
    for number, (i, value) in enumerate(zip(with_value, held, strict=True)):
        if forward:
            first = _next_piece(sentence, pieces, with_value[number - 1], i) if number else 0
            more = number + 1 < len(with_value)
            after = with_value[number + 1] if more else len(pieces)
            last = _next_piece(sentence, pieces, i, after) - 1 if more else len(pieces) - 1
        else:
            first = i if number else 0
            last = with_value[number + 1] - 1 if number + 1 < len(with_value) else len(pieces) - 1
        parts.append(_part(sentence, pieces[first][0], pieces[last][1], value, whole=False))
    return parts


def _next_piece(sentence: str, pieces: Sequence[tuple[int, int]], at: int, until: int) -> int:
    """The first piece behind number `at` that does not go on with a preposition."""
    at += 1
    while at < until and _GOES_ON.match(sentence, *pieces[at]):
        at += 1
    return at


def _part(sentence: str, begin: int, end: int, value: Value, *, whole: bool) -> Part:
    text = sentence[begin:end]
    tokens = [m for m in WORD.finditer(text) if m[0].lower() not in ("and", "while", "whereas")]
    low = [t[0].lower() for t in tokens]
    after: dict[str, frozenset[str]] = {}
    for i, word in enumerate(low[:-1]):
        if word in JOINING:
            behind = (w for w in low[i + 1 : i + 5] if w not in DETERMINERS)
            nouns = list(takewhile(lambda w: w not in EMPTY or w == "one", behind))
            if nouns and not nouns[0][0].isdigit():
                counted = 2 if nouns[0] in NUMBERS else 1
                after[word] = frozenset(map(key_of, nouns[:counted]))
    return Part(
        value,
        plain_words(text),
        _opens(tokens, low, begin, value, whole=whole),
        after,
        _unit(sentence, value),
    )


def _unit(sentence: str, value: Value) -> tuple[str, ...]:
    """The plain forms of the words that follow a value, as far as they carry meaning."""
    unit: list[str] = []
    at = value.end
    while len(unit) < LONGEST_ITEM and (word := _BEHIND.match(sentence, at)):
        if word[1].lower() in EMPTY:
            break
        unit.append(key_of(word[1].lower()))
        at = word.end()
    return tuple(unit)


def _opens(
    tokens: Sequence[re.Match[str]], low: Sequence[str], begin: int, value: Value, *, whole: bool
) -> bool:
    if not tokens or low[0] in _PRONOUNS:
        return False
    raw = tokens[0][0]
    if low[0] in DETERMINERS or raw[0].isupper():
        return True
    at = value.start - begin
    if tokens[0].start() >= at:  # the value stands first, and what it belongs to behind it
        return any(word in JOINING for word in low[1:4])
    if low[0] in JOINING:
        named = len(low) > 1 and tokens[1].start() < at
        return named or any(word in JOINING for word in low[2:LONGEST_ITEM])  # "for 9 days on the"
    verb = raw.endswith("ed") or low[0] in IRREGULAR
    if verb:
        return False
    return whole or tokens[0].end() + 1 >= at or _is_noun_phrase(tokens, low, at)


def _is_noun_phrase(tokens: Sequence[re.Match[str]], low: Sequence[str], at: int) -> bool:
    """Whether nothing but a few words of meaning without a verb stand before the value: "large
    dogs 340 g"."""
    before = [word for token, word in zip(tokens, low, strict=True) if token.start() < at]
    return (
        len(before) <= LONGEST_ITEM
        and not any(w in EMPTY or w.endswith(("ly", "ed")) or w in IRREGULAR for w in before)
        and not _VERBS.intersection(before)
        and tokens[len(before) - 1].end() + 2 >= at
    )


@lru_cache(maxsize=4096)
def plain_words(text: str) -> frozenset[str]:
    low = [m[0].lower() for m in WORD.finditer(text)]
    return frozenset(key_of(w) for w in low if w not in EMPTY)
