"""Whether the sentence of an answer is about who a question names, or about another. Pure.

Asked for the deputy of Anna Borg, a reader gives that of Anna Berg. So the names of a question, and
what it joins to them ("Anna Borg's deputy", "arrive in Kalmar"), are looked for where an answer
stands: others in the same place, or with nearly the same name, make it the answer about another.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ...core.expressions import expression
from ...core.records import Passage
from .lexicon import IRREGULAR, words
from .sentences import sentences_of
from .words import AUXILIARY, DETERMINERS, EMPTY, folded_passage

__all__ = ["About", "Subjects"]

_TOKEN = expression(r"[^\W_]+(?:[-.&'][^\W_]+){0,6}")
_ROW = expression(r"(?:^|\. )[^.:\n]{1,60}: ")
_TITLES = words(
    """dr mr mrs ms miss prof professor sir lady lord king queen prince princess president captain
    saint st the"""
)
_LINKS = words("of in at to from with for on by under")
_SKIPPED = DETERMINERS | words("this that these those all any some")
_SHORT = 4
"""Letters up to which no word is taken for another's misspelling."""


class _Token(NamedTuple):
    start: int
    end: int
    raw: str
    low: str

    @property
    def capital(self) -> bool:
        return self.raw[0].isupper()


@dataclass(frozen=True, slots=True)
class _Name:
    """A run of words with capitals at `start:end`."""

    start: int
    end: int
    parts: tuple[str, ...]
    """In small letters, without titles."""
    owns: str = ""
    """The word that it is the possessor of, as "deputy" in "Anna Borg's deputy"."""
    does: str = ""
    """The plain form of the word behind it, where that may be what it does."""
    asked: bool = False
    """Whether an auxiliary stands before it, as in "did Anna Borg order"."""


@dataclass(frozen=True, slots=True)
class _Link:
    """A word that a preposition joins to another: "arrive in Kalmar"."""

    start: int
    word: str
    link: str
    noun: str
    named: bool
    given: bool = False
    """Whether a word of giving or selling is shortly before it."""


@dataclass(frozen=True, slots=True)
class _Asked:
    names: tuple[_Name, ...]
    links: tuple[_Link, ...]


class Subjects:
    """The names of one question, and the words that it joins by prepositions."""

    def __init__(self, question: str) -> None:
        text = folded_passage(question).text
        shouted = all(t.capital or not t.raw[0].isalpha() for t in _tokens(text))
        names = () if shouted else _names(text)
        self._asked = _Asked(
            tuple(n for n in names if n.parts and not any(map(_has_digit, n.parts))),
            _links(text),
        )

    def __bool__(self) -> bool:
        return bool(self._asked.names or self._asked.links)

    def in_passage(self, passage: Passage) -> About:
        """What a passage says of them; made once for all answers in the passage."""
        return About(self._asked, passage)


class About:
    """Whom one passage speaks of, looked at from the places of answers in it."""

    def __init__(self, asked: _Asked, passage: Passage) -> None:
        self._asked = asked
        self._sentences = sentences_of(passage.text)
        text, title = self._sentences.text, folded_passage(passage.title.replace("_", " ")).text
        self._names = _names(text)
        self._known = {
            name for name in asked.names if any(_same(name, other) for other in self._names)
        }
        self._starts = [name.start for name in self._names]
        self._links = _links(text)
        self._held: dict[int, frozenset[str]] = {}
        self._title = frozenset(part for name in _names(title) for part in name.parts)
        self._lacks = len(_ROW.findall(text)) > 1 and any(
            not _stands(name, f"{title} {text}".lower()) for name in asked.names
        )

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is about another."""
        if self._lacks:
            return True
        first, last = self._sentences.place(start, end)
        return any(self._is_another(a, b) for a, b in self._sentences.pieces(first, last))

    def _is_another(self, first: int, last: int) -> bool:
        begin, end = self._sentences.around(first, first)
        low, high = bisect(self._starts, begin - 1), bisect(self._starts, end - 1)
        around = [n for n in self._names[low:high] if n.end <= first or n.start >= last]
        if begin not in self._held:
            self._held[begin] = _words(self._sentences.text[begin:end])
        held = self._held[begin]
        if any(self._is_of_another(name, around, held, low) for name in self._asked.names):
            return True
        links = [link for link in self._links if begin <= link.start < end]
        return any(_joined_otherwise(asked, links, held) for asked in self._asked.links)

    def _is_of_another(
        self, name: _Name, around: Sequence[_Name], held: frozenset[str], low: int
    ) -> bool:
        """Whether a sentence, with these names and words, is about another than `name`."""
        if held.issuperset(name.parts) or any(_same(name, other) for other in around):
            return False
        known = name in self._known
        for other in around:
            if _in_its_place(name, other) or (known and _nearly(name, other)):
                return True
            if _namesake(name, other) and (known or not _misspelt(name, other)):
                return True
        return not around and self._last_before(name, low)

    def _last_before(self, name: _Name, at: int) -> bool:
        """Whether the latest of its namesakes before a sentence without names is another."""
        for other in reversed(self._names[max(0, at - 8) : at]):
            if _same(name, other):
                return False
            if _namesake(name, other):
                return True
        return False


def _words(text: str) -> frozenset[str]:
    """The words of a text, and their plain forms."""
    low = [_unaccented(t.lower().removesuffix("'s")) for t in _TOKEN.findall(text)]
    return frozenset(low) | frozenset(map(_plain, low))


def _has_digit(part: str) -> bool:
    return any(map(str.isdigit, part))


def _stands(name: _Name, low: str) -> bool:
    return all(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", low) for part in name.parts)


@lru_cache(maxsize=128)
def _tokens(text: str) -> list[_Token]:
    return [_Token(*m.span(), m[0], m[0].lower()) for m in _TOKEN.finditer(text)]


@lru_cache(maxsize=1024)
def _names(text: str) -> tuple[_Name, ...]:
    """The runs of words with capitals in a folded text; the latest texts are remembered."""
    tokens = _tokens(text)
    names: list[_Name] = []
    i = 0
    while i < len(tokens):
        if not (tokens[i].capital and _opens_name(text, tokens, i)):
            i += 1
            continue
        end = i + 1
        while (
            end < len(tokens)
            and tokens[end].capital
            and text[tokens[end - 1].end : tokens[end].start] in (" ", ". ")
            and not tokens[end - 1].raw.endswith("'s")
            and (text[tokens[end - 1].end] == " " or _is_shortened(tokens[end - 1].raw))
        ):
            end += 1
        low = [_unaccented(t.low) for t in tokens[i:end]]
        owner = low[-1].endswith("'s")
        parts = tuple(p for p in (w.removesuffix("'s") for w in low) if p not in _TITLES)
        after = [t.low for t in tokens[end : end + 4]]
        owns = next((w for w in after if w not in _SKIPPED), "") if owner else ""
        does = next((_plain(w) for w in after if w not in AUXILIARY), "")
        asked = i > 0 and tokens[i - 1].low in AUXILIARY
        place = (tokens[i].start, tokens[end - 1].end)
        names.append(_Name(*place, parts, _plain(owns), "" if owner else does, asked))
        i = end
    return tuple(names)


def _is_shortened(raw: str) -> bool:
    """Whether a full stop behind it ends no sentence: an initial, "Dr."."""
    return len(raw) == 1 or raw.lower() in {"dr", "mr", "mrs", "ms", "prof", "st", "jr", "sr"}


def _unaccented(low: str) -> str:
    if low.isascii():
        return low
    parts = unicodedata.normalize("NFD", low)
    return "".join(c for c in parts if unicodedata.category(c) != "Mn")


def _opens_name(text: str, tokens: Sequence[_Token], i: int) -> bool:
    """Whether a word with a capital is that of a name."""
    raw = tokens[i].raw
    if tokens[i].low in EMPTY:
        return False
    before = text[max(0, tokens[i].start - 2) : tokens[i].start].strip()
    opens = i == 0 or before[-1:] in (".", "!", "?", ":", "\n", "#")
    if not opens:
        return True
    # A sentence begins with a capital: it is a name if one follows, or "'s", or a verb's ending.
    following = tokens[i + 1].raw if i + 1 < len(tokens) else ""
    return raw.endswith("'s") or (following[:1].isupper()) or (len(raw) > 1 and raw[1:].isupper())


@lru_cache(maxsize=1024)
def _links(text: str) -> tuple[_Link, ...]:
    """The words of a folded text that prepositions join, in order."""
    tokens = _tokens(text)
    links: list[_Link] = []
    for i in range(1, len(tokens) - 1):
        before, link = tokens[i - 1], tokens[i].low
        if link not in _LINKS or before.low in EMPTY or _has_digit(before.low):
            continue
        gaps = text[before.end : tokens[i + 1].start]
        noun = next((t for t in tokens[i + 1 : i + 4] if t.low not in _SKIPPED), None)
        if noun is None or any(c in gaps for c in ".,;:()"):
            continue
        if noun.low in EMPTY or _has_digit(noun.low):
            continue
        given = any(_plain(t.low) in _GIVING for t in tokens[max(0, i - 6) : i])
        links.append(
            _Link(before.start, _plain(before.low), link, _plain(noun.low), noun.capital, given)
        )
    return tuple(links)


@lru_cache(maxsize=1 << 14)
def _plain(low: str) -> str:
    """A word without its endings, enough to see that two are the same."""
    low = IRREGULAR.get(low, low).removesuffix("'s")
    for ending in ("ing", "ed", "es", "s", "e"):
        if low.endswith(ending) and len(low) - len(ending) >= 3:
            return low.removesuffix(ending)
    return low


def _same(name: _Name, other: _Name) -> bool:
    own, others = set(name.parts), set(other.parts)
    return bool(own and others) and (own <= others or others <= own)


def _namesake(name: _Name, other: _Name) -> bool:
    """Whether another's name of two words differs in one: Anna Berg is not Anna Borg.

    Of those that begin alike only what is nearly the same counts: a Tower Theatre has no namesake
    in the Tower District.
    """
    if len(name.parts) != 2 or len(other.parts) != 2:
        return False
    (first, last), (others_first, others_last) = name.parts, other.parts
    if last == others_last:
        return first != others_first and not _derived(first, others_first)
    return first == others_first and _alike(last, others_last)


def _misspelt(name: _Name, other: _Name) -> bool:
    """Whether the name may be the other's with a letter wrong."""
    return any(_alike(a, b) for a, b in zip(name.parts, other.parts, strict=True))


def _nearly(name: _Name, other: _Name) -> bool:
    """Whether another's name begins nearly as a name of one word does: Trenton is not Trent."""
    return len(name.parts) == 1 and any(_alike(name.parts[0], part) for part in other.parts)


def _alike(a: str, b: str) -> bool:
    """Whether two words differ in a letter or two, or one begins the other."""
    if min(len(a), len(b)) < _SHORT or a[0] != b[0] or a == b or _derived(a, b):
        return False
    if a.startswith(b) or b.startswith(a):
        return abs(len(a) - len(b)) < 4
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) <= 1
    short, long = sorted((a, b), key=len)
    start = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), 0)
    return len(long) - len(short) == 1 and short[start:] == long[start + 1 :]


def _derived(a: str, b: str) -> bool:
    """Whether one is the other's plural, adjective or people: Victoria, Victorian, Victorians."""
    short, long = sorted((a, b), key=len)
    start = next(
        (i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short)
    )
    return len(short) < len(long) and len(short) - start <= 1 and long[start:] in _DERIVED


_DERIVED = words("s es n an ian ans ns ians ish ese er ers i y ic d ed created based born")


def _in_its_place(name: _Name, other: _Name) -> bool:
    """Whether another owns or does what the question says that the name owns or does."""
    if len(name.parts) == 1 and len(name.parts[0]) < _SHORT:  # it may stand for the other's words
        return False
    pairs = list(zip(name.parts, other.parts, strict=False))
    near = [a == b or _alike(a, b) for a, b in pairs]
    if all(near) or (len(name.parts) != len(other.parts) and any(near)):
        return False
    if name.owns:
        return other.owns == name.owns
    return name.asked and len(name.does) > 2 and name.does == other.does


def _joined_otherwise(asked: _Link, links: Sequence[_Link], sentence: frozenset[str]) -> bool:
    """Whether a sentence joins the word to others alone: it arrives in Degerhamn, not Kalmar."""
    same = [link for link in links if (link.word, link.link) == (asked.word, asked.link)]
    if not same or any(link.noun == asked.noun for link in same):
        return False
    if asked.word in _MOVES or (asked.link == "to" and asked.given):
        return all(link.named and asked.named for link in same)
    return asked.word in _TRADED and asked.noun not in sentence


_MOVES = frozenset(
    map(_plain, words("arrive arrival depart departure leave return fly sail travel run drive"))
)
_GIVING = frozenset(
    map(_plain, words("sell give lend lease rent donate hand pass send bequeath award transfer"))
)
_TRADED = frozenset(
    map(_plain, words("import export sale production consumption output delivery shipment"))
)
