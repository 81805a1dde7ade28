"""What systemd is told of the service: sd_notify(3), by a datagram to a socket that it names."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

__all__ = ["tell", "watchdog_seconds"]


def tell(state: str) -> None:
    """Send a line such as `READY=1`; nothing where no systemd listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):  # a name in Linux's abstract space
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.sendto(state.encode(), address)


def watchdog_seconds() -> float | None:
    """How long systemd waits for a sign of life; None: it does not."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    meant = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    if not microseconds.isdigit() or meant != str(os.getpid()):
        return None
    return int(microseconds) / 1e6 or None
