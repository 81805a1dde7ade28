"""Three servers under Patroni whose leader is killed while a memory is asked and written.

    python -m tests.memory.backends.postgresql.failovers ROUNDS SEED PATRONI

One process stores documents and turns through the address of all three and notes what is
acknowledged; another one asks, and opens the memory anew again and again. By turns the leader's
server, its Patroni, and both are killed; a Patroni is started again seconds after, or when another
server has long taken over. PATRONI is the program, see `cluster`. The last line is a JSON object of
counts, and of the gaps between two acknowledged writes in which a leader was killed, in seconds.
"""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import count, pairwise
from pathlib import Path
from typing import Any, TypeAlias

import spanmem
from spanmem.core.errors import StorageError
from spanmem.indexer.encoders.encoder import Encoder
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.turn_contract import make_turn
from spanmem.pipeline.factory import load_encoder
from spanmem.pipeline.settings import Settings
from tests.memory.backends.postgresql.cluster import Cluster, Node, running

KILLS = ("server", "patroni", "both")
_TTL = 20.0
_NAMES = 7
"""Documents that are written over and over; others are stored once."""
_PARTS = ("first", "second", "third")
_SETTINGS = {"encoder.model": "hash-32", "reader.model": "overlap", "index.words": 30}
_MILL = "The mill was built in 1820 by Ann Weaver."

Event: TypeAlias = tuple[float, str, str]
"""When, what, and of which document or turn, as `name number`."""


def settings() -> Settings:
    """Of an encoder and a reader without models."""
    return Settings.load(None, dict(_SETTINGS))


def text_of(number: int) -> str:
    """A text of several passages, each of which has the number."""
    return "\n\n".join(f"{number} {part}. " + f"Word {number}. " * 12 for part in _PARTS)


class Notes:
    """Events of a process, on disk as soon as they are noted."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="ascii", buffering=1)

    def note(self, what: str, detail: str = "") -> None:
        """Note what was just done."""
        self._file.write(f"{time.time():.6f} {what} {ascii(detail)[1:-1]}\n")


def read_notes(path: Path) -> list[Event]:
    """What was noted."""
    lines = (line.rstrip("\n").split(" ", 2) for line in path.open(encoding="ascii"))
    return [(float(at), what, detail) for at, what, detail in lines]


def write(address: str, folder: Path) -> None:
    """Store until told to stop: a new document, one written over, a turn, a correction."""
    notes, encoder = Notes(folder / "written"), load_encoder(settings())
    with ServerMemory.open(address, write=True) as memory:
        for number in count():
            for what, name, step in _steps(memory, encoder, number):
                if (folder / "stop").exists():
                    return
                notes.note("began", f"{what} {name} {number}")
                try:
                    step()
                    notes.note("stored", f"{what} {name} {number}")
                except StorageError as error:
                    notes.note("failed", f"{what} {name} {number} {error}")
            time.sleep(0.02)


def _steps(
    memory: ServerMemory, encoder: Encoder, number: int
) -> Iterator[tuple[str, str, Callable[[], object]]]:
    turn = make_turn(f"t{number}", number % 60, answer=str(number))
    correction = make_turn(f"c{number}", 1, question=turn.question, answer="No.", kind="correction")
    vector = encoder.encode_queries([turn.question])[0]

    def add(name: str) -> Callable[[], object]:
        document = {"id": name, "text": text_of(number)}
        return lambda: spanmem.add(memory, [document], encoder=encoder, settings=settings())

    yield "document", f"d{number}", add(f"d{number}")
    yield "document", f"r{number % _NAMES}", add(f"r{number % _NAMES}")
    yield "turn", turn.id, lambda: memory.add_turn(turn, vector)
    if number % 3 == 0:
        yield "turn", correction.id, lambda: memory.correct(correction, vector)


def ask(address: str, folder: Path) -> None:
    """Ask until told to stop, each tenth time of a memory that was opened for it."""
    notes, encoder = Notes(folder / "asked"), load_encoder(settings())
    memory = ServerMemory.open(address)
    for number in count():
        if (folder / "stop").exists():
            return
        try:
            if number % 10 == 9:
                memory.close()
                memory = ServerMemory.open(address)
            began = time.monotonic()
            qa = spanmem.QA(memory, encoder=encoder, settings=settings())
            answer = qa.ask("Who built the mill in 1820?")
            found = answer.evidence is not None and answer.evidence.document == "mill"
            took = f"{time.monotonic() - began:.3f}"
            notes.note("read" if found else "wrong", took if found else repr(answer)[:500])
        except Exception as error:  # whatever it is, it is a question without an answer
            notes.note("failed", f"{type(error).__name__}: {error}")
        time.sleep(0.01)


@contextmanager
def under(*works: Callable[[str, Path], None], address: str, folder: Path) -> Generator[None]:
    """Processes of ours that work meanwhile, until the file `stop` is there."""
    children: list[int] = []
    for work in works:
        child = os.fork()
        if not child:
            try:
                work(address, folder)
                os._exit(0)
            except BaseException as error:
                sys.stderr.write(f"{work.__name__}: {error!r}\n")
            finally:
                os._exit(1)
        children.append(child)
    try:
        yield
    finally:
        (folder / "stop").touch()
        statuses = [os.waitpid(child, 0)[1] for child in children]
    assert not any(statuses), statuses


def kill(leader: Node, victim: str, restart_after: float) -> None:
    """Kill a leader, and start its Patroni after so many seconds."""
    if victim in ("patroni", "both"):
        leader.kill_patroni()
    if victim in ("server", "both"):
        leader.kill_server()
    if victim != "server":
        time.sleep(restart_after)
        leader.start()


def killings(cluster: Cluster, rounds: int, chance: random.Random, folder: Path) -> Counter[str]:
    """Kill leaders by turns, each once the cluster is whole again."""
    notes, counts = Notes(folder / "killed"), Counter[str]()
    for turn in range(rounds):
        leader = cluster.wait_until_whole()
        time.sleep(chance.uniform(2, 5))
        victim = KILLS[turn % len(KILLS)]
        late = chance.random() < 0.7
        notes.note("killed", victim)
        kill(leader, victim, 2 * _TTL if late else chance.uniform(1, 5))
        after = cluster.wait_until_whole()
        counts[f"{victim} killed"] += 1
        counts["takeovers"] += after is not leader
        sys.stderr.write(f"{turn + 1} {victim} {leader.name} -> {after.name} {dict(counts)}\n")
    return counts


def check(address: str, folder: Path) -> dict[str, Any]:
    """What became of all that was acknowledged."""
    counts, told = Counter[str](), Counter[str]()
    last: dict[str, int] = {}  # of each name the number acknowledged last
    perhaps: dict[str, set[int]] = {}  # numbers since then of writes that failed
    for _, what, detail in read_notes(folder / "written"):
        kind, name, digits, *_ = detail.split(" ", 3)
        if what == "stored":
            last[name], perhaps[name] = int(digits), set()
            counts[f"{kind}s acknowledged"] += 1
        elif what == "failed":
            perhaps.setdefault(name, set()).add(int(digits))
            counts["writes failed"] += 1
            told[f"write failed: {detail}"] += 1
    with ServerMemory.open(address, write=True) as memory:
        found: dict[str, int] = {turn.id: int(turn.id[1:]) for turn in memory.turns("ann")}
        for info in memory.documents():
            words = (memory.text(info.id) or "").split()
            number = int(words[0]) if words and words[0].isdigit() else -1
            whole = words == text_of(number).split()
            counts["torn documents"] += not whole and info.id != "mill"
            found[info.id] = number if whole else -1
        counts["problems that verify finds"] = len(memory.verify())
    for name, number in last.items():
        counts["acknowledged writes lost"] += found.get(name) not in {number, *perhaps[name]}
    for _, what, detail in read_notes(folder / "asked"):
        counts[f"reads {what}"] += 1
        if what != "read":
            told[f"read {what}: {detail}"] += 1
    for line, times in told.most_common(20):
        sys.stderr.write(f"{times} x {line}\n")
    for name in ("acknowledged writes lost", "torn documents", "reads failed", "reads wrong"):
        counts[name] += 0
    return dict(counts)


def gaps(folder: Path) -> dict[str, Any]:
    """The longest time without an acknowledged write after each kill, and up to the next one."""
    stored = [at for at, what, _ in read_notes(folder / "written") if what == "stored"]
    kills = [at for at, _, _ in read_notes(folder / "killed")]
    longest: list[float] = []
    end = (folder / "stop").stat().st_mtime
    for at, until in pairwise([*kills, end]):
        times = [at, *(t for t in stored if at < t <= until), until]
        longest.append(round(max(b - a for a, b in pairwise(times)), 1))
    ranked = sorted(longest)
    reads = [float(d) for _, what, d in read_notes(folder / "asked") if what == "read"]
    return {
        "write gaps": longest,
        "write gap p50": ranked[len(ranked) // 2],
        "write gap p95": ranked[math.ceil(0.95 * len(ranked)) - 1],
        "write gap max": ranked[-1],
        "read p50": statistics.median(reads),
        "slowest read": max(reads),
    }


def campaign(patroni: str, rounds: int, seed: int) -> dict[str, Any]:
    """Kill so many leaders, and count what became of what was asked and stored."""
    chance = random.Random(seed)
    with running(patroni) as cluster, tempfile.TemporaryDirectory() as place:
        folder, address = Path(place), cluster.address("failovers")
        spanmem.add(address, [{"id": "mill", "text": _MILL}], settings=settings())
        with under(write, ask, address=address, folder=folder):
            counts = killings(cluster, rounds, chance, folder)
            time.sleep(5)
        cluster.wait_until_whole()
        return {**counts, **check(address, folder), **gaps(folder)}


if __name__ == "__main__":
    rounds, seed, patroni = sys.argv[1:]
    print(json.dumps(campaign(patroni, int(rounds), int(seed))))  # noqa: T201
