"""Contrast: whether two questions that one place answers ask about two things. Pure.

`equivalence` asks for proof that two questions are the same; here it is the other way round. Where
the reader finds the answer to a new question in the very place from which another was taken, both
mostly ask the same, whatever their words. Against it speaks only what sets two things apart:
another number, name, code, time, extreme, restriction, opposite, negation or kind of question. The
rules are English.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal, TypeAlias

from ...core.expressions import expression
from .frames import attributes_apart, frames_apart
from .lexicon import EXTREMES, IRREGULAR, OPPOSITE_PAIRS, PERIODS, RESTRICTING, words
from .mentions import VARIANTS
from .parse import Wording, key_of, marked, read_wording
from .roles import roles_apart
from .sides import PREPOSITIONS
from .words import AUXILIARY, BEFORE_NOUN, DETERMINERS, Word, words_in

__all__ = ["CIRCUMSTANCE", "Contrast", "Doubt", "contrast"]

CIRCUMSTANCE = "circumstance"
"""What `Contrast.why` says where one question names a circumstance, and the other none."""

_TIME = frozenset(("when", "time", "how long", "how often", "how old", "how fast"))
"""Kinds of question that an expression of time may answer."""
_AMOUNT = frozenset(("how many", "how much", "how heavy", "how high", "how far", "how large"))
_APART = (
    (frozenset(("why",)), None),
    (frozenset(("who", "whose")), frozenset(("where", *_AMOUNT, *_TIME))),
    (frozenset(("where",)), _AMOUNT | _TIME),
    (frozenset(("how",)), frozenset(("when", "time", "who", "whose"))),
    (frozenset(("when", "how long", "how often")), _AMOUNT | {"what thing"}),
    (frozenset(("how long",)), frozenset(("how often",))),
)
"""Kinds of question that one expression does not answer both; None: any other kind."""
_MEASURE = expression(
    r"\bhow (?!do|does|did|is|are|was|were|can|could|may|must|should|will|would|to|has|have)(\w+)"
    r"(?: (seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b)?"
)
_BEFORE_VERB = words("do does did can could may might must should will would be been being")
_BEFORE_THING = (
    (AUXILIARY - words("be been being")) | BEFORE_NOUN | DETERMINERS | words("many much which what")
)
_MEASURED = {"how big": "how large", "how tall": "how high", "how huge": "how large"}
_ASKED = expression(r"\b(?:what|which)(?: (?:is|are|was|were)|'s)? ((?:[\w-]+(?:'s)? ?){1,5})")
"""What is asked for: "check-out time" in "What's the check-out time?"."""
_ENDS = AUXILIARY | BEFORE_NOUN
_DATES = words("day days date dates year month months weekday weekdays birthday century decade")
_SPANS = words(
    """time times hour hours period duration length age deadline season term life notice timeout
    delay"""
)
_OF_TIME = expression(r"\bhow much (?:\w+ )?(?:notice|time)\b")
_SIZE = expression(
    r"\bhow many (?:square |cubic )?(?:mm|cm|m|km|kg|inches|feet|yards|miles|(?:centi|milli|kilo)?"
    r"met(?:er|re)s|(?:kilo)?grams|pounds|tonnes|acres|hectares|lit(?:er|re)s|degrees|percent)\b"
)
"""A size asked for by its unit: it may be a length, a weight or an extent."""
_BOUND = expression(
    r"\b(?:within|until|till|after|since|before|by|from|in) (?:when|how|what|which)\b"
)
_DIMENSIONS = frozenset(f"how {measure}" for measure in words("wide high long deep heavy large"))
_SENTENCE = 1000
"""Characters of a text that are looked through for a question's words."""
_LONGEST = 80
"""Words of a question whose order is looked at."""
_OF_FRAMES = (
    *("kind", "role", "attribute", "extreme"),
    *("restriction", "negation", CIRCUMSTANCE),
)
"""What sets two questions apart within one frame alone."""
_ONE_FRAME = 0.5
"""`Contrast.order` from which on two questions share their frame."""
_PRAISE = words(
    """beautiful nice lovely pretty great good best-known famous well-known popular actual exact
    precise current present so-called"""
)
"""Words before a thing that make it no other."""
_ADVERBS = ("lly", "tly", "sly")
_EACH = words("a an per each every")
_UNITS = words("day night week month quarter year")
_BEFORE_CIRCUMSTANCE = words("in on at during to for with without under over from into per")
_WEAK = words("new last each every any all some most least used known paid open closed")
"""Words that narrow a question seldom."""

Doubt: TypeAlias = Literal["nothing", "words", "things", "verb", "thing"]
"""The new question has no word for itself; some; a thing where the other has one; and is, word by
word, the same but for a word that is no thing, or is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """What sets two questions apart."""

    why: str = ""
    """What speaks for two things; empty where nothing does."""
    doubt: Doubt = "nothing"
    """Where nothing does, what is in the place of what: the more it is, the less both are alike."""
    own: frozenset[str] = frozenset()
    """Words of meaning, as keys, that the new question alone has."""
    shared: int = 0
    """How many words of meaning both have."""
    order: float = 0.0
    """Words that stand in the same order in both, as a share of all, 0..1: near 1 two questions are
    one frame with something else in it, near 0 they are worded each in its own way."""
    new: str = ""
    """The words of meaning, as they stand, that the new question alone has."""
    narrowed: bool = False
    """Whether each of both is narrowed, and to something else: to children, to adults."""

    @property
    def decides(self) -> bool:
        """Whether it speaks for two things, whatever else speaks for one.

        Worded each in its own way, one question may be of another kind than the other, and ask the
        same: "How long is the trail?", "What is the distance?".
        """
        of_frame = self.why in _OF_FRAMES and not self.narrowed
        return bool(self.why) and not (of_frame and self.order < _ONE_FRAME)

    def told_by(self, text: str) -> bool:
        """Whether a text, a sentence or a little more, holds all that the new question has."""
        if not self.own:
            return False
        said = text[:_SENTENCE]
        return self.own <= _keys(read_wording(marked(said))) | {
            _SENSES.get(key, key) for word in words_in(said) for key in [key_of(word.low)]
        }


def contrast(question: str, remembered: str) -> Contrast:
    """What sets a new question apart from a remembered one. Linear in their lengths."""
    a, b = _wording(question), _wording(remembered)
    left, right = _keys(a), _keys(b)
    own, others = left - right, right - left
    doubt: Doubt = "words" if own else "nothing"
    if own and others:
        thing = all(
            any(_is_thing(words_in(text), key) for key in keys)
            for text, keys in ((question, own), (remembered, others))
        )
        exact = _exchanged(a, b)
        doubt = ("thing" if exact else "things") if thing else ("verb" if exact else "words")
    why = _why(a, b, own, others)
    if why == "number" and not b.numbers:
        why = CIRCUMSTANCE
    why = why or _persons_apart(a.persons, b.persons)
    if not why and _sides_apart(question, remembered):
        why = "side"
    if not why and _units_apart(question, remembered):
        why = "unit"
    why = why or frames_apart(question, remembered)
    if not why and roles_apart(question, remembered):
        why = "role"
    if not why and own and others and attributes_apart(question, remembered):
        why = "attribute"
    if not why and bool(own) != bool(others):
        text, more = (question, own) if own else (remembered, others)
        spoken = words_in(text)
        ways = {_narrowing(spoken, at, left & right) for at in _places_of(spoken, more)}
        why = next((way for way in ("variant", CIRCUMSTANCE) if way in ways), "")
    spoken, told = words_in(question), words_in(remembered)
    return Contrast(
        why=why,
        doubt=doubt,
        own=frozenset(own),
        shared=len(left & right),
        order=_order(spoken, told),
        new=_unsaid(spoken, told),
        narrowed=bool(own & _OTHERS_OUT) and bool(others & _OTHERS_OUT),
    )


def _order(a: Sequence[Word], b: Sequence[Word]) -> float:
    first, second = ([word.low for word in words[:_LONGEST]] for words in (a, b))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _unsaid(a: Sequence[Word], b: Sequence[Word]) -> str:
    said = {key_of(word.low) for word in b}
    return " ".join(word.low for word in a if word.content and key_of(word.low) not in said)


def _wording(text: str) -> Wording:
    """A question's wording without its measure: "early" says no more in "how early" than "when"."""
    wording = read_wording(marked(text))
    spoken = f"how {wording.kind.removeprefix('how ')} {text.lower()}"
    measures = {key_of(word) for pair in _MEASURE.findall(spoken) for word in pair if word}
    content = [i for i, (key, _) in enumerate(wording.content) if key not in measures]
    return replace(
        wording,
        kind=_kind(text.lower(), wording.kind),
        content=tuple(wording.content[i] for i in content),
        loose=tuple(wording.loose[i] for i in content),
    )


def _kind(text: str, kind: str) -> str:
    """The kind of a question: "in which year" is when, "for how many days" is how long."""
    measure = _MEASURE.search(text)
    if kind == "how" and measure:
        kind = f"how {measure[1]}"
    if (measure and measure[2]) or _OF_TIME.search(text):
        return "time"
    if _SIZE.search(text):
        return ""
    if kind == "what":
        asked = _ASKED.search(text)
        spans = set[str]() if asked is None else _head(asked[1])
        if spans & _SPANS:
            return "time"
        if spans & _DATES:
            kind = "when"
        elif asked:
            kind = "what thing"
    if kind in ("when", "how long") and _BOUND.search(text):
        kind = "time"
    return _MEASURED.get(kind, kind)


def _head(phrase: str) -> set[str]:
    """The words of a phrase up to its first preposition or verb: "rent" of "rent per month"."""
    return {*takewhile(lambda word: word not in _ENDS, phrase.split())}


def _why(a: Wording, b: Wording, own: Set[str], others: Set[str]) -> str:
    checks = (
        ("kind", _kinds_apart(a.kind, b.kind)),
        ("negation", a.negations % 2 != b.negations % 2),
        ("number", bool({*a.numbers} - {*b.numbers})),
        ("code", _any_code(own)),
        ("name", bool(own & a.names) and bool(others & b.names)),
        ("restriction", bool(own & _OTHERS_OUT)),
        ("opposite", _opposed(own, others)),
        ("extreme", bool(own & _NARROWING)),
    )
    return next((name for name, differs in checks if differs), "")


def _persons_apart(a: Sequence[str], b: Sequence[str]) -> str:
    """What sets apart mine and yours, or mine and any; empty where nothing does."""
    if a and b and a != b:
        return "person"
    return CIRCUMSTANCE if not {*a, *b}.isdisjoint(("my", "our")) and a != b else ""


def _sides_apart(question: str, remembered: str) -> bool:
    """Whether one asks of one side of a bound and the other of the other: over 12 and under 12."""
    here, there = _sides_of(question), _sides_of(remembered)
    return any(here[group].isdisjoint(there[group]) for group in here.keys() & there.keys())


def _sides_of(question: str) -> dict[str, set[int]]:
    """By what they tell apart, the sides that its prepositions take."""
    sides: dict[str, set[int]] = {}
    for word in words_in(question):
        if word.low in PREPOSITIONS:
            group, side = PREPOSITIONS[word.low]
            sides.setdefault(group, set()).add(side)
    return sides


def _units_apart(question: str, remembered: str) -> bool:
    """Whether each asks how many of a unit of time, and of another one: days and hours."""
    here, there = (
        {unit.rstrip("s") for _, unit in _MEASURE.findall(text.lower()) if unit}
        for text in (question, remembered)
    )
    return bool(here and there) and here.isdisjoint(there)


def _places_of(words: Sequence[Word], keys: Set[str]) -> list[int]:
    """Where words with one of these keys stand."""
    return [i for i, word in enumerate(words) if word.content and _key(word) in keys]


def _narrowing(words: Sequence[Word], at: int, shared: Set[str]) -> str:
    """How a word that only one of two questions has makes it another one; "" if it does not.

    A variant stands behind a name ("the Corvo Pro") or before a thing ("frozen samples"); of a
    circumstance speak "in summer", "to repair it", "a month". The first part of a name says
    nothing, nor does what kind of thing a name is of: "the Corvo drill".
    """
    word = words[at]
    before = words[at - 1] if at else None
    after = words[at + 1] if at + 1 < len(words) else None
    if before is not None:
        if before.named and _key(before) in shared and (word.named or word.low in VARIANTS):
            return "variant"
        if before.low in _EACH and word.low in _UNITS:
            return CIRCUMSTANCE
    if (
        after is not None
        and not (word.named or word.low in _PRAISE or word.low.endswith(_ADVERBS))
        and _key(after) in shared
        and not _is_verb(words, at + 1)
    ):
        return "variant"
    start = at - 1
    while start >= max(0, at - 3) and (words[start].content or words[start].low in DETERMINERS):
        start -= 1
    return CIRCUMSTANCE if start >= 0 and words[start].low in _BEFORE_CIRCUMSTANCE else ""


def _is_verb(words: Sequence[Word], at: int) -> bool:
    """Whether a word behind a noun is the question's verb: "leased", or the last after "does"."""
    low = words[at].low
    last = at == len(words) - 1 and any(word.low in _BEFORE_VERB for word in words[:at])
    return last or low.endswith("ed") or low in IRREGULAR


def _key(word: Word) -> str:
    key = key_of(word.low)
    return _SENSES.get(key, key)


def _exchanged(a: Wording, b: Wording) -> bool:
    """Whether the questions are the same, word by word, but for one in the place of another."""
    # A question put in full may say a word twice: "the child ticket ticket".
    first, second = (
        list(dict.fromkeys(_SENSES.get(key, key) for key, _ in wording.content))
        for wording in (a, b)
    )
    return len(first) == len(second) and sum(map(str.__ne__, first, second)) == 1


def _is_thing(words: Sequence[Word], key: str) -> bool:
    """Whether this word of a question is a noun or stands before one, as far as its place tells."""
    for i, word in enumerate(words):
        if not word.content or _SENSES.get(key_of(word.low), key_of(word.low)) != key:
            continue
        if i + 1 < len(words) and words[i + 1].content:
            return True
        start = i
        while start and words[start - 1].content:
            start -= 1
        before = words[start - 1].low if start else ""
        finite = any(earlier.low in _BEFORE_VERB for earlier in words[:start])
        verb = start < i and (finite or word.low.endswith("ed") or word.low in IRREGULAR)
        return not verb and before in _BEFORE_THING
    return False


def _kinds_apart(a: str, b: str) -> bool:
    if a == b or not a or not b:
        return False
    if {a, b} <= _DIMENSIONS or (a == "when" and b == "how long"):
        return True
    for one, others in _APART:
        for this, that in ((a, b), (b, a)):
            if this in one and that not in one and (others is None or that in others):
                return True
    return False


def _any_code(keys: Iterable[str]) -> bool:
    """Whether one of them is a name with figures in it, such as "hk-210s"."""
    return any(any(map(str.isdigit, key)) and not key.isdigit() for key in keys)


def _opposed(own: Set[str], others: Set[str]) -> bool:
    return any(
        (first in own and second in others) or (second in own and first in others)
        for first, second in _PAIRS
    )


def _keys(wording: Wording) -> set[str]:
    """The keys of its words of meaning, with "daily" as "day" and "highest" as "maximum"."""
    return {_SENSES.get(key, key) for key, _ in wording.content}


_SENSES = {key_of(word): key_of(sense) for word, sense in (*PERIODS.items(), *EXTREMES.items())}
_NARROWING = frozenset(
    _SENSES.get(key, key)
    for word in RESTRICTING - _WEAK - PERIODS.keys() - words("maximum minimum")
    for key in [key_of(word)]
    if key in (word, f"={word}") or not key.startswith("=")
)
_OUTERMOST = frozenset(
    _SENSES.get(key, key)
    for word in words("most least last final late next")
    for key in [key_of(word)]
)
"""Of these, what a bound is called, too: "the latest time" is "until when"."""
_OTHERS_OUT = _NARROWING - _OUTERMOST
_PAIRS = frozenset((key_of(first), key_of(second)) for first, second in OPPOSITE_PAIRS)
