"""QA: memory read -> reader -> ranked answers -> memory write."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from ..core import arguments as kinds
from ..core.errors import InputError
from ..core.records import Hit, Turn, Vectors
from ..indexer.encoders.encoder import Encoder, checked_vectors
from ..memory.protocol import Store
from ..reader.reader import Reader
from .answers import Answer, AnswerWithHits
from .corrections import Forms, given_before, told_before
from .english.courtesy import is_courtesy
from .english.followup import LookUp
from .english.rewrite import wordings
from .factory import load_encoder, load_reader, memory_or_place, memory_source, open_store
from .history import LATEST, Exchange, History, exchanges, exchanges_of
from .inquiry import Inquiry
from .plugins import must_fulfil, must_match
from .question import clean_question
from .reading import PassageAnswers
from .retrieve import Query, Retriever
from .reuse import PastAnswers
from .revision import revised
from .session import Session
from .settings import Settings, chosen
from .turns import new_turn, turn_of, withdrawn
from .verifier import Verifier

__all__ = ["QA"]


_ASKED = kinds.instance(Answer, str, wanted="the answer, or its question as text")
_CORRECTION = kinds.optional(
    kinds.instance(Turn, str, wanted="the correction's turn, or that one's id")
)
_COURTESY = "this asks nothing, so nothing was looked up and nothing is remembered"
_WORDINGS = 16
"""Other questions that a correction answers, at most."""


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
                self.memory, self.reader.name, self.settings, verifier, encode=self._vectors
            )
            retriever = Retriever(self.memory, self.encoder, self.settings.retrieve)
            self._passages = PassageAnswers(retriever, self.reader, self.settings)
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
    ) -> Answer:
        """Answer one question, or abstain.

        `top_k` bounds the candidates that come with it; `where` is metadata that documents must
        have (`memory.filters`); `history` holds the turns before it, in which a follow-up finds
        what it leaves out: (question, answer) pairs, oldest first. None: those of the scope; an
        empty one: it stands alone. With a `scope` the turn is remembered, unless `as_of` is given:
        an ISO 8601 time in UTC or a datetime with its zone, at which past turns and corrections are
        taken as they were known then; passages are as they are now. Thanks and greetings in a
        scope are neither looked up nor remembered. Raises InputError for a
        question that cannot be asked, a `top_k` below 1 and what is no time, and ArgumentError for
        an argument of another type.
        """
        began = time.perf_counter()
        asked, keep = clean_question(question), self._keep(top_k)
        then = None if as_of is None else kinds.instant("as_of", as_of)
        if scope and is_courtesy(asked):
            return Answer(asked, None, 0.0, (), notices=(_COURTESY,))
        inquiry = self._inquiry(asked, self._earlier(history, scope, then))
        reuse, among, hits = self.settings.memory.reuse, None, None
        if reuse and (where or self.settings.retrieve.where):
            # What is remembered stands under a filter if it rests on a document that is found
            # under it; what was told without any does not.
            hits = self._passages.retrieved(inquiry, where)
            among = {hit.passage.document for hit in hits}
        past = None
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
            total = {"total": 1000 * (time.perf_counter() - began)}
            answer = inquiry.answer((past,), sure=True, timings_ms=total)
        else:
            answer = self._passages.answer(inquiry, keep=keep, where=where, retrieved=hits).answer
        if reuse:
            forms, below = inquiry.forms, self.settings.answer.abstain_below
            revision = self._past.find_revision(
                answer, inquiry.query, scope, forms=forms, among=among, as_of=then
            )
            answer = revised(answer, revision, below=below) if revision else answer
        if as_of is None and scope:
            turn = turn_of(answer, scope, self._reader_under(where))
            keep_turns = self.settings.memory.keep_turns
            self.memory.add_turn(turn, inquiry.query.vector, keep=keep_turns)
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

    @kinds.takes(answer=_ASKED, text=kinds.text, scope=kinds.text, author=kinds.text)
    def correct(
        self, answer: Answer | str, text: str, *, scope: str = "", author: str = ""
    ) -> Turn:
        """Remember `text` as the right answer to a question, given as such or by its answer.

        Under the scope "" it is seen by all scopes. What was answered or told to that question
        before is superseded, not deleted; where nothing was, the passages are asked, so that the
        answer which stands there is known as outdated. Raises InputError where `text` is empty.
        """
        if not text.strip():
            raise InputError("the correction is empty; give the right answer")
        earlier = answered = None
        if isinstance(answer, Answer):
            forms = Forms(answer.question, answer.looked_up, answer.carried, answer.wordings)
            earlier = told_before(self.memory, answer, scope)
            # Asked under no scope, it left no turn; what is corrected has to be seen beside it.
            answered = turn_of(answer, scope, self.reader.name)
        else:
            forms = self._as_asked(clean_question(answer), scope)
            answered = self._read_for(forms, scope)
        others = forms.wordings
        if earlier is not None:
            others = (*others, earlier.looked_up, *earlier.wordings)
        turn = new_turn(
            scope,
            forms.question,
            text.strip(),
            "correction",
            carried=forms.carried,
            wordings=tuple(w for w in dict.fromkeys(others) if w != forms.looked_up)[:_WORDINGS],
            author=author,
        )
        (vector,) = self._vectors([turn.looked_up])
        if isinstance(answer, Answer) and earlier is None:
            earlier = given_before(self.memory, answer, turn, vector)
        if earlier is not None and earlier.scope == scope:
            with suppress(InputError):  # another has corrected it meanwhile
                self.memory.supersede(earlier.id, turn, vector)
                return self.memory.turn(scope, turn.id) or turn
        return self.memory.correct(turn, vector, answered=answered)

    def _read_for(self, forms: Forms, scope: str) -> Turn | None:
        """What the passages answer now to a question that is corrected, None where they do not.

        So a correction by a question's words knows, too, what it takes the place of, and where.
        """
        texts = list(dict.fromkeys((forms.looked_up, forms.question)))
        query, *bare = map(Query, texts, self._vectors(texts))
        inquiry = Inquiry(
            LookUp(question=forms.question, carried=forms.carried),
            query,
            bare[0] if bare else None,
            forms.looked_up,
            0.0,
        )
        answer = self._passages.answer(inquiry, keep=1).answer
        return None if answer.abstained else turn_of(answer, scope, self.reader.name)

    def _as_asked(self, question: str, scope: str) -> Forms:
        """The forms of a question given by its words: as it was understood, if it was asked lately.

        Under the scope "" no conversation is remembered, and it stands alone.
        """
        said = self._earlier(None, scope, None)
        for at in range(len(said) - 1, -1, -1):
            exchange = said[at]
            if exchange.question.casefold() == question.casefold() and exchange.carried:
                full = wordings(question, said[:at])
                return Forms(question, exchange.looked_up, exchange.carried, full)
        return Forms(question, question)

    @kinds.takes(correction=_CORRECTION, scope=kinds.text, author=kinds.text)
    def withdraw(
        self, correction: Turn | str | None = None, *, scope: str = "", author: str = ""
    ) -> Turn:
        """Take a correction back, given by its turn or that one's id; None: the scope's latest.

        What it took the place of counts again: the correction before it, or what is read in the
        documents. Nothing is deleted: the turn returned says that it was taken back, when, and by
        whom. Raises InputError where the scope has no such correction, or it was superseded.
        """
        turn_id = correction.id if isinstance(correction, Turn) else correction
        return withdrawn(self.memory, scope, turn_id, author=author)

    @kinds.takes(question=kinds.string, answer=kinds.text, scope=kinds.text)
    def add_turn(self, question: str, answer: str, *, scope: str = "") -> Turn:
        """Remember a turn from elsewhere, such as an imported conversation. Raises InputError."""
        if not answer.strip():
            raise InputError("the answer is empty; a turn needs one to be remembered")
        turn = new_turn(scope, clean_question(question), answer.strip(), "imported")
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

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        return checked_vectors(self.encoder, self.encoder.encode_queries(texts), len(texts))

    def _keep(self, top_k: int | None) -> int:
        return top_k or self.settings.answer.top_k
