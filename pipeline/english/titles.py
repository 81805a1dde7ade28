"""Whether an answer is that of a namesake with another title than a question names. Pure.

Mr. Ono is not Mrs. Ono, nor Peter Hahn Sr. his son, Peter Hahn Jr. So who bears the name that a
question gives with a title, or with what tells the father from the son, is looked for in the part
of the sentence with the answer, and else before it, back to the last one who bears it.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...core.expressions import expression
from ...core.records import Passage
from ...core.sentences import stretch
from .sentences import sentences_of
from .words import folded_passage

__all__ = ["Bearers", "Titles"]

_TITLES = {
    word: (kind, side)
    for kind, sides in {
        "title": (
            "mr lord sir king prince duke count emperor uncle father brother",
            "mrs ms miss lady dame queen princess duchess countess empress aunt mother sister",
        ),
        "age": ("sr senior elder", "jr junior younger"),
    }.items()
    for side, row in enumerate(sides)
    for word in row.split()
}  # fmt: skip
_WORD = r"(?=[^\Wa-zß-ÿ\d_])[^\W\d_][\w'-]{0,30}"
_BEFORE_NAME = "|".join(word.capitalize() for word, (kind, _) in _TITLES.items() if kind == "title")
_NAMES = expression(
    rf"(?<!\w)(?P<title>{_BEFORE_NAME})\.? (?P<titled>{_WORD}(?: {_WORD}){{0,2}})"
    rf"|(?<![\w'])(?P<aged>{_WORD}),? (?:the )?"
    r"(?P<age>[Ss]r|[Jj]r|[Ss]enior|[Jj]unior|Elder|Younger)(?![\w-])"
)
_PART = expression(r"[;:]\s|,\s(?!(?:[JS]r|[js]unior|senior)\b)|\b(?:and|but|while|whereas)\b")


@dataclass(frozen=True, slots=True)
class _Bearer:
    start: int
    end: int
    names: frozenset[str]
    kind: str
    side: int


class Titles:
    """The names that one question gives with a title."""

    def __init__(self, question: str) -> None:
        bearers = _bearers(folded_passage(question).text)
        self._asked = tuple(
            asked
            for asked in bearers
            if not any(
                other.kind == asked.kind and other.side != asked.side and asked.names & other.names
                for other in bearers
            )
        )

    def __bool__(self) -> bool:
        return bool(self._asked)

    def in_passage(self, passage: Passage) -> Bearers:
        """Who bears these names in a passage; made once for all answers in the passage."""
        return Bearers(self._asked, passage)


class Bearers:
    """Who bears a name in one passage, looked at from the places of answers in it."""

    def __init__(self, asked: Sequence[_Bearer], passage: Passage) -> None:
        self._sentences = sentences_of(passage.text)
        text = self._sentences.text
        self._parts = self._sentences.parts(m.start() for m in _PART.finditer(text))
        self._namesakes = [
            [(b, b.side == own.side) for b in _bearers(text) if _share(own, b)] for own in asked
        ]

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is that of a namesake."""
        first, last = self._sentences.place(start, end)
        part = stretch(self._parts, first, last)
        return any(_is_anothers(bearers, part, first, last) for bearers in self._namesakes)


def _is_anothers(
    bearers: Sequence[tuple[_Bearer, bool]], part: tuple[int, int], first: int, last: int
) -> bool:
    outside = [(b, own) for b, own in bearers if b.end <= first or b.start >= last]
    if all(own for _, own in outside):
        return False
    near = [own for b, own in outside if part[0] <= b.start < part[1]]
    before = [own for _, own in outside[: bisect(outside, first, key=lambda e: e[0].start)]]
    return not any(near) if near else bool(before) and not before[-1]


def _share(asked: _Bearer, other: _Bearer) -> bool:
    return asked.kind == other.kind and bool(asked.names & other.names)


@lru_cache(maxsize=256)
def _bearers(text: str) -> tuple[_Bearer, ...]:
    """The names of a folded text with a title, in order."""
    bearers: list[_Bearer] = []
    for match in _NAMES.finditer(text):
        title = match["title"] or match["age"]
        names = (match["titled"] or match["aged"]).split()
        kind, side = _TITLES[title.lower()]
        low = frozenset(name.lower().removesuffix("'s") for name in names)
        bearers.append(_Bearer(*match.span(), low, kind, side))
    return tuple(bearers)
