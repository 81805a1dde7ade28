"""A question parsed for comparison: kind, tense, numbers, and content words with roles. Pure.

English alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...core.expressions import expression
from .lexicon import (
    GROUP_OF,
    HARMLESS,
    IRREGULAR,
    MONTHS,
    NUMBERS,
    OPPOSITES,
    RESTRICTING,
    words,
)
from .phrases import PHRASES
from .words import EMPTY, NEGATIONS, QUESTION

__all__ = ["NARROWING", "OPPOSED", "ROLES", "TOKEN", "Wording", "key_of", "marked", "read_wording"]

TOKEN = expression(r"[^\W_]+(?:[.,:'/&-][^\W_]+)*|%")
_UNIT = (
    r"(?:[kcm]?m|[km]?g|[cm]?l|[kmg]?wh?|mah|h|min|s|[kmgt]b|[km]bit|[kmg]?hz|v|bar|psi|mph|kmh"
    r"|euros?|dollars?|pounds?|degrees?|percent|litres?|liters?|grams?|kilograms?|metres?|meters?)"
)
_NUMBER_UNIT = expression(rf"(?<![\w.,-])(\d{{1,12}}(?:[.,]\d{{1,12}})?)(?![a-z]\b)({_UNIT})\b")
_IDLE_ZEROS = expression(
    rf"(?<![\w.,])(\d{{1,12}})(?:[.,]0{{1,9}}|([.,]\d{{0,9}}?[1-9])0{{1,9}})(?= ?{_UNIT}\b)"
)
_NAME = "ª"
"""Marks a word that is a name here and a small word elsewhere: US, IT, WHO, May."""
_SHORT_NAME = expression(
    r"(?<![\w.])(?:A(?= )|[A-Z]{2,5}|(?<=[a-z0-9,] )[A-Z][a-z]{1,6})(?![\w'’])"
)
_MINUS = expression(r"[\u2010-\u2015\u2212](?=\d)")
_CAPITAL = expression(r"(?<=[\w,] )[A-Z][\w-]*")
_MONTH = f"({'|'.join(MONTHS)})"
_DATE = expression(
    rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?\b(?!\.\d)"
    rf"|\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH}\b"
)
_MONTH_OF_MAY = expression(
    r"\b((?:in|until|since|before|after|by|of|early|late|mid|\d{1,2}(?:st|nd|rd|th)?) )may\b"
    r"|\bmay(?= \d)"
)
_SPOKEN = tuple(
    (expression(rf"(?<![\w.]){short}(?![\w.]\w)\b"), full)
    for short, full in (
        ("cant", "can not"), ("dont", "do not"), ("doesnt", "does not"), ("didnt", "did not"),
        ("isnt", "is not"), ("arent", "are not"), ("wasnt", "was not"), ("wont", "will not"),
        ("whats", "what is"), ("wheres", "where is"), ("whos", "who is"), ("hows", "how is"),
        ("u", "you"), ("ur", "your"), ("minus (?=[0-9])", "-"),
    )
)  # fmt: skip
_PHRASES = tuple((expression(rf"\b(?:{pattern})"), instead) for pattern, instead in PHRASES)
_NEGATIONS = NEGATIONS | words("nobody nothing")
_MEASURES = words("many much long often far old tall big fast deep heavy high wide loud")
_TENSES = {
    **dict.fromkeys(("was", "were", "did", "had"), "past"),
    **dict.fromkeys(("is", "are", "do", "does", "has", "have"), "present"),
    "will": "future",
}
_MODALS = words("can could may must should might")
_SPEAKER, _ADDRESSED = words("i me my mine we us our ours"), words("you your yours")
_PERSONS = (
    *(("i", words("i me")), ("my", words("my mine")), ("we", words("we us"))),
    *(("our", words("our ours")), ("you", _ADDRESSED)),
)
_WHENEVER = words("if when once unless before after until while as")
_SUBJECTS, _OWNERS = words("i we you"), words("my our your")
# Prepositions that turn a meaning around, and words that hold a place in a comparison.
ROLES = words("""to from by with into onto against than before after since until under over
    above below through across without off out up down""")
_SAME_ROLE = {"above": "over", "below": "under"}
# British spellings in their American form, and compounds of plain words in parts.
_SPELLINGS = (
    (expression(r"(?<=\w{3})is(e[sd]?|ing|ations?)\b"), r"iz\1"),
    (expression(r"(?<=\w{3})our\b"), "or"),
)
_PARTS = ((expression(r"(?<=[a-z]{3})-(?=[a-z]{3})"), " "),)
_LOOSE = words("of for on in at")


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
    loose: tuple[str, ...]
    """For each of them the preposition of no role of its own that it hangs on, or nothing."""
    names: frozenset[str]
    """Keys of the words with a capital inside the question, where capitals tell something."""
    subject_asked: bool
    """Whether the question word itself does the deed: "who defeated Rome"."""


def marked(text: str) -> str:
    """The text with plain dashes, and its names marked that are small words elsewhere.

    "the US", "in IT", "in May", "vitamin A". Where all words have capitals, those tell nothing.
    """
    text = _MINUS.sub("-", text)
    starts = [word[0] for word in text.split()]
    if sum(c.isupper() for c in starts) > max(2, 0.7 * len(starts)):
        return text
    return _SHORT_NAME.sub(lambda m: m[0] + (_NAME if m[0].lower() in _SMALL_WORDS else ""), text)


def read_wording(text: str) -> Wording:
    """Cut up a question, as `marked` gives it. Linear in its length, but made for one sentence."""
    flat = " ".join(text.lower().replace("’", "'").split()).rstrip("?!. ")
    flat = _MONTH_OF_MAY.sub(lambda m: f"{m[1] or ''}may{_NAME}", flat)
    flat = _DATE.sub(lambda m: f"{m[2] or m[3]} {m[1] or m[4]}", flat)
    flat = re.sub(r"(?<=\w) 's\b", "'s", flat)
    flat = re.sub(
        r"(?<=[a-z] )a(?=$| (?:is|are|was|were|do|does|did|has|have|can|in)\b)", f"a{_NAME}", flat
    )
    flat = re.sub(r"\bthe us\b", f"the us{_NAME}", flat)
    for pattern, instead in _SPOKEN:
        flat = pattern.sub(instead, flat)
    flat = _IDLE_ZEROS.sub(lambda m: m[1] + (m[2] or ""), _NUMBER_UNIT.sub(r"\1 \2", flat))
    flat = re.sub(r"\bcan't\b|\bcannot\b", "can not", re.sub(r"\bwon't\b", "will not", flat))
    flat = re.sub(r"n't\b", " not", flat).replace("no longer", "not")
    flat = re.sub(r"s'(?= )", "s", flat)
    for pattern, instead in (*_SPELLINGS, *_PARTS):
        flat = pattern.sub(instead, flat)
    flat = re.sub(r"\b(what|who|where|when|how|it|there|that)'s\b", r"\1 is", flat)
    for pattern, instead in _PHRASES:
        flat = " ".join(pattern.sub(instead, flat).split())
    tokens = [t.removesuffix("'s") for t in TOKEN.findall(flat)]
    kind, at = _kind(tokens)
    content = _content(tokens)
    tense = next((_TENSES[t] for t in tokens if t in _TENSES), "")
    return Wording(
        kind=kind,
        tense=tense,
        modal=_modal(tokens, kind),
        negations=sum(t in _NEGATIONS for t in tokens),
        numbers=Counter(n for t in tokens if (n := _number(t))),
        persons=_persons(tokens, kind, tense),
        content=tuple((key, role) for key, role, _ in content),
        loose=tuple(loose for _, _, loose in content),
        names=frozenset(key_of(name.lower()) for name in _CAPITAL.findall(text)),
        subject_asked=_subject_asked(tokens, at),
    )


def _kind(tokens: Sequence[str]) -> tuple[str, int]:
    """What is asked for (a person, a time, a count, yes or no ...) and where the word stands."""
    for i, token in enumerate(tokens):
        if token not in QUESTION:
            continue
        following = tokens[i + 1] if i + 1 < len(tokens) else ""
        if token == "how" and following in _MEASURES:
            return f"how {following}", i
        return ("what" if token == "which" else "who" if token == "whom" else token), i
    return "yes or no" if tokens and tokens[0] in _TENSES.keys() | _MODALS else "", 0


def _modal(tokens: Sequence[str], kind: str) -> str:
    """The modal verb that changes what is asked: any in a yes-or-no question, else "must".

    Where an amount is asked, "should" as well: how much one should take is not how much one can.
    """
    modal = next((t for t in tokens if t in _MODALS), "")
    modal = {"could": "can", "may": "can", "might": "can"}.get(modal, modal)
    amount = kind.startswith("how ")
    return modal if kind == "yes or no" or modal == "must" or (amount and modal == "should") else ""


def _persons(tokens: Sequence[str], kind: str, tense: str) -> tuple[str, ...]:
    """Who speaks of whom: "can I call you" is not "can you call me", nor is my lease any lease.

    Where it is asked what all may or must do, nobody speaks: "how do I reset it" is "how do you".
    """
    if _SPEAKER.isdisjoint(tokens) or _ADDRESSED.isdisjoint(tokens):
        subject, owner = _of_everyone(tokens, kind, tense)
        dropped = (_SUBJECTS if subject else frozenset()) | (_OWNERS if owner else frozenset())
        spoken = {t for t in tokens if t not in dropped}
        return tuple(person for person, words in _PERSONS if not words.isdisjoint(spoken))
    heard: list[str] = []
    for i, token in enumerate(tokens):
        helped = i > 0 and tokens[i - 1] in _TENSES.keys() | _MODALS
        if token in _SPEAKER:
            heard.append("me")
        elif token in ("your", "yours") or (token == "you" and not helped):
            heard.append("you")
    return tuple(heard)


def _of_everyone(tokens: Sequence[str], kind: str, tense: str) -> tuple[bool, bool]:
    """Whether "I", "we" or "you" is anybody in a question, and whether "my" or "your" is.

    What something is, when it ends and how much it is may differ for each: there "my" counts.
    """
    if tense == "past":
        return False, False
    anybody = kind == "how"
    said = ["", *(token for token in tokens if token != "not"), "", ""]
    for i, token in enumerate(said):
        if token in _SUBJECTS:
            before, after, last = said[i - 1], said[i + 1], said[i + 2]
            may = after in _MODALS or (before in _MODALS and after != "be")
            must = after == "need" or (after, last) == ("have", "to")
            anybody |= may or must or before in _WHENEVER
    return anybody, anybody and kind in ("how", "what", "why", "yes or no", "")


def _subject_asked(tokens: Sequence[str], at: int) -> bool:
    """Whether who or what is asked for does the deed: "who beat Rome", not "who did Rome beat"."""
    rest = tokens[at + 1 :]
    if {"do", "does", "did", "has", "had", "can", "will"}.intersection(rest):
        return False
    suffers = {"is", "are", "was", "were"}.intersection(rest) and rest[-1].endswith("ed")
    return not suffers


def _content(tokens: Sequence[str]) -> list[tuple[str, str, str]]:
    """The keys of the content words, in order, each with role word and loose preposition before."""
    content: list[tuple[str, str, str]] = []
    role = loose = ""
    for token in tokens:
        if token in ROLES and token not in ("out", "off", "up", "down"):
            role = _SAME_ROLE.get(token, token)
        elif token in _LOOSE:
            loose = token
        elif token not in HARMLESS and token not in _NEGATIONS and token not in _MODALS:
            number = _number(token)
            content.append((number or key_of(token), role, loose))
            role = loose = ""
    return content


def _number(token: str) -> str:
    """A number in digits or words, in one form by its value; empty for other words.

    A comma before three digits groups them, any other is a decimal mark.
    """
    if token in NUMBERS:
        return "" if token == "one" else NUMBERS[token]
    if not token[0].isdigit():
        return ""
    if re.fullmatch(r"\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,12})?", token):
        return token.replace(",", "")
    if re.fullmatch(r"\d{1,12},\d{1,12}", token):
        return token.replace(",", ".")
    return re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "th", token)


@lru_cache(maxsize=1 << 14)
def key_of(word: str) -> str:
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
        if ending in ("ing", "ings", "ed") and base[-1] == base[-2] and base[-1] not in "ls":
            base = base[:-1]
        return base.removesuffix("e")
    return word.removesuffix("e")


_ENDINGS = (
    ("ies", "y"),
    ("ied", "y"),
    ("sses", "ss"),
    ("ings", ""),
    ("ing", ""),
    ("ed", ""),
    ("es", ""),
    ("s", ""),
)
NARROWING = frozenset(_stem(word) for word in RESTRICTING)
OPPOSED = frozenset(_stem(word) for word in OPPOSITES) | frozenset(
    GROUP_OF[word].removeprefix("=") for word in OPPOSITES if word in GROUP_OF
)
_SMALL_WORDS = EMPTY | HARMLESS | _NEGATIONS | _MODALS | QUESTION | ROLES | frozenset(_TENSES)


_GROUPS = {_stem(word): group for word, group in GROUP_OF.items()}
"""Stem -> key of the words of its meaning."""
