"""How surely the reader answers a question at one place, in no more than its sentence."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.records import Evidence, Passage
from ..core.sentences import around
from ..reader.reader import Reader, ReadRequest
from .english.written import as_written

__all__ = ["read_at", "sentence_at"]

_NOT_FOUND = -20.0
"""Logits of what the reader does not find, and of what is less than that."""


def read_at(reader: Reader, place: Evidence, questions: Sequence[str]) -> list[float]:
    """For each question the score, in logits, of the best span that overlaps the place.

    -20 where there is none. The questions are read together, in no more than the place's sentence.
    """
    before, here, after = _parts(place)
    text = f"{before}{here}{after}"
    passage = Passage(document=place.document, start=0, end=len(text), text=text, title=place.title)
    readings = reader.read(
        [ReadRequest(as_written(question, [passage]), (passage,)) for question in questions]
    )
    start, end = len(before), len(before) + len(here)
    return [
        max(
            (span.score for span in reading.spans if span.start < end and start < span.end),
            default=_NOT_FOUND,
        )
        for reading in readings
    ]


def sentence_at(place: Evidence) -> str:
    """The sentence that a place stands in, its title before it."""
    return f"{place.title}\n{''.join(_parts(place))}"


def _parts(place: Evidence) -> tuple[str, str, str]:
    """What stands before a place in its sentence, the place, and what stands behind it.

    Of a place whose passage was cut otherwise, the whole passage is the place.
    """
    at = place.offset_in_passage
    if at is None:
        return "", place.passage_text, ""
    return around(place.passage_text, at, at + len(place.text))
