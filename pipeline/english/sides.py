"""The sides that the words of a text take of opposites, each with its place. Pure.

"Turn it off" takes the side of disabling, "per week" that of a week, "14 cm high" that of a height,
"until 2019" that of what is past. Words that are joined, as adults and children, take both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .lexicon import words
from .opposite_words import BY_HEAD, KIN, POLES
from .words import DETERMINERS, VERBAL, Token, is_not, stem, tokens_in

__all__ = ["NOW", "PREPOSITIONS", "TERM", "TIME", "Side", "sides"]

_JOINS = words("and or & , / as well both the a an for")
_LISTING = words("and or ,")
_RANGES = words("to through till until - – —")
_ARTICLES = DETERMINERS | words("this that any")
_SWITCHES = words(
    """turn turns turned turning switch switches switched switching put power powered powers
    flip toggle shut log logs sign signs"""
)
_REACH = 6
"""Words between "turn" and its "off" at most."""
PREPOSITIONS = {
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
_PAST, NOW, _FUTURE = 0, 1, 2
_TIMES = {
    **dict.fromkeys(words("formerly previously former previous once originally"), _PAST),
    **dict.fromkeys(words("now today currently current present nowadays presently since"), NOW),
    **dict.fromkeys(words("will shall upcoming"), _FUTURE),
}
_TERMS = words("until till up used")
TIME = "time"
TERM = "term"
"""The group of what ended or begins at a time that is told."""
_HINTS = words("once originally since present upcoming")
_DEPUTIES = words("deputy vice assistant associate acting under")
_OFFICES = words(
    """president chairman chairwoman chairperson chair director manager head minister principal
    mayor editor captain secretary commissioner governor chancellor marshal treasurer dean
    sheriff"""
)
_AFTER_ON = words("and or by with when if in via from using at while during before after manually")


@dataclass(frozen=True, slots=True)
class Side:
    """A word at `start:end` that takes one of two sides."""

    start: int
    end: int
    group: str
    parts: frozenset[int]
    soft: bool = False


@lru_cache(maxsize=1024)
def sides(text: str) -> tuple[Side, ...]:
    """The sides that the words of a folded text take, in order; the latest texts are remembered."""
    tokens = tokens_in(text)
    readers = (_listed, _switched, _before_words, _rates, _measures, _times, _ranks)
    taken = (side for read in readers for side in read(tokens))
    ordered = sorted(taken, key=lambda side: (side.group, side.start))
    return tuple(sorted(_merged(ordered, text), key=lambda side: side.start))


def _listed(tokens: Sequence[Token]) -> Iterator[Side]:
    heads: dict[str, str] = {}
    for i, token in enumerate(tokens):
        poles = POLES.get(token.low, ())
        if not poles or _means_otherwise(tokens, i):
            continue
        denied = any(is_not(t.low) or t.low == "other" for t in tokens[max(0, i - 2) : i])
        for pole in poles:
            group = pole.group
            if token.low in BY_HEAD:
                head = _head(tokens, i)
                # "A new towel costs 9 euros, a used one 2."
                head = head if head != "one" and head[:1].isalpha() else heads.get(group, head)
                heads[group] = head
                group = f"{group} {head}"
            elif token.low in KIN:
                group = f"{group} {_possessor(tokens, i)}"
            yield Side(token.start, token.end, group, pole.parts, pole.soft or denied)


def _head(tokens: Sequence[Token], i: int) -> str:
    """The word that an adjective belongs to: "school" for both in "the first and second school"."""
    after = [t.low for t in tokens[i + 1 : i + 3]]
    while len(after) == 2 and after[0] in _LISTING and after[1] in BY_HEAD:
        i += 2
        after = [t.low for t in tokens[i + 1 : i + 3]]
    return stem(after[0]) if after else ""


def _possessor(tokens: Sequence[Token], i: int) -> str:
    """Whose brother, sister or wife it is; what nothing agrees with where that is not said."""
    before = tokens[i - 1].low if i else ""
    if before.endswith("'s"):
        return before.removesuffix("'s")
    if [t.low for t in tokens[i + 1 : i + 2]] == ["of"]:
        return " ".join(t.low for t in tokens[i + 2 : i + 3])
    return f"#{tokens[i].start}"


def _means_otherwise(tokens: Sequence[Token], i: int) -> bool:
    """Whether a word of the list is used in another meaning here."""
    low = tokens[i].low
    after = tokens[i + 1].low if i + 1 < len(tokens) else ""
    before = tokens[i - 1].low if i else ""
    match low:
        case "open":  # "open from 6 to 22" tells both ends
            return after in {"from", "until", "till", "between", "daily", "to", "every", "on"}
        case "opening":
            return after in {"hours", "times", "hour", TIME}
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


def _switched(tokens: Sequence[Token]) -> Iterator[Side]:
    """ "Turn it off", "switched on"; as one side of enabling and disabling, too."""
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
                yield Side(token.start, tokens[j].end, group, frozenset([int(low != "on")]))
                break


def _before_words(tokens: Sequence[Token]) -> Iterator[Side]:
    """ "With" and "without", "before" and "after", "over" and "under", each of its next word."""
    for i, token in enumerate(tokens):
        if token.low not in PREPOSITIONS:
            continue
        group, part = PREPOSITIONS[token.low]
        follow = [t.low for t in tokens[i + 1 : i + 5] if t.low not in _ARTICLES and t.low != "to"]
        if not follow or not follow[0][0].isalnum() or (group == "before" and follow[0].isdigit()):
            continue
        yield Side(token.start, token.end, f"{group} {stem(follow[0])}", frozenset([part]))


def _rates(tokens: Sequence[Token]) -> Iterator[Side]:
    """ "Weekly", "a week", "per week"; a dose may be single, too."""
    for i, token in enumerate(tokens):
        before = tokens[i - 1].low if i else ""
        after = tokens[i + 1].low if i + 1 < len(tokens) else ""
        if token.low == "single" and after in ("dose", "doses"):
            yield Side(token.start, token.end, "rate", frozenset([-1]))
        period = _PERIODS.get(token.low)
        if period is None:
            continue
        if token.low in _ADVERBS or (before in _EACH and not (i > 1 and _for(tokens[i - 2].low))):
            yield Side(token.start, token.end, "rate", frozenset([period]))


def _for(low: str) -> bool:
    """Whether a span of time follows, as in "once in a week" or "after a day"."""
    return low in {"in", "within", "after", "for", "of", "later", "than", "about", "half", "not"}


def _measures(tokens: Sequence[Token]) -> Iterator[Side]:
    """The dimension that a measure is one of: "14 cm high", "a height of", "how wide"."""
    for i, token in enumerate(tokens):
        if (number := _MEASURES.get(token.low)) is None:
            continue
        before = tokens[i - 1].low if i else ""
        after = tokens[i + 1].low if i + 1 < len(tokens) else ""
        asked = before == "how" and after in {"is", "are", "was", "were"}
        if token.low in _ADJECTIVES and before not in _LENGTHS and not asked:
            continue
        yield Side(token.start, token.end, "dimension", frozenset([number]))


def _times(tokens: Sequence[Token]) -> Iterator[Side]:
    """What once was, is now, or will be."""
    for i, token in enumerate(tokens):
        part = _TIMES.get(token.low)
        if token.low == "used" and [t.low for t in tokens[i + 1 : i + 2]] == ["to"]:
            before = tokens[i - 1].low if i else ""
            part = None if before in VERBAL and before != "did" else _PAST
        elif token.low in ("until", "till") or (
            token.low == "up" and [t.low for t in tokens[i + 1 : i + 2]] == ["to"]
        ):
            near = [t.low for t in tokens[i + 1 : i + 6]]
            part = _PAST if any(len(low) == 4 and low.isdigit() for low in near) else None
        if part is None:
            continue
        yield Side(token.start, token.end, TIME, frozenset([part]), token.low in _HINTS)
        if part == NOW or token.low in _TERMS or (token.low == "will" and _dated(tokens, i)):
            yield Side(token.start, token.end, TERM, frozenset([part]), token.low == "present")


def _dated(tokens: Sequence[Token], i: int) -> bool:
    """Whether a year stands shortly before: "from 2027 on it will"."""
    near = [t.low for t in tokens[max(0, i - 8) : i]]
    return any(len(low) == 4 and low.isdigit() for low in near)


def _ranks(tokens: Sequence[Token]) -> Iterator[Side]:
    """A president and a vice president, the head of a desk and its deputy head."""
    for i, token in enumerate(tokens):
        if token.low in _OFFICES:
            below = any(t.low in _DEPUTIES for t in tokens[max(0, i - 1) : i])
            yield Side(token.start, token.end, f"rank {token.low}", frozenset([int(below)]))


def _merged(taken: Sequence[Side], text: str) -> Iterator[Side]:
    """Sides of a group that are joined: "adults and children" are both, "Monday to Friday" all."""
    at = 0
    while at < len(taken):
        end = at + 1
        parts = set(taken[at].parts)
        while end < len(taken) and taken[end].group == taken[at].group:
            gap = text[taken[end - 1].end : taken[end].start]
            if len(gap) > 24:
                break
            between = set(gap.lower().split()) | ({","} if "," in gap else set())
            between = {part.strip(",") or "," for part in between}
            ranges = taken[at].group == "weekday" and len(between & _RANGES) == 1
            if ranges and len(between) == 1:
                low, high = min(taken[end - 1].parts), max(taken[end].parts)
                parts.update(
                    range(low, high + 1) if low <= high else [*range(low, 7), *range(high + 1)]
                )
            elif not (gap.strip() and between <= _JOINS) or not taken[end].parts - parts:
                break
            parts |= taken[end].parts
            end += 1
        for side in taken[at:end]:
            yield Side(side.start, side.end, side.group, frozenset(parts), side.soft)
        at = end
