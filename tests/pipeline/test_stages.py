from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Hit, Passage
from spanmem.pipeline.rank import Ranked, rank
from spanmem.pipeline.stages import (
    joined_readings,
    outlook,
    read_in_stages,
    read_together,
    stages,
)
from spanmem.reader.calibration import Calibration
from spanmem.reader.overlap import OverlapReader
from spanmem.reader.reader import ReadRequest
from spanmem.reader.spans import Reading
from spanmem.reader.stopping import STOPPING, Stopping

QUESTION = "When was the old mill built?"
PLAIN = Calibration(1.0, 0.0, {"margin": 0.3})
TEXTS = st.lists(
    st.sampled_from(
        ("The old mill was built in 1912 .", "A ferry crosses here.", "", "Built in 1940, of oak.")
    ),
    max_size=30,
)


class CountingReader(OverlapReader):
    """The model-free reader, with the number of passages of each request."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        self.sizes += [len(request.passages) for request in requests]
        return super().read(requests)


def hits_of(texts: Sequence[str]) -> list[Hit]:
    return [
        Hit(passage=Passage(document=f"d{i}", start=0, end=len(t), text=t), score=1 / (1 + i))
        for i, t in enumerate(texts)
    ]


def best_of(reading: Reading, hits: Sequence[Hit]) -> Ranked | None:
    return next(iter(rank(reading, hits, PLAIN, question=QUESTION, keep=1)), None)


def read(hits: Sequence[Hit], rule: Stopping) -> tuple[Reading, list[int]]:
    reader = CountingReader()
    steps = read_in_stages(QUESTION, hits, rule, best_of, weight=1.0, abstain_below=0.5)
    (reading,) = read_together(reader, [steps])
    return reading, reader.sizes


@given(st.integers(0, 1000))
def test_the_stages_are_all_passages_in_order(count: int) -> None:
    ends = [end for _, end in stages(count)]
    assert [first for first, _ in stages(count)] == [0, *ends][:-1]
    assert ends == sorted(set(ends))
    assert ends[-1:] == ([count] if count else [])
    assert len(ends) <= 4 + math.log2(1 + count)


def test_twenty_passages_are_read_as_two_three_five_and_ten() -> None:
    assert stages(20) == [(0, 2), (2, 5), (5, 10), (10, 20)]
    assert stages(50)[3:] == [(10, 20), (20, 40), (40, 50)]


@given(TEXTS, st.integers(0, 30))
def test_two_readings_joined_are_one_of_all(texts: list[str], at: int) -> None:
    reader = OverlapReader()
    passages = tuple(hit.passage for hit in hits_of(texts))
    parts = reader.read([ReadRequest(QUESTION, p) for p in (passages[:at], passages[at:])])
    (whole,) = reader.read([ReadRequest(QUESTION, passages)])
    assert joined_readings(*parts) == whole


@given(TEXTS)
def test_a_rule_that_is_never_sure_reads_all(texts: list[str]) -> None:
    hits = hits_of(texts)
    reading, sizes = read(hits, Stopping(1.0, 0.0, {}))
    (whole,) = OverlapReader().read([ReadRequest(QUESTION, tuple(h.passage for h in hits))])
    assert (reading, sum(sizes)) == (whole, len(hits))


def test_reading_stops_at_the_first_stage_that_is_enough() -> None:
    hits = hits_of(["A ferry.", "Oak.", "The old mill was built in 1912.", *["Rye."] * 17])
    reading, sizes = read(hits, Stopping(0.5, -10.0, {"logits": 4.0}))
    assert (sizes, len(reading.totals)) == ([2, 3], 5)
    assert reading.spans[0].passage == 2


def test_without_any_span_reading_goes_on() -> None:
    _, sizes = read(hits_of(["", "", *["The old mill was built in 1912."] * 8]), Stopping(0, 0, {}))
    assert sizes == [2, 3]


def test_the_outlook_says_how_the_best_answer_stands_against_what_is_unread() -> None:
    hits = hits_of(["The old mill was built in 1912 .", "Oak.", "Rye.", "Elm."])
    (reading,) = OverlapReader().read([ReadRequest(QUESTION, (hits[0].passage,))])
    best = best_of(reading, hits[:1])
    assert best is not None
    seen = outlook(best, hits[1:], weight=3.0, abstain_below=best.confidence)
    assert seen.keys() == set(STOPPING)
    assert seen["ahead"] == pytest.approx(3 * (hits[0].score - hits[1].score))
    assert seen["logits"] == pytest.approx(best.score - 3 * hits[0].score)
    assert seen["unread"] == pytest.approx(math.log(3))
    assert seen["decided"] == 0
    assert outlook(best, hits[1:], weight=3.0, abstain_below=0.0)["decided"] > 0.99
