"""QA: memory read -> reader -> ranked answers -> memory write."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from ..core import arguments as kinds
from ..core.records import Evidence, Hit, Turn, TurnHit, Vectors
from ..indexer.encoders.encoder import Encoder, checked_vectors
from ..memory.protocol import Store
from ..reader.reader import Reader
from .answers import Answer, AnswerWithHits
from .english.courtesy import is_courtesy
from .english.followup import LookUp
from .factory import load_encoder, load_reader, memory_or_place, memory_source, open_store
from .feedback import Feedback, place_in
from .history import LATEST, Exchange, History, exchanges, exchanges_of
from .inquiry import Inquiry
from .plugins import must_fulfil, must_match
from .prepared import Prepared
from .question import clean_question
from .reading import PassageAnswers, PassageReading
from .retrieve import Query, Retriever
from .reuse import PastAnswers
from .revision import not_known, revised
from .session import Session
from .settings import Settings, chosen
from .turns import filter_of, must_be_told, new_turn, turn_of, withdrawn
from .verifier import Verifier

__all__ = ["QA"]


_ASKED = kinds.instance(Answer, str, wanted="the answer, or its question as text")
_CORRECTION = kinds.optional(
    kinds.instance(Turn, str, wanted="the correction's turn, or that one's id")
)
_ANSWER = kinds.instance(Answer, wanted="the answer")
_EVIDENCE = kinds.instance(Evidence, wanted="an Evidence, such as QA.place gives")
_COURTESY = "this asks nothing, so nothing was looked up and nothing is remembered"


class QA:
    """Answers questions from a memory. Loads its models once; safe to use from several threads.

    Asked under a scope (a customer, a tenant), it remembers each question with its answer there,
    and answers it from that turn the next time, as long as the evidence stands. What is remembered
    under the scope "" is seen by all scopes, and only corrections are: plain questions leave no
    trace.
    """

    @kinds.takes(memory=memory_or_place, settings=chosen, verifier=kinds.optional(kinds.function))
    def __init__(
        self,
        memory: Store | str | Path | None = None,
        *,
        reader: Reader | None = None,
        encoder: Encoder | None = None,
        verifier: Verifier | None = None,
        settings: Settings | None = None,
    ) -> None:
        """Open `memory`: a store, a memory's folder or a URL; None: what `memory.path` names.

        The models are those given, or those that `settings` name. `verifier` tells whether a past
        answer may be given again; None: the built-in one. Raises MemoryNotFound, MemoryDamaged,
        FormatTooNew, StorageError, ModelError, InputError where nothing names a memory, and
        EncoderMismatch where the memory's vectors come from another encoder or other prompts.
        """
        self.settings = settings or Settings()
        # The memory comes first: what is wrong with it is told before a model is loaded.
        self._owned = memory is None or isinstance(memory, str | Path)
        self.memory = self._opened(memory)
        try:
            must_fulfil(self.memory, Store, "store")
            self.encoder = load_encoder(self.settings) if encoder is None else encoder
            must_fulfil(self.encoder, Encoder, "encoder")
            must_match(self.memory, self.encoder)
            self.reader = load_reader(self.settings) if reader is None else reader
            must_fulfil(self.reader, Reader, "reader")
            self._past = PastAnswers(
                self.memory, self.reader, self.settings, verifier, encode=self._vectors
            )
            retriever = Retriever(self.memory, self.encoder, self.settings.retrieve)
            self._passages = PassageAnswers(retriever, self.reader, self.settings)
            self._feedback = Feedback(
                self.memory,
                self.reader.name,
                self._passages,
                encode=self._vectors,
                earlier=lambda scope: self._earlier(None, scope, None),
            )
        except BaseException:
            self.close()
            raise

    def _opened(self, memory: Store | str | Path | None) -> Store:
        if memory is None:
            return open_store(memory_source(self.settings), self.settings)
        return open_store(memory, self.settings) if isinstance(memory, str | Path) else memory

    @classmethod
    def open(cls, settings: Settings) -> QA:
        """The memory, encoder and reader that the settings name, ready to be asked.

        Raises InputError where the settings name no memory, and what `QA` raises.
        """
        return cls(settings=settings)

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

    @kinds.takes(
        question=kinds.string,
        scope=kinds.text,
        top_k=kinds.optional(kinds.count(1)),
        where=kinds.optional(kinds.conditions),
        as_of=kinds.optional(kinds.instant),
        remember=kinds.flag,
    )
    def ask(
        self,
        question: str,
        *,
        scope: str = "",
        top_k: int | None = None,
        where: Mapping[str, Any] | None = None,
        history: History | None = None,
        as_of: str | datetime | None = None,
        remember: bool = True,
    ) -> Answer:
        """Answer one question, or abstain.

        `top_k` bounds the candidates that come with it; `where` is metadata that documents must
        have (`memory.filters`); `history` holds the turns before it, in which a follow-up finds
        what it leaves out: (question, answer) pairs, oldest first. None: those of the scope; an
        empty one: it stands alone. With a `scope` the turn is remembered, where `remember` says so
        and no `as_of` is given: an ISO 8601 time in UTC or a datetime with its zone, at which past
        turns and corrections are taken as they were known then; passages are as they are now.
        Thanks and greetings in a scope are neither looked up nor remembered. Raises InputError for
        a question that cannot be asked, a `top_k` below 1 and what is no time, and ArgumentError
        for an argument of another type.
        """
        prepared = self.prepare(
            question,
            scope=scope,
            top_k=top_k,
            where=where,
            history=history,
            as_of=as_of,
            remember=remember,
        )
        (read,) = self.read([prepared])
        return self.finish(prepared, read)

    @kinds.takes(
        question=kinds.string,
        scope=kinds.text,
        top_k=kinds.optional(kinds.count(1)),
        where=kinds.optional(kinds.conditions),
        as_of=kinds.optional(kinds.instant),
        remember=kinds.flag,
    )
    def prepare(
        self,
        question: str,
        *,
        scope: str = "",
        top_k: int | None = None,
        where: Mapping[str, Any] | None = None,
        history: History | None = None,
        as_of: str | datetime | None = None,
        remember: bool = True,
    ) -> Prepared:
        """The first of the three steps of `ask`, for who asks many: all that is quick.

        The question is completed and encoded, a remembered answer is looked for, and where there is
        none the passages are searched. `read` takes several at once, and `finish` makes the answer
        of each. Arguments and errors are those of `ask`.
        """
        began = time.perf_counter()
        asked, keep = clean_question(question), self._keep(top_k)
        then = None if as_of is None else kinds.instant("as_of", as_of)
        if scope and is_courtesy(asked):
            answer = Answer(asked, None, 0.0, (), notices=(_COURTESY,))
            return Prepared(scope, where, then, False, keep, None, None, None, None, answer, 0.0)
        inquiry = self._inquiry(asked, self._earlier(history, scope, then))
        reuse, among = self.settings.memory.reuse, None
        search = past = None
        if reuse and (where or self.settings.retrieve.where):
            # What is remembered stands under a filter if it rests on a document that is found
            # under it; what was told without any does not.
            search = self._passages.search(inquiry, where)
            among = {hit.passage.document for hit in search.retrieved}
        if reuse:
            past = self._past.find(
                inquiry.query,
                inquiry.bare_query,
                scope,
                then,
                forms=inquiry.forms,
                among=among,
                under=self._reader_under(where),
            )
        if past is not None:
            search = None
        elif search is None:
            search = self._passages.search(inquiry, where)
        ms = 1000 * (time.perf_counter() - began)
        remember = remember and bool(scope) and then is None
        return Prepared(scope, where, then, remember, keep, inquiry, search, past, among, None, ms)

    def read(self, questions: Sequence[Prepared]) -> list[PassageReading | None]:
        """The second step of `ask`: what the reader finds for each of several questions, together.

        However they are grouped, each is read as it would be alone; None for those that need no
        reading. They are to be of this QA's memory, or of one with the same reader and settings.
        """
        searches = [question.search for question in questions if question.search is not None]
        readings = iter(self._passages.read(searches) if searches else ())
        return [next(readings) if question.reads else None for question in questions]

    def finish(self, question: Prepared, read: PassageReading | None) -> Answer:
        """The last step of `ask`: the answer, which is remembered where there is a scope.

        `read` is what `read` gave for this question.
        """
        inquiry, scope, where = question.inquiry, question.scope, question.where
        if inquiry is None or question.answer is not None:
            return question.answer or Answer("", None, 0.0, ())
        if question.search is None or read is None:
            past = () if question.past is None else (question.past,)
            answer = inquiry.answer(past, sure=True, timings_ms={"total": question.ms})
        else:
            answer = self._passages.answer_of(
                question.search, read, keep=question.keep, where=where
            ).answer
        if self.settings.memory.reuse:
            revision = self._past.find_revision(
                answer,
                inquiry.query,
                scope,
                forms=inquiry.forms,
                among=question.among,
                as_of=question.as_of,
                under=self._reader_under(where),
            )
            below = self.settings.answer.abstain_below
            answer = not_known(revised(answer, revision, below=below) if revision else answer)
        answer = replace(answer, under=filter_of(self._reader_under(where)))
        if question.remember:
            turn = turn_of(answer, scope, self._reader_under(where))
            keep_turns = self.settings.memory.keep_turns
            self.memory.add_turn(turn, inquiry.query.vector, keep=keep_turns)
            answer = replace(answer, turn=turn.id)
        return answer

    def ask_many(self, questions: Iterable[str], *, top_k: int | None = None) -> list[Answer]:
        """Answer questions that have nothing to do with each other, encoding them together.

        Raises InputError for a question that cannot be asked, before any is, and ArgumentError for
        one text in the place of several.
        """
        results = self.answer_with_hits(questions, hits=0, top_k=top_k)
        return [result.answer for result in results]

    @kinds.takes(question=kinds.string, hits=kinds.count(0), where=kinds.optional(kinds.conditions))
    def search(
        self,
        question: str,
        *,
        hits: int = 0,
        where: Mapping[str, Any] | None = None,
        history: History | None = (),
    ) -> list[Hit]:
        """The passages that the question would be read in, best first, more if `hits` are wanted.

        `where` and `history` are those of `ask`. Raises InputError for a question that cannot be
        asked.
        """
        earlier = exchanges(() if history is None else history)
        inquiry = self._inquiry(clean_question(question), earlier)
        return self._passages.retrieved(inquiry, where, hits)

    @kinds.takes(
        question=kinds.string,
        scope=kinds.text,
        limit=kinds.count(0),
        where=kinds.optional(kinds.conditions),
    )
    def similar(
        self,
        question: str,
        *,
        scope: str = "",
        limit: int = 5,
        where: Mapping[str, Any] | None = None,
    ) -> list[TurnHit]:
        """Remembered questions of a scope that resemble this one, with their answers, best first.

        Those that still stand: nothing is read. `where` is that of `ask`. Raises InputError for a
        question that cannot be asked.
        """
        inquiry = self._inquiry(clean_question(question), ())
        among = None
        if where or self.settings.retrieve.where:
            among = {hit.passage.document for hit in self._passages.retrieved(inquiry, where)}
        return self._past.similar(inquiry.query, scope, limit, among=among)

    @kinds.takes(questions=kinds.texts, hits=kinds.count(0), top_k=kinds.optional(kinds.count(1)))
    def answer_with_hits(
        self, questions: Iterable[str], *, hits: int = 100, top_k: int | None = None
    ) -> list[AnswerWithHits]:
        """Answer from passages alone, remembering and reusing nothing, with `hits` passages each.

        Raises InputError for a question that cannot be asked, before any is, and for a `top_k`
        below 1.
        """
        keep = self._keep(top_k)
        asked = [clean_question(question) for question in questions]
        began = time.perf_counter()
        vectors = self._vectors(asked)
        encoding_ms = 1000 * (time.perf_counter() - began) / max(1, len(asked))
        return [
            self._passages.answer(
                Inquiry(LookUp(question=words), Query(words, vector), None, words, encoding_ms),
                keep=keep,
                hits=hits,
            )
            for words, vector in zip(asked, vectors, strict=True)
        ]

    trace = answer_with_hits
    """The name that `answer_with_hits` had in the first release."""

    @kinds.takes(scope=kinds.text)
    def session(self, scope: str) -> Session:
        """A conversation whose turns are remembered under `scope`."""
        return Session(self, scope)

    @kinds.takes(scope=kinds.text, last=kinds.optional(kinds.count(0)))
    def turns(self, scope: str, *, last: int | None = None) -> list[Turn]:
        """The turns remembered under `scope`, oldest first, superseded ones included."""
        return list(self.memory.turns(scope, last=last))

    @kinds.takes(
        answer=_ASKED,
        text=kinds.string,
        scope=kinds.text,
        author=kinds.text,
        evidence=kinds.optional(_EVIDENCE),
        where=kinds.optional(kinds.conditions),
    )
    def correct(
        self,
        answer: Answer | str,
        text: str,
        *,
        scope: str = "",
        author: str = "",
        evidence: Evidence | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> Turn:
        """Remember `text` as the right answer to a question, given as such or by its answer.

        Under the scope "" it is seen by all scopes. What was answered or told to that question
        before is superseded, not deleted; where nothing was, the passages are asked, so that the
        answer which stands there is known as outdated. With `evidence`, a place in a document whose
        text it is (see `place`), it is shown there, and counts as long as its passage stands.
        `where` is the filter that the question was asked under, None: the answer's own; what is
        told under one counts there, what is told under none in all documents. Raises InputError
        where `text` shows nothing, holds half a character, or is not that of its place, and where
        the place's document has changed.
        """
        under = self._told_under(answer, where)
        return self._feedback.correct(
            answer, text, scope, author=author, evidence=evidence, under=under, where=where
        )

    @kinds.takes(
        answer=_ANSWER,
        scope=kinds.text,
        author=kinds.text,
        where=kinds.optional(kinds.conditions),
    )
    def confirm(
        self,
        answer: Answer,
        *,
        scope: str = "",
        author: str = "",
        where: Mapping[str, Any] | None = None,
    ) -> Turn:
        """Remember that an answer's best candidate, given or held back, is right at its place.

        It is given to the same question from then on, whichever reader is at work, as long as its
        source stands; `where` is the filter that it was asked under, None: its own. An answer that
        a person told needs no confirmation: its own turn is returned. Raises InputError where
        nothing was found, its document has changed, or another answer was told to the question.
        """
        under = self._told_under(answer, where)
        return self._feedback.confirm(answer, scope, author=author, under=under)

    @kinds.takes(document=kinds.string, start=kinds.count(0), end=kinds.count(1))
    def place(self, document: str, start: int, end: int) -> Evidence:
        """Characters `start:end` of a document's text, as the evidence of a correction.

        Raises InputError where there is no such document, where no one passage of it holds them,
        and where they begin or end with a blank.
        """
        return place_in(self.memory, document, start, end)

    @kinds.takes(correction=_CORRECTION, scope=kinds.text, author=kinds.text)
    def withdraw(
        self, correction: Turn | str | None = None, *, scope: str = "", author: str = ""
    ) -> Turn:
        """Take a correction or confirmation back, given by its turn or that one's id.

        None: the scope's latest correction. What it took the place of counts again: the correction
        before it, or what is read in the documents. Nothing is deleted: the turn returned says that
        it was taken back, when, and by whom. Raises InputError where the scope has no such turn, or
        it was superseded.
        """
        turn_id = correction.id if isinstance(correction, Turn) else correction
        return withdrawn(self.memory, scope, turn_id, author=author)

    @kinds.takes(question=kinds.string, answer=kinds.string, scope=kinds.text, author=kinds.text)
    def add_turn(self, question: str, answer: str, *, scope: str = "", author: str = "") -> Turn:
        """Remember a turn from elsewhere, such as an imported conversation. Raises InputError."""
        must_be_told("the answer", answer)
        turn = new_turn(scope, clean_question(question), answer.strip(), "imported", author=author)
        (vector,) = self._vectors([turn.question])
        self.memory.add_turn(turn, vector)
        return turn

    def _earlier(self, history: History | None, scope: str, then: str | None) -> Sequence[Exchange]:
        """The exchanges before a question, oldest first: those given, or the scope's."""
        if history is not None:
            return exchanges(history)
        if not scope or not self.settings.memory.follow_up_turns:
            return ()
        return exchanges_of(self.memory.turns(scope, last=LATEST, as_of=then))

    def _inquiry(self, question: str, history: Sequence[Exchange]) -> Inquiry:
        turns = self.settings.memory.follow_up_turns
        return Inquiry.completed(question, history, turns=turns, encode=self._vectors)

    def _reader_under(self, where: Mapping[str, Any] | None) -> str:
        """What the reader is called in a turn: with the filter that it answered under, if any."""
        asked = where or self.settings.retrieve.where
        if not asked:
            return self.reader.name
        return f"{self.reader.name} where {json.dumps(asked, sort_keys=True, default=sorted)}"

    def _told_under(self, answer: Answer | str, where: Mapping[str, Any] | None) -> str:
        """What the reader is called in a turn that tells of an answer's filter; empty: none."""
        if isinstance(answer, Answer) and not where:
            return f"{self.reader.name} where {answer.under}" if answer.under else ""
        under = self._reader_under(where)
        return under if filter_of(under) else ""

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        return checked_vectors(self.encoder, self.encoder.encode_queries(texts), len(texts))

    def _keep(self, top_k: int | None) -> int:
        return top_k or self.settings.answer.top_k
