"""What systemd is told."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from spanmem.apps.web import notify


def test_systemd_hears_what_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "n"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))
        notify.tell("READY=1")
        assert channel.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "/no/such/socket", "tcp:1", "@no-such-name-here"])
def test_where_nobody_listens_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify.tell("READY=1")


@pytest.mark.parametrize(
    ("microseconds", "process", "seconds"),
    [("60000000", None, 60.0), ("60000000", "own", 60.0), ("60000000", "1", None),
     ("", None, None), ("0", None, None), ("soon", None, None)],
)  # fmt: skip
def test_signs_of_life_are_given_where_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch, microseconds: str, process: str | None, seconds: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    if process is not None:
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if process == "own" else process)
    assert notify.watchdog_seconds() == seconds
