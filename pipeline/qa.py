"""QA: memory read -> reader -> ranked answers -> memory write."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypedDict

from ..core.errors import EncoderMismatch, InputError
from ..core.records import Hit, Turn
from ..core.times import moment
from ..memory.store import Memory
from ..reader.reader import ReadRequest
from .answers import Answer, Candidate, History, Trace
from .english.followup import look_up
from .factory import load_encoder, load_reader, memory_path
from .question import clean_question
from .rank import in_order, rank
from .retrieve import Query, Retriever
from .reuse import Recollection
from .session import Session
from .settings import Settings
from .turns import answered, new_turn, precedence

if TYPE_CHECKING:
    from ..indexer.encoders.encoder import Encoder
    from ..reader.reader import Reader

__all__ = ["QA"]


class _Weighed(TypedDict):
    """How spans and passages are weighed against each other."""

    retrieval_weight: float | None
    per_passage: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question in its three forms: as asked, as searched, as shown to the reader."""

    question: str
    looked_up: Query
    read: str
    encoding_ms: float
    alone: Query | None = None
    """The question without what was carried to it, if anything was."""


class QA:
    """Answers questions from a memory. Loads its models once; safe to use from several threads.

    Asked under a scope (a customer, a tenant), it remembers each question with its answer there,
    and answers it from that turn the next time, as long as the evidence stands. What is remembered
    under the scope "" is seen by all scopes, and only corrections are: plain questions leave no
    trace.
    """

    def __init__(
        self,
        memory: Memory | str | Path,
        *,
        reader: Reader | None = None,
        encoder: Encoder | None = None,
        settings: Settings | None = None,
    ) -> None:
        """Open `memory`, given as such or as its folder, with the models that `settings` name.

        Raises MemoryNotFound, MemoryDamaged, FormatTooNew, StorageError, ModelError, and
        EncoderMismatch where the memory's vectors come from another encoder.
        """
        self.settings = settings or Settings()
        self._owned = not isinstance(memory, Memory)
        self.memory = memory if isinstance(memory, Memory) else Memory.open(Path(memory))
        try:
            self.encoder = encoder or load_encoder(self.settings)
            if self.encoder.name != self.memory.encoder:
                raise EncoderMismatch(
                    self.memory.path, found=self.memory.encoder, wanted=self.encoder.name
                )
            self.reader = reader or load_reader(self.settings)
            self._past = Recollection(self.memory, self.reader.name, self.settings)
            self._passages = Retriever(self.memory, self.encoder, self.settings.retrieve)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, settings: Settings) -> QA:
        """The memory, encoder and reader that the settings name, ready to be asked.

        The memory comes first: what is wrong with it is told before a model is loaded. Raises
        InputError where the settings name no memory, and what `QA` raises.
        """
        return cls(memory_path(settings), settings=settings)

    def __enter__(self) -> QA:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the memory, if it was opened here."""
        if self._owned:
            self.memory.close()

    def ask(
        self,
        question: str,
        *,
        scope: str = "",
        top_k: int | None = None,
        where: Mapping[str, Any] | None = None,
        history: History = (),
        as_of: str | None = None,
    ) -> Answer:
        """Answer one question, or abstain.

        `top_k` bounds the candidates that come with it; `where` is metadata that documents must
        have; `history` holds the turns before it, if it may be a follow-up. With a `scope` the
        turn is remembered, unless `as_of` is given: an ISO 8601 time in UTC, at which past turns
        and corrections are taken as they were known then; passages are as they are now. Raises
        InputError for a question that cannot be asked, a `top_k` below 1 and what is no time.
        """
        began = time.perf_counter()
        asked, keep = clean_question(question), self._keep(top_k)
        then = None if as_of is None else moment(as_of)
        turns = self.settings.memory.follow_up_turns
        looked_up = look_up(asked, history, turns=turns) if history and turns else asked
        texts = list(dict.fromkeys((looked_up, asked)))
        query, *alone = map(Query, texts, self.encoder.encode_queries(texts))
        encoding = 1000 * (time.perf_counter() - began)
        reuse = self._may_reuse(where)
        told = self._past.told(query, alone[0] if alone else None, scope, then) if reuse else None
        if told is not None:
            taken = {"total": 1000 * (time.perf_counter() - began)}
            answer = Answer(asked, told.text, told.confidence, (told,), looked_up, taken)
        else:
            # Widely for searching, narrowly for reading: the latest turn says what "it" is.
            read = look_up(asked, history[-1:], turns=1) if history and turns else asked
            form = _Asked(asked, query, read, encoding, alone[0] if alone else None)
            answer = self._answer(form, keep=keep, where=where, hits=0).answer
        if reuse and as_of is None:
            answer = self._corrected(answer, query, scope)
        if scope and as_of is None:
            self._remember(answer, query, scope)
        return answer

    def ask_many(self, questions: Iterable[str], *, top_k: int | None = None) -> list[Answer]:
        """Answer questions that have nothing to do with each other, encoding them together."""
        return [trace.answer for trace in self.trace(list(questions), hits=0, top_k=top_k)]

    def search(
        self, question: str, *, hits: int = 0, where: Mapping[str, Any] | None = None
    ) -> list[Hit]:
        """The passages that the question would be read in, best first, more if `hits` are wanted.

        Raises InputError for a question that cannot be asked.
        """
        asked = clean_question(question)
        query = Query(asked, self.encoder.encode_queries([asked])[0])
        count = max(hits, self.settings.retrieve.passages)
        return self._passages.find(query, count=count, where=where)

    def trace(
        self, questions: Sequence[str], *, hits: int = 100, top_k: int | None = None
    ) -> list[Trace]:
        """Answer from passages alone, remembering and recalling nothing, with `hits` passages each.

        Raises InputError for a question that cannot be asked, before any is, and for a `top_k`
        below 1.
        """
        keep = self._keep(top_k)
        asked = [clean_question(question) for question in questions]
        began = time.perf_counter()
        vectors = self.encoder.encode_queries(asked)
        encoding = 1000 * (time.perf_counter() - began) / max(1, len(asked))
        return [
            self._answer(
                _Asked(text, Query(text, vector), text, encoding),
                keep=keep,
                where=None,
                hits=hits,
            )
            for text, vector in zip(asked, vectors, strict=True)
        ]

    def session(self, scope: str) -> Session:
        """A conversation whose turns are remembered under `scope`."""
        return Session(self, scope)

    def turns(self, scope: str, *, last: int | None = None) -> list[Turn]:
        """The turns remembered under `scope`, oldest first, superseded ones included."""
        return self.memory.turns(scope, last=last)

    def correct(
        self, answer: Answer | str, text: str, *, scope: str = "", author: str = ""
    ) -> Turn:
        """Remember `text` as the right answer to a question, given as such or by its answer.

        Under the scope "" it is seen by all scopes. What was answered or told to that question
        before is superseded, not deleted. Raises InputError where `text` is empty.
        """
        if not text.strip():
            raise InputError("the correction is empty; give the right answer")
        question = answer.looked_up if isinstance(answer, Answer) else clean_question(answer)
        vector = self.encoder.encode_queries([question])[0]
        live = [
            old
            for old in self.memory.turns(scope)
            if old.superseded_by is None and old.question.casefold() == question.casefold()
        ]
        if not live and isinstance(answer, Answer):
            # Asked under no scope, it left no trace; what is corrected has to be seen beside it.
            live = [answered(answer, scope, self.reader.name)]
            self.memory.add_turn(live[0], vector)
        turn = new_turn(scope, question, text.strip(), "correction", author=author)
        if live:
            self.memory.supersede(max(live, key=precedence).id, turn, vector)
        else:
            self.memory.add_turn(turn, vector)
        return turn

    def add_turn(self, question: str, answer: str, *, scope: str = "") -> Turn:
        """Remember a turn from elsewhere, such as an imported conversation. Raises InputError."""
        if not answer.strip():
            raise InputError("the answer is empty; a turn needs one to be remembered")
        asked = clean_question(question)
        turn = new_turn(scope, asked, answer.strip(), "imported")
        self.memory.add_turn(turn, self.encoder.encode_queries([asked])[0])
        return turn

    def _may_reuse(self, where: Mapping[str, Any] | None) -> bool:
        # A filter may exclude what a remembered answer rests on.
        return self.settings.memory.reuse and not (where or self.settings.retrieve.where)

    def _keep(self, top_k: int | None) -> int:
        if top_k is not None and top_k < 1:
            raise InputError(f"top_k is {top_k}; give 1 or more, or None for what the settings say")
        return top_k or self.settings.answer.top_k

    def _answer(
        self, asked: _Asked, *, keep: int, where: Mapping[str, Any] | None, hits: int
    ) -> Trace:
        answer = self.settings.answer
        began = time.perf_counter()
        found = self._passages.find(
            asked.looked_up,
            count=max(hits, self.settings.retrieve.passages),
            where=where,
            alone=asked.alone,
        )
        searched = time.perf_counter()
        read = found[: self.settings.retrieve.passages]
        request = ReadRequest(asked.read, tuple(hit.passage for hit in read))
        reading = self.reader.read([request])[0]
        done = time.perf_counter()
        weighed: _Weighed = {
            "retrieval_weight": answer.retrieval_weight,
            "per_passage": answer.distribution == "passage",
        }
        calibration = self.reader.calibration
        ranked = rank(reading, read, calibration, question=asked.question, keep=keep, **weighed)
        reread = in_order(reading, read, calibration, **weighed)
        candidates = tuple(
            Candidate(r.text, r.confidence, r.score, "passage", r.evidence, r.support)
            for r in ranked
        )
        best = candidates[0] if candidates else None
        sure = best is not None and best.confidence >= answer.abstain_below
        ended = time.perf_counter()
        taken = {
            "retrieve": asked.encoding_ms + 1000 * (searched - began),
            "read": 1000 * (done - searched),
            "rank": 1000 * (ended - done),
            "total": asked.encoding_ms + 1000 * (ended - began),
        }
        given = Answer(
            asked.question,
            best.text if best and sure else None,
            best.confidence if best else 0.0,
            candidates,
            asked.looked_up.text,
            taken,
        )
        return Trace(given, tuple(found[:hits] if hits else read), reread, taken)

    def _corrected(self, answer: Answer, query: Query, scope: str) -> Answer:
        told = self._past.corrected(answer, query, scope)
        if told is None:
            return answer
        ranked = (told, *answer.answers)
        return replace(answer, text=told.text, confidence=told.confidence, answers=ranked)

    def _remember(self, answer: Answer, query: Query, scope: str) -> None:
        turn = answered(answer, scope, self.reader.name)
        self.memory.add_turn(turn, query.vector, keep=self.settings.memory.keep_turns)
