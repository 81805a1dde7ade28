"""Passages -> answer: they are searched, read until the rest hardly matters, and ranked."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from ..core.errors import ModelError
from ..core.records import Hit
from ..reader.reader import Reader, Reading, ReadRequest
from .answers import AnswerWithHits, Candidate
from .english.naming import as_written
from .inquiry import Inquiry
from .rank import Ranked, rank, rerank
from .retrieve import Retriever
from .settings import Settings
from .stages import read_in_stages

__all__ = ["PassageAnswers"]


class _Weights(TypedDict):
    """How spans and passages are weighed against each other."""

    retrieval_weight: float | None
    per_passage: bool


class PassageAnswers:
    """Answers that are read in the memory's passages. Safe to use from several threads."""

    def __init__(self, retriever: Retriever, reader: Reader, settings: Settings) -> None:
        self._retriever, self._reader, self._settings = retriever, reader, settings

    def answer(
        self,
        inquiry: Inquiry,
        *,
        keep: int,
        where: Mapping[str, Any] | None = None,
        hits: int = 0,
        retrieved: Sequence[Hit] | None = None,
    ) -> AnswerWithHits:
        """Retrieve, read and rank; `hits` passages come along, those that were read if it is 0.

        `retrieved` are the passages if they were searched for already.
        """
        passages = self._settings.retrieve.passages
        began = time.perf_counter()
        if retrieved is None:
            retrieved = self.retrieved(inquiry, where, hits)
        searched = time.perf_counter()
        read = retrieved[:passages]
        asked = as_written(inquiry.asked, [hit.passage for hit in read])
        reading = self._reading(inquiry.reader_text, asked, read)
        read = read[: len(reading.totals)]
        reading_done = time.perf_counter()
        candidates, reranked = self._ranked(reading, read, asked, keep)
        ended = time.perf_counter()
        answer = inquiry.answer(
            candidates,
            sure=bool(candidates)
            and candidates[0].confidence >= self._settings.answer.abstain_below,
            timings_ms={
                "retrieve": inquiry.encoding_ms + 1000 * (searched - began),
                "read": 1000 * (reading_done - searched),
                "rank": 1000 * (ended - reading_done),
                "total": inquiry.encoding_ms + 1000 * (ended - began),
            },
            notices=self._retriever.notices(where, nothing=not retrieved),
            windows_read=reading.windows or len(read),
        )
        return AnswerWithHits(answer, tuple(retrieved[:hits] if hits else read), reranked)

    def retrieved(
        self, inquiry: Inquiry, where: Mapping[str, Any] | None, hits: int = 0
    ) -> list[Hit]:
        """The passages that are read, and more if `hits` are wanted."""
        count = max(hits, self._settings.retrieve.passages)
        return self._retriever.find(
            inquiry.query, count=count, where=where, bare=inquiry.bare_query
        )

    def _reading(self, text: str, asked: str, hits: Sequence[Hit]) -> Reading:
        """What the reader finds in the hits, or in as many of the first as its rule asks for.

        The reader is shown `text`; `asked` is what was asked, by which answers are ranked. A rule
        holds for the ranking that it was fitted with, so that under another one all are read.
        """
        passages = tuple(hit.passage for hit in hits)
        settings, calibration = self._settings.answer, self._reader.calibration
        text, weight = as_written(text, passages), calibration.retrieval_weight
        as_fitted = settings.distribution == "question" and settings.retrieval_weight in (
            None,
            weight,
        )
        if settings.read == "all" or calibration.stopping is None or not as_fitted:
            return self._reader.read([ReadRequest(text, passages)])[0]

        def best_of(reading: Reading, read: Sequence[Hit]) -> Ranked | None:
            return next(iter(rank(reading, read, calibration, question=asked, keep=1)), None)

        return read_in_stages(
            self._reader,
            text,
            hits,
            calibration.stopping,
            best_of,
            weight=weight,
            abstain_below=settings.abstain_below,
        )

    def _ranked(
        self, reading: Reading, hits: Sequence[Hit], question: str, keep: int
    ) -> tuple[tuple[Candidate, ...], tuple[Hit, ...]]:
        """The `keep` best candidates, and the hits in the order in which reading leaves them."""
        settings, calibration = self._settings.answer, self._reader.calibration
        weights: _Weights = {
            "retrieval_weight": settings.retrieval_weight,
            "per_passage": settings.distribution == "passage",
        }
        ranked = rank(reading, hits, calibration, question=question, keep=keep, **weights)
        if any(r.text != r.evidence.text for r in ranked):
            raise ModelError(
                f"reader {self._reader.name} gave an answer that is not in its passage at the "
                "place it names; mend the reader, or name another one"
            )
        candidates = tuple(
            Candidate(r.text, r.confidence, r.score, "passage", r.evidence, r.support)
            for r in ranked
        )
        return candidates, rerank(reading, hits, calibration, **weights)
