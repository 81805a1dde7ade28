"""A question parsed for comparison: kind, tense, numbers, and content words with roles. Pure.

English alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .lexicon import GROUP_OF, HARMLESS, IRREGULAR, NUMBERS, OPPOSITES, PHRASES, RESTRICTING, words

__all__ = ["NARROWING", "OPPOSED", "ROLES", "TOKEN", "Wording", "read_wording"]

TOKEN = re.compile(r"[^\W_]+(?:[.,:'/&-][^\W_]+)*|%")
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
_SPEAKER = words("i me my we our us mine ours")
# Prepositions that turn a meaning around, and words that hold a place in a comparison.
ROLES = words("""to from by with into onto against than before after since until under over
    above below through across without off out up down""")
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
class Wording:
    """The parts of a question that `equivalence` compares."""

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


def read_wording(text: str) -> Wording:
    """Cut a question up. Linear in its length, but made for one sentence."""
    flat = " ".join(text.lower().replace("’", "'").split()).rstrip("?!. ")
    flat = re.sub(r"\bcan't\b|\bcannot\b", "can not", re.sub(r"\bwon't\b", "will not", flat))
    flat = re.sub(r"n't\b", " not", flat).replace("no longer", "not")
    flat = re.sub(r"s'(?= )", "s", flat)
    for pattern, instead in (*_SPELLINGS, *_PARTS):
        flat = pattern.sub(instead, flat)
    flat = re.sub(r"\b(what|who|where|when|how|it|there|that)'s\b", r"\1 is", flat)
    for pattern, instead in _PHRASES:
        flat = " ".join(pattern.sub(instead, flat).split())
    tokens = [t.removesuffix("'s") for t in TOKEN.findall(_OWNER.sub(r"\2 of \1", flat))]
    kind, at = _kind(tokens)
    return Wording(
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
    """The modal verb that changes what is asked: any in a yes-or-no question, else "must"."""
    modal = next((t for t in tokens if t in _MODALS), "")
    modal = {"could": "can", "may": "can", "might": "can"}.get(modal, modal)
    return modal if kind == "yes or no" or modal == "must" else ""


def _persons(tokens: Sequence[str]) -> tuple[str, ...]:
    """Who speaks of whom: "can I call you" is not "can you call me"."""
    persons: list[str] = []
    for i, token in enumerate(tokens):
        generic = i > 0 and tokens[i - 1] in _TENSES.keys() | _MODALS
        if token in ("me", "us", "mine", "ours") or (
            token in _SPEAKER and {"you", "your"} & {*tokens}
        ):
            persons.append("me")
        elif token in ("your", "yours") or (token == "you" and not generic):
            persons.append("you")
    return tuple(persons)


def _subject_asked(tokens: Sequence[str], at: int) -> bool:
    """Whether who or what is asked for does the deed: "who beat Rome", not "who did Rome beat"."""
    rest = tokens[at + 1 :]
    if {"do", "does", "did", "has", "had", "can", "will"}.intersection(rest):
        return False
    suffers = {"is", "are", "was", "were"}.intersection(rest) and rest[-1].endswith("ed")
    return not suffers


def _content(tokens: Sequence[str]) -> list[tuple[str, str]]:
    """The keys of the content words, in order, each with the role word before it."""
    content: list[tuple[str, str]] = []
    role = ""
    for token in tokens:
        if token in ROLES and token not in ("out", "off", "up", "down"):
            role = _SAME_ROLE.get(token, token)
        elif token not in HARMLESS and token not in _NEGATIONS and token not in _MODALS:
            number = _number(token)
            content.append((number or _key(token), role))
            role = ""
    return content


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
NARROWING = frozenset(_stem(word) for word in RESTRICTING)
OPPOSED = frozenset(_stem(word) for word in OPPOSITES) | frozenset(
    GROUP_OF[word].removeprefix("=") for word in OPPOSITES if word in GROUP_OF
)
_GROUPS = {_stem(word): group for word, group in GROUP_OF.items()}
