"""Labels and what stands behind them: lines of a list, fields of a table's row. Pure, linear.

- Rated current: 8.2 A          Uhu. Daily rate: 89 euros. Seats: 9.
- Fuse (slow-blow): 16 A
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from .expressions import expression
from .sentences import sentence_starts

__all__ = ["Labelled", "labelled"]

_LINE = expression(r"[^\r\n]+")
_MARK = expression(r"[ \t]{0,20}(?:>[ \t]?){0,5}(?:(?:[-*+•–]|\d{1,3}[.)])[ \t]{1,8})?[*_]{0,2}")
_STOP = expression(r"[.!?…][\"')\]”’»]{0,3}[ \t]+")
_COLON = expression(r"[*_]{0,2}:[*_]{0,2}[ \t]+(?=\S)")
_SHORTENED = expression(
    r"(?:^|(?<=[.!?…] ))(?:(?:Max|Min|Approx|Avg|Nom|Temp|Tel|Incl|Excl|Std|Dia|Qty|Est|Ca|No|Nr"
    r"|Art|Ref|Dr|Mr|Mrs|Ms|Prof|St)\. )+$"
)
"""Shortened words that may begin a label, and end no sentence there."""
_LOOK_BACK = 24
_SPEECH = "\"'“„«‘/"
_LONGEST = 80
_WORDS = 10
_PLAIN = 3
"""Words of a label in small letters at most: a line of prose may have a colon, too."""


class Labelled(NamedTuple):
    """A label at `start:stop` of a text and its value at `begin:end`, without marks and stops."""

    start: int
    stop: int
    begin: int
    end: int
    line: int
    """Where its line begins."""
    in_row: bool
    """Whether other sentences stand in its line, as in a table's row."""


@lru_cache(maxsize=256)
def labelled(text: str) -> tuple[Labelled, ...]:
    """The labels of a text with their values, in order; the latest texts are remembered.

    A line that is a label with its value counts where there are two and more. A line of several
    sentences counts where nearly all of them behind the first label have one, as in a table's row.
    In both most values are short: talk and prose have colons, too.
    """
    if ":" not in text:
        return ()
    rows: list[Labelled] = []
    lines: list[Labelled] = []
    for line in _LINE.finditer(text):
        own = _in_line(text, *line.span())
        if own and own[0].in_row:
            rows += own if _are_short(text, own) else ()
        else:
            lines += own
    if len(lines) < 2 or not _are_short(text, lines):
        lines = []
    return tuple(sorted(rows + lines))


def _in_line(text: str, start: int, end: int) -> list[Labelled]:
    line = text[start:end]
    if ":" not in line:
        return []
    mark = _MARK.match(line)
    first = mark.end() if mark else 0
    starts = [first, *(stop.end() for stop in _STOP.finditer(line, first))]
    places: list[tuple[int, int, int]] = []  # label's start and end, value's start
    at = 0
    for colon in _COLON.finditer(line):
        while at + 1 < len(starts) and starts[at + 1] <= colon.start():
            at += 1
        begin = _begun(line, first, starts[at])
        if (not places or places[-1][0] < begin) and _is_label(line, begin, colon.start()):
            places.append((begin, *colon.span()))
    alone = len(places) == 1 and places[0][0] == first
    short = line == text and len(places) == 1 and len(starts) == 2
    if not alone and not short and not _is_row(line, places):
        return []
    follows = [begin for begin, _, _ in places[1:]] + [len(line)]
    return [
        Labelled(start + begin, start + stop, start + value, start + last, start, not alone)
        for (begin, stop, value), following in zip(places, follows, strict=True)
        if (last := value + len(line[value:following].rstrip()))
    ]


def _begun(line: str, first: int, start: int) -> int:
    """Where a label begins whose last sentence does: with the shortened words before it."""
    low = max(first, start - _LOOK_BACK)
    short = _SHORTENED.search(line[low:start])
    return low + short.start() if short else start


def _is_label(line: str, start: int, end: int) -> bool:
    label = line[start:end]
    words = label.split()
    if not label or len(label) > _LONGEST or len(words) > _WORDS or not label[0].isalnum():
        return False
    return not label[0].islower() or len(words) <= _PLAIN


def _is_row(line: str, places: Sequence[tuple[int, int, int]]) -> bool:
    """Whether nearly all sentences from the first label on have one; some values have several."""
    behind = sum(start >= places[0][0] for start in sentence_starts(line)) if places else 0
    return len(places) > 1 and 2 * behind <= 3 * len(places)


def _are_short(text: str, labels: Sequence[Labelled]) -> bool:
    """Whether two of three values and more have but a few words, and no speech is among them."""
    values = [text[label.begin : label.end] for label in labels]
    short = sum(value.count(" ") < _WORDS and value[0] not in _SPEECH for value in values)
    return 3 * short >= 2 * len(values)
