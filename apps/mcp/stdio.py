"""Serving over standard input and output, ended by a signal or by the client's leaving, too.

The SDK reads standard input in a thread that nothing interrupts: a process told to stop would stay
until its client writes again. Here another thread reads it and passes it on through a pipe, which
is closed where there is to be no more.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

__all__ = ["interruptible_input", "serve"]

_CHUNK = 1 << 16


def serve(server: MCPServer) -> None:
    """Serve one client until it leaves, or a signal to stop comes, which then counts as ever.

    Only in the main thread signals can be heard; in others they stay as they are.
    """
    import anyio

    with interruptible_input() as end, _signals_call(end):
        try:
            anyio.run(server.run_stdio_async)
        except* BrokenPipeError:  # the client left before it took its answers
            pass


@contextmanager
def interruptible_input() -> Generator[Callable[[], object]]:
    """Put a pipe before standard input; yields what ends it, as if the client had left."""
    # Duplicates: the SDK turns the numbers of both streams to elsewhere while it serves.
    source, sink = os.dup(sys.stdin.fileno()), os.dup(sys.stdout.fileno())
    inner, outer = os.pipe()
    gone, leave = os.pipe()
    pump = threading.Thread(target=_pump, args=(source, sink, gone, outer), daemon=True)
    before, sys.stdin = sys.stdin, os.fdopen(inner, encoding="utf-8", errors="replace")
    pump.start()
    try:
        yield lambda: _tell(leave)
    finally:
        _tell(leave)
        pump.join()
        for number in (source, sink, gone, leave):
            os.close(number)
        sys.stdin.close()
        sys.stdin = before


def _pump(source: int, sink: int, gone: int, outer: int) -> None:
    """Pass on what is read until there is no more, nobody reads `sink`, or `gone` can be read.

    Never waits for anything else: what nobody takes from `outer` must not keep it from hearing.
    """
    os.set_blocking(outer, False)
    rest = b""
    try:
        while True:
            place, event = (outer, select.POLLOUT) if rest else (source, select.POLLIN)
            poll = select.poll()
            poll.register(place, event)
            poll.register(gone, select.POLLIN)
            poll.register(sink, 0)  # of which errors alone are told
            if dict(poll.poll()).keys() != {place}:
                break
            if rest:
                rest = rest[os.write(outer, rest) :]
            elif not (rest := os.read(source, _CHUNK)):
                break
    except OSError:
        pass
    finally:
        os.close(outer)


def _tell(number: int) -> None:
    """Write a byte, if anybody can hear it."""
    with suppress(OSError):
        os.write(number, b"x")


@contextmanager
def _signals_call(end: Callable[[], object]) -> Generator[None]:
    """Let signals to stop call `end`, and raise what they would have when the block has ended.

    A second one ends the process at once: threads that wait outlast whatever a handler raises.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before: dict[int, Callable[[int, FrameType | None], Any]] = {}
    for number in map(int, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)):
        if callable(handler := signal.getsignal(number)):
            before[number] = handler

    def stop(number: int, _frame: FrameType | None) -> None:
        if heard:  # told twice: not even for answers that nobody takes there is a wait
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        heard.append(number)
        end()

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if heard:
        before[heard[0]](heard[0], None)
