"""Edits that leave a question the same: frames, phrasings, order, synonyms, slips of the hand."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from ..english.lexicon import GROUP_OF
from .edits import Edit, Pools, exchanged, first_fitting, is_content, pick, place, put
from .word_lists import FRAMES, NUMBER_WORDS, SAME, UNIT_NAMES

__all__ = ["REWORDINGS", "reworded"]


def reworded(question: str, rng: np.random.Generator, pools: Pools) -> str | None:
    """The same question in other words; None where no edit fits."""
    return first_fitting(REWORDINGS, question, rng, pools)


def _framed(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    if not question or len(question) > 150:
        return None
    return pick(rng, FRAMES).format(question[0].lower() + question[1:])


_CONTRACTED = tuple(
    (re.compile(rf"\b{full}\b", re.IGNORECASE), short)
    for full, short in (
        ("what is", "what's"), ("who is", "who's"), ("where is", "where's"),
        ("when is", "when's"), ("do not", "don't"), ("does not", "doesn't"), ("did not", "didn't"),
        ("is not", "isn't"), ("can not", "can't"), ("cannot", "can't"), ("are not", "aren't"),
    )
)  # fmt: skip


def _contracted(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    for full, short in _CONTRACTED:
        if full.search(question):
            return full.sub(short, question, count=1)
    return None


_PHRASINGS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), instead)
    for pattern, instead in (
        (r"\bwhich\b", ("what",)),
        (r"^what (?=\w+ (?:is|are|was|were|did|does|do)\b)", ("Which ",)),
        (r"^how do (i|you|we)\b", (r"How can \1", "How to", r"How should \1", r"How could \1")),
        (r"^how can (i|you|we)\b", (r"How do \1", "How to")),
        (r"^when (was|were|did)\b", (r"In what year \1", r"In which year \1", r"What year \1")),
        (r"^in (?:what|which) year\b", ("When", "What year")),
        (r"^when (does|do|is)\b", (r"At what time \1", r"What time \1")),
        (r"^how many (\w+) (are|were)\b", (r"What number of \1 \2",)),
        (r"^how much (?:is|are) ", ("What is the price of ",)),
        (r"^how much (?:does|do) ([^?]{2,60}) cost$", (r"What is the price of \1",
         r"What does \1 cost", r"How much is \1")),
        (r"^what (is|was) the name of ", (r"What \1 ",)),
        (r"^what (is|was) the price of (.+)$", (r"How much \1 \2",)),
        (r"^what (is|was) the (height) of (.+)$", (r"How tall \1 \3",)),
        (r"^what (is|was) the (\w+) of ((?:the )?\w+(?: \w+)?)$", (r"What \1 \3's \2",)),
        (r"^what is the (\w+) of (.+)$", (r"What \1 does \2 have", r"Which \1 does \2 have")),
        (r"^what (is|was|are|were) ((?:the )?\w+)'s (.+)$", (r"What \1 the \3 of \2",)),
        (r"^can (i|we)\b", (r"May \1", "Is it possible to", r"Could \1", "Is it allowed to")),
        (r"^may (i|we)\b", (r"Can \1", "Is it possible to")),
        (r"^who (\w{3,}ed) (.+)$", (r"By whom was \2 \1", r"\2 was \1 by whom",
         r"Who was it that \1 \2")),
        (r"^who was (.+) (\w{3,}ed) by$", (r"Who \2 \1", r"By whom was \1 \2")),
        (r"^who is ", ("Who's ", "Which person is ")),
        (r"^why\b", ("For what reason", "How come")),
        (r"^how many (\w+) did (.+) (\w+)$", (r"\2 did \3 how many \1",)),
        (r"^where (is|are|was|were) (.+)$", (r"Where \1 \2 located", r"In what place \1 \2")),
        (r"^are there\b", ("Do you have", "Is there")),
        (r"\bhave to\b", ("need to",)),
        (r"\bneed to\b", ("have to",)),
        (r"\bin the (\d\d)th century\b", (r"during the \1th century",)),
        (r"\bin order to\b", ("to",)),
        (r"\ba (year|month|week|day|person)\b", (r"per \1", r"each \1")),
        (r"\bper (year|month|week|day|person)\b", (r"a \1", r"each \1", r"every \1")),
    )
)  # fmt: skip


def _phrased_else(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    fitting = [(p, instead) for p, instead in _PHRASINGS if p.search(question)]
    if not fitting:
        return None
    pattern, instead = fitting[int(rng.integers(len(fitting)))]
    return pattern.sub(pick(rng, instead), question, count=1)


_LAST_PHRASE = re.compile(
    r"^(.{10,}) ((?:in|on|at|during|for|after|before|within) (?:the )?[\w-]+(?: [\w-]+){0,3})$"
)


def _fronted(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    """The last phrase first: "In 1850, what was ...", or the first last."""
    parts = _LAST_PHRASE.match(question)
    if parts:
        front, rest = parts[2], parts[1]
        return f"{front[0].upper()}{front[1:]}, {rest[0].lower()}{rest[1:]}"
    first = re.match(r"^((?:In|On|At|During|For|After|Before) [^,?]{3,40}), (.{10,})$", question)
    return f"{first[2]} {first[1][0].lower()}{first[1][1:]}" if first else None


def _numbers_spelt(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    tokens = question.split()
    at = place(
        rng, tokens, lambda i: tokens[i].lower() in NUMBER_WORDS[2:] or tokens[i] in UNIT_NAMES
        or (tokens[i].isdecimal() and 1 < int(tokens[i]) <= 20 and len(tokens[i]) < 3)
    )  # fmt: skip
    if at is None:
        return None
    token = tokens[at]
    if token in UNIT_NAMES:
        return put(tokens, at, UNIT_NAMES[token])
    spelt = (
        NUMBER_WORDS[int(token)] if token.isdecimal() else str(NUMBER_WORDS.index(token.lower()))
    )
    return put(tokens, at, spelt)


def _without_article(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    tokens = question.split()
    at = place(rng, tokens, lambda i: i > 0 and tokens[i] in ("the", "a", "an"))
    if at is None:
        return None
    keep = tokens[at] != "the" and rng.random() < 0.3
    return put(tokens, at, "the") if keep else put(tokens, at)


def _mistyped(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    """A slip of the hand in a long plain word."""
    tokens = question.split()
    at = place(rng, tokens, lambda i: is_content(tokens[i]) and len(tokens[i]) > 6)
    if at is None:
        return None
    word, i = tokens[at], int(rng.integers(2, len(tokens[at]) - 2))
    slips = [word[:i] + word[i + 1 :], word[:i] + word[i + 1] + word[i] + word[i + 2 :],
             word[:i] + word[i] + word[i:]]  # fmt: skip
    return put(tokens, at, pick(rng, slips))


def _synonym(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    """A word for one of its synonyms, plural for plural."""
    tokens, table = question.split(), _synonym_table()
    at = place(rng, tokens, lambda i: i > 0 and _singular(tokens[i], table) in table)
    if at is None:
        return None
    word = _singular(tokens[at], table)
    return put(tokens, at, pick(rng, table[word]) + tokens[at][len(word) :])


def _singular(token: str, table: Mapping[str, Sequence[str]]) -> str:
    return token[:-1] if token not in table and token.endswith("s") else token


@cache
def _synonym_table() -> dict[str, tuple[str, ...]]:
    """Word -> its synonyms: those of the rules."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for word, key in GROUP_OF.items():
        groups[key].append(word)
    return {
        word: tuple(other for other in group if other != word)
        for group in groups.values()
        for word in group
        if len(group) > 1
    }


def _inflected(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    """A word in another of its forms, as those write who learn the language."""
    tokens = question.split()
    at = place(rng, tokens, lambda i: i > 1 and is_content(tokens[i]) and len(tokens[i]) > 4)
    if at is None:
        return None
    word = tokens[at]
    base = re.sub(r"(?:ing|ed|s)$", "", word)
    forms = [base, base + "s", base + "ed", base + "ing"]
    return put(tokens, at, pick(rng, [form for form in forms if form != word]))


def _small(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    return question.lower().replace("'", "") if "'" in question else None


REWORDINGS: tuple[Edit, ...] = (
    _framed,
    _contracted,
    _phrased_else,
    _phrased_else,
    _phrased_else,
    _fronted,
    _fronted,
    _numbers_spelt,
    _without_article,
    _mistyped,
    _small,
    exchanged(SAME),
    _synonym,
    _synonym,
    _synonym,
    _inflected,
)
"""Edits that leave the answer as it is."""
