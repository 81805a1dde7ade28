"""Whether a place in a text speaks of what a question names, or of another thing of its kind. Pure.

A reader gives the port of version 2.10 for that of 10.2, and the price of the X9 Pro for that of
the X9. So the dates, versions, codes, numbers and variants of a question are looked for in the
sentence of an answer, then before it in its paragraph, then in the passage and its title.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ...core.expressions import expression
from ...core.records import Passage
from ...core.sentences import sentence_starts, stretch
from .lexicon import words
from .mentions import VARIANTS, Mention, mentions
from .words import folded_passage, words_in

__all__ = ["Naming", "SpokenOf"]

_DIVIDED = expression(r"[,;:()–—]|\b(?:and|but|while|whereas|or)\b")
"""Between what belongs to two things of which a sentence speaks."""
_PARAGRAPH = expression(r"\n[^\S\n]*\n")
_TERM = expression(
    r"\b(?:(?P<since>since|from|as of|starting)|until|till|up to)"
    r"(?: the)?(?: (?:beginning|start|end|spring|summer|autumn|winter|fall) of?)? ?$"
)
_TERM_REACH = 32
_LATEST = 9999
_AHEAD = 40
"""Characters within which a future follows a year."""
_STRUCTURE = words(
    """chapter section clause article paragraph part step phase floor page volume edition season
    episode generation stage level grade act appendix annex schedule rule item line table figure
    exhibit lesson unit module version room gate"""
)
"""What is counted in words, too: "chapter three" and "the third chapter" are names."""
_NAME_VARIANTS = VARIANTS - frozenset(
    ["air", "light", "prime", "classic", "plus", "sport", "express"]
)


@dataclass(frozen=True, slots=True)
class _Named:
    """What a question names."""

    mention: Mention
    strict: bool
    """Whether an answer must speak of it: a day, version, clause, code or model, not a year."""

    @property
    def numbered(self) -> bool:
        """Whether it is one of several that a number tells apart: "ward 4", "version 2.1"."""
        return self.mention.date is None and (self.strict or bool(self.mention.before))


class Naming:
    """The dates, numbers, codes and variants that one question names."""

    def __init__(self, question: str) -> None:
        text = folded_passage(question).text
        self._words = _variant_names(text)
        found = mentions(text)
        dated = {mention.start for mention in found if mention.date is not None}
        named = [m for m in found if m.date is not None or m.start not in dated]
        named += _name_mentions(text, self._words)
        self._named = tuple(
            _Named(mention, _is_strict(mention))
            for mention in named
            if not mention.open_ended and not _is_mere_count(mention)
        )

    def __bool__(self) -> bool:
        return bool(self._named)

    def in_passage(self, passage: Passage) -> SpokenOf:
        """What a passage says of it; made once for all answers in the passage."""
        return SpokenOf(self._named, self._words, passage)


@dataclass(frozen=True, slots=True)
class _Kin:
    """The mentions of one named thing, and of others of its kind, in a passage; in order."""

    named: _Named
    titled: bool | None
    """Whether the title names it; None: neither it nor another."""
    places: tuple[tuple[int, int], ...]
    same: tuple[bool, ...]
    """For each place, whether it names the thing itself."""

    @classmethod
    def of(cls, named: _Named, title: Sequence[Mention], text: Sequence[Mention]) -> _Kin:
        item = named.mention
        kin = [(m, _is_same(item, m)) for m in text]
        kin = [(m, same) for m, same in kin if same or _is_rival(item, m)]
        titles = [m for m in title if _is_kin(item, m)]
        return cls(
            named,
            any(_is_same(item, m) for m in titles) if titles else None,
            tuple((m.start, m.end) for m, _ in kin),
            tuple(same for _, same in kin),
        )

    @property
    def places_of_it(self) -> set[tuple[int, int]]:
        """The places of the mentions of the thing itself."""
        return {place for place, same in zip(self.places, self.same, strict=True) if same}

    def within(self, start: int, end: int) -> range:
        """The numbers of the mentions that begin in `start:end`."""
        return range(bisect(self.places, (start,)), bisect(self.places, (end,)))


class SpokenOf:
    """What one passage mentions, looked at from the places of answers in it."""

    def __init__(self, named: Sequence[_Named], words: frozenset[str], passage: Passage) -> None:
        self._text = folded_passage(passage.text)
        text, title = self._text.text, folded_passage(passage.title.replace("_", " ")).text
        titles = [*mentions(title), *_name_mentions(title, words)]
        own = sorted(
            [*_with_terms(mentions(text), text), *_name_mentions(text, words)],
            key=lambda m: (m.start, m.end),
        )
        self._kin = [_Kin.of(item, titles, own) for item in named]
        self._sentences = sentence_starts(text)
        divided = (mark.start() for mark in _DIVIDED.finditer(text))
        self._parts = sorted({*self._sentences, *divided})
        self._paragraphs = [0, *(blank.end() for blank in _PARAGRAPH.finditer(text))]

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is that of another thing.

        So it is if its sentence names others of the kind and not what was asked about; if it names
        none, and others come last before it; and if the passage lacks a version, code or day.
        """
        first, last = self._text.place(start, end)
        return any(self._is_another(kin, first, last) for kin in self._kin)

    def _is_another(self, kin: _Kin, start: int, end: int) -> bool:
        around = kin.within(*stretch(self._sentences, start, end))
        if any(kin.same[i] for i in around):
            ahead = [i for i in around if kin.places[i][1] <= start]
            return self._is_a_rivals(kin, start, ahead) or self._in_rivals_part(kin, start, end)
        # The answer itself is no rival: it may be the version that is asked for.
        if any(kin.places[i][1] <= start or kin.places[i][0] >= end for i in around):
            return True
        if not kin.named.strict or kin.titled:
            return False
        begin, _ = stretch(self._paragraphs, start, end)
        if any(kin.same[i] for i in kin.within(begin, start)):
            return False
        before = kin.within(0, start)
        if before:
            return not kin.same[before[-1]]
        return kin.titled is False or not any(kin.same)

    def _is_a_rivals(self, kin: _Kin, start: int, before: Sequence[int]) -> bool:
        """Whether a rival that its sentence names, too, has the answer: "bus 7 goes to X, bus 7A".

        So it is with one to which the answer belongs, since nothing divides them, where something
        does divide it from what was asked about. Of dates the value may stand before.
        """
        if not before or not kin.named.numbered:
            return False
        nearest = kin.places[before[-1]]
        own = [kin.places[i] for i in before if kin.same[i]]
        return (
            not any(nearest in other.places_of_it for other in self._kin)
            and not _DIVIDED.search(self._text.text, nearest[1], start)
            and (not own or bool(_DIVIDED.search(self._text.text, own[-1][1], nearest[0])))
        )

    def _in_rivals_part(self, kin: _Kin, start: int, end: int) -> bool:
        """Whether the answer begins in a rival's part of the sentence, or runs into one."""
        if not kin.named.numbered:
            return False
        outside = self._within_part(kin, start)
        own = [i for i in outside if not start <= kin.places[i][0] < end]
        if own and not any(kin.same[i] for i in own):
            return not self._is_named_too(kin, own)
        inside = [i for i in kin.within(start, end) if not kin.same[i]]
        return any(_DIVIDED.search(self._text.text, start, kin.places[i][0]) for i in inside)

    def _within_part(self, kin: _Kin, start: int) -> range:
        return kin.within(*stretch(self._parts, start, start + 1))

    def _is_named_too(self, kin: _Kin, own: Sequence[int]) -> bool:
        """Whether the question names one of these mentions as another of its things."""
        return any(kin.places[i] in other.places_of_it for other in self._kin for i in own)


def _with_terms(dates: Sequence[Mention], text: str) -> list[Mention]:
    """The mentions, those that begin or end a span of time with all its years: "since 2019"."""
    spans: list[Mention] = []
    for mention in dates:
        date = mention.date
        before = text[max(0, mention.start - _TERM_REACH) : mention.start].lower()
        term = (
            _TERM.search(before) if date and date.years and date.years[0] == date.years[1] else None
        )
        if term is None or date is None or date.years is None:
            spans.append(mention)
            continue
        year = date.years[0]
        years = (year, _LATEST) if term["since"] else (0, year)
        spans.append(replace(mention, date=replace(date, years=years, days=frozenset())))
    return _ended(spans, text)


def _ended(spans: Sequence[Mention], text: str) -> list[Mention]:
    """What began ends where the next will begin: "since 2016 ..., and from 2027 it will"."""
    ended: list[Mention] = []
    until = _LATEST
    for mention in reversed(spans):
        date = mention.date
        if date is not None and date.years is not None and date.years[1] == _LATEST:
            first = date.years[0]
            if first < until < _LATEST:
                mention = replace(mention, date=replace(date, years=(first, until - 1)))
            until = first if " will " in text[mention.end : mention.end + _AHEAD] else _LATEST
        ended.append(mention)
    return ended[::-1]


def _is_strict(mention: Mention) -> bool:
    if mention.date is not None:
        return mention.date.exact
    if mention.is_name:
        return bool(mention.variant)
    if not mention.before:
        return mention.parted or mention.after in _STRUCTURE
    return mention.parted or mention.capital or mention.before in _STRUCTURE or not mention.after


def _is_mere_count(mention: Mention) -> bool:
    """Whether it is a number in words that names nothing: "the two main types"."""
    return mention.spelled and not {mention.before, mention.after} & _STRUCTURE


def _is_kin(item: Mention, other: Mention) -> bool:
    return _is_same(item, other) or _is_rival(item, other)


def _is_same(item: Mention, other: Mention) -> bool:
    """Whether a mention may be that of the thing itself."""
    if item.date is not None and other.date is not None:
        return item.date.agrees(other.date)
    if item.date is not None or other.date is not None:
        year = _year(item) if item.date is not None else _year(other)
        number = other if item.date is not None else item
        return year is not None and f"n:{year}" in number.keys
    if not item.keys & other.keys:
        return other.open_ended and _is_rival(item, replace(other, open_ended=False))
    if item.variant != other.variant:
        return False
    return item.parted or not item.before or _same_label(item, other)


def _same_label(item: Mention, other: Mention) -> bool:
    if not other.before and not other.after:
        return True
    if item.after and item.after == other.after:
        return True
    labels = {other.before, other.after}
    return item.before in labels or "version" in (item.before, other.before)


def _year(mention: Mention) -> int | None:
    """The year of a date that is nothing but one."""
    date = mention.date
    if date is None or date.years is None or date.days or date.years[0] != date.years[1]:
        return None
    return date.years[0]


def _is_rival(item: Mention, other: Mention) -> bool:
    """Whether a mention is that of another thing of the same kind."""
    if (other.open_ended and not _is_term(other)) or _is_same(item, other):
        return False
    if item.date is not None or other.date is not None:
        return item.date is not None and other.date is not None
    label = item.before or (item.after if item.after in _STRUCTURE else "")
    if label and label in (other.before, other.after):
        return not (other.spelled and label not in _STRUCTURE)
    if item.keys & other.keys:
        return item.variant != other.variant
    if item.before and other.before == "version":
        return True
    if item.stem:
        return item.stem == other.stem
    if item.parted and other.parted and not other.stem:
        return not other.before and not other.after
    return bool(item.after) and not item.before and _is_count_of(item, other)


def _is_term(mention: Mention) -> bool:
    """Whether it is a span of time with one end."""
    return (
        mention.date is not None
        and mention.date.years is not None
        and (mention.date.years[0] == 0 or mention.date.years[1] == _LATEST)
    )


def _is_count_of(item: Mention, other: Mention) -> bool:
    return item.after == other.after and not item.spelled and not other.spelled


def _variant_names(question: str) -> frozenset[str]:
    """The words of a question that are names, or are followed by a word for a variant."""
    own = words_in(question)
    names = {w.low.removesuffix("'s") for w in own if w.named and w.raw.isalpha()}
    for word, following in pairwise(own):
        if following.low in _NAME_VARIANTS and word.content and word.raw.isalpha():
            names.add(word.low)
    return frozenset(names - VARIANTS)


def _name_mentions(text: str, names: frozenset[str]) -> list[Mention]:
    """The mentions of names, each with the variant that is named by it."""
    if not names:
        return []
    pattern = re.compile(
        rf"(?<!\w)({'|'.join(map(re.escape, sorted(names)))})(?!\w)"
        r"(?:[ -]([A-Za-z]\w{1,12})(?!\w))?",
        re.IGNORECASE,
    )
    return [
        Mention(
            *match.span(1),
            keys=frozenset([f"w:{match[1].lower()}"]),
            variant=_variant(match[2]),
        )
        for match in pattern.finditer(text)
    ]


def _variant(word: str | None) -> str:
    return word.lower() if word and word.lower() in _NAME_VARIANTS else ""
