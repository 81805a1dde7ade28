"""Whether the sentence of an answer says the opposite of what a question says. Pure.

Asked how to turn a thing on, a reader gives the way to turn it off; asked for the yearly rent, the
monthly one. So the sides that a question takes (`sides`) are looked for where an answer stands: in
its clause, then in its sentence. An answer whose own clause or sentence takes but the others is
that to another question.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Sequence
from itertools import pairwise

from ...core.records import Passage
from ...core.sentences import borders, stretch
from .lexicon import words
from .opposite_words import COUNTED
from .sides import NOW, TERM, TIME, VERBAL, Side, Token, is_not, sides, tokens_in
from .words import EMPTY, folded_passage, stem

__all__ = ["Opposites", "Sides"]

_CLAUSE = re.compile(r"[,;:]\s|\b(?:and|but|while|whereas|or)\b")
_AMOUNT = re.compile(
    r"\b(?:how (?:much|many|high|long|often)|prices?|costs?|fees?|pays?|doses?|dosage|tickets?"
    r"|limits?|maximum|minimum|rates?|discounts?|deductible|entry|entrance|admission)\b"
)
_NEGATIONS = words(
    "not never no cannot neither nor none without except but unless only hardly nothing nobody"
)
_BOUNDS = words("maximum max minimum min highest lowest longest shortest deepest widest tallest")
_PRESENT = words("is are does do has have")
_TENSES = _PRESENT | words("was were did had will would shall should can could may might must")
_TURNS = words("until till unless but only instead rather although if")


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
        self._negated = _negated_verbs(tokens)
        self._verbs = _verbs_asked(tokens)
        self._open = bool(tokens) and tokens[0].low not in VERBAL and tokens[0].low != "when"

    def __bool__(self) -> bool:
        return bool(self._asked or self._bounds or self._negated or self._verbs or self._implied)

    def in_passage(self, passage: Passage) -> Sides:
        """What a passage says of them; made once for all answers in the passage."""
        asked = self._asked
        if self._implied and any(
            side.group == TERM and NOW in side.parts
            for side in sides(folded_passage(passage.text).text)
        ):
            asked = {**asked, TERM: frozenset([NOW])}
        return Sides(
            asked, self._bounds, self._negated, self._verbs if self._open else frozenset(), passage
        )


class Sides:
    """The sides of one passage, looked at from the places of answers in it."""

    def __init__(
        self,
        asked: dict[str, frozenset[int]],
        bounds: dict[str, frozenset[str]],
        negated: frozenset[str],
        verbs: frozenset[str],
        passage: Passage,
    ) -> None:
        self._asked, self._negated, self._verbs = asked, negated, verbs
        self._fold = folded_passage(passage.text)
        text = self._fold.text
        self._tokens = tokens_in(text)
        self._token_starts = [token.start for token in self._tokens]
        self._sides: dict[str, list[Side]] = {group: [] for group in asked}
        for side in sides(text):
            if side.group in self._sides:
                self._sides[side.group].append(side)
        self._bounds = bounds
        self._sentences = [0, *(end for _, end in borders(text, lines=True))]
        self._clauses = [0, *(clause.start() for clause in _CLAUSE.finditer(text))]

    def opposite(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is that to the opposite.

        One that runs over several sentences is if it is in any of them.
        """
        first, last = self._fold.place(start, end)
        inner = self._sentences[bisect(self._sentences, first) : bisect(self._sentences, last - 1)]
        borders_in = [first, *inner, last]
        return any(self._is_opposite(a, b) for a, b in pairwise(borders_in))

    def _is_opposite(self, first: int, last: int) -> bool:
        sentence = stretch(self._sentences, first, last)
        return (
            any(
                self._denied(asked, self._sides[group], sentence, first, last)
                for group, asked in self._asked.items()
            )
            or self._is_negated(first, last)
            or self._bounds_another(sentence)
        )

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

    def _is_negated(self, first: int, last: int) -> bool:
        """Whether the answer's clause denies what is asked, or affirms what the question denies."""
        if not (self._negated or self._verbs):
            return False
        start, end = stretch(self._clauses, first, last)
        at = bisect(self._token_starts, start - 1)
        tokens = self._tokens[at : bisect(self._token_starts, end - 1)]
        if self._negated:
            return not any(_negates(token.low) for token in tokens) and any(
                stem_of(token.low) in self._negated for token in tokens
            )
        if any(token.low in _TURNS for token in tokens):
            return False
        return any(
            token.end <= first and stem_of(after.low) in self._verbs and _denied_verb(before, token)
            for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
        )


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


def _denied_verb(before: Token, token: Token) -> bool:
    return (token.low == "not" and before.low in VERBAL) or (
        token.low == "cannot" or token.low.endswith("n't")
    )


def _is_firm(side: Side) -> bool:
    return not side.soft


def _denies(side: Side, asked: frozenset[int]) -> bool:
    return not side.soft and not side.parts & asked


def stem_of(low: str) -> str:
    """A verb without its endings, enough to see that two are the same."""
    for ending in ("ing", "ed", "es", "s", "e"):
        if low.endswith(ending) and len(low) - len(ending) >= 3:
            return low.removesuffix(ending)
    return low


def _negates(low: str) -> bool:
    return low in _NEGATIONS or low.endswith("n't") or low in _REFUSING


_REFUSING = words(
    """forbidden forbids prohibited prohibits exempt exempted exempts banned excluded excludes
    refuse refuses refused lack lacks lacked lacking fail fails failed unable impossible missing
    absent banned denied exception exceptions refusal lost opposed unlike rather instead avoid
    avoided off out"""
)


def _negated_verbs(tokens: Sequence[Token]) -> frozenset[str]:
    """What a question says is not so: "fit" of "which models does it not fit"."""
    return frozenset(
        stem_of(after.low)
        for i, token in enumerate(tokens)
        if is_not(token.low) and any(t.low in VERBAL for t in tokens[max(0, i - 5) : i + 1])
        for after in tokens[i + 1 : i + 2]
        if after.low not in VERBAL and after.is_word
    )


def _verbs_asked(tokens: Sequence[Token]) -> frozenset[str]:
    """The plain forms of the words of a question that has no negation."""
    if any(is_not(token.low) or token.low in _NEGATIONS for token in tokens):
        return frozenset()
    return frozenset(
        stem_of(token.low) for token in tokens if len(token.low) > 2 and token.low not in VERBAL
    )
