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
from functools import lru_cache
from itertools import pairwise

from ...core.expressions import expression
from ...core.records import Passage
from .groups import Group, groups_in, lacks_group
from .lexicon import MONTHS
from .list_parts import LONGEST_ITEM, WORD, Part, Value, parts_of, plain_words
from .parse import key_of
from .sentences import sentences_of
from .values import NUMBER, rows_of
from .words import EMPTY, folded_passage

__all__ = ["Members", "Questioned"]

_MONTH = f"(?:{'|'.join(map(str.capitalize, MONTHS))})"
_VALUE = expression(
    rf"(?P<date>(?:\d{{1,2}}(?:st|nd|rd|th)? )?{_MONTH}(?: \d{{1,2}}(?!\d),?)?(?: \d{{4}})?)(?!\w)"
    r"|(?P<time>(?<![\w.:])\d{1,2}[:.]\d\d(?: ?[ap]\.?m\.?)?(?![\w:]))"
    rf"|(?<![\w.,:/-])[$€£]?(?P<number>{NUMBER})"
    r"(?![\w/:]|[.,]\d|-[^\W\d])"
    r"|\b(?P<none>nothing|none|free)\b",
)
_NUMBER = expression(r"\d[\d.,:]*\d|\d")
_BRACKETED = expression(r"\([^()]{0,600}\)")
_BETWEEN = expression(r" ?(?:[^\W\d_]{1,12}|[%°€$£]|°C)?(?:, (?:and )?| and )[$€£]?")
_COORDINATED = expression(r"\b(?:and|or)\b")
_LONGEST = 1200
"""Characters of a sentence that is taken apart."""
_LARGEST = 10
"""Words of meaning of a part at most: what is longer is no list."""


class Questioned:
    """The words of one question by which a member of a list is told from the others."""

    def __init__(self, question: str) -> None:
        text = folded_passage(question).text
        self._asked = plain_words(text)
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
        row = next((row for row in rows_of(sentence, alike, _BETWEEN) if given[0] in row), None)
        if row is not None:
            return _out_of_order(sentence, row, given, self._asked)
        if len(given) > 1:
            return _spans_members(sentence, alike, given, self._asked)
        return _is_apart(sentence, alike, given[0], self._asked)


@lru_cache(maxsize=512)
def _values(sentence: str) -> tuple[Value, ...]:
    """The dates, times and numbers of a sentence; a number of four digits is a year or a count."""
    return tuple(Value(*match.span(), _kind(match)) for match in _VALUE.finditer(sentence))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _digits(sentence: str, value: Value) -> frozenset[str]:
    return frozenset(_NUMBER.findall(sentence[value.start : value.end]))


def _kind(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    is_year = kind == "number" and re.fullmatch(r"1\d{3}|20\d\d", match[0])
    return "date" if is_year else kind


# -- lists of things beside lists of values


def _out_of_order(
    sentence: str, row: Sequence[Value], given: Sequence[Value], asked: frozenset[str]
) -> bool:
    """Whether a value of a row is that of another thing by its number."""
    items = _items(sentence, row) or ()
    named = [i for i, item in enumerate(items) if item and item <= asked]
    return len(named) == 1 and [row.index(v) for v in given if v in row] != named


def _items(sentence: str, row: Sequence[Value]) -> list[frozenset[str]] | None:
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
    middle = [WORD.findall(piece) for piece in pieces[1:]]
    behind = re.split(r"[,;:()]", sentence[conjunction[1] :], maxsplit=1)[0]
    first, last = WORD.findall(pieces[0]), WORD.findall(behind)
    if not first or not last or any(not 0 < len(m) <= LONGEST_ITEM for m in middle):
        return None
    length = min((len(m) for m in middle), default=0) or _capitals(last) or 1
    items = [first[-length:], *(m[-length:] for m in middle), last[:length]]
    if any(word[0].isdigit() for item in items for word in item):
        return None
    return [frozenset(key_of(w.lower()) for w in item if w.lower() not in EMPTY) for item in items]


def _capitals(tokens: Sequence[str]) -> int:
    count = 0
    while count < min(len(tokens), LONGEST_ITEM) and tokens[count][0].isupper():
        count += 1
    return count


# -- parts of a sentence, each with a value


def _is_apart(sentence: str, values: Sequence[Value], given: Value, asked: frozenset[str]) -> bool:
    """Whether the question names what another value belongs to, and not what this one does."""
    parts = parts_of(sentence, tuple(values))
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
    sentence: str, values: Sequence[Value], given: Sequence[Value], asked: frozenset[str]
) -> bool:
    """Whether an answer holds the values of several members, of which the question names one."""
    parts = parts_of(sentence, tuple(values))
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


def _may_stand_for(first: Part, later: Part) -> bool:
    """Whether the later value is of the first one's unit, or leaves it out; both are short."""
    own, others = first.unit, later.unit
    alike = own[: len(others)] == others or (bool(own) and others[: len(own)] == own)
    return alike and len(first.own) <= _LARGEST and len(later.own) <= _LARGEST


def _only(parts: Sequence[Part], at: int) -> frozenset[str]:
    others = (part.own for i, part in enumerate(parts) if i != at)
    return parts[at].own.difference(*others)


def _answers(
    first: Part, other: Part, asked: frozenset[str], *, unless: frozenset[str] = frozenset()
) -> bool:
    """Whether the question names what the first part has where the other has its own.

    That is behind the same preposition; without one, any word of `unless`.
    """
    links = first.after.keys() & other.after.keys()
    if not links:
        return bool(unless & asked)
    return any((first.after[link] - other.after[link]) & asked for link in links)
