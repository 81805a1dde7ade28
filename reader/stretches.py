"""Stretches of a text that an answer does not leave: paragraphs, headings, items, values. Pure.

    3. Termination                        Uhu. Daily rate: 89 euros. Seats: 9.
    3.1 Either party may terminate.

An answer is in one paragraph; in one item of a list, without its number; in a heading, without its
mark; in a label or in its value, without the stop that ends a table's row.
"""

from __future__ import annotations

import re

from ..core.expressions import expression
from ..core.labels import labelled
from ..core.sentences import is_abbreviation

__all__ = ["breaks_in"]

_BLANK_LINE = expression(r"\n[^\S\n]*\n")
_HEADING = expression(r"^[ \t]{0,3}#{1,6}(?=[ \t]+\S)[^\n]*", re.MULTILINE)
_ITEM = expression(
    r"^[ \t]{0,12}(?:[-*+•]|\d{1,3}[.)]|\d{1,3}(?:\.\d{1,3}){1,4}\.?(?=[ \t]{1,8}[A-Z]))"
    r"[ \t]{1,8}(?=\S)",
    re.MULTILINE,
)
_INITIALS = expression(r"(?:\b[^\W\d_]{1,2}\.){2}$")
_LOOK_BACK = 8


def breaks_in(text: str) -> list[int]:
    """Where stretches begin after the first, ascending."""
    breaks = {blank.start() for blank in _BLANK_LINE.finditer(text)}
    for heading in _HEADING.finditer(text):
        mark = heading.end() - len(heading[0].lstrip(" \t#"))
        breaks |= {heading.start(), mark, heading.end()}
    for item in _ITEM.finditer(text):
        breaks |= set(item.span())
    for label in labelled(text):
        breaks |= {label.start if label.in_row else label.line, label.stop, label.begin, label.end}
        if label.in_row and _ends_with_stop(text, label.end):
            breaks.add(label.end - 1)
    return sorted(breaks)


def _ends_with_stop(text: str, end: int) -> bool:
    """Whether a full stop right before `end` ends the sentence, and not its last word."""
    if text[end - 1] != "." or is_abbreviation(text, end):
        return False
    return not _INITIALS.search(text, max(0, end - _LOOK_BACK), end)
