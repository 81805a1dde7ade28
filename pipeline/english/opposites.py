"""Whether the sentence of an answer says the opposite of what a question says. Pure.

Asked how to turn a thing on, a reader gives the way to turn it off; asked for the yearly rent, the
monthly one. So the sides that a question takes (`sides`) are looked for where an answer stands: in
its clause, then in its sentence. An answer whose own clause or sentence takes but the others is
that to another question.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence

from ...core.expressions import expression
from ...core.records import Passage
from ...core.sentences import stretch
from .lexicon import words
from .opposite_words import COUNTED
from .sentences import sentences_of
from .sides import NOW, TERM, TIME, Side, sides
from .words import CLAUSE, EMPTY, Token, folded_passage, stem, tokens_in

__all__ = ["Opposites", "Sides"]

_AMOUNT = expression(
    r"\b(?:how (?:much|many|high|long|often)|prices?|costs?|fees?|pays?|doses?|dosage|tickets?"
    r"|limits?|maximum|minimum|rates?|discounts?|deductible|entry|entrance|admission)\b"
)
_BOUNDS = words("maximum max minimum min highest lowest longest shortest deepest widest tallest")
_PRESENT = words("is are does do has have")
_TENSES = _PRESENT | words("was were did had will would shall should can could may might must")


class Opposites:
    """The sides that one question takes."""

    def __init__(self, question: str) -> None:
        text = folded_passage(question).text
        tokens = tokens_in(text)
        asked: dict[str, frozenset[int]] = {}
        amount = _AMOUNT.search(text.lower()) is not None
        for side in sides(text):
            if not side.soft and (amount or text[side.start : side.end].lower() not in COUNTED):
                asked[side.group] = asked.get(side.group, frozenset()) | side.parts
        if TIME in asked:
            asked[TERM] = asked[TIME]
        self._implied = TIME not in asked and _is_of_now(tokens)
        self._asked = asked
        self._bounds = _bounds(tokens)

    def __bool__(self) -> bool:
        return bool(self._asked or self._bounds or self._implied)

    def in_passage(self, passage: Passage) -> Sides:
        """What a passage says of them; made once for all answers in the passage."""
        asked = self._asked
        if self._implied and any(
            side.group == TERM and NOW in side.parts
            for side in sides(folded_passage(passage.text).text)
        ):
            asked = {**asked, TERM: frozenset([NOW])}
        return Sides(asked, self._bounds, passage)


class Sides:
    """The sides of one passage, looked at from the places of answers in it."""

    def __init__(
        self,
        asked: dict[str, frozenset[int]],
        bounds: dict[str, frozenset[str]],
        passage: Passage,
    ) -> None:
        self._asked = asked
        self._sentences = sentences_of(passage.text)
        text = self._sentences.text
        self._tokens = tokens_in(text)
        self._token_starts = [token.start for token in self._tokens]
        self._sides: dict[str, list[Side]] = {group: [] for group in asked}
        for side in sides(text):
            if side.group in self._sides:
                self._sides[side.group].append(side)
        self._bounds = bounds
        self._clauses = [0, *(clause.start() for clause in CLAUSE.finditer(text))]

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is that to the opposite.

        One that runs over several sentences is if it is in any of them.
        """
        first, last = self._sentences.place(start, end)
        return any(self._is_opposite(a, b) for a, b in self._sentences.pieces(first, last))

    def _is_opposite(self, first: int, last: int) -> bool:
        sentence = self._sentences.around(first, last)
        return any(
            self._denied(asked, self._sides[group], sentence, first, last)
            for group, asked in self._asked.items()
        ) or self._bounds_another(sentence)

    def _denied(
        self,
        asked: frozenset[int],
        taken: Sequence[Side],
        sentence: tuple[int, int],
        first: int,
        last: int,
    ) -> bool:
        low, high = (bisect(taken, at - 1, key=lambda side: side.start) for at in sentence)
        around = taken[low:high]
        if not any(_denies(side, asked) for side in around):
            return False
        clause = stretch(self._clauses, first, last)
        nearest = [side for side in around if clause[0] <= side.start < clause[1]]
        deciding = nearest if any(map(_is_firm, nearest)) else around
        return not any(side.parts & asked for side in deciding)

    def _bounds_another(self, sentence: tuple[int, int]) -> bool:
        """Whether the sentence has the maximum of something else than what is asked about."""
        if not self._bounds:
            return False
        at = bisect(self._token_starts, sentence[0] - 1)
        tokens = self._tokens[at : bisect(self._token_starts, sentence[1] - 1)]
        held = {stem(token.low) for token in tokens}
        bounds = _bounds(tokens)
        return any(word in bounds and not heads & held for word, heads in self._bounds.items())


def _bounds(tokens: Sequence[Token]) -> dict[str, frozenset[str]]:
    """What is bounded: "minimum" of an "interval"; each with the plain words behind it."""
    heads: dict[str, frozenset[str]] = {}
    for i, token in enumerate(tokens):
        if token.low not in _BOUNDS:
            continue
        behind: list[str] = []
        for after in tokens[i + 1 : i + 4]:
            if not after.is_word or after.low in EMPTY:
                break
            behind.append(stem(after.low))
        if behind:
            heads[token.low] = heads.get(token.low, frozenset()) | set(behind)
    return heads


def _is_of_now(tokens: Sequence[Token]) -> bool:
    """Whether a question is in the present and names no year."""
    verb = next((t.low for t in tokens[:8] if t.low in _TENSES), "")
    return verb in _PRESENT and not any(len(t.low) == 4 and t.low.isdigit() for t in tokens)


def _is_firm(side: Side) -> bool:
    return not side.soft


def _denies(side: Side, asked: frozenset[int]) -> bool:
    return not side.soft and not side.parts & asked
