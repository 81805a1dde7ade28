"""Reading in stages: passages in order of promise, until the rest can hardly change the answer.

After each stage the best answer so far is looked at, and a rule that was fitted on held-out
questions (`reader.stopping`) says whether it would stay the best one had all been read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import TypeAlias

from ..core.records import Hit, Passage
from ..reader.logistic import log_odds
from ..reader.reader import Reader, ReadRequest
from ..reader.spans import Reading
from ..reader.stopping import Stopping
from .rank import Ranked

__all__ = [
    "BestOf",
    "Steps",
    "joined_readings",
    "outlook",
    "read_at_once",
    "read_in_stages",
    "read_together",
    "stages",
]

_FIRST = (2, 5)
"""Passages after which the first answers are looked at; from there on, twice as many each time."""

BestOf: TypeAlias = Callable[[Reading, Sequence[Hit]], Ranked | None]
"""The best answer of what was read in these hits; None where nothing was."""

Steps: TypeAlias = Generator[ReadRequest, Reading, Reading]
"""Asks for what is to be read next, is sent its reading, and returns that of all it has read."""


def stages(count: int) -> list[tuple[int, int]]:
    """Half-open ranges of `count` passages in the order of reading: 0..2, 2..5, 5..10."""
    ends = [end for end in _FIRST if end < count]
    while ends and ends[-1] >= _FIRST[-1] and 2 * ends[-1] < count:
        ends.append(2 * ends[-1])
    if count:
        ends.append(count)
    return list(zip([0, *ends], ends, strict=False))


def outlook(
    best: Ranked, unread: Sequence[Hit], *, weight: float, abstain_below: float
) -> dict[str, float]:
    """The features of `reader.stopping.STOPPING` for the best answer so far.

    `weight` is that of retrieval, in logits per unit of score; at least one passage is unread.
    Under a confidence of `abstain_below`, 0..1, no answer is given.
    """
    return {
        "ahead": weight * (best.found - max(hit.score for hit in unread)),
        "logits": best.score - weight * best.found,
        "lead": best.features["lead"],
        "share": best.features["share"],
        "decided": math.tanh(2 * abs(log_odds(best.confidence) - log_odds(abstain_below))),
        "unread": math.log(len(unread)),
    }


def read_at_once(question: str, hits: Sequence[Hit]) -> Steps:
    """The reading of all hits in one step."""
    return (yield ReadRequest(question, tuple(hit.passage for hit in hits)))


def read_in_stages(
    question: str,
    hits: Sequence[Hit],
    rule: Stopping,
    best_of: BestOf,
    *,
    weight: float,
    abstain_below: float,
) -> Steps:
    """The reading of the first hits, best first, as many as `rule` asks for.

    `best_of` ranks what was read, with the `weight` of retrieval that the rule was fitted with;
    `weight` and `abstain_below` are those of `outlook`.
    """
    reading = Reading((), (), ())
    for first, last in stages(len(hits)):
        passages: tuple[Passage, ...] = tuple(hit.passage for hit in hits[first:last])
        reading = joined_readings(reading, (yield ReadRequest(question, passages)))
        if last == len(hits):
            break
        best = best_of(reading, hits[:last])
        if best is None:
            continue
        seen = outlook(best, hits[last:], weight=weight, abstain_below=abstain_below)
        if rule.enough(seen):
            break
    return reading


def read_together(reader: Reader, questions: Sequence[Steps]) -> list[Reading]:
    """The readings of several questions, whose next steps are always read as one batch.

    What a question finds is what it would find alone; it ends the batch when it has read enough.
    """
    readings: dict[int, Reading] = {}
    read: dict[int, Reading | None] = dict.fromkeys(range(len(questions)))
    while read:
        requests: dict[int, ReadRequest] = {}
        for place, reading in read.items():
            try:
                steps = questions[place]
                requests[place] = next(steps) if reading is None else steps.send(reading)
            except StopIteration as end:
                readings[place] = end.value
        more = reader.read(list(requests.values())) if requests else []
        read = dict(zip(requests, more, strict=True))
    return [readings[place] for place in range(len(questions))]


def joined_readings(first: Reading, more: Reading) -> Reading:
    """The reading of two lists of passages, one after the other, as if they were read at once."""
    shift = len(first.totals)
    spans = [*first.spans, *(replace(s, passage=s.passage + shift) for s in more.spans)]
    spans.sort(key=lambda span: (-span.score, span.passage, span.start, span.end))
    return Reading(
        tuple(spans),
        first.nulls + more.nulls,
        first.totals + more.totals,
        first.windows + more.windows,
    )
