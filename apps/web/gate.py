"""The queue before the reader: two lanes, bounded, each question with a deadline.

A server that takes whatever comes answers nobody in time
(https://sre.google/sre-book/handling-overload/). So a question is turned away at once where more
waits than can be read before its deadline, and dropped unread where that has passed or nobody waits
for it any more.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

from .errors import DeadlinePassed, Overloaded, Stopping

__all__ = ["Gate", "Lane", "Ticket"]

Lane: TypeAlias = Literal["interactive", "bulk"]
"""Somebody waits for the answer; or it is one of many that a program asks."""

_BULK_TURN = 4
"""Each such batch begins with the oldest bulk question, whatever else waits."""
_WEIGHT = 0.2
"""Of the newest batch in the moving average of reading times."""
_SHARE_WEIGHT = 0.05
"""Of the newest question in the moving average of how many come to the reader."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(eq=False)
class Ticket(Generic[T, R]):
    """A question's place in the queue, from its admission until it was read or dropped."""

    lane: Lane
    deadline: float
    """By the gate's clock; whoever joins the question later may set it off."""
    admitted: float
    item: T | None = None
    """What is to be read; None while it is being prepared."""
    result: Future[R] = field(default_factory=Future)
    """What came of it; cancelled by whoever no longer waits."""
    taken: float | None = None
    """When the reader took it."""
    alone: bool = True
    """Whether nobody was ahead of it: then it is read in any case."""


class Gate(Generic[T, R]):
    """Admits questions, and hands those that wait to the reader, some at a time.

    Safe from several threads.
    """

    def __init__(
        self, *, queue: int, batch: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`queue` questions wait at most in each lane; `batch` are read at once at most."""
        self._most, self._batch, self.clock = queue, batch, clock
        self._changed = threading.Condition()
        self._admitted: dict[Lane, int] = {"interactive": 0, "bulk": 0}
        self._to_read: dict[Lane, int] = {"interactive": 0, "bulk": 0}
        self._share = 1.0
        self._waiting: dict[Lane, deque[Ticket[T, R]]] = {"interactive": deque(), "bulk": deque()}
        self._batches, self._seconds, self._to_end = 0, 0.0, 0.0
        self._closed = False

    @property
    def seconds_each(self) -> float:
        """Moving average of what it takes to read one question; 0 before the first."""
        return self._seconds

    def admitted(self, lane: Lane) -> int:
        """Questions of a lane that were admitted and are not done."""
        return self._admitted[lane]

    def admit(self, lane: Lane, deadline: float) -> Ticket[T, R]:
        """A place for a question that is to be read by `deadline`; give it back by `leave`.

        Raises Overloaded where the lane is full or, if somebody waits for the answer, where those
        ahead and itself will take longer than that, and Stopping. Behind nobody it is always read.
        """
        with self._changed:
            if self._closed:
                raise Stopping("the service is being stopped; try again", retry_after=5)
            now, ahead = self.clock(), self._admitted[lane]
            turns = _BULK_TURN / (_BULK_TURN - 1) if self._admitted["bulk"] else 1.0
            late = now + self._readings(lane) * turns * self._seconds + self._own - deadline
            if ahead >= self._most or (ahead and lane == "interactive" and late > 0):
                wait = max(1.0, late)
                raise Overloaded(
                    f"{ahead} questions wait already, which is more than can be read in time; try "
                    f"again in {wait:.0f} s",
                    retry_after=wait,
                )
            self._admitted[lane] += 1
            return Ticket(lane, deadline, now, alone=not ahead)

    def put(self, ticket: Ticket[T, R], item: T) -> Future[R]:
        """Let an admitted question wait for the reader."""
        with self._changed:
            if self._closed:
                ticket.result.cancel()
                raise Stopping("the service is being stopped; try again", retry_after=5)
            ticket.item = item
            self._to_read[ticket.lane] += 1
            self._waiting[ticket.lane].append(ticket)
            self._changed.notify()
        return ticket.result

    def leave(self, ticket: Ticket[T, R]) -> None:
        """Give an admitted question's place back; it is not read any more if it still waits."""
        ticket.result.cancel()
        with self._changed:
            if ticket.taken is not None and ticket.result.done():  # else its caller has gone
                took = self.clock() - ticket.taken
                self._to_end += (_WEIGHT if self._to_end else 1.0) * (took - self._to_end)
            reads = ticket.item is not None
            self._admitted[ticket.lane] -= 1
            self._to_read[ticket.lane] -= reads
            self._share += _SHARE_WEIGHT * (reads - self._share)
            self._changed.notify_all()

    def take(self) -> list[Ticket[T, R]]:
        """What is read next, oldest first, as soon as anything waits; empty: the gate is closed."""
        with self._changed:
            while True:
                batch = self._next_batch()
                if batch or self._closed:
                    return batch
                self._changed.wait()

    def done(self, count: int, seconds: float) -> None:
        """Note how long a batch of so many questions took."""
        with self._changed:
            each = seconds / max(1, count)
            self._seconds += (_WEIGHT if self._seconds else 1.0) * (each - self._seconds)

    def drain(self, seconds: float) -> bool:
        """Wait until nothing that was admitted is under way; False if that took longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not any(self._admitted.values()), seconds)

    def close(self) -> None:
        """Admit nothing more, and drop what waits."""
        with self._changed:
            self._closed = True
            dropped = [ticket for lane in self._waiting.values() for ticket in lane]
            for lane in self._waiting.values():
                lane.clear()
            self._changed.notify_all()
        for ticket in dropped:
            _refuse(ticket, Stopping("the service is being stopped; try again", retry_after=5))

    @property
    def _own(self) -> float:
        """Seconds from when a question is taken to its end: read, ranked and remembered."""
        return max(self._seconds, self._to_end)

    def _readings(self, lane: Lane) -> float:
        """How many of a lane's questions are read yet: of those that are being prepared, some have
        a remembered answer."""
        to_read = self._to_read[lane]
        return to_read + self._share * (self._admitted[lane] - to_read)

    def _next_batch(self) -> list[Ticket[T, R]]:
        batch: list[Ticket[T, R]] = []
        people, programs = self._waiting["interactive"], self._waiting["bulk"]
        if (self._batches + 1) % _BULK_TURN == 0 and (ticket := self._oldest(programs)):
            batch.append(ticket)
        self._fill(batch, people)
        if not any(ticket.lane == "interactive" for ticket in batch):
            self._fill(batch, programs)  # beside people's, they would make these wait
        self._batches += bool(batch)
        return batch

    def _fill(self, batch: list[Ticket[T, R]], lane: deque[Ticket[T, R]]) -> None:
        while len(batch) < self._batch and (ticket := self._oldest(lane)):
            batch.append(ticket)

    def _oldest(self, lane: deque[Ticket[T, R]]) -> Ticket[T, R] | None:
        """The oldest question of a lane that is still wanted, and will be answered in time."""
        while lane:
            ticket = lane.popleft()
            now = self.clock()
            if now + (0.0 if ticket.alone else self._own) > ticket.deadline:
                _refuse(
                    ticket,
                    DeadlinePassed(
                        f"the question waited {now - ticket.admitted:.1f} s, and would be "
                        "answered too late; try again, or allow more by timeout_ms",
                        retry_after=1,
                    ),
                )
            elif ticket.result.set_running_or_notify_cancel():
                ticket.taken = now
                return ticket
        return None


def _refuse(ticket: Ticket[T, R], error: Exception) -> None:
    if ticket.result.set_running_or_notify_cancel():
        ticket.result.set_exception(error)
