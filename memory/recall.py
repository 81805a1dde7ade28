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

from .wording import GROUP_OF, HARMLESS, IRREGULAR, NUMBERS, OPPOSITES, PHRASES, RESTRICTING, words

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


_TOKEN = re.compile(r"[^\W_]+(?:[.,:'/&-][^\W_]+)*|%")
# What may tell "C" from "C++", "5" from "-5" or "$5", and in Indic scripts one vowel from another.
_SIGN = re.compile(r"""[^\w\s?!.,:;'"’‘“”„«»()\[\]…–—/&%-]|(?<!\w)-(?=\d)""")
_TOKEN_OR_SIGN = re.compile(f"{_TOKEN.pattern}|{_SIGN.pattern}")
_PHRASES = tuple((re.compile(rf"\b(?:{pattern})"), instead) for pattern, instead in PHRASES)
_NEGATIONS = words("not no never without nobody nothing none neither nor")
_ASKS = words("who whom whose when where why how what which")
_MEASURES = words("many much long often far old tall big fast deep heavy high wide loud")
_TENSES = {
    **dict.fromkeys(("was", "were", "did", "had"), "past"),
    **dict.fromkeys(("is", "are", "do", "does", "has", "have"), "present"),
    "will": "future",
}
_MODALS = words("can could may must should might")
_COUNTS = {"how many", "how much"}
_SPEAKER = words("i me my we our us mine ours")
# Prepositions that turn a meaning around, and words that hold a place in a comparison.
_ROLES = words("""to from by with into onto against than before after since until under over
    above below through across without off out up down""")
_FOREIGN = re.compile("[^\u0000-\u024f\u2010-\u201f\u20ac]")
_STRICT = words("from by against before after without until since than")
_TAILS = frozenset(
    ["", "e", "al", "ally", "ly", "ment", "ement", "ion", "ation", "ition", "ance", "at", "ity"]
)
_SAME_ROLE = {"above": "over", "below": "under"}
# British spellings in their American form, and compounds of plain words in parts.
_SPELLINGS = (
    (re.compile(r"(?<=\w{3})is(e[sd]?|ing|ations?)\b"), r"iz\1"),
    (re.compile(r"(?<=\w{3})our\b"), "or"),
)
_PARTS = ((re.compile(r"(?<=[a-z]{3})-(?=[a-z]{3})"), " "),)
_OWNER = re.compile(
    r"\b((?:the|a|an|my|our|your) (?:[\w-]+ ){0,3}?[\w-]+|[\w-]+)'s "
    r"((?:[\w-]+ )?[\w-]+$|[\w-]+)"
)


@dataclass(frozen=True, slots=True)
class _Wording:
    """A question as it is compared."""

    kind: str
    tense: str
    modal: str
    negations: int
    numbers: Counter[str]
    persons: tuple[str, ...]
    content: tuple[tuple[str, str], ...]
    """Words that carry meaning, in order, each with the role word before it."""
    subject_asked: bool
    """Whether the question word itself does the deed: "who defeated Rome"."""


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
        if len(_TOKEN.findall(text)) > LONG_QUESTION or _FOREIGN.search(text):
            return Verdict(same=False, why="other words, which the rules cannot compare")
    a, b = _read(asked), _read(remembered)
    verdict = _compare(a, b)
    return verdict if verdict.same else replace(verdict, near=_near(a, b, similarity))


def _compare(a: _Wording, b: _Wording) -> Verdict:
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


def _near(a: _Wording, b: _Wording, similarity: float) -> bool:
    """Whether nothing contradicts: no kind, count, opposite, name or role.

    The less is shared, the less may differ.
    """
    left = Counter(key for key, _ in a.content)
    right = Counter(key for key, _ in b.content)
    shared = (left & right).total()
    only_a = [key.removeprefix("=") for key in (left - right).elements()]
    only_b = [key.removeprefix("=") for key in (right - left).elements()]
    loose = only_a + only_b
    narrowed = any(word in _RESTRICTING for word in loose)
    short = shared < DETAILED
    return (
        similarity >= (NEAR_BARELY if narrowed or short else NEAR)
        and shared >= (RICH if narrowed else 1)
        and not (short and not _mere_words(a, b, loose))
        and (a.kind == b.kind or "" in (a.kind, b.kind) or {a.kind, b.kind} == _COUNTS)
        and a.negations % 2 == b.negations % 2
        and not (a.numbers - b.numbers and b.numbers - a.numbers)
        and not any(_is_code(word) for word in loose)
        and not (any(w in _OPPOSITES for w in only_a) and any(w in _OPPOSITES for w in only_b))
        and not _negated(loose)
        and not _turned(a, b)
    )


def _mere_words(a: _Wording, b: _Wording, loose: Sequence[str]) -> bool:
    """Whether only plain words differ, and neither time, person nor the place of the others."""
    both = {key for key, _ in a.content} & {key for key, _ in b.content}
    return (
        (a.kind, a.tense, a.persons, a.numbers) == (b.kind, b.tense, b.persons, b.numbers)
        and [c for c in a.content if c[0] in both] == [c for c in b.content if c[0] in both]
        and _plain_words(loose)
        and not any(word in _OPPOSITES for word in loose)
    )


def _plain_words(loose: Sequence[str]) -> bool:
    """Whether none of these words narrows what is asked, gives it a place or counts it."""
    return all(
        w.replace("-", "").isalpha() and w not in _RESTRICTING and w not in _ROLES for w in loose
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


def _without(wording: _Wording, keys: Sequence[str]) -> _Wording:
    return replace(wording, content=tuple(c for c in wording.content if c[0] not in keys))


def _times_differ(a: _Wording, b: _Wording) -> bool:
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


def _roles_differ(a: _Wording, b: _Wording, renamed: Mapping[str, str]) -> bool:
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


def _turned(a: _Wording, b: _Wording) -> bool:
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


def _read(text: str) -> _Wording:
    """Cut a question up. Linear in its length; at most LONG_QUESTION words come here."""
    flat = " ".join(text.lower().replace("’", "'").split()).rstrip("?!. ")
    flat = re.sub(r"\bcan't\b|\bcannot\b", "can not", re.sub(r"\bwon't\b", "will not", flat))
    flat = re.sub(r"n't\b", " not", flat).replace("no longer", "not")
    flat = re.sub(r"s'(?= )", "s", flat)
    for pattern, instead in (*_SPELLINGS, *_PARTS):
        flat = pattern.sub(instead, flat)
    flat = re.sub(r"\b(what|who|where|when|how|it|there|that)'s\b", r"\1 is", flat)
    for pattern, instead in _PHRASES:
        flat = " ".join(pattern.sub(instead, flat).split())
    tokens = [t.removesuffix("'s") for t in _TOKEN.findall(_OWNER.sub(r"\2 of \1", flat))]
    kind, at = _kind(tokens)
    return _Wording(
        kind=kind,
        tense=next((_TENSES[t] for t in tokens if t in _TENSES), ""),
        modal=_modal(tokens, kind),
        negations=sum(t in _NEGATIONS for t in tokens),
        numbers=Counter(n for t in tokens if (n := _number(t))),
        persons=_persons(tokens),
        content=tuple(_content(tokens)),
        subject_asked=_subject_asked(tokens, at),
    )


def _kind(tokens: Sequence[str]) -> tuple[str, int]:
    """What is asked for (a person, a time, a count, yes or no ...) and where the word stands."""
    for i, token in enumerate(tokens):
        if token not in _ASKS:
            continue
        following = tokens[i + 1] if i + 1 < len(tokens) else ""
        if token == "how" and following in _MEASURES:
            return f"how {following}", i
        return ("what" if token == "which" else "who" if token == "whom" else token), i
    return "yes or no" if tokens and tokens[0] in _TENSES.keys() | _MODALS else "", 0


def _modal(tokens: Sequence[str], kind: str) -> str:
    modal = next((t for t in tokens if t in _MODALS), "")
    modal = {"could": "can", "may": "can", "might": "can"}.get(modal, modal)
    return modal if kind == "yes or no" or modal == "must" else ""


def _persons(tokens: Sequence[str]) -> tuple[str, ...]:
    """Who speaks of whom: "can I call you" is not "can you call me"."""
    found: list[str] = []
    for i, token in enumerate(tokens):
        generic = i > 0 and tokens[i - 1] in _TENSES.keys() | _MODALS
        if token in ("me", "us", "mine", "ours") or (
            token in _SPEAKER and {"you", "your"} & {*tokens}
        ):
            found.append("me")
        elif token in ("your", "yours") or (token == "you" and not generic):
            found.append("you")
    return tuple(found)


def _subject_asked(tokens: Sequence[str], at: int) -> bool:
    """Whether who or what is asked for does the deed: "who beat Rome", not "who did Rome beat"."""
    rest = tokens[at + 1 :]
    if {"do", "does", "did", "has", "had", "can", "will"}.intersection(rest):
        return False
    suffers = {"is", "are", "was", "were"}.intersection(rest) and rest[-1].endswith("ed")
    return not suffers


def _content(tokens: Sequence[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    role = ""
    for token in tokens:
        if token in _ROLES and token not in ("out", "off", "up", "down"):
            role = _SAME_ROLE.get(token, token)
        elif token not in HARMLESS and token not in _NEGATIONS and token not in _MODALS:
            number = _number(token)
            found.append((number or _key(token), role))
            role = ""
    return found


def _number(token: str) -> str:
    """A number in digits or words, in one form; empty for other words."""
    if token in NUMBERS:
        return "" if token == "one" else NUMBERS[token]
    if token[0].isdigit():
        return re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "th", token.replace(",", ""))
    return ""


def _key(word: str) -> str:
    """One form for a word, its inflections and what means the same."""
    stem = _stem(IRREGULAR.get(word, word))
    return _GROUPS.get(stem, stem)


def _stem(word: str) -> str:
    """A word without the endings of number, tense and participle."""
    if len(word) < 4 or not word.isalpha():
        return word
    for ending, instead in _ENDINGS:
        if not word.endswith(ending) or len(word) - len(ending) < 3:
            continue
        if ending == "s" and word[-2] in "su":
            break
        base = word[: -len(ending)] + instead
        if ending in ("ing", "ed") and base[-1] == base[-2] and base[-1] not in "ls":
            base = base[:-1]
        return base.removesuffix("e")
    return word.removesuffix("e")


_ENDINGS = (
    ("ies", "y"),
    ("ied", "y"),
    ("sses", "ss"),
    ("ing", ""),
    ("ed", ""),
    ("es", ""),
    ("s", ""),
)
_RESTRICTING = frozenset(_stem(word) for word in RESTRICTING)
_OPPOSITES = frozenset(_stem(word) for word in OPPOSITES) | frozenset(
    GROUP_OF[word].removeprefix("=") for word in OPPOSITES if word in GROUP_OF
)
_GROUPS = {_stem(word): group for word, group in GROUP_OF.items()}
