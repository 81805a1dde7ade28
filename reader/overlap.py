"""A reader without a model, for trials and tests."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ..core.arguments import takes
from ..core.folding import folded
from .calibration import Calibration
from .provenance import Provenance
from .reader import REQUESTS, ReadRequest
from .spans import Reading, Span
from .whole_words import whole_words

__all__ = ["OverlapReader"]

_WORD = re.compile(r"\w+")


class OverlapReader:
    """No model at all: the longest stretch of words beside the question's own words.

    A real `Reader` for tests and for wiring things up; its answers are verbatim and placed like
    any other, only not clever.
    """

    name = "overlap"
    calibration = Calibration(retrieval_weight=1.0, bias=0.0, weights={"margin": 0.3})
    provenance = Provenance()

    @takes(requests=REQUESTS)
    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        """See `Reader.read`."""
        return [self._read_one(request) for request in requests]

    def _read_one(self, request: ReadRequest) -> Reading:
        question_words = {w.lower() for w in _WORD.findall(request.question)}
        spans: list[Span] = []
        for index, passage in enumerate(request.passages):
            words = list(_WORD.finditer(passage.text))
            fold = folded(passage.text)
            wholes = [fold.span(*place) for place in whole_words(fold.text)]
            hits = [w for w in words if w.group().lower() in question_words]
            score = (
                10.0 * len({w.group().lower() for w in hits}) / max(1, len(question_words)) - 5.0
            )
            for run in _runs(words, question_words)[:3]:
                a, b = _widened(run[0].start(), run[-1].end(), wholes)
                spans.append(Span(index, a, b, passage.text[a:b], score, score))
        spans.sort(key=lambda s: (-s.score, s.passage, s.start))
        count = len(request.passages)
        totals = np.full(count, -np.inf)
        for span in spans:
            totals[span.passage] = np.logaddexp(totals[span.passage], span.score)
        return Reading(tuple(spans), (0.0,) * count, tuple(totals.tolist()))


def _widened(start: int, end: int, wholes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The place with the whole of each string, such as a link, that it would cut."""
    touched = [place for place in wholes if place[0] < end and place[1] > start]
    return min([start, *(a for a, _ in touched)]), max([end, *(b for _, b in touched)])


def _runs(words: Sequence[re.Match[str]], question_words: set[str]) -> list[list[re.Match[str]]]:
    """Stretches of up to five words that the question does not use, in order."""
    runs: list[list[re.Match[str]]] = [[]]
    for word in words:
        if word.group().lower() in question_words or len(runs[-1]) == 5:
            runs.append([])
        if word.group().lower() not in question_words:
            runs[-1].append(word)
    return [run for run in runs if run]
