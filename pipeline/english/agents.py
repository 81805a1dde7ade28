"""Whether an answer is who did it, where a question asks to whom it was done, or the reverse. Pure.

    Anna Berg manages Peter Kahn. The pump feeds the boiler.

Asked who manages Anna Berg, or what the boiler feeds, a reader gives whoever stands on the other
side of that verb. But a clause that has its verb between the thing asked about and the answer says
who does it, and to whom: before an active verb stands who does it, before a passive one to whom it
is done. Whichever verb it is, so long as nothing but small words stands between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...core.records import Passage
from .lexicon import IRREGULAR, words
from .parse import key_of
from .sentences import sentences_of
from .words import (
    AUXILIARY,
    BE,
    BEFORE_NOUN,
    DETERMINERS,
    EMPTY,
    Token,
    folded_passage,
    stem,
    tokens_in,
)

__all__ = ["Agents", "Deeds"]

_HELPERS = words("do does did")
_MUTUAL = frozenset(
    map(
        key_of,
        words(
            """marry wed divorce date meet match equal resemble border adjoin neighbor neighbour
            face fight play befriend join accompany contact touch oppose rival partner parallel
            be become have remain seem"""
        ),
    )
)
"""Verbs whose two sides may change places, or that say what something is."""
_ADVERBS = words("first also now then currently originally initially later once again soon never")
_ENDS = words(
    """, ; : ( ) . ? ! | – — and but or while whereas who whom which that whose where when whereby
    because if"""
)
"""Where a clause ends, or another may begin."""
_JOINS = BEFORE_NOUN | words(
    """beside behind near outside inside above below beneath opposite around along toward towards
    next off up down out away back"""
)
_NOT_WHO = words(
    """year day date month week century decade time age season place city town country state region
    language color colour way reason extent degree percentage percent amount number kind rank"""
)
"""What a question may ask for that is neither who does a deed nor to whom it is done."""
_NOUN_ENDINGS = ("er", "or", "ion", "ment")
_MOST = 5
"""Words of the thing that is asked about."""
_LONGEST = 1200
"""Characters of a sentence that is looked through."""


@dataclass(frozen=True, slots=True)
class _Asked:
    verb: str
    thing: frozenset[str]
    """The words of who or what is named."""
    head: str
    """The last of them, by which alone it may be called, too."""
    agent: bool
    """Whether the question asks who does it, and not to whom it is done."""


class Agents:
    """The deed that one question asks about, with the one who is named."""

    def __init__(self, question: str) -> None:
        self._asked = _asked(question)

    def __bool__(self) -> bool:
        return self._asked is not None

    def in_passage(self, passage: Passage) -> Deeds:
        """What a passage says of that deed; made once for all answers in the passage."""
        return Deeds(self._asked, passage)


class Deeds:
    """The clauses of one passage that tell of a deed, looked at from the places of answers."""

    def __init__(self, asked: _Asked | None, passage: Passage) -> None:
        self._asked = asked
        self._sentences = sentences_of(passage.text)

    @cached_property
    def _clauses(self) -> tuple[_Clause, ...]:
        return () if self._asked is None else tuple(_clauses(self._asked, self._sentences.text))

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text stands on the wrong side."""
        asked = self._asked
        pieces = self._sentences.pieces(*self._sentences.place(start, end))
        return asked is not None and any(
            clause.agent(asked, *piece) is (not asked.agent)
            for piece in pieces
            for clause in self._clauses
        )


@dataclass(frozen=True, slots=True)
class _Clause:
    """The words around a verb, up to the clause's ends."""

    before: Sequence[Token]
    verb: Token
    after: Sequence[Token]

    def agent(self, asked: _Asked, first: int, last: int) -> bool | None:
        """Whether an answer does it; None where its place, or that of the thing, tells nothing."""
        passive = self._passive
        if last <= self.verb.start:
            own, others = self._ahead(first, last), self.after
        elif first >= self.verb.end:
            own, others = self._behind(first), self.before
        else:
            return None
        if not own or not self._names(asked, others, first, last):
            return None
        return (last <= self.verb.start) is not passive

    @property
    def _passive(self) -> bool:
        if self.after and self.after[0].low == "by":
            return True
        ahead = [t.low for t in self.before[-3:]]
        return not self.verb.low.endswith("ing") and any(low in BE for low in ahead)

    def _ahead(self, first: int, last: int) -> bool:
        """Whether nothing but small words stands between the answer and the verb behind it."""
        inside = [t for t in self.before if t.start >= last]
        return bool(self.before) and self.before[0].start < last and all(map(_is_small, inside))

    def _behind(self, first: int) -> bool:
        """The same of an answer behind the verb; who does it stands behind "by"."""
        inside = [t.low for t in self.after if t.end <= first]
        if not self.after or first >= self.after[-1].end:
            return False
        if self._passive:
            return inside[:1] == ["by"] and _leads(inside[1:])
        return _leads(inside)

    def _names(self, asked: _Asked, others: Sequence[Token], first: int, last: int) -> bool:
        """Whether the thing that is asked about stands on that side, next to the verb."""
        places = [
            i
            for i, t in enumerate(others)
            if stem(t.low) in asked.thing and not first <= t.start < last
        ]
        if not places or asked.head not in {stem(others[i].low) for i in places}:
            return False
        if others is self.before:
            ahead = [t.low for t in others[: places[0]] if t.low not in DETERMINERS]
            joined = bool(ahead) and ahead[-1] in _JOINS  # "by the door stood a hive"
            return not joined and all(map(_is_small, others[places[-1] + 1 :]))
        ahead = [t.low for t in others[: places[0]]]
        if self._passive:
            return ahead[:1] == ["by"] and _leads(ahead[1:])
        return _leads(ahead)


def _clauses(asked: _Asked, text: str) -> Iterator[_Clause]:
    """The clauses of a folded text that have the verb as one."""
    tokens = tokens_in(text)
    for i, token in enumerate(tokens):
        if key_of(token.low) != asked.verb or text[token.start].isupper():
            continue
        begin, end = i, i + 1
        while begin and not _cuts(tokens, begin - 1, text):
            begin -= 1
        while end < len(tokens) and not _cuts(tokens, end, text):
            end += 1
        before, after = tokens[begin:i], tokens[i + 1 : end]
        if token.end - (before or [token])[0].start > _LONGEST:
            continue
        if _is_noun(asked.verb, before, token, after):
            continue
        yield _Clause(before, token, after)


def _cuts(tokens: Sequence[Token], at: int, text: str) -> bool:
    token = tokens[at]
    if token.low in _ENDS:
        return True
    following = tokens[at + 1].start if at + 1 < len(tokens) else token.end
    return "\n" in text[token.end : following]


def _is_noun(verb: str, before: Sequence[Token], token: Token, after: Sequence[Token]) -> bool:
    """Whether a word that may be a verb is none here: "the causes of fever", "power sharing"."""
    low, previous = token.low, before[-1].low if before else ""
    if low.endswith("ing"):
        return not any(t.low in BE for t in before[-3:])
    ending = next((e for e in _NOUN_ENDINGS if low.removesuffix("s").endswith(e)), "")
    return (
        not before
        or previous in DETERMINERS
        or previous in _JOINS - {"to"}
        or previous.endswith("'s")
        or (bool(ending) and not verb.endswith(ending))
        or (bool(after) and after[0].low in AUXILIARY | {"of"})
    )


def _is_small(token: Token) -> bool:
    """Whether a word may stand between who does it and the verb."""
    return token.low in AUXILIARY or token.low in _ADVERBS or token.low.endswith("ly")


def _leads(inside: Sequence[str]) -> bool:
    """Whether nothing but an article and words that describe stand between the verb and a name."""
    return len(inside) <= 3 and not any(low in _JOINS for low in inside)


def _asked(question: str) -> _Asked | None:
    tokens = [t for t in tokens_in(folded_passage(question).text) if t.is_word]
    low = [t.low for t in tokens]
    if low[:2] in (["by", "whom"], ["by", "what"], ["by", "which"]):
        return _of_passive([*low[1:], "by"])
    if len(low) < 3 or low[0] not in ("who", "whom", "what", "which"):
        return None
    if low[1] in BE:
        return _of_passive(low)
    for kind in range(3):  # "which company", "which security company"
        rest = low[1 + kind :]
        if rest and rest[0] in _HELPERS:
            return None if _NOT_WHO & {*low[1 : 1 + kind]} else _of_helped(rest[1:])
    if low[0] in ("who", "what"):
        return _of_active(low[1:])
    return next(
        (_of_active(low[at:]) for at in (2, 3) if at < len(low) and _is_verb(low[at])), None
    )


def _of_passive(low: Sequence[str]) -> _Asked | None:
    """Of "who was Vela trained by", "what is damaged by frost", "who is managing Anna"."""
    rest = [word for word in low[2:] if word not in _ADVERBS]
    if rest[-1:] == ["by"]:
        return _made(rest[-2:-1], rest[:-2], agent=True)
    if rest[1:2] == ["by"]:
        return _made(rest[:1], rest[2:], agent=False)
    if rest and rest[0].endswith("ing"):
        return _made(rest[:1], rest[1:], agent=True)
    return None


def _of_helped(low: Sequence[str]) -> _Asked | None:
    """Of "does the pump feed", "did Vela train in 1990"."""
    rest = _without_circumstance(low)
    return _made(rest[-1:], rest[:-1], agent=False)


def _of_active(low: Sequence[str]) -> _Asked | None:
    """Of "manages Anna Berg", "first crossed the strait in 1990"."""
    rest = [word for word in low if word not in _ADVERBS]
    if rest[1:2] and rest[1] in AUXILIARY:  # "what rank was"
        return None
    return _made(rest[:1], _without_circumstance(rest[1:]), agent=True)


def _without_circumstance(low: Sequence[str]) -> Sequence[str]:
    end = next((i for i, word in enumerate(low) if word in _JOINS - {"of"}), len(low))
    return low[:end] if end < len(low) - 1 else () if end < len(low) else low


def _made(verb: Sequence[str], thing: Sequence[str], *, agent: bool) -> _Asked | None:
    kept = [stem(word) for word in thing if word not in EMPTY]
    if not verb or verb[0] in EMPTY or not 1 <= len(kept) <= _MOST:
        return None
    key = key_of(verb[0])
    return None if key in _MUTUAL else _Asked(key, frozenset(kept), kept[-1], agent)


def _is_verb(low: str) -> bool:
    return low.endswith(("ed", "s")) or low in IRREGULAR
