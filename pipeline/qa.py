"""QA: memory read -> reader -> ranked answers -> memory write."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..memory.addressing import Fusion
from ..memory.errors import EncoderMismatch
from ..memory.recall import same_question
from ..memory.records import Evidence, Hit, Turn, TurnHit
from ..memory.store import Memory
from ..reader.read import ReadRequest
from .answers import Answer, Candidate, History, Kind, Trace
from .followup import depends_on_history, look_up
from .loading import load_encoder, load_reader
from .questions import clean_question
from .rank import rank
from .session import Session, new_turn
from .settings import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..indexer.encoder import Encoder
    from ..reader.read import Reader

__all__ = ["QA"]

_SIMILAR_TURNS = 8
"""Remembered turns that the verifier is asked about, per question and scope."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question in its three forms: as asked, as searched, as shown to the reader."""

    question: str
    looked_up: str
    read: str
    vector: NDArray[Any]
    encoding_ms: float


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
        except BaseException:
            self.close()
            raise

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
    ) -> Answer:
        """Answer one question, or abstain.

        `top_k` bounds the candidates that come with it; `where` is metadata that documents must
        have; `history` holds the turns before it, if it may be a follow-up. With a `scope` the
        turn is remembered. Raises InputError for a question that cannot be asked.
        """
        began = time.perf_counter()
        asked = clean_question(question)
        turns = self.settings.memory.follow_up_turns
        looked_up = look_up(asked, history, turns=turns) if history and turns else asked
        vector = self.encoder.encode([looked_up])[0]
        encoding = 1000 * (time.perf_counter() - began)
        reuse = self._may_reuse(where)
        told = self._told_before(asked, looked_up, vector, scope) if reuse else None
        if told is not None:
            taken = {"total": 1000 * (time.perf_counter() - began)}
            answer = Answer(asked, told.text, told.confidence, (told,), looked_up, taken)
        else:
            # Widely for searching, narrowly for reading: the latest turn says what "it" is.
            read = look_up(asked, history[-1:], turns=1) if history and turns else asked
            form = _Asked(asked, looked_up, read, vector, encoding)
            answer = self._answer(form, top_k=top_k, where=where, hits=0).answer
        if scope:
            self._remember(answer, vector, scope)
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
        return self._search(asked, self.encoder.encode([asked])[0], hits=hits, where=where)

    def trace(
        self, questions: Sequence[str], *, hits: int = 100, top_k: int | None = None
    ) -> list[Trace]:
        """Answer from passages alone, remembering and recalling nothing, with `hits` passages each.

        Raises InputError for a question that cannot be asked, before any is.
        """
        asked = [clean_question(question) for question in questions]
        began = time.perf_counter()
        vectors = self.encoder.encode(asked)
        encoding = 1000 * (time.perf_counter() - began) / max(1, len(asked))
        return [
            self._answer(
                _Asked(text, text, text, vector, encoding), top_k=top_k, where=None, hits=hits
            )
            for text, vector in zip(asked, vectors, strict=True)
        ]

    def session(self, scope: str) -> Session:
        """A conversation whose turns are remembered under `scope`."""
        return Session(self, scope)

    def _may_reuse(self, where: Mapping[str, Any] | None) -> bool:
        # A filter may exclude what a remembered answer rests on.
        return self.settings.memory.reuse and not (where or self.settings.retrieve.where)

    def _answer(
        self, asked: _Asked, *, top_k: int | None, where: Mapping[str, Any] | None, hits: int
    ) -> Trace:
        answer = self.settings.answer
        began = time.perf_counter()
        found = self._search(asked.looked_up, asked.vector, hits=hits, where=where)
        searched = time.perf_counter()
        read = found[: self.settings.retrieve.passages]
        request = ReadRequest(asked.read, tuple(hit.passage for hit in read))
        reading = self.reader.read([request])[0]
        done = time.perf_counter()
        ranked = rank(
            reading,
            read,
            self.reader.calibration,
            retrieval_weight=answer.retrieval_weight,
            keep=top_k or answer.top_k,
            per_passage=answer.distribution == "passage",
        )
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
            asked.looked_up,
            taken,
        )
        return Trace(given, tuple(found[:hits] if hits else read), taken)

    def _search(
        self, text: str, vector: NDArray[Any], *, hits: int, where: Mapping[str, Any] | None
    ) -> list[Hit]:
        """The passages that are read, and more if `hits` are wanted."""
        retrieve = self.settings.retrieve
        count = max(hits, retrieve.passages)
        return self.memory.search(
            text,
            vector,
            k=count,
            mode=retrieve.mode,
            where=where or retrieve.where or None,
            fusion=Fusion(
                depth=max(count, retrieve.depth),
                dense_weight=retrieve.dense_weight,
                title_boost=retrieve.title_boost,
                phrase_boost=retrieve.phrase_boost,
            ),
        )

    def _told_before(
        self, asked: str, looked_up: str, vector: NDArray[Any], scope: str
    ) -> Candidate | None:
        """A remembered answer to the question, by its own words or with what was carried to it."""
        alone = not depends_on_history(asked)
        if looked_up == asked:
            return self._recall(asked, vector, scope) if alone else None
        # Asked again, a question may seem to lean on its own first answer: its words go first.
        told = self._recall(asked, self.encoder.encode([asked])[0], scope) if alone else None
        return told or self._recall(looked_up, vector, scope)

    def _recall(self, looked_up: str, vector: NDArray[Any], scope: str) -> Candidate | None:
        """What was answered or told before to the same question, and still stands.

        A correction goes before an answer, the own scope before the common one, new before old.
        """
        found: list[TurnHit] = []
        for place in dict.fromkeys((scope, "")):
            found += self.memory.search_turns(place, vector, k=_SIMILAR_TURNS)
        same = [
            hit
            for hit in found
            if self._stands(hit.turn)
            and same_question(looked_up, hit.turn.question, hit.similarity).same
        ]
        if not same:
            return None
        return _told(max(same, key=lambda h: _precedence(h.turn, scope)))

    def _stands(self, turn: Turn) -> bool:
        """Whether a turn may answer: told by a person, or read where the same text still is."""
        if turn.answer is None or turn.kind != "answer":
            return turn.answer is not None
        return (
            turn.confidence >= self.settings.answer.abstain_below
            and turn.model == self.reader.name
            and bool(turn.evidence)
            and all(self.memory.passage(e.passage) is not None for e in turn.evidence)
        )

    def _remember(self, answer: Answer, vector: NDArray[Any], scope: str) -> None:
        # An answer that came from memory is kept for the conversation, but without evidence:
        # so it can never be the ground of another.
        best = answer.answers[0] if not answer.abstained else None
        fresh = best is not None and best.kind == "passage"
        turn = new_turn(
            scope,
            answer.looked_up,
            answer.text,
            "answer",
            confidence=answer.confidence,
            evidence=(best.evidence,) if best and fresh else (),
            model=self.reader.name,
        )
        self.memory.add_turn(turn, vector, keep=self.settings.memory.keep_turns)


def _precedence(turn: Turn, scope: str) -> tuple[bool, bool, str]:
    return turn.kind == "correction", turn.scope == scope, turn.created_at


def _told(hit: TurnHit) -> Candidate:
    """A remembered turn as a candidate; its confidence shrinks with the questions' distance."""
    turn, text = hit.turn, hit.turn.answer or ""
    confidence = max(0.0, min(1.0, turn.confidence * hit.similarity))
    evidence = turn.evidence[0] if turn.evidence else _word_of(turn, text)
    kind: Kind = "correction" if turn.kind == "correction" else "memory"
    return Candidate(text, confidence, hit.similarity, kind, evidence, turn.evidence[1:])


def _word_of(turn: Turn, text: str) -> Evidence:
    """What a person told, as its own evidence."""
    who = turn.author or "unnamed"
    return Evidence(
        document=f"turn:{turn.id}",
        start=0,
        end=len(text),
        text=text,
        passage="",
        passage_text=text,
        title=f"{turn.kind} by {who}, {turn.created_at[:10]}",
    )
