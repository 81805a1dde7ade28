"""Passages -> answer: they are searched, read until the rest hardly matters, and ranked."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from ..core.errors import ModelError
from ..core.records import Hit
from ..reader.reader import Reader, Reading
from .answers import AnswerWithHits, Candidate
from .english.written import as_written
from .inquiry import Inquiry
from .rank import Ranked, rank, rerank
from .retrieve import Retriever
from .settings import Settings
from .stages import Steps, read_at_once, read_in_stages, read_together

__all__ = ["PassageAnswers", "PassageReading", "Search"]


class _Weights(TypedDict):
    """How spans and passages are weighed against each other."""

    retrieval_weight: float | None
    per_passage: bool


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A question with the passages that it is to be read in."""

    inquiry: Inquiry
    retrieved: Sequence[Hit]
    """Best first; more than are read, perhaps."""
    ms: float
    """How long it took to encode the question and to find them."""


@dataclass(frozen=True, slots=True, eq=False)
class PassageReading:
    """What the reader found for one question."""

    reading: Reading
    asked: str
    """The question as its passages write it: by this, answers are ranked."""
    ms: float
    """How long the batch took that it was read in."""


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
    ) -> AnswerWithHits:
        """Retrieve, read and rank; `hits` passages come along, those that were read if it is 0."""
        search = self.search(inquiry, where, hits)
        (read,) = self.read([search])
        return self.answer_of(search, read, keep=keep, where=where, hits=hits)

    def search(
        self, inquiry: Inquiry, where: Mapping[str, Any] | None = None, hits: int = 0
    ) -> Search:
        """What a question is read in, and how long it took to find."""
        began = time.perf_counter()
        retrieved = self.retrieved(inquiry, where, hits)
        searched = 1000 * (time.perf_counter() - began)
        return Search(inquiry, retrieved, inquiry.encoding_ms + searched)

    def read(self, searches: Sequence[Search]) -> list[PassageReading]:
        """What the reader finds for each question; those of several are read as batches."""
        passages = self._settings.retrieve.passages
        asked = [
            as_written(s.inquiry.asked, [hit.passage for hit in s.retrieved[:passages]])
            for s in searches
        ]
        began = time.perf_counter()
        readings = read_together(
            self._reader,
            [
                self._steps(s.inquiry.reader_text, words, s.retrieved[:passages])
                for s, words in zip(searches, asked, strict=True)
            ],
        )
        ms = 1000 * (time.perf_counter() - began)
        return [PassageReading(*pair, ms) for pair in zip(readings, asked, strict=True)]

    def answer_of(
        self,
        search: Search,
        read: PassageReading,
        *,
        keep: int,
        where: Mapping[str, Any] | None = None,
        hits: int = 0,
    ) -> AnswerWithHits:
        """The answer to a question from what was read for it."""
        began = time.perf_counter()
        in_order = search.retrieved[: len(read.reading.totals)]
        candidates, reranked = self._ranked(read.reading, in_order, read.asked, keep)
        rank_ms = 1000 * (time.perf_counter() - began)
        answer = search.inquiry.answer(
            candidates,
            sure=bool(candidates)
            and candidates[0].confidence >= self._settings.answer.abstain_below,
            timings_ms={
                "retrieve": search.ms,
                "read": read.ms,
                "rank": rank_ms,
                "total": search.ms + read.ms + rank_ms,
            },
            notices=self._retriever.notices(where, nothing=not search.retrieved),
            windows_read=read.reading.windows or len(in_order),
        )
        return AnswerWithHits(
            answer, tuple(search.retrieved[:hits] if hits else in_order), reranked
        )

    def retrieved(
        self, inquiry: Inquiry, where: Mapping[str, Any] | None, hits: int = 0
    ) -> list[Hit]:
        """The passages that are read, and more if `hits` are wanted."""
        count = max(hits, self._settings.retrieve.passages)
        return self._retriever.find(
            inquiry.query, count=count, where=where, bare=inquiry.bare_query
        )

    def _steps(self, text: str, asked: str, hits: Sequence[Hit]) -> Steps:
        """How the hits are read, or as many of the first as the reader's rule asks for.

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
            return read_at_once(text, hits)

        def best_of(reading: Reading, read: Sequence[Hit]) -> Ranked | None:
            return next(iter(rank(reading, read, calibration, question=asked, keep=1)), None)

        return read_in_stages(
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
