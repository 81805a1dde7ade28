"""Error analysis: the worst misses of a run, their kinds, and their passages with marks. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..core.records import Evidence
from .results import Outcome, PassageLookup, RetrievedPassage

__all__ = [
    "MISS_KINDS",
    "MarkedText",
    "Miss",
    "MissKind",
    "ShownPassage",
    "worst_misses",
]

MissKind: TypeAlias = Literal["invented", "held-back", "not-found", "not-read", "misread", "partly"]
MISS_KINDS: dict[MissKind, str] = {
    "misread": "wrong span, the answer was read",
    "partly": "partly right",
    "not-read": "answer found, but not read",
    "not-found": "answer not found",
    "held-back": "held back",
    "invented": "answered, though unanswerable",
}
"""What went wrong, as shown."""

Mark: TypeAlias = Literal["", "gold", "given", "both"]
"""What a stretch of a passage is: a right answer, the given one, or both."""


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A stretch of a passage, and whether it is a right answer, the given one, or both."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage of a miss, cut where its marks begin and end."""

    label: str
    """Its rank, and what is to be known of it."""
    title: str
    document: str
    stretches: tuple[MarkedText, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that went wrong, with the passages that tell why."""

    outcome: Outcome
    kind: MissKind
    passages: tuple[ShownPassage, ...]
    """The one that the answer was taken from, the first with a right answer, then the best ones."""


_MOST_PASSAGES = 5
"""Passages that are shown of each miss."""


def worst_misses(
    outcomes: Sequence[Outcome], passage: PassageLookup, *, read: int, count: int = 50
) -> list[Miss]:
    """The `count` worst, those of least F1 first, and among them those of most confidence.

    `read` is the number of passages read for each question, where an outcome does not tell it.
    """
    wrong = [
        o for o in outcomes if o.exact_match < 1 and (o.answerable or not o.question.documents)
    ]
    wrong.sort(key=lambda o: (o.f1, -o.confidence, o.question.id))
    return [Miss(o, _kind_of_miss(o, read), _passages(o, passage)) for o in wrong[:count]]


def _kind_of_miss(o: Outcome, read: int) -> MissKind:
    if not o.answerable:
        return "invented"
    if o.abstained and not o.prediction:
        return "held-back"
    if o.f1 > 0:
        return "partly"
    if o.question.context is not None and not o.hits:
        return "misread"
    if o.rank is None:
        return "not-found"
    return "misread" if o.rank <= (o.passages_read or read) else "not-read"


def _passages(o: Outcome, lookup: PassageLookup) -> tuple[ShownPassage, ...]:
    if not o.hits:
        text = o.question.context or ""
        return (_marked("its own passage", o.question.title, o.question.id, text, 0, o),)
    ranking = list(enumerate(o.hits, start=1))
    source = o.evidence.passage if o.evidence else ""
    first = o.rank or o.gold_rank
    order = [item for item in ranking if item[1].key == source]
    order += [item for item in ranking if item[0] == first]
    order += ranking[:_MOST_PASSAGES]
    passages: dict[str, ShownPassage] = {}
    for rank, hit in order:
        if hit.key in passages or len(passages) == _MOST_PASSAGES:
            continue
        if (held := lookup(hit.key)) is not None:
            label = _label(rank, hit, source)
            passages[hit.key] = _marked(label, held.title, held.document, held.text, held.start, o)
    return tuple(passages.values())


def _label(rank: int, hit: RetrievedPassage, source: str) -> str:
    notes = [f"passage {rank}"]
    notes += ["answered from"] if hit.key == source else []
    notes += ["holds an answer"] if hit.holds else []
    notes += ["named by the data"] if hit.gold else []
    return ", ".join(notes)


def _marked(
    label: str, title: str, document: str, text: str, start: int, o: Outcome
) -> ShownPassage:
    prediction = _prediction_range(o.evidence, document, start, len(text))
    stretches = _stretches(text, _gold_ranges(text, o), prediction)
    return ShownPassage(label, title, document, stretches)


def _prediction_range(
    evidence: Evidence | None, document: str, start: int, length: int
) -> list[range]:
    """The characters of the passage that the best candidate covers."""
    if evidence is None or evidence.document != document:
        return []
    first, last = max(0, evidence.start - start), min(length, evidence.end - start)
    return [range(first, last)] if first < last else []


def _gold_ranges(text: str, o: Outcome) -> list[range]:
    """Where right answers stand as they are written, in any case and with any spaces."""
    ranges: list[range] = []
    for answer in o.question.answers:
        words = [re.escape(word) for word in answer.split()]
        if words:
            pattern = r"(?<!\w)" + r"\s+".join(words) + r"(?!\w)"
            ranges += [range(*m.span()) for m in re.finditer(pattern, text, re.IGNORECASE)]
    return ranges


def _stretches(
    text: str, golds: Sequence[range], predictions: Sequence[range]
) -> tuple[MarkedText, ...]:
    """The text cut where a mark begins or ends."""
    borders = {0, len(text)}
    for place in (*golds, *predictions):
        borders |= {place.start, place.stop}
    stretches: list[MarkedText] = []
    for a, b in itertools.pairwise(sorted(borders)):
        gold = any(a in place for place in golds)
        given = any(a in place for place in predictions)
        mark: Mark = "both" if gold and given else "gold" if gold else "given" if given else ""
        if stretches and stretches[-1].mark == mark:
            stretches[-1] = MarkedText(stretches[-1].text + text[a:b], mark)
        else:
            stretches.append(MarkedText(text[a:b], mark))
    return tuple(stretches)
