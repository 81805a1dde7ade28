"""Reads documents for the answer: where `ExtractiveReader` stood in a pipeline, this stands now."""

from __future__ import annotations

import asyncio
import threading
import warnings
from typing import TYPE_CHECKING, Any

from haystack import Document, ExtractedAnswer, component, default_from_dict, default_to_dict

import spanmem

if TYPE_CHECKING:
    from spanmem.core.records import Evidence, Hit
    from spanmem.pipeline.rank import Ranked
    from spanmem.reader.reader import Reader

_WITHOUT_USE = (
    "max_batch_size",
    "answers_per_seq",
    "overlap_threshold",
    "calibration_factor",
    "model_kwargs",
    "token",
)
"""Options of `ExtractiveReader` that mean nothing here."""
_LOADING = threading.Lock()
"""Of the module: pipelines copy their components, which may hold none."""


@component
class SpanMemReader:
    """Finds the answers to a question in documents, word for word, each with its probability.

    The probabilities are calibrated: of answers with a score of 0.8 about eight in ten are right.
    The entry for "no answer" has no data, and the probability that the best answer is not right.
    """

    def __init__(
        self,
        model: str | None = None,
        top_k: int = 20,
        score_threshold: float | None = None,
        no_answer: bool = True,
        max_answer_tokens: int = 30,
        max_seq_length: int | None = None,
        stride: int | None = None,
        device: str | None = None,
        **without_use: Any,
    ) -> None:
        """`model` is a folder or a name of the hub; None: the bundled reader, offline.

        At most `top_k` answers are returned, and besides, with `no_answer`, the entry for none;
        those below `score_threshold` are left out. `max_seq_length` and `stride` are the tokens
        read at once and shared by neighbors, None: as the reader was trained. Other options of
        `ExtractiveReader` are taken and passed over, with a warning. Raises TypeError for options
        that neither has.
        """
        _warn_of(without_use)
        self.model, self.top_k, self.no_answer = model, top_k, no_answer
        self.score_threshold, self.max_answer_tokens = score_threshold, max_answer_tokens
        self.max_seq_length, self.stride, self.device = max_seq_length, stride, device
        self._reader: Reader | None = None

    def to_dict(self) -> dict[str, Any]:
        """For a pipeline's YAML."""
        names = ("model", "top_k", "score_threshold", "no_answer", "max_answer_tokens")
        more = ("max_seq_length", "stride", "device")
        return default_to_dict(self, **{name: getattr(self, name) for name in (*names, *more)})

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SpanMemReader:
        """From a pipeline's YAML, also one that was written for `ExtractiveReader`."""
        made: SpanMemReader = default_from_dict(cls, data)
        return made

    def warm_up(self) -> None:
        """Load the model, as the first question does otherwise. Raises SpanMemError."""
        self._loaded()

    def _loaded(self) -> Reader:
        """The reader; of several calls at once, one loads it."""
        from spanmem.pipeline.factory import load_reader

        with _LOADING:
            if self._reader is None:
                options = {
                    "reader.model": self.model,
                    "reader.window": self.max_seq_length,
                    "reader.overlap": self.stride,
                    "answer.max_answer_tokens": self.max_answer_tokens,
                    "runtime.device": self.device,
                }
                told = {key: value for key, value in options.items() if value is not None}
                self._reader = load_reader(spanmem.Settings.load(overrides=told))
            return self._reader

    @component.output_types(answers=list[ExtractedAnswer])
    def run(
        self,
        query: str,
        documents: list[Document],
        top_k: int | None = None,
        score_threshold: float | None = None,
        no_answer: bool | None = None,
        max_seq_length: int | None = None,
        stride: int | None = None,
        max_batch_size: int | None = None,
        answers_per_seq: int | None = None,
        overlap_threshold: float | None = None,
    ) -> dict[str, Any]:
        """The answers to `query` in the texts of `documents`, the most probable first.

        Documents without text are passed over. The last five options are those of
        `ExtractiveReader.run`, and are passed over with a warning. Raises SpanMemError for a
        question that cannot be asked.
        """
        late = {
            "max_seq_length": max_seq_length,
            "stride": stride,
            "max_batch_size": max_batch_size,
            "answers_per_seq": answers_per_seq,
            "overlap_threshold": overlap_threshold,
        }
        _warn_of({name: value for name, value in late.items() if value is not None}, late)
        keep = self.top_k if top_k is None else top_k
        least = self.score_threshold if score_threshold is None else score_threshold
        answers = self._answers(query, documents, keep)
        if self.no_answer if no_answer is None else no_answer:
            best = answers[0].score if answers else 0.0
            none = ExtractedAnswer(query=query, score=1.0 - best, data=None)
            answers = sorted([*answers, none], key=lambda answer: -answer.score)
        return {"answers": [a for a in answers if least is None or a.score >= least]}

    @component.output_types(answers=list[ExtractedAnswer])
    async def run_async(
        self,
        query: str,
        documents: list[Document],
        top_k: int | None = None,
        score_threshold: float | None = None,
        no_answer: bool | None = None,
        max_seq_length: int | None = None,
        stride: int | None = None,
        max_batch_size: int | None = None,
        answers_per_seq: int | None = None,
        overlap_threshold: float | None = None,
    ) -> dict[str, Any]:
        """See `run`; computed in a thread."""
        answers: dict[str, Any] = await asyncio.to_thread(
            self.run,
            query,
            documents,
            top_k,
            score_threshold,
            no_answer,
            max_seq_length,
            stride,
            max_batch_size,
            answers_per_seq,
            overlap_threshold,
        )
        return answers

    def _answers(self, query: str, documents: list[Document], keep: int) -> list[ExtractedAnswer]:
        from spanmem.pipeline.question import clean_question
        from spanmem.pipeline.rank import rank
        from spanmem.reader.reader import ReadRequest

        reader, question = self._loaded(), clean_question(query)
        hits = _hits(documents)
        if not hits or keep < 1:
            return []
        passages = tuple(hit.passage for hit in hits)
        (reading,) = reader.read([ReadRequest(question, passages)])
        ranked = rank(reading, hits, reader.calibration, question=question, keep=keep)
        return [_answer(query, one, documents) for one in ranked]


def _hits(documents: list[Document]) -> list[Hit]:
    """The documents' passages. Scores of retrievers have no common scale, and count nothing."""
    from spanmem.core.records import Document as Text
    from spanmem.core.records import Hit
    from spanmem.indexer.passages import Splitter

    splitter = Splitter()
    return [
        Hit(passage=passage, score=0.0)
        for number, document in enumerate(documents)
        if document.content
        for passage in splitter.split(
            Text(id=str(number), text=document.content, title=_title(document))
        )
    ]


def _title(document: Document) -> str:
    title = document.meta.get("title")
    return title if isinstance(title, str) else ""


def _answer(query: str, ranked: Ranked, documents: list[Document]) -> ExtractedAnswer:
    """An answer as the pipeline passes it on; its context is the sentence that it stands in."""
    place = ranked.evidence
    document = documents[int(place.document)]
    context, offset = _context(place)
    meta: dict[str, Any] = {}
    page = document.meta.get("page_number")
    if isinstance(page, int):  # splitters leave form feeds where a page ends
        meta["answer_page_number"] = page + (document.content or "")[: place.start].count("\f")
    return ExtractedAnswer(
        query=query,
        score=ranked.confidence,
        data=ranked.text,
        document=document,
        context=context,
        document_offset=ExtractedAnswer.Span(start=place.start, end=place.end),
        context_offset=ExtractedAnswer.Span(start=offset, end=offset + len(ranked.text)),
        meta=meta,
    )


def _context(place: Evidence) -> tuple[str, int]:
    """The sentence of a place, and where in it the place begins."""
    from spanmem.core.sentences import around

    at = place.offset_in_passage or 0
    before, text, after = around(place.passage_text, at, at + len(place.text))
    return f"{before}{text}{after}", len(before)


def _warn_of(options: dict[str, Any], known: Any = _WITHOUT_USE) -> None:
    """Warn of options that are passed over. Raises TypeError for those that nothing has."""
    if unknown := sorted(options.keys() - set(known)):
        raise TypeError(f"SpanMemReader has no option {', '.join(unknown)}")
    if options:
        warnings.warn(
            f"SpanMemReader passes over {', '.join(options)}: how texts are read and scores become "
            "probabilities comes with its reader; leave these out",
            stacklevel=3,
        )
