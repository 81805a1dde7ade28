"""Connections that stall are ended; those that are at work are not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn

from spanmem.apps.web.connections import Connection

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Hasty(Connection):
    head_seconds = 0.15
    body_seconds = 0.15


async def app(_scope: Any, receive: Any, send: Any) -> None:
    message: Any = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
    await asyncio.sleep(0.3)  # longer than it waits for callers
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


def answered(*pieces: bytes, every: float = 0.0) -> bytes:
    """What a server says to what comes in pieces."""

    async def talk() -> bytes:
        config = uvicorn.Config(app, http=Hasty, lifespan="off", log_config=None, ws="none")
        config.load()
        server = uvicorn.Server(config)
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(
            lambda: Hasty(config=config, server_state=server.server_state, app_state={}),
            "127.0.0.1",
        )
        port = listening.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(every)
        said = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        listening.close()
        return said

    return asyncio.run(talk())


@pytest.mark.parametrize(
    ("pieces", "every"),
    [((), 0.0), ((b"GET / HT",), 0.0), ((HEAD,), 0.0), ((HEAD + b"\r\nab",), 0.0),
     ((b"G", b"E", b"T", b" ", b"/"), 0.04)],
)  # fmt: skip
def test_what_is_begun_and_does_not_come_ends_the_connection(
    pieces: tuple[bytes, ...], every: float
) -> None:
    assert answered(*pieces, every=every) == b""


def test_a_whole_request_is_answered_however_long_that_takes() -> None:
    close = HEAD + b"Connection: close\r\n\r\n"
    assert answered(close + b"abcd").endswith(b"ok")
    assert answered(close, b"a", b"b", b"c", b"d", every=0.08).endswith(b"ok")


def test_a_second_request_that_stalls_is_ended_after_the_first_was_answered() -> None:
    said = answered(HEAD + b"\r\nabcd", b"GET / HTTP/1.1\r\nHo", every=0.35)
    assert said.count(b"200 OK") == 1
