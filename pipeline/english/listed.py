"""Whether an answer is the value of another member of the sentence's list than is asked for. Pure.

"Breakfast, lunch and dinner are served at 7:00, 12:30 and 18:30", "tickets cost 9 euros for adults
and 4 for children", "the director earns 5,200 euros; the deputy, 4,100": a reader asked for one of
them gives a neighbor's value. So the values of a sentence are put beside what they belong to: by
their order, where a list of things has as many as a list of values, and else by the part of the
sentence that holds both. A value is another's if the question names a member, and not its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, takewhile

from ...core.records import Passage
from .groups import Group, groups_in, lacks_group
from .lexicon import IRREGULAR, NUMBERS, words
from .parse import key_of
from .sentences import sentences_of
from .words import EMPTY, folded_passage

__all__ = ["Members", "Questioned"]

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_VALUE = re.compile(
    rf"(?P<date>(?:\d{{1,2}}(?:st|nd|rd|th)? )?{_MONTH}(?: \d{{1,2}}(?!\d),?)?(?: \d{{4}})?)(?!\w)"
    r"|(?P<time>(?<![\w.:])\d{1,2}[:.]\d\d(?: ?[ap]\.?m\.?)?(?![\w:]))"
    r"|(?<![\w.,:/-])[$€£]?(?P<number>\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,9})?|\d{1,12}(?:\.\d{1,9})?)"
    r"(?![\w/:]|[.,]\d|-[^\W\d])"
    r"|\b(?P<none>nothing|none|free)\b",
)
_WORD = re.compile(r"[^\W_]+(?:[-'.&/][^\W_]+){0,6}")
_BREAK = re.compile(r"[;:]\s|,\s|\s[–—]\s|\b(?:and|while|whereas|but)\b|[()]")
_STRONG = re.compile(r";\s|\b(?:while|whereas|but)\b")
_NUMBER = re.compile(r"\d[\d.,:]*\d|\d")
_BRACKETED = re.compile(r"\([^()]{0,600}\)")
_ADVERBIAL = re.compile(r"\W*(?:in|on|at|by|since|from|until|during)\s+(?:the\s+)?", re.IGNORECASE)
_BETWEEN = re.compile(r" ?(?:[^\W\d_]{1,12}|[%°€$£]|°C)?(?:, (?:and )?| and )[$€£]?")
_BEHIND = re.compile(r"[ -]?([^\W\d_]+|[%°€$£])")
_COORDINATED = re.compile(r"\b(?:and|or)\b")
_GOES_ON = re.compile(r"\W*(?:for|in|at|on|from|of|to|with|by|per|under|over|as|after)\b")
_ARTICLES = words("the a an his her their its our your my")
_PREPOSITIONS = words("for in at on from of to with by per under over")
_PRONOUNS = words("it he she they this that which who these those its")
_VERBS = words(
    """costs cost weighs weigh takes take holds hold measures measure lasts last earns earn pays pay
    gets get needs need works work runs run opens open closes close starts start begins begin ends
    end rose fell increased decreased reaches reach covers cover about around nearly almost roughly
    over under less fewer often usually total including plus minus"""
)
"""Words that make no name of a group out of what stands before a value."""
_LONGEST = 1200
"""Characters of a sentence that is taken apart."""
_LARGEST = 10
"""Words of meaning of a part at most: what is longer is no list."""
_ITEM = 4
"""Words of a member of a list at most."""


@dataclass(frozen=True, slots=True)
class _Value:
    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a sentence with one value: what it belongs to."""

    value: _Value
    own: frozenset[str]
    """The plain forms of its words of meaning."""
    opens: bool
    """Whether it names something: with an article, a preposition, a capital or beside its value."""
    after: dict[str, frozenset[str]]
    """Preposition -> the plain forms of the words of meaning behind it."""
    unit: tuple[str, ...]
    """The plain forms of the words right behind its value."""


class Questioned:
    """The words of one question by which a member of a list is told from the others."""

    def __init__(self, question: str) -> None:
        text = folded_passage(question).text
        self._asked = _plain(text)
        self._numbers = frozenset(_NUMBER.findall(text))
        self._groups = groups_in(text)

    def __bool__(self) -> bool:
        return bool(self._asked)

    def in_passage(self, passage: Passage) -> Members:
        """The lists of a passage; made once for all answers in the passage."""
        return Members(self._asked, self._numbers, self._groups, passage)


class Members:
    """The sentences of one passage, looked at from the places of answers in it."""

    def __init__(
        self,
        asked: frozenset[str],
        numbers: frozenset[str],
        groups: frozenset[Group],
        passage: Passage,
    ) -> None:
        self._asked, self._numbers, self._groups = asked, numbers, groups
        self._sentences = sentences_of(passage.text)

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is another member's value."""
        first, last = self._sentences.place(start, end)
        begin, stop = self._sentences.around(first, last)
        if stop - begin > _LONGEST:
            return False
        sentence = _BRACKETED.sub(_blank, self._sentences.text[begin:stop])
        at = (first - begin, last - begin)
        values = [v for v in _values(sentence) if not self._numbers & _digits(sentence, v)]
        given = [v for v in values if at[0] < v.end and v.start < at[1]]
        if not given:
            return False
        alike = [v for v in values if v.kind in (given[0].kind, "none")]
        if len(alike) < 2:
            return False
        if self._groups and lacks_group(sentence, self._groups):
            return True
        row = next((row for row in _rows(sentence, alike) if given[0] in row), None)
        if row is not None:
            return _out_of_order(sentence, row, given, self._asked)
        if len(given) > 1:
            return _spans_members(sentence, alike, given, self._asked)
        return _is_apart(sentence, alike, given[0], self._asked)


@lru_cache(maxsize=512)
def _values(sentence: str) -> tuple[_Value, ...]:
    """The dates, times and numbers of a sentence; a number of four digits is a year or a count."""
    return tuple(_Value(*match.span(), _kind(match)) for match in _VALUE.finditer(sentence))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _digits(sentence: str, value: _Value) -> frozenset[str]:
    return frozenset(_NUMBER.findall(sentence[value.start : value.end]))


def _kind(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    is_year = kind == "number" and re.fullmatch(r"1\d{3}|20\d\d", match[0])
    return "date" if is_year else kind


# -- lists of things beside lists of values


def _out_of_order(
    sentence: str, row: Sequence[_Value], given: Sequence[_Value], asked: frozenset[str]
) -> bool:
    """Whether a value of a row is that of another thing by its number."""
    items = _items(sentence, row) or ()
    named = [i for i, item in enumerate(items) if item and item <= asked]
    return len(named) == 1 and [row.index(v) for v in given if v in row] != named


def _rows(sentence: str, values: Sequence[_Value]) -> list[list[_Value]]:
    """The values that stand one behind the other with nothing but their units between them."""
    rows: list[list[_Value]] = []
    for value in values:
        if rows and _BETWEEN.fullmatch(sentence, rows[-1][-1].end, value.start):
            rows[-1].append(value)
        else:
            rows.append([value])
    return [row for row in rows if len(row) > 1]


def _items(sentence: str, row: Sequence[_Value]) -> list[frozenset[str]] | None:
    """The things that a row of values belongs to: the nearest list of as many, before or after."""
    places = [(m.start(), m.end()) for m in _COORDINATED.finditer(sentence)]
    before = [place for place in places if place[1] <= row[0].start]
    after = [place for place in places if place[0] >= row[-1].end]
    for place in (*reversed(before), *after):
        items = _listed(sentence, place, len(row))
        if items is not None:
            return items
    return None


def _listed(sentence: str, conjunction: tuple[int, int], count: int) -> list[frozenset[str]] | None:
    """The `count` members that are joined by commas and this conjunction, each without the words
    that only the first or the last one has to spare."""
    head = sentence[: conjunction[0]].rstrip(" ,")
    pieces = head.split(", ")[-(count - 1) :]
    if len(pieces) < count - 1:
        return None
    middle = [_WORD.findall(piece) for piece in pieces[1:]]
    behind = re.split(r"[,;:()]", sentence[conjunction[1] :], maxsplit=1)[0]
    first, last = _WORD.findall(pieces[0]), _WORD.findall(behind)
    if not first or not last or any(not 0 < len(m) <= _ITEM for m in middle):
        return None
    length = min((len(m) for m in middle), default=0) or _capitals(last) or 1
    items = [first[-length:], *(m[-length:] for m in middle), last[:length]]
    if any(word[0].isdigit() for item in items for word in item):
        return None
    return [frozenset(key_of(w.lower()) for w in item if w.lower() not in EMPTY) for item in items]


def _capitals(tokens: Sequence[str]) -> int:
    count = 0
    while count < min(len(tokens), _ITEM) and tokens[count][0].isupper():
        count += 1
    return count


# -- parts of a sentence, each with a value


def _is_apart(
    sentence: str, values: Sequence[_Value], given: _Value, asked: frozenset[str]
) -> bool:
    """Whether the question names what another value belongs to, and not what this one does."""
    parts = _parts(sentence, tuple(values))
    at = next((i for i, part in enumerate(parts) if part.value == given), None)
    if at is None or len(parts) < 2:
        return False
    named = [asked & _only(parts, i) for i in range(len(parts))]
    alike = [
        i
        for i in range(len(parts))
        if i != at and _may_stand_for(parts[min(i, at)], parts[max(i, at)])
    ]
    if at == 0:  # what it has may be said for all: "a ticket for adults costs 9, for children 4"
        others = [parts[i] for i in alike if named[i] and parts[i].opens]
        return bool(others) and not any(_answers(parts[0], part, asked) for part in others)
    if named[at] or not parts[at].opens:
        return False
    return any(
        named[i]
        and (parts[i].opens if i else _answers(parts[0], parts[at], asked, unless=parts[0].own))
        for i in alike
    )


def _spans_members(
    sentence: str, values: Sequence[_Value], given: Sequence[_Value], asked: frozenset[str]
) -> bool:
    """Whether an answer holds the values of several members, of which the question names one."""
    parts = _parts(sentence, tuple(values))
    named = [i for i in range(len(parts)) if asked & _only(parts, i)]
    named = [i for i in named if i] or named  # what the first one has may be said for all
    held = [i for i, part in enumerate(parts) if part.value in given]
    return (
        len(named) == 1
        and named[0] in held
        and all(parts[i].value.kind == "number" for i in held)
        and any(parts[i].opens and _only(parts, i) for i in held if i != named[0])
        and all(_may_stand_for(parts[i], parts[j]) for i, j in pairwise(held))
    )


def _may_stand_for(first: _Part, later: _Part) -> bool:
    """Whether the later value is of the first one's unit, or leaves it out; both are short."""
    own, others = first.unit, later.unit
    alike = own[: len(others)] == others or (bool(own) and others[: len(own)] == own)
    return alike and len(first.own) <= _LARGEST and len(later.own) <= _LARGEST


def _only(parts: Sequence[_Part], at: int) -> frozenset[str]:
    others = (part.own for i, part in enumerate(parts) if i != at)
    return parts[at].own.difference(*others)


def _answers(
    first: _Part, other: _Part, asked: frozenset[str], *, unless: frozenset[str] = frozenset()
) -> bool:
    """Whether the question names what the first part has where the other has its own.

    That is behind the same preposition; without one, any word of `unless`.
    """
    links = first.after.keys() & other.after.keys()
    if not links:
        return bool(unless & asked)
    return any((first.after[link] - other.after[link]) & asked for link in links)


@lru_cache(maxsize=512)
def _parts(sentence: str, values: tuple[_Value, ...]) -> tuple[_Part, ...]:
    """The parts of a sentence, cut so that each has one value; none where that cannot be."""
    parts: list[_Part] = []
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


def _weak_parts(sentence: str, begin: int, end: int, held: Sequence[_Value]) -> list[_Part]:
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
    parts: list[_Part] = []
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


def _part(sentence: str, begin: int, end: int, value: _Value, *, whole: bool) -> _Part:
    text = sentence[begin:end]
    tokens = [m for m in _WORD.finditer(text) if m[0].lower() not in ("and", "while", "whereas")]
    low = [t[0].lower() for t in tokens]
    after: dict[str, frozenset[str]] = {}
    for i, word in enumerate(low[:-1]):
        if word in _PREPOSITIONS:
            behind = (w for w in low[i + 1 : i + 5] if w not in _ARTICLES)
            nouns = list(takewhile(lambda w: w not in EMPTY or w == "one", behind))
            if nouns and not nouns[0][0].isdigit():
                counted = 2 if nouns[0] in NUMBERS else 1
                after[word] = frozenset(map(key_of, nouns[:counted]))
    return _Part(
        value,
        _plain(text),
        _opens(tokens, low, begin, value, whole=whole),
        after,
        _unit(sentence, value),
    )


def _unit(sentence: str, value: _Value) -> tuple[str, ...]:
    """The plain forms of the words that follow a value, as far as they carry meaning."""
    unit: list[str] = []
    at = value.end
    while len(unit) < _ITEM and (word := _BEHIND.match(sentence, at)):
        if word[1].lower() in EMPTY:
            break
        unit.append(key_of(word[1].lower()))
        at = word.end()
    return tuple(unit)


def _opens(
    tokens: Sequence[re.Match[str]], low: Sequence[str], begin: int, value: _Value, *, whole: bool
) -> bool:
    if not tokens or low[0] in _PRONOUNS:
        return False
    raw = tokens[0][0]
    if low[0] in _ARTICLES or raw[0].isupper():
        return True
    at = value.start - begin
    if tokens[0].start() >= at:  # the value stands first, and what it belongs to behind it
        return any(word in _PREPOSITIONS for word in low[1:4])
    if low[0] in _PREPOSITIONS:
        named = len(low) > 1 and tokens[1].start() < at
        return named or any(word in _PREPOSITIONS for word in low[2:_ITEM])  # "for 9 days on the"
    verb = raw.endswith("ed") or low[0] in IRREGULAR
    if verb:
        return False
    return whole or tokens[0].end() + 1 >= at or _is_noun_phrase(tokens, low, at)


def _is_noun_phrase(tokens: Sequence[re.Match[str]], low: Sequence[str], at: int) -> bool:
    """Whether nothing but a few words of meaning without a verb stand before the value: "large
    dogs 340 g"."""
    before = [word for token, word in zip(tokens, low, strict=True) if token.start() < at]
    return (
        len(before) <= _ITEM
        and not any(w in EMPTY or w.endswith(("ly", "ed")) or w in IRREGULAR for w in before)
        and not _VERBS.intersection(before)
        and tokens[len(before) - 1].end() + 2 >= at
    )


@lru_cache(maxsize=4096)
def _plain(text: str) -> frozenset[str]:
    low = [m[0].lower() for m in _WORD.finditer(text)]
    return frozenset(key_of(w) for w in low if w not in EMPTY)
