"""Whether an answer is but a mark, the number of an item, or a heading, and says nothing. Pure.

    # Post                                   3. Termination
    Parcels go to Dock 9.                    3.1 Either party may terminate.

A reader that finds no answer in a text gives what stands at its edges. A heading says what follows
is about, and a number where it stands: they answer who asks for a section, a step or a title.
"""

from __future__ import annotations

import re

from ...core.expressions import expression
from ...core.records import Passage
from .lexicon import words
from .words import folded_passage, tokens_in

__all__ = ["Bare", "Outline"]

_HEADING = expression(r"^[ \t]{0,3}#{1,6}[ \t]+(?P<text>\S[^\n]*?)[ \t#]*$", re.MULTILINE)
_NUMBERED = expression(
    r"^[ \t]{0,3}(?P<number>\d{1,3}(?:\.\d{1,3}){0,3})[.)]?[ \t]+"
    r"(?P<text>[^\W\d_][^\n]{0,60}[^\s.:;,!?])"
    r"[ \t]*\n\s*(?P=number)[.]\d",
    re.MULTILINE,
)
_NUMBER = expression(
    r"^[ \t]{0,12}(?:[-*+•]|\(?\d{1,3}(?:\.\d{1,3}){0,4}[.)]"
    r"|\d{1,3}(?:\.\d{1,3}){1,4}(?=[ \t]+[A-Z])|\(?[A-Za-z][.)])[ \t]",
    re.MULTILINE,
)
_MARKS = expression(r"[^\w$€£¥%‰°&@+=<>×÷√∞§©®™☑☐✓✔✗✘]*")
_ABOUT_MARKS = words(
    """mark marks sign signs symbol symbols character characters operator bullet punctuation
    prefix suffix separator delimiter dash hyphen"""
)
_ABOUT_PLACES = words(
    """which section sections heading headings title titled chapter clause clauses article paragraph
    part step steps item items number numbered rule page point appendix topic topics subject called
    name names named headline schedule act verse line document order place ranked rank about"""
)


class Bare:
    """Whether one question asks for a mark, or for a place in a document."""

    def __init__(self, question: str) -> None:
        low = {token.low for token in tokens_in(folded_passage(question).text)}
        self.marks = not _ABOUT_MARKS.isdisjoint(low)
        self.places = not _ABOUT_PLACES.isdisjoint(low)

    def __bool__(self) -> bool:
        return not (self.marks and self.places)

    def in_passage(self, passage: Passage) -> Outline:
        """The headings and numbers of a passage; made once for all its answers."""
        return Outline(self, passage)


class Outline:
    """The headings and numbers of one passage."""

    def __init__(self, asked: Bare, passage: Passage) -> None:
        self._text, self._marks = passage.text, not asked.marks
        self._bare: set[tuple[int, int]] = set()
        if not asked.places:
            numbered = _NUMBERED.finditer(self._text)
            self._bare |= {(match.start("number"), match.end("text")) for match in numbered}
            for form in (_HEADING, _NUMBERED):
                found = form.finditer(self._text)
                self._bare |= {_inner(self._text, *match.span("text")) for match in found}
            self._bare |= {_inner(self._text, *m.span()) for m in _NUMBER.finditer(self._text)}

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is nothing but one of them."""
        if self._marks and _MARKS.fullmatch(self._text, start, end):
            return True
        return bool(self._bare) and _inner(self._text, start, end) in self._bare


def _inner(text: str, start: int, end: int) -> tuple[int, int]:
    """A place without the marks around it."""
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    return start, end
