"""Which turns hold words of others, and so have to be forgotten with them. Pure.

An answer that was given from memory has the text of an older turn, but no evidence. A follow-up is
remembered with the words that were carried to it from the turns before. Rather too much goes than
too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from typing import NamedTuple

__all__ = ["TurnWords", "add_derived"]

_WORD = re.compile(r"[^\W_]+")
_SMALL = re.compile("[a-z]{1,2}")
"""Of, is, to: no follow-up takes these, whereas C9 and Li are names."""


class TurnWords(NamedTuple):
    """What was said in a turn."""

    sequence: int
    question: str
    carried: tuple[str, ...]
    answer: str | None
    can_answer: bool
    """Whether it can be the source of another's answer: see `Turn.can_answer`."""


def add_derived(turns: Iterable[TurnWords], gone: set[int], common: Set[str]) -> set[str]:
    """Add to `gone` those of one scope's turns, oldest first, that hold words of a turn in it.

    `gone` holds sequence numbers; `common` answers that were forgotten elsewhere and may have been
    given here. Returns them together with the answers that the turns in `gone` could give.
    """
    listed = list(turns)
    answers = {*common, *(t.answer for t in listed if t.sequence in gone and _source(t))}
    words: set[str] = set()
    for turn in listed:
        again = not turn.can_answer and turn.answer in answers
        if turn.sequence in gone or again or not words.isdisjoint(_words(*turn.carried)):
            gone.add(turn.sequence)
            words |= _words(turn.question, *turn.carried, turn.answer or "")
            if _source(turn):
                answers.add(turn.answer)
    return {answer for answer in answers if answer}


def _source(turn: TurnWords) -> bool:
    return turn.can_answer and bool(turn.answer)


def _words(*texts: str) -> set[str]:
    words: list[str] = _WORD.findall(" ".join(texts))
    return {word.casefold() for word in words if not _SMALL.fullmatch(word)}
