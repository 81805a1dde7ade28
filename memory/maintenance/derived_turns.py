"""Which turns hold words of others, and so have to be forgotten with them. Pure.

An answer that was given from memory has the text of an older turn, but no evidence. A follow-up is
remembered with the words that it took from the turns before it, in parentheses at its end. Whoever
wrote such parentheses in a question meets the same fate: rather too much goes than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from typing import NamedTuple, TypeAlias

from ..database import restored

__all__ = ["Said", "follow"]

Text: TypeAlias = str | bytes
"""As it is stored: see `database.storable`."""

_TAKEN = re.compile(r"\(([^()]*)\)\s*$")
_WORD = re.compile(r"[^\W_]+")
_SMALL = re.compile("[a-z]{1,2}")
"""Of, is, to: no follow-up takes these, whereas C9 and Li are names."""


class Said(NamedTuple):
    """What counts of a turn here."""

    id: Text
    question: Text
    answer: Text | None
    knows: bool
    """Whether it can be the source of another's answer: see `TurnRows.vectors`."""


def follow(turns: Iterable[Said], gone: set[Text], told: Set[Text]) -> set[Text]:
    """Add to `gone` those of one scope's turns, oldest first, that hold words of a turn in it.

    `told` holds what else was forgotten that may have been given here as an answer. Returns it
    together with what the turns in `gone` could give.
    """
    listed = list(turns)
    given = {*told, *(t.answer for t in listed if t.id in gone and t.knows and t.answer)}
    words: set[str] = set()
    for turn in listed:
        again = not turn.knows and turn.answer in given
        if turn.id in gone or again or not words.isdisjoint(_taken(turn.question)):
            gone.add(turn.id)
            words |= _words(turn.question) | _words(turn.answer or "")
            if turn.knows and turn.answer:
                given.add(turn.answer)
    return given


def _taken(question: Text) -> set[str]:
    found = _TAKEN.search(restored(question))
    return _words(found[1]) if found else set()


def _words(text: Text) -> set[str]:
    found: list[str] = _WORD.findall(restored(text))
    return {word.casefold() for word in found if not _SMALL.fullmatch(word)}
