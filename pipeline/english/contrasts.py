"""Whether the sentence of an answer says the opposite of what a question says. Pure.

Asked how to turn a thing on, a reader gives the way to turn it off; asked for the yearly rent, the
monthly one. So the words of a question that exclude others (`contrast_words`) are looked for where
an answer stands: in its clause, then in its sentence. An answer whose own clause or sentence has
but the others is that to another question.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ...core.folding import folded
from ...core.records import Passage
from ...core.sentences import borders
from .contrast_words import BY_HEAD, COUNTED, KIN, POLES
from .lexicon import words
from .words import stem

__all__ = ["Contrasts", "Sides"]

_TOKEN = re.compile(r"[^\W_]+(?:[-'][^\W_]+){0,4}|[,;:.!?()|\n–—-]")
_CLAUSE = re.compile(r"[,;:]\s|\b(?:and|but|while|whereas|or)\b")
_JOINS = words("and or & , / as well both the a an for")
_RANGES = words("to through till until - – —")
_ARTICLES = words("a an the its their his her your our my this that any")
_SWITCHES = words(
    """turn turns turned turning switch switches switched switching put power powered powers
    flip toggle shut log logs sign signs"""
)
_AMOUNT = re.compile(
    r"\b(?:how (?:much|many|high|long|often)|prices?|costs?|fees?|pays?|doses?|dosage|tickets?"
    r"|limits?|maximum|minimum|rates?|discounts?|deductible|entry|entrance|admission)\b"
)
_REACH = 6
"""Words between "turn" and its "off" at most."""
_SIDES = {
    "with": ("with", 0),
    "without": ("with", 1),
    "before": ("before", 0),
    "until": ("before", 0),
    "prior": ("before", 0),
    "after": ("before", 1),
    "since": ("before", 1),
    "following": ("before", 1),
    "during": ("before", 2),
    "over": ("over", 0),
    "above": ("over", 0),
    "under": ("over", 1),
    "below": ("over", 1),
}
"""Prepositions that exclude each other before the same word."""
_PERIODS = {
    word: number
    for number, row in enumerate(
        (
            "hour hourly hours",
            "day daily days",
            "week weekly weeks",
            "month monthly months",
            "quarter quarterly quarters",
            "year yearly annual annually years",
            "night nightly nights",
        )
    )
    for word in row.split()
}
_ADVERBS = words("hourly daily weekly monthly quarterly yearly annual annually nightly")
_EACH = words("a an per each every one")
_LENGTHS = words(
    """mm cm dm m km in inch inches ft foot feet yd yard yards mile miles metre metres meter meters
    centimetre centimetres centimeter centimeters millimetre millimetres millimeter millimeters
    kilometre kilometres kilometer kilometers"""
)
_MEASURES = {
    word: number
    for number, row in enumerate(
        (
            "wide width widest",
            "high height tall highest tallest",
            "long length longest",
            "deep depth deepest",
            "thick thickness thickest",
        )
    )
    for word in row.split()
}
_ADJECTIVES = words("wide high tall long deep thick")
_NEGATIONS = words(
    "not never no cannot neither nor none without except but unless only hardly nothing nobody"
)
_TURNS = words("until till unless but only instead rather although if")
_VERBAL = words(
    """do does did can could may might must shall should will would is are was were be has have
    had"""
)


@dataclass(frozen=True, slots=True)
class _Side:
    """A word at `start:end` that takes one side of a contrast."""

    start: int
    end: int
    group: str
    parts: frozenset[int]
    soft: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    low: str

    @property
    def is_word(self) -> bool:
        return self.low[0].isalnum()


class Contrasts:
    """The sides that one question takes."""

    def __init__(self, question: str) -> None:
        text = folded(question).text
        tokens = _tokens(text)
        asked: dict[str, frozenset[int]] = {}
        amount = _AMOUNT.search(text.lower()) is not None
        for side in _sides(text):
            if not side.soft and (amount or text[side.start : side.end].lower() not in COUNTED):
                asked[side.group] = asked.get(side.group, frozenset()) | side.parts
        # What a question asks to choose between is no side that it takes.
        self._asked = asked
        self._negated = _negated_verbs(tokens)
        self._verbs = _verbs_asked(tokens)
        self._open = bool(tokens) and tokens[0].low not in _VERBAL and tokens[0].low != "when"

    def __bool__(self) -> bool:
        return bool(self._asked or self._negated or self._verbs)

    def in_passage(self, passage: Passage) -> Sides:
        """What a passage says of them; made once for all answers in the passage."""
        return Sides(self._asked, self._negated, self._verbs if self._open else frozenset(), passage)


class Sides:
    """The sides that one passage takes, looked at from the places of answers in it."""

    def __init__(
        self,
        asked: dict[str, frozenset[int]],
        negated: frozenset[str],
        verbs: frozenset[str],
        passage: Passage,
    ) -> None:
        self._asked, self._negated, self._verbs = asked, negated, verbs
        self._fold = folded(passage.text)
        text = self._fold.text
        self._tokens = _tokens(text)
        self._token_starts = [token.start for token in self._tokens]
        self._sides = {group: [] for group in asked}
        for side in _sides(text):
            if side.group in asked:
                self._sides[side.group].append(side)
        self._sentences = [0, *(end for _, end in borders(text, lines=True))]
        self._clauses = [0, *(clause.start() for clause in _CLAUSE.finditer(text))]

    def opposite(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is that to the opposite.

        One that runs over several sentences is if it is in any of them.
        """
        first = bisect(self._fold.starts, start - 1)
        last = bisect(self._fold.starts, end - 1)
        inner = self._sentences[bisect(self._sentences, first) : bisect(self._sentences, last - 1)]
        borders_in = [first, *inner, last]
        return any(self._is_opposite(a, b) for a, b in pairwise(borders_in))

    def _is_opposite(self, first: int, last: int) -> bool:
        sentence = _stretch(self._sentences, first, last)
        return any(
            self._denied(asked, self._sides[group], sentence, first, last)
            for group, asked in self._asked.items()
        ) or self._is_negated(first, last)

    def _denied(
        self,
        asked: frozenset[int],
        sides: Sequence[_Side],
        sentence: tuple[int, int],
        first: int,
        last: int,
    ) -> bool:
        around = [side for side in sides if sentence[0] <= side.start < sentence[1]]
        if not any(_denies(side, asked) for side in around):
            return False
        clause = _stretch(self._clauses, first, last)
        nearest = [side for side in around if clause[0] <= side.start < clause[1]]
        deciding = nearest if any(map(_is_firm, nearest)) else around
        return not any(side.parts & asked for side in deciding)

    def _is_negated(self, first: int, last: int) -> bool:
        """Whether the answer's clause denies what is asked, or affirms what the question denies."""
        if not (self._negated or self._verbs):
            return False
        start, end = _stretch(self._clauses, first, last)
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


def _denied_verb(before: _Token, token: _Token) -> bool:
    return (token.low == "not" and before.low in _VERBAL) or (
        token.low == "cannot" or token.low.endswith("n't")
    )


def _is_firm(side: _Side) -> bool:
    return not side.soft


def _denies(side: _Side, asked: frozenset[int]) -> bool:
    return not side.soft and not side.parts & asked


def _stretch(starts: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """From where the stretch with `start` begins to where the one with `end` ends."""
    after = bisect(starts, max(start, end - 1))
    return starts[bisect(starts, start) - 1], starts[after] if after < len(starts) else 1 << 60


def _tokens(text: str) -> list[_Token]:
    return [_Token(*m.span(), m.group().lower()) for m in _TOKEN.finditer(text)]


@lru_cache(maxsize=1024)
def _sides(text: str) -> tuple[_Side, ...]:
    """The sides that the words of a folded text take, in order; the latest texts are remembered."""
    tokens = _tokens(text)
    sides = sorted(
        [*_listed(tokens), *_switched(tokens), *_before_words(tokens), *_rates(tokens)]
        + [*_measures(tokens)],
        key=lambda side: (side.group, side.start),
    )
    return tuple(sorted(_merged(sides, text), key=lambda side: side.start))


def _listed(tokens: Sequence[_Token]) -> Iterator[_Side]:
    heads: dict[str, str] = {}
    for i, token in enumerate(tokens):
        poles = POLES.get(token.low, ())
        if not poles or _means_otherwise(tokens, i):
            continue
        denied = any(_is_not(t.low) or t.low == "other" for t in tokens[max(0, i - 2) : i])
        for pole in poles:
            group = pole.group
            if token.low in BY_HEAD:
                head = stem(tokens[i + 1].low) if i + 1 < len(tokens) else ""
                if head == "one":  # "a new towel costs 9 euros, a used one 2"
                    head = heads.get(group, head)
                heads[group] = head
                group = f"{group} {head}"
            elif token.low in KIN:
                group = f"{group} {_possessor(tokens, i)}"
            yield _Side(token.start, token.end, group, pole.parts, pole.soft or denied)


def _possessor(tokens: Sequence[_Token], i: int) -> str:
    """Whose brother, sister or wife it is; what nothing agrees with where that is not said."""
    before = tokens[i - 1].low if i else ""
    if before.endswith("'s"):
        return before.removesuffix("'s")
    if [t.low for t in tokens[i + 1 : i + 2]] == ["of"]:
        return " ".join(t.low for t in tokens[i + 2 : i + 3])
    return f"#{tokens[i].start}"


def _means_otherwise(tokens: Sequence[_Token], i: int) -> bool:
    """Whether a word of the list is used in another meaning here."""
    low = tokens[i].low
    after = tokens[i + 1].low if i + 1 < len(tokens) else ""
    before = tokens[i - 1].low if i else ""
    match low:
        case "open":  # "open from 6 to 22" tells both ends
            return after in {"from", "until", "till", "between", "daily", "to", "every", "on"}
        case "opening":
            return after in {"hours", "times", "hour", "time"}
        case "last":  # "how long does it last"
            return before not in _ARTICLES and before not in {"in", "at"}
        case "left" | "right":
            return before not in {"the", "on", "upper", "lower", "front", "rear"}
        case "long" | "short":  # a programme, not "how long is it"
            return before in {"how", "as", "so", "in", ",", "too", "before", "that"} or (
                after in {"is", "are", "does", "do", "did", "was", "were", "will", "as", "term", ""}
                or before.isdigit()
                or before in _LENGTHS
            )
        case "used":  # a used car, not "what it is used for"
            return before not in {"a", "or", "the"} or after in {"to", "for", "in", "by", "as"}
        case "fall" | "spring" | "may" | "march":
            return before not in {"in", "the", "of", "during", "last", "each", "every", "since"}
        case "even":
            return True
        case "single":
            return before in {"a", "every", "no", "any"} and after not in {"room", "ticket", "bed"}
        case _:
            return False


def _switched(tokens: Sequence[_Token]) -> Iterator[_Side]:
    """"Turn it off", "switched on"; as one side of enabling and disabling, too."""
    group = POLES["enable"][0].group
    for i, token in enumerate(tokens):
        if token.low not in _SWITCHES:
            continue
        for j in range(i + 1, min(i + 2 + _REACH, len(tokens))):
            low = tokens[j].low
            if not tokens[j].is_word or low in _SWITCHES:
                break
            if low in ("on", "off", "down"):
                ends = j + 1 == len(tokens) or not tokens[j + 1].is_word
                if low == "on" and j > i + 1 and not (ends or tokens[j + 1].low in _AFTER_ON):
                    continue
                yield _Side(token.start, tokens[j].end, group, frozenset([int(low != "on")]))
                break


_AFTER_ON = words("and or by with when if in via from using at while during before after manually")


def _before_words(tokens: Sequence[_Token]) -> Iterator[_Side]:
    """"With" and "without", "before" and "after", "over" and "under", each of its next word."""
    for i, token in enumerate(tokens):
        if token.low not in _SIDES:
            continue
        group, part = _SIDES[token.low]
        follow = [t.low for t in tokens[i + 1 : i + 5] if t.low not in _ARTICLES and t.low != "to"]
        if not follow or not follow[0][0].isalnum() or (group == "before" and follow[0].isdigit()):
            continue
        yield _Side(token.start, token.end, f"{group} {stem(follow[0])}", frozenset([part]))


def _rates(tokens: Sequence[_Token]) -> Iterator[_Side]:
    """"Weekly", "a week", "per week"; a dose may be single, too."""
    for i, token in enumerate(tokens):
        before = tokens[i - 1].low if i else ""
        after = tokens[i + 1].low if i + 1 < len(tokens) else ""
        if token.low == "single" and after in ("dose", "doses"):
            yield _Side(token.start, token.end, "rate", frozenset([-1]))
        period = _PERIODS.get(token.low)
        if period is None:
            continue
        if token.low in _ADVERBS or (before in _EACH and not (i > 1 and _for(tokens[i - 2].low))):
            yield _Side(token.start, token.end, "rate", frozenset([period]))


def _for(low: str) -> bool:
    """Whether a span of time follows, as in "once in a week" or "after a day"."""
    return low in {"in", "within", "after", "for", "of", "later", "than", "about", "half", "not"}


def _measures(tokens: Sequence[_Token]) -> Iterator[_Side]:
    """The dimension that a measure is one of: "14 cm high", "a height of", "how wide"."""
    for i, token in enumerate(tokens):
        if (number := _MEASURES.get(token.low)) is None:
            continue
        before = tokens[i - 1].low if i else ""
        after = tokens[i + 1].low if i + 1 < len(tokens) else ""
        if token.low in _ADJECTIVES and before not in _LENGTHS:
            if before != "how" or after not in {"is", "are", "was", "were"}:
                continue
        yield _Side(token.start, token.end, "dimension", frozenset([number]))


def _merged(sides: Sequence[_Side], text: str) -> Iterator[_Side]:
    """Sides of a group that are joined: "adults and children" are both, "Monday to Friday" all."""
    at = 0
    while at < len(sides):
        end = at + 1
        parts = set(sides[at].parts)
        while end < len(sides) and sides[end].group == sides[at].group:
            gap = text[sides[end - 1].end : sides[end].start]
            if len(gap) > 24:
                break
            between = set(gap.lower().split()) | ({","} if "," in gap else set())
            between = {part.strip(",") or "," for part in between}
            ranges = sides[at].group == "weekday" and len(between & _RANGES) == 1
            if ranges and len(between) == 1:
                low, high = min(sides[end - 1].parts), max(sides[end].parts)
                parts.update(range(low, high + 1) if low <= high else [*range(low, 7), *range(high + 1)])
            elif not (gap.strip() and between <= _JOINS) or not sides[end].parts - parts:
                break
            parts |= sides[end].parts
            end += 1
        for side in sides[at:end]:
            yield _Side(side.start, side.end, side.group, frozenset(parts), side.soft)
        at = end


def stem_of(low: str) -> str:
    """A verb without its endings, enough to see that two are the same."""
    for ending in ("ing", "ed", "es", "s", "e"):
        if low.endswith(ending) and len(low) - len(ending) >= 3:
            return low.removesuffix(ending)
    return low


def _is_not(low: str) -> bool:
    return low in ("not", "cannot", "never") or low.endswith("n't")


def _negates(low: str) -> bool:
    return low in _NEGATIONS or low.endswith("n't") or low in _REFUSING


_REFUSING = words(
    """forbidden forbids prohibited prohibits exempt exempted exempts banned excluded excludes
    refuse refuses refused lack lacks lacked lacking fail fails failed unable impossible missing
    absent banned denied exception exceptions refusal lost opposed unlike rather instead avoid avoided off out"""
)


def _negated_verbs(tokens: Sequence[_Token]) -> frozenset[str]:
    """What a question says is not so: "fit" of "which models does it not fit"."""
    return frozenset(
        stem_of(after.low)
        for i, token in enumerate(tokens)
        if _is_not(token.low) and any(t.low in _VERBAL for t in tokens[max(0, i - 5) : i + 1])
        for after in tokens[i + 1 : i + 2]
        if after.low not in _VERBAL and after.is_word
    )


def _verbs_asked(tokens: Sequence[_Token]) -> frozenset[str]:
    """The plain forms of the words of a question that has no negation."""
    if any(_is_not(token.low) or token.low in _NEGATIONS for token in tokens):
        return frozenset()
    return frozenset(
        stem_of(token.low) for token in tokens if len(token.low) > 2 and token.low not in _VERBAL
    )
