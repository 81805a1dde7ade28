"""What edits of a question share: a place in it, a word for another, and what they draw from.

Each edit takes a question without its mark and a generator, and gives a question or None where it
has nothing to change. `near_misses` holds those after which the answer is another one, `rewordings`
those that leave it as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..english.words import EMPTY

__all__ = [
    "Edit",
    "Pools",
    "exchanged",
    "first_fitting",
    "is_content",
    "is_name",
    "pick",
    "place",
    "put",
]

Edit = Callable[[str, np.random.Generator, "Pools"], str | None]


@dataclass(frozen=True, slots=True)
class Pools:
    """What edits draw from, gathered from many questions."""

    names: Sequence[str]
    """Words with a capital inside a question."""
    plain: Sequence[str]
    """Words of meaning in small letters."""
    before: dict[str, Sequence[str]]
    """Word -> words of meaning that stood right before it."""
    tails: Sequence[str]
    """Last phrases, from a preposition on."""


def first_fitting(
    edits: Sequence[Edit], question: str, rng: np.random.Generator, pools: Pools
) -> str | None:
    """The first of the edits, in random order, that changes the question; None if none does."""
    for number in rng.permutation(len(edits)):
        edited = edits[int(number)](question, rng, pools)
        if edited is not None and edited.casefold() != question.casefold():
            return edited
    return None


def pick(rng: np.random.Generator, items: Sequence[str]) -> str:
    """One of the items, each as likely."""
    return items[int(rng.integers(len(items)))]


def place(
    rng: np.random.Generator, tokens: Sequence[str], fits: Callable[[int], bool]
) -> int | None:
    """A random place among those that fit; None where none does."""
    places = [i for i in range(len(tokens)) if fits(i)]
    return places[int(rng.integers(len(places)))] if places else None


def put(tokens: Sequence[str], at: int, *instead: str, length: int = 1) -> str:
    """The tokens as a text, with `length` of them from `at` on exchanged."""
    return " ".join([*tokens[:at], *instead, *tokens[at + length :]])


def is_content(token: str) -> bool:
    """Whether a token is a plain word of meaning."""
    return token.isalpha() and token.islower() and len(token) > 2 and token not in EMPTY


def is_name(tokens: Sequence[str], at: int) -> bool:
    """Whether a token has a capital inside a question."""
    token = tokens[at]
    return at > 0 and token[0].isupper() and token.casefold() not in EMPTY


def exchanged(table: dict[str, tuple[str, ...]]) -> Edit:
    """An edit that exchanges one word by a table."""

    def edit(question: str, rng: np.random.Generator, _: Pools) -> str | None:
        tokens = question.split()
        at = place(rng, tokens, lambda i: tokens[i].lower() in table)
        return None if at is None else put(tokens, at, pick(rng, table[tokens[at].lower()]))

    return edit
