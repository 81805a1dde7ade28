"""Marks of Markdown around words, with which no answer begins or ends. Pure, linear.

A passage of Markdown keeps its characters, so the marks stand beside the words that are read. An
answer leaves them out at its borders, and does not run from a link's text into its address.
Texts are folded ones (`core/folding.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..core.expressions import expression

__all__ = ["Mark", "addresses", "find_marks", "without_marks"]

_Place: TypeAlias = tuple[int, int]
_CODE = expression(r"(?<!`)(`{1,2})(?!`)[^`\n]{1,256}(\1)(?!`)")
_TICK = expression("`")
_EMPHASIS = expression(
    r"(?<![\w*\\])(\*{1,3})(?=[^\s*])[^\n]{0,300}?(?<=[^\s*])(\1)(?![\w*])"
    r"|(?<![\w_\\])(_{1,2})(?=[^\s_])(?![a-z_]{1,60}__)[^\n]{0,300}?(?<=[^\s_])(\3)(?![\w_])"
)
"""`__init__` is a name."""
_LINK = expression(
    r"(!?\[)[^\[\]\n]{1,300}(\])"
    r"(?:(\()([^()\s]{1,500})(?: [^()\n]{0,200})?(\))|\[[^\[\]\n]{0,100}\])"
)
_BRACKETED = expression(r"(<)(?:[a-z][a-z0-9+.-]{1,15}:|[^\s<>@]{1,128}@)[^\s<>]{1,500}(>)")


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters `start:end`; one that neither opens nor closes belongs to no word."""

    start: int
    end: int
    side: Literal["opens", "closes", ""]


def find_marks(text: str) -> list[Mark]:
    """The marks in a folded text, in order."""
    marks = {
        mark.start: mark
        for pattern in (_EMPHASIS, _CODE, _LINK, _BRACKETED)
        for match in pattern.finditer(text)
        for mark in _sides([match.span(i) for i in range(1, len(match.groups()) + 1)], text)
    }
    for tick in _TICK.finditer(text):
        covered = any(at in marks and marks[at].end > tick.start() for at in _before(tick.start()))
        if not covered:
            marks[tick.start()] = Mark(*tick.span(), "")
    return [marks[at] for at in sorted(marks)]


def _before(at: int) -> Sequence[int]:
    return (at, at - 1)


def _sides(places: Sequence[_Place], text: str) -> Iterator[Mark]:
    """Groups of one match: they open and close in turn; addresses between them are no marks."""
    side: Literal["opens", "closes"] = "opens"
    for start, end in places:
        if start < 0 or text[start].isalnum() or text[start] in "/#.":
            continue
        yield Mark(start, end, side)
        side = "closes" if side == "opens" else "opens"


def addresses(text: str) -> list[_Place]:
    """Where the addresses of links stand, in their brackets, behind the links' texts; in order."""
    return [(m.start(3), m.end(5)) for m in _LINK.finditer(text) if m.start(3) >= 0]


def without_marks(
    marks: Sequence[Mark],
    folded: Sequence[_Place],
    offsets: Sequence[_Place],
    inside: Sequence[bool],
    unended: Sequence[bool],
) -> tuple[tuple[_Place, ...], tuple[bool, ...], tuple[bool, ...], list[_Place]]:
    """Offsets, `inside` and `unended` of tokens (see `windows.Tokens`) that pass over the marks.

    And the stretches of two tokens of which one is a mark that goes with the other.

    What opens begins with the word behind it, what closes ends with the word before it: a reader
    that points at the mark means the word. `folded` are the tokens' places in the folded text.
    """
    places, begins, ends = list(offsets), list(inside), list(unended)
    found = list(_tokens_of(marks, folded))
    joined: list[_Place] = []
    for i, side in found:
        begins[i] = begins[i] or side != "opens"
        ends[i] = ends[i] or side != "closes"
        if side == "closes" and i:
            places[i] = (places[i - 1][1], places[i - 1][1])
            joined.append((i - 1, i + 1))
    for i, side in reversed(found):
        if side == "opens" and i + 1 < len(places):
            places[i] = (places[i + 1][0], places[i + 1][0])
            joined.append((i, i + 2))
    return tuple(places), tuple(begins), tuple(ends), joined


def _tokens_of(marks: Sequence[Mark], folded: Sequence[_Place]) -> Iterator[tuple[int, str]]:
    """The tokens that hold nothing but a mark, and its side; in order."""
    at = 0
    for mark in marks:
        while at < len(folded) and folded[at][1] <= mark.start:
            at += 1
        while at < len(folded) and mark.start <= folded[at][0] and folded[at][1] <= mark.end:
            yield at, mark.side
            at += 1
