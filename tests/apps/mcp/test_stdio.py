"""A process of its own: nothing but the protocol on standard output, and it ends when told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pytest
from mcp.server.mcpserver import Context

from spanmem.apps.client.protocol import AsyncClient
from spanmem.apps.mcp.server import create_server
from spanmem.apps.mcp.stdio import interruptible_input, serve
from spanmem.core.errors import InputError
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


def ping(number: int) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "ping"}).encode() + b"\n"


def flooded(process: subprocess.Popen[str]) -> None:
    """More requests than go through pipes whose answers nobody reads."""
    to, _ = pipes(process)
    requests = b"".join(map(ping, range(10_000)))

    def send() -> None:
        with suppress(OSError):  # the process has ended
            os.write(to.fileno(), requests)

    sending = threading.Thread(target=send, daemon=True)
    sending.start()
    sending.join(1)
    assert sending.is_alive()


def test_a_client_leaves_in_the_middle_of_its_requests(process: subprocess.Popen[str]) -> None:
    introduced(process)
    flooded(process)
    process.stdout.close()  # type: ignore[union-attr]
    assert process.wait(timeout=60) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_a_second_signal_ends_it_although_nobody_takes_its_answers(
    process: subprocess.Popen[str],
) -> None:
    introduced(process)
    flooded(process)
    process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == -signal.SIGTERM


class Told(Exception):
    """What the handler of a signal raises."""


@contextmanager
def as_streams(monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[int, int]]:
    """Pipes in the place of standard input and output; yields the client's ends of them."""
    (inner, to), (back, outer) = os.pipe(), os.pipe()
    with os.fdopen(inner) as source, os.fdopen(outer, "w") as sink:
        monkeypatch.setattr(sys, "stdin", source)
        monkeypatch.setattr(sys, "stdout", sink)
        yield to, back
    for number in (to, back):
        with suppress(OSError):  # closed already
            os.close(number)


async def nobody(_context: Context[Any], _memory: str | None) -> AsyncClient:
    """Finds no memory: here none is asked."""
    raise InputError("no memory here")


def test_a_client_is_served_until_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    with as_streams(monkeypatch) as (to, back):

        def leave() -> None:
            os.write(to, ping(1))
            assert json.loads(os.read(back, 9999)) == {"jsonrpc": "2.0", "id": 1, "result": {}}
            os.close(to)

        client = threading.Thread(target=leave)
        client.start()
        serve(create_server(nobody))
        client.join()


def test_a_signal_ends_it_although_the_client_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(number: int, _frame: object) -> None:
        raise Told(number)

    before = signal.signal(signal.SIGTERM, tell)
    try:
        with as_streams(monkeypatch) as (to, back):

            def stop() -> None:
                os.write(to, ping(1))
                os.read(back, 9999)
                os.kill(os.getpid(), signal.SIGTERM)

            client = threading.Thread(target=stop)
            client.start()
            with pytest.raises(Told, match=str(int(signal.SIGTERM))):
                serve(create_server(nobody))
            client.join()
            assert signal.getsignal(signal.SIGTERM) is tell
    finally:
        signal.signal(signal.SIGTERM, before)


def test_in_another_thread_signals_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with as_streams(monkeypatch) as (to, _):
        os.close(to)
        thread = threading.Thread(target=serve, args=(create_server(nobody),))
        thread.start()
        thread.join()
    assert signal.getsignal(signal.SIGTERM) is before


def test_input_ends_where_nobody_reads_the_output_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client's end of standard input stays open: reading it would wait for ever."""
    with as_streams(monkeypatch) as (to, back):
        source = sys.stdin
        with interruptible_input():
            os.write(to, b"a line\nhalf a l")
            assert sys.stdin.readline() == "a line\n"
            os.write(to, "ine, ö\n".encode())
            assert sys.stdin.readline() == "half a line, ö\n"
            os.close(back)
            assert sys.stdin.read() == ""
        assert sys.stdin is source


def test_input_ends_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    with as_streams(monkeypatch), interruptible_input() as end:
        end()
        assert sys.stdin.read() == ""


def test_more_than_a_pipe_holds_goes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x" * 300_000 + "\n"
    with tempfile.TemporaryFile("w+") as source, tempfile.TemporaryFile("w") as sink:
        source.write(text)
        source.seek(0)
        monkeypatch.setattr(sys, "stdin", source)
        monkeypatch.setattr(sys, "stdout", sink)
        with interruptible_input():
            assert sys.stdin.read() == text
