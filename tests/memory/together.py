"""One process that writes and others that read one memory, until the work is done.

    python -m tests.memory.together write|read FOLDER CHANGES SEED

Every version of a document has `PARTS` passages that name it, so that a torn answer shows. CHANGES
are the writer's. A reader says `READY` when it has looked once, and goes on until the writer leaves
its mark (`done`), however slow the machine is. The last line is a JSON object: what the writer was
promised, or how much a reader saw.
"""

from __future__ import annotations

import json
import random
import re
import sys
from pathlib import Path
from typing import Any

from spanmem.core.records import Entry, Passage
from spanmem.memory.store import Memory
from tests.memory.conftest import entry, vector

DOCUMENTS, PARTS = 12, 4
READY = "ready"
_SAID = re.compile(r"Part (\d) of (d\d+) in version (\d+)\.")


def version(name: str, number: int) -> Entry:
    return entry(name, *(f"Part {i} of {name} in version {number}." for i in range(PARTS)))


def done(folder: Path) -> Path:
    """The writer's mark beside the memory: it changes no more."""
    return folder.with_suffix(".done")


def write(folder: Path, changes: int, seed: int) -> dict[str, Any]:
    """Replace, remove, publish and compact; returns the last version of each document."""
    chance = random.Random(seed)
    promised: dict[str, int] = {}
    with Memory.open(folder, write=True) as memory:
        for number in range(1, changes + 1):
            name = f"d{chance.randrange(DOCUMENTS)}"
            if chance.random() < 0.2 and len(promised) > 1 and name in promised:
                assert memory.remove([name]) == 1
                del promised[name]
            else:
                memory.put([version(name, number)])
                promised[name] = number
            if chance.random() < 0.2:
                memory.publish()
            if chance.random() < 0.02:
                memory.compact()
    done(folder).touch()
    return {"versions": promised}


def read(folder: Path, seed: int) -> dict[str, Any]:
    """Look at documents and search; returns how often. Raises AssertionError for a torn answer."""
    chance, looks, answers = random.Random(seed), 0, 0
    newest = dict.fromkeys((f"d{i}" for i in range(DOCUMENTS)), 0)
    with Memory.open(folder) as memory:
        while not (done(folder).exists() and answers):
            name = f"d{chance.randrange(DOCUMENTS)}"
            passages = list(memory.passages(name))
            if passages:
                (number,) = {_whole(p)[1] for p in passages}
                assert [_whole(p)[0] for p in passages] == list(range(PARTS))
                assert number >= newest[name], (name, number, newest)
                newest[name] = number
            text = f"Part 1 of {name} in version {newest[name]}."
            for hit in memory.search(text, vector(text), k=9):
                _whole(hit.passage)
                answers += 1
            looks += 1
            if looks == 1:
                print(READY, flush=True)  # noqa: T201
        # Only now: it compares several looks at the memory, between which a writer may change it.
        assert memory.verify() == []
    return {"looks": looks, "answers": answers}


def _whole(passage: Passage) -> tuple[int, int]:
    """Part and version that a passage says it is, once it is seen to be one."""
    said = _SAID.fullmatch(passage.text)
    assert said is not None, passage
    assert said[2] == passage.document, passage
    return int(said[1]), int(said[3])


def main(role: str, folder: Path, changes: int, seed: int) -> None:
    """Do the work of one process, and say what came of it."""
    report = write(folder, changes, seed) if role == "write" else read(folder, seed)
    print(json.dumps(report))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
