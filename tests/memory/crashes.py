"""Writers that are killed at any moment, and what is left of their work.

    python -m tests.memory.crashes FOLDER ROUNDS SEED

A small process that has imported everything but used nothing forks a writer in each round, kills
it, and forks a second one that compares what is stored with what was acknowledged. Half of the
writers end after a random time, the others at a random step of the file layer. The last line is a
JSON object of counts.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from spanmem.core import files
from spanmem.core.records import Turn
from spanmem.memory.store import Memory
from tests.memory.conftest import DIM, entry, vector

State = dict[str, dict[str, Any]]
"""`documents`: id -> texts; `turns`: id -> the id of the turn that superseded it, or None."""
STEPS = ("sync", "write", "replace", "link", "remove", "digest")
OPERATIONS = (
    "add",
    "add",
    "add",
    "replace",
    "stage",
    "delete",
    "turn",
    "correct",
    "publish",
    "compact",
)


def operation(chance: random.Random, state: State, number: int) -> dict[str, Any]:
    """What a writer does next; all that is needed to do it again on a plain dictionary."""
    kind = chance.choice(OPERATIONS)
    names = sorted(state["documents"])
    live = sorted(one for one, by in state["turns"].items() if by is None)
    fresh = [f"d{number}.{i}" for i in range(chance.randint(1, 3))]
    if kind == "replace" and names:
        fresh = chance.sample(names, min(2, len(names)))
    if kind == "delete" and names:
        return {"kind": kind, "names": chance.sample(names, min(3, len(names)))}
    if kind == "stage":
        fresh = fresh[:1]
    if kind in ("turn", "correct"):
        old = chance.choice(live) if kind == "correct" and live else None
        return {"kind": kind, "id": f"t{number}", "old": old}
    if kind == "publish" or (kind == "compact" and chance.random() < 0.5):
        return {"kind": kind}
    texts = {name: [f"Part {i} of {name}, {number}." for i in range(3)] for name in fresh}
    return {"kind": "stage" if kind == "stage" else "put", "texts": texts}


def on_state(state: State, done: dict[str, Any]) -> State:
    """The state after an operation."""
    after = deepcopy(state)
    after["documents"].update(done.get("texts", {}))
    for name in done.get("names", ()):
        del after["documents"][name]
    if "id" in done:
        after["turns"][done["id"]] = None
        if done["old"]:
            after["turns"][done["old"]] = done["id"]
    return after


def on_memory(memory: Memory, done: dict[str, Any]) -> None:
    """The same operation, for real."""
    kind = done["kind"]
    if "texts" in done:
        entries = [entry(name, *texts) for name, texts in done["texts"].items()]
        if kind == "put":
            memory.put(entries)
            return
        with memory.stage(entries[0].document) as stage:
            for at, passage in enumerate(entries[0].passages):
                stage.add([passage], entries[0].vectors[at : at + 1])
    elif "names" in done:
        memory.remove(done["names"])
    elif kind == "compact":
        memory.compact()
    elif kind == "publish":
        memory.publish()
    else:
        question = f"What is {done['id']}?"
        turn = Turn(
            id=done["id"],
            scope="ann",
            question=question,
            answer="This.",
            kind="correction" if done["old"] else "answer",
            confidence=1.0,
            created_at=f"2026-01-01T00:00:00.{int(done['id'][1:]):06}+00:00",
        )
        if done["old"]:
            memory.supersede(done["old"], turn, vector(question))
        else:
            memory.add_turn(turn, vector(question))


def write(folder: Path, state: State, number: int, chance: random.Random, out: int) -> None:
    """Go on until killed; each operation is told before it begins and after it is done."""
    step = chance.randint(1, 80) if chance.random() < 0.5 else 0
    if step:
        _die_at(step)
    with Memory.open(folder, write=True) as memory:
        while True:
            done = operation(chance, state, number)
            os.write(out, (json.dumps(done) + "\n").encode())
            on_memory(memory, done)
            os.write(out, b"done\n")
            state, number = on_state(state, done), number + 1


def _die_at(step: int) -> None:
    """Let this process be killed at that many operations of the file layer, before or after it."""
    left = [step]

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            left[0] -= 1
            if left[0] == 0 and step % 2:
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*given)
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for name in STEPS:
        setattr(files, name, dying(getattr(files, name)))


def check(folder: Path, states: list[State]) -> int:
    """Which of the states the memory is in. Raises AssertionError where it is in none."""
    with Memory.open(folder) as memory:
        found: State = {
            "documents": {
                d.id: [p.text for p in memory.passages(d.id)] for d in memory.documents()
            },
            "turns": {t.id: t.superseded_by for t in memory.turns("ann")},
        }
        assert found in states, (found, states)
        assert memory.verify() == [], memory.verify()
        for texts in list(found["documents"].values())[-5:]:
            hits = memory.search(texts[0], vector(texts[0]), k=1, mode="dense")
            assert hits[0].passage.text == texts[0]
            hits = memory.search(texts[0], None, k=1)
            assert hits
    return states.index(found)


def _forked(work: Callable[[], int]) -> int:
    """The child's process id; `work` gives its exit code."""
    child = os.fork()
    if child:
        return child
    try:
        os._exit(work())
    except BaseException:
        traceback.print_exc()
        os._exit(99)


def killed(folder: Path, state: State, number: int, chance: random.Random) -> list[dict[str, Any]]:
    """The operations that a writer began before it was killed; the last may have been cut short."""
    reading, writing = os.pipe()
    seed = chance.random()

    def work() -> int:
        os.close(reading)
        write(folder, state, number, random.Random(seed), writing)
        return 0

    child = _forked(work)
    os.close(writing)
    delay = chance.uniform(0, 0.25)

    def kill() -> None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)

    with os.fdopen(reading, encoding="utf-8") as told:
        first = told.readline()
        killer = threading.Thread(target=kill)
        killer.start()
        lines = [first, *told]
    killer.join()
    os.waitpid(child, 0)
    begun = [line for line in lines if line.endswith("}\n")]
    acknowledged = lines.count("done\n")
    assert acknowledged in (len(begun), len(begun) - 1)
    return [{**json.loads(line), "done": at < acknowledged} for at, line in enumerate(begun)]


def campaign(folder: Path, rounds: int, seed: int) -> Counter[str]:
    """Kill that many writers; returns how often each operation was done or cut short."""
    chance, counts, number = random.Random(seed), Counter[str](), 0
    state: State = {"documents": {}, "turns": {}}
    Memory.create(folder, encoder="test", dim=DIM).close()
    for _ in range(rounds):
        states = [state]
        for one in killed(folder, state, number, chance):
            done = one.pop("done")
            counts[f"{one['kind']} {'acknowledged' if done else 'cut short'}"] += 1
            after = on_state(states[-1], one)
            states = [after] if done else [states[-1], after]
            number += 1
        child = _forked(lambda states=states: check(folder, states))  # type: ignore[misc]
        result = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert result in (0, 1), result
        state = states[result]
        counts["kills"] += 1
    return counts


if __name__ == "__main__":
    print(json.dumps(campaign(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201
