"""Killed at random moments, the service has lost nothing that it had acknowledged."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from spanmem.apps.web.database import FILE, Database
from spanmem.apps.web.keys import Keys
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service

ROUNDS = int(os.environ.get("ROUNDS", "20"))
CALLERS = 3


class Told:
    """What was acknowledged, by what it was asked for with."""

    def __init__(self) -> None:
        self.asked: dict[str, str] = {}
        self.corrections: dict[str, str] = {}
        self.verdicts: dict[str, str] = {}
        self.jobs: set[str] = set()


@contextmanager
def served(data: Path, token: str) -> Generator[tuple[subprocess.Popen[bytes], httpx2.Client]]:
    """A server of its own that is ready, killed if it still runs when the block is left."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "spanmem", "serve", "--data", str(data), "--port", str(port)]
    command += ["--encoder", "hash-256", "--reader", "overlap"]
    rates = {
        f"SPANMEM_SERVICE__{name}": "1000000" for name in ("ASK_RATE", "ASK_BURST", "WRITE_RATE")
    }
    process = subprocess.Popen(command, env={**os.environ, **rates}, stderr=subprocess.DEVNULL)
    client = httpx2.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with suppress(httpx2.TransportError):
                if client.get("/health/ready").status_code == 200:
                    break
            time.sleep(0.05)
        else:
            pytest.fail("the server did not get ready")
        yield process, client
    finally:
        process.kill()
        process.wait()
        client.close()


def work(client: httpx2.Client, told: Told, seed: int) -> None:
    """Ask, judge, correct and upload until the server is gone; note what it acknowledged."""
    chance = random.Random(seed)
    base = "/v1/memories/support"

    def post(path: str, **body: Any) -> Any:
        answer = client.post(f"{base}{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    with suppress(httpx2.HTTPError):
        for number in range(10**6):
            name = f"{seed}-{number}"
            question = f"How many boxes stand on shelf {seed} {number}?"
            asked = post("/ask", question=question, scope=f"s{chance.randrange(5)}")
            told.asked[asked["id"]] = asked["turn"]
            verdict = chance.choice(["right", "wrong", "outdated"])
            post(f"/asked/{asked['id']}/feedback", verdict=verdict)
            told.verdicts[asked["id"]] = verdict
            turn = post("/corrections", asked=asked["id"], scope=asked["scope"], text=name)
            told.corrections[turn["id"]] = name
            if number % 4 == 0:
                text = f"The box {name} is {chance.choice(['red', 'blue'])}."
                told.jobs.add(post("/documents", documents=[{"id": name, "text": text}])["id"])


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost(
    tmp_path: Path, build: Callable[..., Service]
) -> None:
    data, told, chance = tmp_path / "data", Told(), random.Random(3)
    build(data, "support").close()
    database = Database(data / FILE)
    _, token = Keys(database).add(Kind.EDITOR, "Ann", memories=["support"])
    database.close()
    for number in range(ROUNDS):
        with served(data, token) as (process, client):
            callers = [
                threading.Thread(target=work, args=(client, told, CALLERS * number + caller))
                for caller in range(CALLERS)
            ]
            for caller in callers:
                caller.start()
            time.sleep(chance.uniform(0.05, 1.5))
            process.send_signal(signal.SIGKILL)
            for caller in callers:
                caller.join()
    assert len(told.asked) > ROUNDS
    with served(data, token) as (_, client):
        base = "/v1/memories/support"
        for asked, turn in told.asked.items():
            row = client.get(f"{base}/asked/{asked}").json()
            assert row["turn"] == turn
            if asked in told.verdicts:
                assert [each["verdict"] for each in row["feedback"]] == [told.verdicts[asked]]
        lines = client.get(f"{base}/export").text
        for turn, text in told.corrections.items():
            assert turn in lines
            assert text in lines
        end = time.monotonic() + 120
        for job in told.jobs:
            while (table := client.get(f"{base}/jobs/{job}").json())["state"] != "done":
                assert time.monotonic() < end
                if table["state"] == "failed":  # it was under way each time, and says so
                    assert "begun 3 times" in table["problem"]
                    client.post(f"{base}/jobs/{job}/retry").raise_for_status()
                time.sleep(0.2)
