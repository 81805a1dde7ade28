"""Connections that stall: half a header, or a body that stops coming, is not waited for for ever.

Each open connection costs a descriptor, so that a few thousand of them would keep others out.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

__all__ = ["Connection"]

_Protocol: Any = AutoHTTPProtocol


class Connection(_Protocol):  # type: ignore[misc]
    """One HTTP connection, which is closed when what was begun does not come."""

    head_seconds = 15.0
    """In which the whole head of a request must have come."""
    body_seconds = 60.0
    """That may pass between two pieces of a body."""
    _timer: asyncio.TimerHandle | None = None
    _for_head = False

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what has come, and wait for what is still to come."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        super().connection_lost(exc)
        self._rest()

    def _watch(self) -> None:
        if self.transport.is_closing():
            self._rest()
        elif self.cycle is None or self.cycle.response_complete:
            # From its first byte on: a drop now and then gains no time.
            if self._timer is None or not self._for_head:
                self._await(self.head_seconds, for_head=True)
        elif self.cycle.more_body:
            self._await(self.body_seconds, for_head=False)
        else:
            self._rest()

    def _await(self, seconds: float, *, for_head: bool) -> None:
        self._rest()
        self._for_head = for_head
        self._timer = self.loop.call_later(seconds, self._give_up)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        held_up = not self._for_head and self.flow.read_paused  # by us: the disk is slow
        begun = self.cycle is not None and not self.cycle.response_complete
        if held_up:
            self._await(self.body_seconds, for_head=False)
        elif not (self._for_head and begun):
            self.transport.close()
