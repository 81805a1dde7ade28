"""A process of its own: nothing but the protocol on standard output, and it ends when told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pytest

from spanmem.apps.mcp.stdio import interruptible_input
from tests.apps.small_memory import small_qa

ASKED = "How long does the warranty of the lamp last?"
WORDS = ("--encoder", "hash-256", "--reader", "overlap")


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stdio")
    small_qa(folder).memory.close()
    return folder / "small.memory"


@pytest.fixture
def process(memory: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "spanmem", "mcp", "--memory", str(memory), *WORDS]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    yield process
    process.kill()
    with suppress(OSError):  # what was not written yet
        process.communicate()


def pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def exchanged(process: subprocess.Popen[str], method: str, **params: Any) -> dict[str, Any]:
    """The answer to one request; every line of the output is a message of the protocol."""
    to, back = pipes(process)
    to.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n")
    to.flush()
    message = json.loads(back.readline())
    assert message["jsonrpc"] == "2.0"
    result: dict[str, Any] = message["result"]
    return result


def introduced(process: subprocess.Popen[str]) -> None:
    client = {"name": "a client", "version": "1"}
    answer = exchanged(
        process, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client
    )
    assert answer["serverInfo"]["name"] == "spanmem"
    assert "do not answer in their place" in answer["instructions"]
    to, _ = pipes(process)
    to.write(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}) + "\n")


def test_a_client_asks_and_leaves(process: subprocess.Popen[str]) -> None:
    introduced(process)
    call = {"name": "ask", "arguments": {"question": ASKED}}
    answer = exchanged(process, "tools/call", **call)
    assert answer["structuredContent"]["answer"]
    out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("", "", 0)


def test_a_signal_ends_it_although_the_client_stays(process: subprocess.Popen[str]) -> None:
    introduced(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    out, err = process.communicate()
    assert (out, len(err.splitlines())) == ("", 1)


def test_input_ends_where_nobody_reads_the_output_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's end of standard input stays open: reading it would wait for ever."""
    (inner, to), (back, outer) = os.pipe(), os.pipe()
    with os.fdopen(inner) as source, os.fdopen(outer, "w") as sink:
        monkeypatch.setattr(sys, "stdin", source)
        monkeypatch.setattr(sys, "stdout", sink)
        with interruptible_input():
            os.write(to, b"a line\nhalf a l")
            assert sys.stdin.readline() == "a line\n"
            os.write(to, "ine, ö\n".encode())
            assert sys.stdin.readline() == "half a line, ö\n"
            os.close(back)
            assert sys.stdin.read() == ""
        assert sys.stdin is source
    os.close(to)


def test_input_ends_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    (inner, to), (back, outer) = os.pipe(), os.pipe()
    with os.fdopen(inner) as source, os.fdopen(outer, "w") as sink:
        monkeypatch.setattr(sys, "stdin", source)
        monkeypatch.setattr(sys, "stdout", sink)
        with interruptible_input() as end:
            end()
            assert sys.stdin.read() == ""
    os.close(to)
    os.close(back)


def test_more_than_a_pipe_holds_goes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x" * 300_000 + "\n"
    with tempfile.TemporaryFile("w+") as source, tempfile.TemporaryFile("w") as sink:
        source.write(text)
        source.seek(0)
        monkeypatch.setattr(sys, "stdin", source)
        monkeypatch.setattr(sys, "stdout", sink)
        with interruptible_input():
            assert sys.stdin.read() == text
