"""What every reader must do, as tests to inherit; nothing but tests imports this module.

A new reader is a subclass of `ReaderContract`, named `Test...`, that supplies `make`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ..core.records import Passage
from .reader import Reader, ReadRequest

__all__ = ["ReaderContract"]


def _passages(*texts: str) -> tuple[Passage, ...]:
    return tuple(
        Passage(document=f"d{i}", start=10 * i, end=10 * i + len(text), text=text)
        for i, text in enumerate(texts)
    )


class ReaderContract:
    """Inherit, and say how the reader is made."""

    PASSAGES = _passages(
        "The old mill was built in the north of town. It was long and new.",
        "The River flows to the sea.",
        "A wall of stone, and a bridge.",
    )

    def make(self) -> Reader:
        """A fresh one."""
        raise NotImplementedError("a subclass supplies it")

    @pytest.fixture(scope="class")
    @classmethod
    def reader(cls) -> Reader:
        return cls().make()

    def test_spans_are_verbatim_and_best_first(self, reader: Reader) -> None:
        (reading,) = reader.read([ReadRequest("where was the old mill built ?", self.PASSAGES)])
        assert reading.spans
        for span in reading.spans:
            assert self.PASSAGES[span.passage].text[span.start : span.end] == span.text != ""
        scores = [span.score for span in reading.spans]
        assert scores == sorted(scores, reverse=True)
        places = [(span.passage, span.start, span.end) for span in reading.spans]
        assert len({*places}) == len(places)

    def test_each_passage_has_its_null_score_and_its_total(self, reader: Reader) -> None:
        (reading,) = reader.read([ReadRequest("where was the old mill built ?", self.PASSAGES)])
        assert len(reading.nulls) == len(reading.totals) == len(self.PASSAGES)
        for passage, total in enumerate(reading.totals):
            scores = [span.score for span in reading.spans if span.passage == passage]
            # The total is a sum over all legal spans, those that are not kept too.
            assert total >= np.logaddexp.reduce(scores or [-np.inf]) - 1e-6

    def test_there_is_one_reading_per_request_in_order(self, reader: Reader) -> None:
        requests = [
            ReadRequest(f"what flows to the sea {i} ?", self.PASSAGES[: i % 4]) for i in range(9)
        ]
        together = reader.read(requests)
        for request, reading in zip(requests, together, strict=True):
            (alone,) = reader.read([request])
            assert len(reading.totals) == len(request.passages)
            assert [(s.passage, s.start, s.end) for s in reading.spans[:1]] == [
                (s.passage, s.start, s.end) for s in alone.spans[:1]
            ]

    def test_nothing_to_read_is_an_empty_reading(self, reader: Reader) -> None:
        empty = _passages(" ")
        readings = reader.read([ReadRequest("who ?", ()), ReadRequest("who ?", empty)])
        assert [reading.spans for reading in readings] == [(), ()]
        assert reader.read([]) == []

    def test_lone_surrogates_move_no_offset(self, reader: Reader) -> None:
        passages = _passages("\ud800 The old mill was built in the north.")
        (reading,) = reader.read([ReadRequest("where \udfff was the mill ?", passages)])
        for span in reading.spans:
            assert passages[0].text[span.start : span.end] == span.text

    def test_it_has_a_name_and_a_calibration(self, reader: Reader) -> None:
        assert reader.name
        assert self.make().name == reader.name
        features = dict.fromkeys(reader.calibration.weights, 0.0)
        assert 0 < reader.calibration.confidence(features) < 1
        assert not reader.provenance.seen(["Has anyone asked this before?"]).any()

    def test_threads_read_as_one_does(self, reader: Reader) -> None:
        words = ("flows", "mill", "wall", "bridge") * 4
        requests = [ReadRequest(f"what {word} ?", self.PASSAGES) for word in words]

        def best(request: ReadRequest) -> str:
            return reader.read([request])[0].spans[0].text

        alone = [best(request) for request in requests]
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(best, requests)) == alone
