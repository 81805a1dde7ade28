"""Whether two questions ask the same, so that a remembered answer may be given again. Pure.

An embedding alone cannot tell: "enable" and "disable" lie closer than "enable" and "turn on". So
`same_question` wants two witnesses: the embeddings must be close, and word by word the questions
must agree in kind, polarity, time, numbers, names, roles and in everything that carries meaning.
Whatever has no counterpart on the other side counts against: a wrong "no" costs one more reading
of the passages, a wrong "yes" costs a wrong answer. The rules are English; in other languages only
questions of the very same words are the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from .lexicon import words
from .parse import NARROWING, OPPOSED, ROLES, TOKEN, Wording, read_wording

__all__ = ["SIMILARITY_BAR", "Verdict", "same_question"]

SIMILARITY_BAR = 0.7
"""Cosine similarity of the two questions that is asked for besides equal wording."""
DETAILED = 4
"""Words of meaning from which a question fixes its time without its verb."""
RICH = 6
"""Shared words of meaning beside which one that narrows may be an accident of wording."""
NEAR, NEAR_BARELY = 0.85, 0.95
"""Cosine similarities from which two questions are near; the higher one where little is shared, or
one of them is narrowed."""
LONG_QUESTION = 80
"""Words from which only the very same wording counts: the rules are made for one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether two questions ask the same, and what decided it."""

    same: bool
    why: str
    near: bool = False
    """Whether nothing in them contradicts: not the same, but whatever else speaks for it may be
    heard."""


# What may tell "C" from "C++", "5" from "-5" or "$5", and in Indic scripts one vowel from another.
_SIGN = re.compile(r"""[^\w\s?!.,:;'"’‘“”„«»()\[\]…–—/&%-]|(?<!\w)-(?=\d)""")
_TOKEN_OR_SIGN = re.compile(f"{TOKEN.pattern}|{_SIGN.pattern}")
_FOREIGN = re.compile("[^\u0000-\u024f\u2010-\u201f\u20ac]")
_COUNTS = {"how many", "how much"}
_STRICT = words("from by against before after without until since than")
_TAILS = frozenset(
    ["", "e", "al", "ally", "ly", "ment", "ement", "ion", "ation", "ition", "ance", "at", "ity"]
)


def same_question(asked: str, remembered: str, similarity: float) -> Verdict:
    """Whether the remembered answer to one question also answers the other.

    `similarity` is the cosine of the two questions' vectors, -1..1. The verdict does not depend on
    which of the two questions comes first.
    """
    plain = _plain(asked)
    if asked == remembered or (plain and plain == _plain(remembered)):
        return Verdict(same=True, why="the same words")
    if Counter(_SIGN.findall(asked)) != Counter(_SIGN.findall(remembered)):
        return Verdict(same=False, why="other signs")
    if similarity < SIMILARITY_BAR:
        return Verdict(same=False, why=f"similarity {similarity:.2f} is below {SIMILARITY_BAR}")
    for text in (asked, remembered):
        if len(TOKEN.findall(text)) > LONG_QUESTION or _FOREIGN.search(text):
            return Verdict(same=False, why="other words, which the rules cannot compare")
    a, b = read_wording(asked), read_wording(remembered)
    verdict = _compare(a, b)
    return verdict if verdict.same else replace(verdict, near=_near(a, b, similarity))


def _compare(a: Wording, b: Wording) -> Verdict:
    checks = (
        ("kind", a.kind != b.kind),
        ("negation", a.negations % 2 != b.negations % 2),
        ("numbers", a.numbers != b.numbers),
        ("time", _times_differ(a, b)),
        ("modality", a.modal != b.modal),
        ("person", a.persons != b.persons),
    )
    for name, differs in checks:
        if differs:
            return Verdict(same=False, why=f"another {name}")
    left = Counter(key for key, _ in a.content)
    right = Counter(key for key, _ in b.content)
    loose_a, loose_b = sorted((left - right).elements()), sorted((right - left).elements())
    renamed = _derived(loose_a, loose_b)
    filler = loose_a or loose_b
    if not (loose_a and loose_b) and filler and _mere_filler(filler, left & right):
        a, b, renamed = _without(a, filler), _without(b, filler), {}
    if renamed is None:
        loose = [key.removeprefix("=") for key in sorted(loose_a + loose_b)]
        return Verdict(same=False, why=f"no counterpart for {', '.join(loose)}")
    if not left:
        return Verdict(same=False, why="nothing to compare")
    # A word beside one that derives from it: which of them is which cannot be told.
    if not (left & right).keys().isdisjoint({*renamed, *renamed.values()}):
        return Verdict(same=False, why="other roles")
    if _roles_differ(a, b, renamed):
        return Verdict(same=False, why="other roles")
    return Verdict(same=True, why="the same in other words")


def _near(a: Wording, b: Wording, similarity: float) -> bool:
    """Whether nothing contradicts: no kind, count, opposite, name or role.

    The less is shared, the less may differ.
    """
    left = Counter(key for key, _ in a.content)
    right = Counter(key for key, _ in b.content)
    shared = (left & right).total()
    only_a = [key.removeprefix("=") for key in (left - right).elements()]
    only_b = [key.removeprefix("=") for key in (right - left).elements()]
    loose = only_a + only_b
    narrowed = any(word in NARROWING for word in loose)
    short = shared < DETAILED
    return (
        similarity >= (NEAR_BARELY if narrowed or short else NEAR)
        and shared >= (RICH if narrowed else 1)
        and not (short and not _mere_words(a, b, loose))
        and (a.kind == b.kind or "" in (a.kind, b.kind) or {a.kind, b.kind} == _COUNTS)
        and a.negations % 2 == b.negations % 2
        and not (a.numbers - b.numbers and b.numbers - a.numbers)
        and not any(_is_code(word) for word in loose)
        and not (any(w in OPPOSED for w in only_a) and any(w in OPPOSED for w in only_b))
        and not _negated(loose)
        and not _turned(a, b)
    )


def _mere_words(a: Wording, b: Wording, loose: Sequence[str]) -> bool:
    """Whether only plain words differ, and neither time, person nor the place of the others."""
    both = {key for key, _ in a.content} & {key for key, _ in b.content}
    return (
        (a.kind, a.tense, a.persons, a.numbers) == (b.kind, b.tense, b.persons, b.numbers)
        and [c for c in a.content if c[0] in both] == [c for c in b.content if c[0] in both]
        and _plain_words(loose)
        and not any(word in OPPOSED for word in loose)
    )


def _plain_words(loose: Sequence[str]) -> bool:
    """Whether none of these words narrows what is asked, gives it a place or counts it."""
    return all(
        w.replace("-", "").isalpha() and w not in NARROWING and w not in ROLES for w in loose
    )


def _is_code(word: str) -> bool:
    """Whether it is a name with figures in it: "hk-210s", not "1893"."""
    return not word.isdigit() and any(map(str.isdigit, word))


def _negated(loose: Sequence[str]) -> bool:
    """Whether one of these words negates another by its prefix."""
    prefixes = ("un", "in", "im", "dis", "non", "non-", "mis", "ir", "il")
    return any(prefix + word in loose for word in loose for prefix in prefixes)


def _mere_filler(loose: Sequence[str], shared: Counter[str]) -> bool:
    """Whether a plain word too many, in a question of much detail, restricts nothing."""
    bare = [word.removeprefix("=") for word in loose]
    return (
        _plain_words(bare)
        and all(map(str.isalpha, bare))
        and shared.total() >= DETAILED * len(loose)
    )


def _without(wording: Wording, keys: Sequence[str]) -> Wording:
    return replace(wording, content=tuple(c for c in wording.content if c[0] not in keys))


def _times_differ(a: Wording, b: Wording) -> bool:
    """Whether one asks of what was and the other of what is; a number or much detail settles it."""
    if "" in (a.tense, b.tense) or a.tense == b.tense:
        return False
    return not a.numbers and max(len(a.content), len(b.content)) < DETAILED


def _derived(left: Sequence[str], right: Sequence[str]) -> dict[str, str] | None:
    """The words of `right` under those of `left` that they derive from; None where one is alone."""
    if len(left) != len(right):
        return None
    renamed: dict[str, str] = {}
    for one, other in zip(left, right, strict=True):
        same = sum(takewhile(bool, (x == y for x, y in zip(one, other, strict=False))))
        if same < 4 or not {one[same:], other[same:]} <= _TAILS:
            return None
        if renamed.setdefault(other, one) != one:
            return None
    return renamed if len({*renamed.values()}) == len(renamed) else None


def _roles_differ(a: Wording, b: Wording, renamed: Mapping[str, str]) -> bool:
    """Whether the shared words stand in other relations to each other."""
    theirs = [(renamed.get(key, key), mark) for key, mark in b.content]
    marks_a, marks_b = dict(a.content), dict(theirs)
    for key, mark in marks_a.items():
        other = marks_b[key]
        if mark != other and ((mark and other) or {mark, other} & _STRICT):
            return True
    short = len(a.content) < DETAILED
    if short and a.kind in ("who", "what") and a.subject_asked != b.subject_asked:
        return True
    order_a, order_b = [key for key, _ in a.content], [key for key, _ in theirs]
    if order_a == order_b:
        return False
    # A phrase moved to the front or the end leaves the rest in its order.
    turns = (order_a[i:] + order_a[:i] for i in range(1, len(order_a)))
    return len(order_a) < 3 or order_b not in turns


def _turned(a: Wording, b: Wording) -> bool:
    """Whether shared words hang on other prepositions, or two have changed their places.

    Two neighbors that change places are one word that moved.
    """
    marks_a, marks_b = dict(a.content), dict(b.content)
    shared = marks_a.keys() & marks_b.keys()
    for key in shared:
        marks = {marks_a[key], marks_b[key]}
        if len(marks) > 1 and "" not in marks and marks & _STRICT:
            return True
    order_a = [key for key, _ in a.content if key in shared]
    order_b = [key for key, _ in b.content if key in shared]
    if len(order_a) != len(order_b):
        return False
    moved = [i for i, pair in enumerate(zip(order_a, order_b, strict=True)) if len({*pair}) > 1]
    return len(moved) == 2 and moved[1] - moved[0] > 1


def _plain(text: str) -> list[str]:
    return _TOKEN_OR_SIGN.findall(text.lower())
