"""Sentences with what they begin with, refer to and join, as `topics` compares them. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import dropwhile, pairwise, takewhile
from operator import attrgetter
from typing import NamedTuple

from ...core.expressions import expression
from .lexicon import words
from .parse import key_of
from .sentences import Sentences
from .words import AUXILIARY, DETERMINERS, EMPTY

__all__ = ["Joined", "Part", "WordAt", "joined_in", "names_of", "parts_of", "words_of"]

_TOKEN = expression(r"[^\W_]+(?:[-'.&][^\W_]+){0,6}|[,;:()]")
_HALF = expression(r";\s")
_LONGEST = 16
"""Words of a sentence that speaks of one thing, as a rule."""
_OPENING = 8
"""Words within which a sentence names what it is about."""
_COMPLEMENT = 3
"""Words of what a preposition joins that are looked at."""
_BACK = words(
    """he his him she hers they them it this that these those such same both one ones former latter
    there i me my mine we us our ours you your yours"""
)
"""Words that refer to what was named before, or to who speaks; possessives of things and groups do
at the beginning alone."""
_OWNERS = words("its their her")
_PREDICATE = expression(r"(?:ed|s)$")
_JOINS = words("for of in at on by with to from under during between over into")
_STANDS_FOR = {
    word: group
    for group, row in {
        "he": "he his him", "she": "she her", "they": "they their", "it": "it its"
    }.items()
    for word in row.split()
}  # fmt: skip


class WordAt(NamedTuple):
    """A word or mark of a text that begins at `start`."""

    start: int
    low: str
    key: str
    """Its plain form; empty for what carries no meaning."""
    capital: bool
    digits: bool


class Joined(NamedTuple):
    """What a preposition joins to a sentence: "for the old garage"."""

    link: str
    keys: tuple[str, ...]
    capital: bool
    digits: bool


@dataclass(frozen=True)
class Part:
    """A sentence, or what a semicolon cuts of it, that begins at `start`."""

    start: int
    words: tuple[WordAt, ...]

    @cached_property
    def keys(self) -> frozenset[str]:
        """The plain forms of its words of meaning."""
        return frozenset(word.key for word in self.words if word.key)

    @cached_property
    def stands_for(self) -> str:
        """The pronoun that it begins with, in its plain form; empty: none."""
        return _STANDS_FOR.get(self.words[0].low, "") if self.words else ""

    @cached_property
    def short(self) -> bool:
        """Whether it has so few words that it speaks of one thing, as a rule."""
        return sum(word.low[0].isalnum() for word in self.words) <= _LONGEST

    @cached_property
    def subject(self) -> tuple[str, ...]:
        """The plain forms of the words of meaning with which it begins, in a row."""
        behind = dropwhile(lambda word: not word.key, self.words)
        return tuple(word.key for word in takewhile(attrgetter("key"), behind))

    @cached_property
    def opening(self) -> frozenset[str]:
        """The plain forms of the words before its first auxiliary, of eight at most."""
        begin = takewhile(_opens, self.words[:_OPENING])
        return frozenset(word.key for word in begin if word.key)

    @cached_property
    def refers_back(self) -> bool:
        """Whether a word of it, but for what it begins with, stands for what was named before."""
        ahead = next((at for at, word in enumerate(self.words) if word.key), 0)
        return not _BACK.isdisjoint(word.low for word in self.words[1:]) or not _OWNERS.isdisjoint(
            word.low for word in self.words[1 : ahead + 1]
        )

    @cached_property
    def name(self) -> frozenset[str]:
        """The words of the name that is its subject; none where it is no name."""
        begin = int(bool(self.words) and self.words[0].low in DETERMINERS)
        end = begin
        while end < len(self.words) and self.words[end].key and self.words[end].capital:
            end += 1
        found = frozenset(word.key for word in self.words[begin:end])
        if end - begin != 1 or begin:
            return found
        # A sentence begins with a capital: it is a name where what it does follows.
        behind = self.words[end].low if end < len(self.words) else ""
        does = behind in AUXILIARY or _PREDICATE.search(behind)
        return found if does else frozenset()

    @cached_property
    def joined(self) -> tuple[Joined, ...]:
        """What its prepositions join."""
        return tuple(joined_in(self.words))


def words_of(text: str) -> tuple[WordAt, ...]:
    """The words and marks of a folded text, in order."""
    return tuple(_word(match.start(), match[0]) for match in _TOKEN.finditer(text))


def _opens(word: WordAt) -> bool:
    return word.low[0].isalnum() and word.low not in AUXILIARY


def _word(start: int, raw: str) -> WordAt:
    low = raw.lower().removesuffix("'s")
    carries = low[0].isalnum() and low not in EMPTY
    key = key_of(low) if carries else ""
    return WordAt(start, low, key, raw[0].isupper(), any(map(str.isdigit, raw)))


def names_of(found: Sequence[WordAt]) -> Iterator[frozenset[str]]:
    """The runs of words with capitals, but for a capital with which a sentence begins."""
    run: set[str] = set()
    for at, word in enumerate(found):
        if word.key and word.capital and at:
            run.add(word.key)
            continue
        if run:
            yield frozenset(run)
        run = set()
    if run:
        yield frozenset(run)


def joined_in(found: Sequence[WordAt]) -> Iterator[Joined]:
    """What prepositions join in these words, up to three words of meaning of each."""
    for at, word in enumerate(found):
        if word.low not in _JOINS:
            continue
        begin = at + 1 + any(w.low in DETERMINERS for w in found[at + 1 : at + 2])
        run = list(takewhile(attrgetter("key"), found[begin : begin + _COMPLEMENT]))
        if run:
            keys = tuple(other.key for other in run)
            yield Joined(word.low, keys, run[0].capital, run[0].digits)


@lru_cache(maxsize=256)
def parts_of(whole: Sentences) -> tuple[Part, ...]:
    """The sentences of a text, cut at semicolons, too."""
    found = words_of(whole.text)
    bounds = whole.parts([len(whole.text), *(mark.end() for mark in _HALF.finditer(whole.text))])
    places = [bisect_left(found, bound, key=lambda word: word.start) for bound in bounds]
    return tuple(
        Part(start, found[low:high])
        for start, (low, high) in zip(bounds, pairwise(places), strict=False)
    )
