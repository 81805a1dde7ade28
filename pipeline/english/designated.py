"""Names with the number or letter that tells one from its siblings: Lumo 5, Room 101, Hall A. Pure.

"Lumo" alone names each router of its kind. So where a name is carried to another question, or gives
its place to another name, its number goes with it. English alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from .lexicon import MONTHS, NUMBERS, WEEKDAYS
from .words import Word

__all__ = ["designates", "named_runs", "runs"]

_DATED = frozenset((*MONTHS, *WEEKDAYS))


def designates(words: Sequence[Word], i: int) -> bool:
    """Whether word `i` is the number or letter of the name or thing before it.

    Behind a name any number is, behind a plain word one that counts nothing: "bus 7 runs", but not
    "costs 5 euros".
    """
    word, before = words[i], words[i - 1] if i else None
    if before is None or word.first or not before.content or _is_number(before):
        return False
    if word.raw in ("A", "I"):
        return before.named if word.raw == "I" else not _followed(words, i)
    if before.low in _DATED or not _is_number(word):
        return False
    opens = i == 1 and before.raw[0].isupper()
    counts = _followed(words, i) and words[i + 1].low.endswith("s")
    return before.named or opens or not counts


def named_runs(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Begin and end of each name, with its number, and of each thing that a number names."""
    flags = [word.named for word in words]
    for i in range(len(words)):
        if designates(words, i):
            flags[i - 1] = flags[i] = True
    return runs(flags)


def runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Begin and end of each run of true."""
    edges = [
        i for i in range(len(flags) + 1) if (i and flags[i - 1]) != (i < len(flags) and flags[i])
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _followed(words: Sequence[Word], i: int) -> bool:
    """Whether a word of meaning stands right behind word `i`."""
    return i + 1 < len(words) and words[i + 1].content and not words[i + 1].first


def _is_number(word: Word) -> bool:
    digits = word.low[0].isdigit() and not any(map(str.isalpha, word.low))
    return digits or NUMBERS.get(word.low, "").isdigit()
