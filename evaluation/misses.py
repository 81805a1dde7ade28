"""The worst misses of a run: which they are, of what kind, and what stood where. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..core.records import Evidence, Passage
from .results import Found, Outcome

__all__ = ["KINDS", "Miss", "PassageOf", "Piece", "Shown", "worst_misses"]

Kind: TypeAlias = Literal["invented", "held-back", "not-found", "not-read", "misread", "partly"]
KINDS: dict[Kind, str] = {
    "misread": "wrong span, the answer was read",
    "partly": "partly right",
    "not-read": "answer found, but not read",
    "not-found": "answer not found",
    "held-back": "held back",
    "invented": "answered, though unanswerable",
}
"""What went wrong, as shown."""

Mark: TypeAlias = Literal["", "gold", "given", "both"]
PassageOf: TypeAlias = Callable[[str], Passage | None]
"""A passage by its key."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a passage, and whether it is a right answer, the given one, or both."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage of a miss."""

    label: str
    title: str
    document: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that went wrong, with the passages that tell why."""

    outcome: Outcome
    kind: Kind
    passages: tuple[Shown, ...]
    """The one that the answer was taken from, the first with a right answer, then the best ones."""


def worst_misses(
    outcomes: Sequence[Outcome], passage: PassageOf, *, read: int, count: int = 50
) -> list[Miss]:
    """The `count` worst, those of least F1 first, and among them those of most confidence.

    `read` is the number of passages read for each question.
    """
    wrong = [
        o for o in outcomes if o.exact_match < 1 and (o.answerable or not o.question.documents)
    ]
    wrong.sort(key=lambda o: (o.f1, -o.confidence, o.question.id))
    return [Miss(o, _kind(o, read), _passages(o, passage)) for o in wrong[:count]]


def _kind(o: Outcome, read: int) -> Kind:
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
    return "misread" if o.rank <= read else "not-read"


def _passages(o: Outcome, passage: PassageOf, most: int = 5) -> tuple[Shown, ...]:
    if not o.hits:
        text = o.question.context or ""
        return (_shown("its own passage", o.question.title, o.question.id, text, 0, o),)
    ranked = list(enumerate(o.hits, start=1))
    taken = o.evidence.passage if o.evidence else ""
    first = o.rank or o.gold_rank
    chosen = [item for item in ranked if item[1].key == taken]
    chosen += [item for item in ranked if item[0] == first]
    chosen += ranked[:most]
    shown: dict[str, Shown] = {}
    for rank, hit in chosen:
        found = passage(hit.key)
        if found is not None and hit.key not in shown and len(shown) < most:
            label = _label(rank, hit, taken)
            shown[hit.key] = _shown(label, found.title, found.document, found.text, found.start, o)
    return tuple(shown.values())


def _label(rank: int, hit: Found, taken: str) -> str:
    notes = [f"passage {rank}"]
    notes += ["answered from"] if hit.key == taken else []
    notes += ["holds an answer"] if hit.holds else []
    notes += ["named by the data"] if hit.gold else []
    return ", ".join(notes)


def _shown(label: str, title: str, document: str, text: str, start: int, o: Outcome) -> Shown:
    given = _given(o.evidence, document, start, len(text))
    return Shown(label, title, document, _pieces(text, _golds(text, o), given))


def _given(evidence: Evidence | None, document: str, start: int, length: int) -> list[range]:
    """The characters of the passage that the best candidate covers."""
    if evidence is None or evidence.document != document:
        return []
    first, last = max(0, evidence.start - start), min(length, evidence.end - start)
    return [range(first, last)] if first < last else []


def _golds(text: str, o: Outcome) -> list[range]:
    """Where right answers stand as they are written, in any case and with any spaces."""
    found: list[range] = []
    for answer in o.question.answers:
        words = [re.escape(word) for word in answer.split()]
        if words:
            pattern = r"(?<!\w)" + r"\s+".join(words) + r"(?!\w)"
            found += [range(*m.span()) for m in re.finditer(pattern, text, re.IGNORECASE)]
    return found


def _pieces(text: str, golds: Sequence[range], given: Sequence[range]) -> tuple[Piece, ...]:
    """The text cut where a mark begins or ends."""
    borders = {0, len(text)}
    for place in (*golds, *given):
        borders |= {place.start, place.stop}
    pieces: list[Piece] = []
    for a, b in itertools.pairwise(sorted(borders)):
        right = any(a in place for place in golds)
        chosen = any(a in place for place in given)
        mark: Mark = "both" if right and chosen else "gold" if right else "given" if chosen else ""
        if pieces and pieces[-1].mark == mark:
            pieces[-1] = Piece(pieces[-1].text + text[a:b], mark)
        else:
            pieces.append(Piece(text[a:b], mark))
    return tuple(pieces)
