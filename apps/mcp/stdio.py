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
from contextlib import contextmanager
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
        anyio.run(server.run_stdio_async)


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
        yield lambda: _write(leave, b"x")
    finally:
        _write(leave, b"x")
        pump.join()
        for number in (source, sink, gone, leave):
            os.close(number)
        sys.stdin.close()
        sys.stdin = before


def _pump(source: int, sink: int, gone: int, outer: int) -> None:
    """Pass on what is read until there is no more, nobody reads `sink`, or `gone` can be read."""
    poll = select.poll()
    poll.register(source, select.POLLIN)
    poll.register(gone, select.POLLIN)
    poll.register(sink, 0)  # of which errors alone are told
    try:
        while True:
            ready = dict(poll.poll())
            if ready.keys() != {source}:
                break
            chunk = os.read(source, _CHUNK)
            if not chunk or not _write(outer, chunk):
                break
    except OSError:
        pass
    finally:
        os.close(outer)


def _write(number: int, chunk: bytes) -> bool:
    """Write all of it; whether anybody takes it."""
    try:
        while chunk:
            chunk = chunk[os.write(number, chunk) :]
    except OSError:
        return False
    return True


@contextmanager
def _signals_call(end: Callable[[], object]) -> Generator[None]:
    """Let signals to stop call `end`, and raise what they would have when the block has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before: dict[int, Callable[[int, FrameType | None], Any]] = {}
    for number in map(int, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)):
        if callable(handler := signal.getsignal(number)):
            before[number] = handler

    def stop(number: int, frame: FrameType | None) -> None:
        if heard:  # told twice: without waiting for what is under way
            before[number](number, frame)
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
