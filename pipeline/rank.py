"""Span scores and retrieval scores -> ranked answers with a confidence each. Pure.

A span counts with its logits plus the weighted retrieval score of its passage. Exponentials of
that, divided by their sum over all spans of all passages, are one distribution for the question;
places that give the same answer add up, and of overlapping answers the best one stays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import or_

import numpy as np

from ..core.normalization import normalize
from ..core.records import Evidence, Hit
from ..reader.calibration import Calibration
from ..reader.spans import Reading, Span
from .english.another import AnotherThing, Judge
from .english.coverage import covered, echoed
from .english.entities import missing
from .english.written import as_written
from .quotations import outdated

__all__ = ["Ranked", "evidence_of", "rank", "rerank"]

MAX_SUPPORT = 5
_ANOTHER_LOGITS = 12.0
"""By which an answer about another thing than the question names stands behind one about that."""
_ANOTHER_SHARE = 0.1
"""What is left of its confidence: no likelihood of the reader's says that it is the same thing."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An answer with the places that give it."""

    text: str
    score: float
    """Log of the summed exponentials of its places' scores, in logits."""
    confidence: float
    """Calibrated probability that the answer is right, 0..1."""
    evidence: Evidence
    """Its best place."""
    support: tuple[Evidence, ...]
    """Other places that give the equal answer, best first."""
    features: dict[str, float]
    """What the confidence was computed from, by the names in `reader.calibration.FEATURES`; it is a
    tenth of that where the answer speaks of another thing than the question names."""
    found: float
    """The fused retrieval score of its best place's passage."""


@dataclass(frozen=True, slots=True)
class _Place:
    span: Span
    hit: Hit
    score: float
    another: bool
    """Whether it speaks of another thing or person than the question names, or of its opposite."""

    @property
    def bounds(self) -> tuple[str, int, int]:
        """Document and its characters."""
        at = self.hit.passage.start
        return self.hit.passage.document, at + self.span.start, at + self.span.end


def rank(
    reading: Reading,
    hits: Sequence[Hit],
    calibration: Calibration,
    *,
    question: str = "",
    retrieval_weight: float | None = None,
    keep: int = 5,
    per_passage: bool = False,
) -> tuple[Ranked, ...]:
    """The `keep` best answers of `reading`, whose passage number i is that of ``hits[i]``.

    The names in `question` count for the confidence, and answers that another version, code, number
    or day stands beside come last (`english.naming`). `retrieval_weight` overrides the
    calibration's, in logits per unit of fused score. With `per_passage` spans are normalized within
    their passage first, as readers commonly do that never saw two passages at once: for comparison,
    since the calibration does not suit it.
    """
    if per_passage:
        reading = _normalized(reading)
    weight = calibration.retrieval_weight if retrieval_weight is None else retrieval_weight
    question = as_written(question, [hit.passage for hit in hits])
    another = _of_another(reading, hits, question, weight)
    quoted = outdated(reading.spans, [hit.passage for hit in hits], another)
    another = list(map(or_, another, quoted))
    reading = _lowered(reading, another)
    totals = [total + weight * hit.score for total, hit in zip(reading.totals, hits, strict=True)]
    total = float(np.logaddexp.reduce(totals)) if totals else -math.inf
    groups = sorted(_groups(reading, hits, weight, another), key=lambda g: (-_mass(g), g[0].bounds))
    disjoint: list[list[_Place]] = []
    for group in groups:
        if len(disjoint) > keep:  # one more than is kept: the last one has a rival, too
            break
        if not any(_overlap(group[0], better[0]) for better in disjoint):
            disjoint.append(group)
    places = [place for group in groups for place in group]
    nearest = max((hit.score for hit in hits), default=0.0)
    return tuple(
        _ranked(group, disjoint, _share(group, places, total), calibration, question, nearest)
        for group in disjoint[:keep]
    )


def rerank(
    reading: Reading,
    hits: Sequence[Hit],
    calibration: Calibration,
    *,
    retrieval_weight: float | None = None,
    per_passage: bool = False,
) -> tuple[Hit, ...]:
    """The hits in the order in which reading leaves them: by their best place's score in `rank`.

    Those without any span come last, as they were.
    """
    if per_passage:
        reading = _normalized(reading)
    weight = calibration.retrieval_weight if retrieval_weight is None else retrieval_weight
    best = [-math.inf] * len(hits)
    for span in reading.spans:
        score = span.score + weight * hits[span.passage].score
        best[span.passage] = max(best[span.passage], score)
    return tuple(hits[i] for i in sorted(range(len(hits)), key=lambda i: (-best[i], i)))


def evidence_of(hit: Hit, start: int, end: int) -> Evidence:
    """Characters `start:end` of a hit's passage, as a place in its document."""
    passage = hit.passage
    return Evidence(
        document=passage.document,
        start=passage.start + start,
        end=passage.start + end,
        text=passage.text[start:end],
        passage=passage.key,
        passage_text=passage.text,
        title=passage.title,
        source=hit.source,
        page=passage.page_at(passage.start + start),
    )


def _normalized(reading: Reading) -> Reading:
    """The reading with one distribution per passage: log probabilities for raw scores."""
    spans = (replace(s, score=s.score - reading.totals[s.passage]) for s in reading.spans)
    totals = tuple(min(total, 0.0) if math.isinf(total) else 0.0 for total in reading.totals)
    return replace(reading, spans=tuple(spans), totals=totals)


def _of_another(reading: Reading, hits: Sequence[Hit], question: str, weight: float) -> list[bool]:
    """For each span, whether it speaks of another thing, or says the opposite of what the question
    says, or stands in a table's row whose field that is asked for is empty, or is but its name.

    Spans so far behind the best one that does not are not looked at: lowered or not, they stay so.
    """
    asked = AnotherThing(question)
    judges: dict[int, Judge] = {}
    scores = [span.score + weight * hits[span.passage].score for span in reading.spans]
    another, least = [False] * len(scores), -math.inf
    for place in sorted(range(len(scores)), key=lambda i: -scores[i]):
        if scores[place] < least:
            break
        span = reading.spans[place]
        if span.passage not in judges:
            judges[span.passage] = asked.judge(hits[span.passage].passage)
        another[place] = judges[span.passage](span.start, span.end)
        if not another[place]:
            least = max(least, scores[place] - _ANOTHER_LOGITS)
    return another


def _lowered(reading: Reading, another: Sequence[bool]) -> Reading:
    """The reading with those spans behind all others, in the totals of their passages, too."""
    if not any(another):
        return reading
    spans: list[Span] = []
    lost = [-math.inf] * len(reading.totals)
    for span, lowers in zip(reading.spans, another, strict=True):
        if lowers:
            lost[span.passage] = float(np.logaddexp(lost[span.passage], span.score))
        spans.append(replace(span, score=span.score - _ANOTHER_LOGITS) if lowers else span)
    kept = 1 - math.exp(-_ANOTHER_LOGITS)
    totals = tuple(
        total if math.isinf(gone) else total + math.log1p(-kept * min(1.0, math.exp(gone - total)))
        for total, gone in zip(reading.totals, lost, strict=True)
    )
    return replace(reading, spans=tuple(spans), totals=totals)


def _groups(
    reading: Reading, hits: Sequence[Hit], weight: float, another: Sequence[bool]
) -> list[list[_Place]]:
    """Places by equal answer, best place first; passages that overlap give one place, not two."""
    places: dict[tuple[str, int, int], _Place] = {}
    for span, of_another in zip(reading.spans, another, strict=True):
        hit = hits[span.passage]
        place = _Place(span, hit, span.score + weight * hit.score, of_another)
        best = places.get(place.bounds)
        if best is None or place.score > best.score:
            places[place.bounds] = place
    groups: dict[str, list[_Place]] = {}
    for place in sorted(places.values(), key=lambda p: (-p.score, p.bounds)):
        name = normalize(place.span.text) or place.span.text.casefold()
        groups.setdefault(name, []).append(place)
    return list(groups.values())


def _disjoint(group: Sequence[_Place]) -> list[_Place]:
    """The places without those that overlap a better one, such as the same with its full stop."""
    kept: list[_Place] = []
    for place in group:
        if not any(_overlap(place, better) for better in kept):
            kept.append(place)
    return kept


def _mass(group: Sequence[_Place]) -> float:
    return float(np.logaddexp.reduce([place.score for place in group]))


def _overlap(left: _Place, right: _Place) -> bool:
    (document_a, start_a, end_a), (document_b, start_b, end_b) = left.bounds, right.bounds
    return document_a == document_b and start_a < end_b and start_b < end_a


def _share(group: Sequence[_Place], places: Sequence[_Place], total: float) -> float:
    """The answer's part of the distribution, with all that overlaps its best place.

    "krill" and "krill a day" share out between them what the reader is sure of.
    """
    best = group[0]
    around = [p.score for p in places if _overlap(p, best) and p not in group]
    mass = float(np.logaddexp.reduce([_mass(group), *around]))
    return min(math.exp(min(0.0, mass - total)), 1 - 1e-9)


def _ranked(
    group: Sequence[_Place],
    groups: Sequence[Sequence[_Place]],
    share: float,
    calibration: Calibration,
    question: str,
    nearest: float,
) -> Ranked:
    best, score = group[0], _mass(group)
    places = _disjoint(group)
    rivals = [_mass(rival) for rival in groups if rival is not group]
    features = {
        "margin": best.span.margin,
        "above_null": math.tanh(best.span.margin / 4),
        "covered": covered(question, best.hit.passage),
        "echo": echoed(question, best.span.text),
        "lead": score - max(rivals, default=-math.inf),
        "share": math.log(max(share, 1e-12)) - math.log1p(-share),
        "behind": nearest - best.hit.score,
        "support": math.log(len(places)),
        "missing": float(missing(question, best.hit.passage)),
    }
    return Ranked(
        text=best.span.text,
        score=score,
        confidence=calibration.confidence(features) * (_ANOTHER_SHARE if best.another else 1),
        evidence=evidence_of(best.hit, best.span.start, best.span.end),
        support=tuple(
            evidence_of(place.hit, place.span.start, place.span.end)
            for place in places[1 : 1 + MAX_SUPPORT]
        ),
        features=features,
        found=best.hit.score,
    )
