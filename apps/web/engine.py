"""The one way to ask: admitted, prepared beside the reader, read with what waits, finished.

One thread reads, with all cores: two readers on them would each take twice as long. What waits for
it is read as one batch. Encoding, searching and remembering take a small pool of threads meanwhile,
and a remembered answer leaves without the reader.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from ...core.arguments import instant
from ...core.records import Hit
from ...pipeline.answers import Answer
from ...pipeline.english.courtesy import is_courtesy
from ...pipeline.history import LATEST, History, exchanges_of
from ...pipeline.prepared import Prepared
from ...pipeline.qa import QA
from ...pipeline.reading import PassageReading
from ...pipeline.settings import ServiceSettings
from . import logs
from .asked import Asked, Asking, Log, level_of
from .errors import DeadlinePassed, Overloaded, RequestError
from .gate import Gate, Lane, Ticket
from .identifiers import new_id
from .priority import give_way
from .shown import addresses, documents_of, readable_turns
from .tracing import trace_asked
from .unanswered import Gaps

if TYPE_CHECKING:
    from .memories import Memories
    from .metrics import Metrics

__all__ = ["Engine"]

_LIGHT = 2
"""Threads that encode, search and remember."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _ToRead:
    """A prepared question with the pipeline that it belongs to."""

    qa: QA
    prepared: Prepared


@dataclass(eq=False)
class _Flight:
    """An answer that is being found, and how many wait for it."""

    task: asyncio.Task[Answer]
    waiters: int = 0


class Engine:
    """Answers the questions of all memories. Its coroutines belong to one event loop each."""

    def __init__(
        self,
        memories: Memories,
        log: Log,
        gaps: Gaps,
        settings: ServiceSettings,
        metrics: Metrics,
    ) -> None:
        self._memories, self._log, self._gaps = memories, log, gaps
        self._settings, self._metrics = settings, metrics
        self.gate: Gate[_ToRead, PassageReading | None] = Gate(
            queue=settings.queue, batch=settings.batch
        )
        for lane in get_args(Lane):
            waiting = partial(self.gate.admitted, lane)
            metrics.queue_length.labels(lane).set_function(waiting)
        self._light = ThreadPoolExecutor(_LIGHT, "light")
        self._reader = threading.Thread(target=self._read, name="reader", daemon=True)
        self._flights: dict[tuple[object, ...], _Flight] = {}
        self._changes: dict[str, int] = {}

    def start(self) -> None:
        """Begin to read; harmless when begun already."""
        if not self._reader.is_alive():
            self._reader.start()

    def drain(self, seconds: float) -> None:
        """Wait until what was admitted is answered, so long at most."""
        self.gate.drain(seconds)

    def close(self) -> None:
        """Answer nothing more; harmless when closed already."""
        self.gate.close()
        self._light.shutdown(wait=True, cancel_futures=True)
        if self._reader.is_alive():
            self._reader.join()

    def changed(self, memory: str) -> None:
        """Note that something was told: what is asked from now on waits for no earlier answer."""
        self._changes[memory] = self._changes.get(memory, 0) + 1

    # -- asking

    async def ask(self, memory: str, asking: Asking, *, lane: Lane = "interactive") -> Asked:
        """Answer a question; cancelled, it is not read if it still waits.

        Raises InputError for what cannot be asked, Overloaded, DeadlinePassed, Stopping, and what
        `QA.ask` raises.
        """
        began = time.perf_counter()
        try:
            answer = await self._answer_once(memory, asking, lane)
        except RequestError as error:
            reasons: dict[type, str] = {Overloaded: "queue", DeadlinePassed: "deadline"}
            self._metrics.rejected.labels(reasons.get(type(error), "stopping")).inc()
            raise
        level = level_of(answer, self._settings)
        asked = Asked(new_id(), memory, asking.scope, level, answer)
        asked = await self._lightly(self._note, asked, asking)
        self._measure(asked, asking, time.perf_counter() - began)
        return asked

    async def search(
        self, memory: str, question: str, *, where: Mapping[str, Any], limit: int
    ) -> list[Hit]:
        """The passages that a question would be read in, best first. Raises InputError."""
        return await self._with(
            memory, lambda qa: qa.search(question, hits=limit, where=where)[:limit]
        )

    async def with_memory(self, memory: str, work: Callable[[QA], T]) -> T:
        """Do something short with a memory beside the reader, such as a correction."""
        return await self._with(memory, work)

    async def _answer_once(self, memory: str, asking: Asking, lane: Lane) -> Answer:
        """The answer; of equal questions that are under way at once, one is read."""
        key = self._equal(memory, asking)
        if key is None:
            return await self._answer(memory, asking, lane)
        patience = self.gate.clock() + self._seconds(asking, lane)
        while True:
            flight = self._flights.get(key)
            if flight is None:
                task = asyncio.ensure_future(self._answer(memory, asking, lane))
                flight = self._flights[key] = _Flight(task)
                task.add_done_callback(partial(self._landed, key))
            flight.waiters += 1
            try:
                return await asyncio.shield(flight.task)
            except DeadlinePassed:
                if self.gate.clock() >= patience or flight.waiters == 1:
                    raise
                # Another's time was over, not this one's.
            finally:
                flight.waiters -= 1
                if not flight.waiters:
                    flight.task.cancel()

    def _landed(self, key: tuple[object, ...], task: asyncio.Task[Answer]) -> None:
        flight = self._flights.get(key)
        if flight is not None and flight.task is task:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # whoever waits has been told

    def _equal(self, memory: str, asking: Asking) -> tuple[object, ...] | None:
        """What two questions have in common that have one answer; None where each is its own."""
        if asking.scope or asking.history or asking.as_of is not None:
            return None
        loop = id(asyncio.get_running_loop())
        words = " ".join(asking.question.split())
        where = repr(sorted(asking.where.items(), key=lambda pair: pair[0]))
        return loop, memory, self._changes.get(memory, 0), words, where, asking.top_k

    async def _answer(self, memory: str, asking: Asking, lane: Lane) -> Answer:
        ticket = self.gate.admit(lane, self.gate.clock() + self._seconds(asking, lane))
        try:
            lease = self._memories.leased(memory)
            if lease is None:  # opening takes a while
                lease = await self._lightly(self._memories.lease, memory)
            try:
                prepared = await self._lightly(_prepare, lease.qa, asking)
                read, queue_ms = None, 0.0
                if prepared.reads:
                    read, queue_ms = await self._reading(ticket, _ToRead(lease.qa, prepared))
                answer = await self._lightly(lease.qa.finish, prepared, read)
            finally:
                self._memories.release(lease)
        finally:
            self.gate.leave(ticket)
        return replace(answer, timings_ms={"queue": queue_ms, **answer.timings_ms})

    async def _reading(
        self, ticket: Ticket[_ToRead, PassageReading | None], item: _ToRead
    ) -> tuple[PassageReading | None, float]:
        """What the reader found, and how many milliseconds it took until its turn came."""
        began = self.gate.clock()
        read = await asyncio.wrap_future(self.gate.put(ticket, item))
        return read, 1000 * ((ticket.taken or began) - began)

    def _seconds(self, asking: Asking, lane: Lane) -> float:
        """How long a question may take."""
        settings = self._settings
        most = settings.deadline if lane == "interactive" else settings.batch_deadline
        return most if asking.timeout is None else min(most, asking.timeout)

    async def _with(self, memory: str, work: Callable[[QA], T]) -> T:
        def leased() -> T:
            with self._memories.using(memory) as qa:
                return work(qa)

        return await self._lightly(leased)

    def _lightly(self, work: Callable[..., T], *arguments: Any) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._light, work, *arguments)

    def _note(self, asked: Asked, asking: Asking) -> Asked:
        """Keep the question, in the group of those like it if nothing was known.

        Returns it with the addresses of its documents.
        """
        answer, gap = asked.answer, None
        in_vain = answer.abstained and asking.as_of is None and not asking.of_a_program
        in_vain = in_vain and not is_courtesy(answer.question)
        if in_vain and self._settings.questions == "text":
            gap = self._gaps.place(asked.memory, answer.looked_up)
        self._log.add(asked, asking, gap=gap)
        with self._memories.using(asked.memory) as qa:
            return replace(asked, urls=addresses(qa, documents_of(answer)))

    def _measure(self, asked: Asked, asking: Asking, seconds: float) -> None:
        answer, metrics = asked.answer, self._metrics
        kind = "none" if answer.abstained else answer.answers[0].kind
        metrics.questions.labels(asked.memory, asked.level, kind, asking.door).inc()
        metrics.question_seconds.labels(asked.memory, kind).observe(seconds)
        metrics.confidence.labels(asked.memory).observe(answer.confidence)
        for stage, ms in answer.timings_ms.items():
            if stage != "total":
                metrics.stage_seconds.labels(stage).observe(ms / 1000)
        trace_asked(asked, asking.door, seconds)

    # -- the reader's thread

    def _read(self) -> None:
        give_way()
        while batch := self.gate.take():
            began = time.perf_counter()
            self._read_batch(batch)
            self.gate.done(len(batch), time.perf_counter() - began)
            self._metrics.batch_questions.labels(batch[0].lane).observe(len(batch))

    def _read_batch(self, batch: list[Ticket[_ToRead, PassageReading | None]]) -> None:
        items = [ticket.item for ticket in batch if ticket.item is not None]
        try:
            # All memories have the same reader and settings.
            readings = items[0].qa.read([item.prepared for item in items])
        except Exception as error:
            if len(batch) == 1:
                logs.fault(error)
                batch[0].result.set_exception(error)
                return
            for ticket in batch:  # one that cannot be read must not cost the others their answers
                self._read_batch([ticket])
            return
        for ticket, reading in zip(batch, readings, strict=True):
            ticket.result.set_result(reading)


def _history(qa: QA, asking: Asking) -> History | None:
    """The exchanges before a question; None: those of the scope.

    Of a key with conditions those alone that rest on what it may see: a follow-up is completed by
    their words, which come back with the answer.
    """
    if asking.history is not None or not asking.scope or not asking.sees:
        return asking.history
    as_of = None if asking.as_of is None else instant("as_of", asking.as_of)
    turns = qa.memory.turns(asking.scope, last=LATEST, as_of=as_of)
    return exchanges_of(list(filter(readable_turns(qa, asking.sees), turns)))


def _prepare(qa: QA, asking: Asking) -> Prepared:
    return qa.prepare(
        asking.question,
        scope=asking.scope,
        top_k=asking.top_k,
        where=asking.where,
        history=_history(qa, asking),
        as_of=asking.as_of,
        remember=asking.remember,
    )
