"""Fields of a table's row, and whether a question asks for one that the row leaves empty. Pure.

    Star roadster. Daily rate: –. Deposit: 700 euros.

A reader asked for the daily rate gives the deposit: there is no other value beside the name.
"""

from __future__ import annotations

from ...core.expressions import expression
from ...core.records import EMPTY_CELL
from .words import stem, words_in

__all__ = ["asks_for_empty", "repeats_name"]

_FIELD = expression(rf"(?:^|(?<=[.!?…] ))([^.:!?…\n]{{1,120}}): ({EMPTY_CELL}\.|\S)")


def asks_for_empty(question: str, text: str) -> bool:
    """Whether the words of an empty field's name are all in the question, and no filled one's are
    that are as many."""
    if f": {EMPTY_CELL}." not in text:
        return False
    asked = _stems(question)
    longest = {True: 0, False: 0}
    for name, value in _FIELD.findall(text):
        stems = _stems(name)
        if stems <= asked:
            empty = value.startswith(EMPTY_CELL)
            longest[empty] = max(longest[empty], len(stems))
    return longest[True] > longest[False]


def repeats_name(question: str, text: str, start: int, end: int) -> bool:
    """Whether the answer `start:end` is but the name of a field, whose words the question holds.

    "On which shelf is it?" is not answered by the "Shelf" of "Brake disc. Shelf: D-07."
    """
    opens = start == 0 or text[start - 1] == "\n" or text[max(0, start - 2) : start] == ". "
    if not (opens and text[end : end + 2] == ": "):
        return False
    stems = _stems(text[start:end])
    return bool(stems) and stems <= _stems(question)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word.low) for word in words_in(text) if word.content)
