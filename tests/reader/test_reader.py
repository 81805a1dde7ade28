"""What every reader must do, on both readers; and what only a model does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spanmem.core.records import Passage
from spanmem.reader.overlap import OverlapReader
from spanmem.reader.reader import Reader, ReadRequest, SpanReader

TEXTS = (
    "The old mill was built in the north of town. It was long and new.",
    "The River flows to the sea.",
    "A wall of stone, and a bridge.",
)
PASSAGES = tuple(
    Passage(document=f"d{i}", start=10 * i, end=10 * i + len(t), text=t)
    for i, t in enumerate(TEXTS)
)


@pytest.fixture(params=["overlap", "model"], scope="module")
def reader(request: pytest.FixtureRequest, base: Path) -> Reader:
    if request.param == "overlap":
        return OverlapReader()
    return SpanReader.load(base, window=128, overlap=8, device="cpu")


def test_spans_are_verbatim_and_best_first(reader: Reader) -> None:
    (reading,) = reader.read([ReadRequest("where was the old mill built ?", PASSAGES)])
    assert reading.spans
    assert len(reading.nulls) == len(reading.totals) == len(PASSAGES)
    for span in reading.spans:
        assert PASSAGES[span.passage].text[span.start : span.end] == span.text != ""
    scores = [span.score for span in reading.spans]
    assert scores == sorted(scores, reverse=True)


def test_one_reading_per_request_in_order(reader: Reader) -> None:
    requests = [ReadRequest(f"what flows to the sea {i} ?", PASSAGES[: i % 4]) for i in range(9)]
    together = reader.read(requests)
    for request, reading in zip(requests, together, strict=True):
        (alone,) = reader.read([request])
        assert len(reading.totals) == len(request.passages)
        assert [(s.passage, s.start, s.end) for s in reading.spans[:1]] == [
            (s.passage, s.start, s.end) for s in alone.spans[:1]
        ]


def test_nothing_to_read_is_an_empty_reading(reader: Reader) -> None:
    empty = Passage(document="e", start=0, end=1, text=" ")
    readings = reader.read([ReadRequest("who ?", ()), ReadRequest("who ?", (empty,))])
    assert [r.spans for r in readings] == [(), ()]
    assert reader.read([]) == []


def test_it_has_a_name_and_a_calibration(reader: Reader) -> None:
    assert reader.name
    assert 0 < reader.calibration.confidence(dict.fromkeys(reader.calibration.weights, 0.0)) < 1


def test_threads_read_as_one_does(reader: Reader) -> None:
    requests = [ReadRequest(f"what {w} ?", PASSAGES) for w in ("flows", "mill", "wall", "bridge")]
    alone = [reader.read([r])[0].spans[0].text for r in requests * 4]
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda r: reader.read([r])[0].spans[0].text, requests * 4))
    assert at_once == alone


def test_a_long_passage_is_read_to_its_end(base: Path) -> None:
    reader = SpanReader.load(base, window=128, overlap=8, device="cpu")
    text = " ".join(["the river flows to the sea ."] * 60)
    passage = Passage(document="d", start=0, end=len(text), text=text)
    (reading,) = reader.read([ReadRequest("who ?", (passage,))])
    starts = [span.start for span in reading.spans]
    assert min(starts) < 400
    assert max(starts) > len(text) - 400
