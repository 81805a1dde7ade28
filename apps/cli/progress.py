"""How far a long run is, on stderr: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import math
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from ...core.errors import InputError
    from ...indexer.build import Progress

__all__ = ["CountProgress", "IndexProgress"]

_SECONDS_BETWEEN_LINES = 10.0


class CountProgress:
    """Shows `done` of `total` things with their rate and the time that remains.

    A context manager. Without a known total there is a rate, but no remaining time.
    """

    def __init__(
        self,
        unit: str,
        *,
        stream: TextIO | None = None,
        every: float | None = None,
        estimated: bool = False,
    ) -> None:
        self._unit, self._stream = unit, stream or sys.stderr
        self._of = "of about" if estimated else "of"
        self._every = _SECONDS_BETWEEN_LINES if every is None else every
        self._began = self._last = time.monotonic()
        self._done = 0
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> CountProgress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, done: int, total: int | None, note: str = "") -> None:
        """Show the state; cheap enough to call for every batch.

        A count below the last one is that of another stage, and has its own rate.
        """
        if anew := done < self._done:
            self._began = time.monotonic()
        self._done = done
        if self._stream.isatty():
            self._draw(done, total, note, anew=anew)
            return
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            self._stream.write(f"{self.line(done, total)}{note}\n")
            self._stream.flush()

    def line(self, done: int, total: int | None) -> str:
        """`1,200 of 5,000 passages, 52.1/s, 1:13 left`."""
        rate = self._rate(done)
        head = (
            f"{done:,} {self._unit}"
            if total is None
            else f"{done:,} {self._of} {total:,} {self._unit}"
        )
        left = "" if total is None or not done else f", {_clock((total - done) / rate)} left"
        return f"{head}, {rate:,.1f}/s{left}"

    def _rate(self, done: int) -> float:
        """Things done per second."""
        return done / max(time.monotonic() - self._began, 1e-9)

    def say(self, message: str) -> None:
        """A line of its own, above the bar if there is one."""
        if self._bar is not None:
            self._bar.console.print(message, markup=False, highlight=False)
        else:
            self._stream.write(f"{message}\n")

    def _draw(self, done: int, total: int | None, note: str, *, anew: bool) -> None:
        what = f"{self._unit}, {self._rate(done):,.1f}/s{note}"
        if self._bar is None or self._task is None:
            self._bar = _bar(self._stream, f" {self._of} ")
            self._task = self._bar.add_task(what, total=total)
            self._bar.start()
        if anew:
            self._bar.reset(self._task)
        self._bar.update(self._task, completed=done, total=total, description=what)


class IndexProgress:
    """Shows how far indexing is, and what it skips. A context manager."""

    def __init__(self, *, stream: TextIO | None = None, every: float | None = None) -> None:
        self._count = CountProgress("passages", stream=stream, every=every, estimated=True)
        self._first: Progress | None = None

    def __enter__(self) -> IndexProgress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._count.__exit__(kind, error, trace)

    def step(self, state: Progress) -> None:
        """Show the state after a batch."""
        self._count.step(state.passages, self._total(state), f", {state.documents:,} documents")

    def _total(self, state: Progress) -> int | None:
        """Passages that this run will have stored, judged by what it has stored since it began.

        What an earlier run had stored is read past in no time, and must not count.
        """
        if state.share is None:
            return None
        if self._first is None:
            self._first = state
            return None
        passages = state.passages - self._first.passages
        share = state.share - (self._first.share or 0.0)
        if passages <= 0 or share <= 0:
            return None
        return state.passages + math.ceil(passages * (1 - state.share) / share)

    def bad(self, error: InputError) -> None:
        """Tell what is skipped, and why."""
        self._count.say(f"skipped: {error}")


def _bar(stream: TextIO, of: str) -> Bar:
    """rich's bar with its own columns: the count, what is counted, the time that remains.

    `of` stands between what is done and the total.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        BarColumn(),
        MofNCompleteColumn(separator=of),
        TextColumn("{task.description}", markup=False),
        TimeRemainingColumn(),
        console=Console(file=stream),
        get_time=time.monotonic,
        transient=True,
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(math.ceil(seconds), 60)  # nothing is left only when all is done
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
