"""Edits after which a question asks something else: one name, number, variant, opposite, role ...

Which of them fit a question is seen from its words; what is random comes from the generator.
"""

from __future__ import annotations

import re

import numpy as np

from .edits import Edit, Pools, exchanged, first_fitting, is_content, is_name, pick, place, put
from .word_lists import (
    ANTONYMS,
    NUMBER_WORDS,
    PARTICLES,
    QUESTION_WORDS,
    SCOPES,
    TAILS,
    UNITS,
    VARIANTS,
)

__all__ = ["NEAR_MISSES", "near_miss"]


def near_miss(question: str, rng: np.random.Generator, pools: Pools) -> str | None:
    """Another question in nearly the same words; None where no edit fits."""
    return first_fitting(NEAR_MISSES, question, rng, pools)


def _other_number(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    tokens = question.split()
    at = place(rng, tokens, lambda i: any(c.isdecimal() for c in tokens[i]))
    if at is None:
        return None
    token = tokens[at]
    places = [i for i, c in enumerate(token) if c.isdecimal()]
    digit = places[int(rng.integers(len(places)))]
    other = str((int(token[digit]) + int(rng.integers(1, 10))) % 10)
    forms = [token[:digit] + other + token[digit + 1 :]] * 3
    forms.append(token[: digit + 1] + other + token[digit + 1 :])
    if re.fullmatch(r"\d+[.,]\d+", token):
        forms += [re.sub("[.,]", "", token)] * 2
    elif token.isdecimal():
        forms += [f"-{token}", f"{token}.{other}", f"{token[0]}.{token[1:] or other}"]
        forms += [token[:-1]] if len(token) > 1 else []
    return put(tokens, at, pick(rng, forms))


def _other_count(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    tokens = question.split()
    at = place(rng, tokens, lambda i: tokens[i].lower() in NUMBER_WORDS)
    return None if at is None else put(tokens, at, pick(rng, NUMBER_WORDS[1:]))


def _other_name(question: str, rng: np.random.Generator, pools: Pools) -> str | None:
    tokens = question.split()
    at = place(rng, tokens, lambda i: is_name(tokens, i))
    if at is None or not pools.names:
        return None
    if rng.random() < 0.3 and len(tokens[at]) > 4:  # a name that only looks like it
        letters = list(tokens[at])
        for i in rng.permutation(np.arange(1, len(letters)))[:2]:
            letters[i] = chr(97 + int(rng.integers(26)))
        return put(tokens, at, "".join(letters))
    return put(tokens, at, pick(rng, pools.names))


def _without_name(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    """Drops one of two names side by side, or a figure behind one."""
    tokens = question.split()
    at = place(
        rng,
        tokens,
        lambda i: (
            i > 1
            and is_name(tokens, i - 1)
            and (is_name(tokens, i) or tokens[i][0].isdecimal())
            and tokens[i - 1][-1].isalnum()
        ),
    )
    return None if at is None else put(tokens, at - int(rng.integers(2)))


def _variant(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    """Puts a variant behind a name or a number."""
    tokens = question.split()
    at = place(
        rng,
        tokens,
        lambda i: tokens[i][-1].isalnum() and (is_name(tokens, i) or tokens[i][0].isdecimal()),
    )
    return None if at is None else put(tokens, at, tokens[at], pick(rng, VARIANTS))


def _narrowed(question: str, rng: np.random.Generator, pools: Pools) -> str | None:
    """Puts a word before one of meaning: one that stood there elsewhere, or a usual one."""
    tokens = question.split()
    at = place(rng, tokens, lambda i: i > 1 and (is_content(tokens[i]) or is_name(tokens, i)))
    if at is None:
        return None
    seen = pools.before.get(tokens[at].casefold(), ())
    drawn = rng.random()
    if seen and drawn < 0.6:
        word = pick(rng, seen)
    else:
        word = pick(rng, SCOPES if drawn < 0.85 else VARIANTS)
    return put(tokens, at, word, tokens[at])


def _widened(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    """Drops the first of two words of meaning."""
    tokens = question.split()
    at = place(
        rng,
        tokens,
        lambda i: 1 < i < len(tokens) - 1 and is_content(tokens[i]) and is_content(tokens[i + 1]),
    )
    return None if at is None else put(tokens, at)


def _with_tail(question: str, rng: np.random.Generator, pools: Pools) -> str | None:
    tails = pools.tails if pools.tails and rng.random() < 0.5 else TAILS
    return f"{question} {pick(rng, tails)}"


_TAIL = re.compile(r" (?:in|on|at|for|by|with|without|during|after|before|since|until) [^?]{2,40}$")


def _without_tail(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    shorter = _TAIL.sub("", question)
    return shorter if len(shorter.split()) > 3 else None


_VERB = re.compile(r"\b(is|are|was|were|do|does|did|can|could|will|must|should|has|have)\b", re.I)


def _negated(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    if re.search(r"\bnot\b|n't\b", question):
        return re.sub(r"can't\b", "can", re.sub(r"n't\b| not\b", "", question), count=1)
    verb = _VERB.search(question)
    if verb is None:
        return None
    if rng.random() < 0.4:
        form = {"can": "can't", "will": "won't"}.get(verb[1].lower(), f"{verb[1]}n't")
        return question[: verb.start()] + form + question[verb.end() :]
    tokens = question[verb.end() :].split()
    at = int(rng.integers(1, 1 + max(1, min(3, len(tokens)))))
    return question[: verb.end()] + " " + " ".join([*tokens[:at], "not", *tokens[at:]])


def _asks_else(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    tokens = question.split()
    at = place(rng, tokens, lambda i: tokens[i].lower() in QUESTION_WORDS)
    if at is None:
        return None
    following = tokens[at + 1].lower() if at + 1 < len(tokens) else ""
    if tokens[at].lower() == "how" and following in ("many", "much", "long", "old", "far", "often"):
        others = [w for w in ("many", "much", "long", "often", "far", "old") if w != following]
        return put(tokens, at + 1, pick(rng, others))
    return put(tokens, at, pick(rng, QUESTION_WORDS[tokens[at].lower()]))


def _roles_exchanged(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    """Two names, or two words of meaning, in each other's places."""
    tokens = question.split()
    names = [i for i in range(len(tokens)) if is_name(tokens, i)]
    plain = [i for i in range(2, len(tokens)) if is_content(tokens[i])]
    for places in (names, plain):
        apart = [(i, j) for i in places for j in places if i + 1 < j]
        if apart:
            i, j = apart[int(rng.integers(len(apart)))]
            tokens[i], tokens[j] = tokens[j], tokens[i]
            return " ".join(tokens)
    return None


def _other_word(question: str, rng: np.random.Generator, pools: Pools) -> str | None:
    """A word of meaning for another one of the same ending."""
    tokens = question.split()
    at = place(rng, tokens, lambda i: i > 0 and is_content(tokens[i]))
    if at is None or not pools.plain:
        return None
    ending = next((e for e in ("ing", "ed", "s") if tokens[at].endswith(e)), "")
    for _try in range(12):
        word = pick(rng, pools.plain)
        if word != tokens[at] and word.endswith(ending):
            return put(tokens, at, word)
    return None


def _other_unit(question: str, rng: np.random.Generator, _: Pools) -> str | None:
    tokens = question.split()
    groups = [group.split() for group in UNITS]
    at = place(rng, tokens, lambda i: any(tokens[i] in group for group in groups))
    if at is None:
        return None
    others = [u for group in groups if tokens[at] in group for u in group if u != tokens[at]]
    return put(tokens, at, pick(rng, others))


NEAR_MISSES: tuple[Edit, ...] = (
    _other_number,
    _other_count,
    _other_name,
    _without_name,
    _variant,
    _narrowed,
    _narrowed,
    _widened,
    _with_tail,
    _without_tail,
    _negated,
    _asks_else,
    _roles_exchanged,
    _roles_exchanged,
    _roles_exchanged,
    _other_word,
    _other_unit,
    exchanged(ANTONYMS),
    exchanged(ANTONYMS),
    exchanged(PARTICLES),
    exchanged(PARTICLES),
)
"""Edits after which the answer is, as a rule, another one.

Those that keep all words come more often: the rules, which compare words, need help there."""
