"""One process that writes and others that read one memory, for a while.

    python -m tests.memory.together write|read FOLDER SECONDS SEED

Every version of a document has `PARTS` passages that name it, so that a torn answer shows. The
last line is a JSON object: what the writer was promised, or how much a reader saw.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from pathlib import Path
from typing import Any

from spanmem.core.records import Entry, Passage
from spanmem.memory.store import Memory
from tests.memory.conftest import entry, vector

DOCUMENTS, PARTS = 12, 4
_SAID = re.compile(r"Part (\d) of (d\d+) in version (\d+)\.")


def version(name: str, number: int) -> Entry:
    return entry(name, *(f"Part {i} of {name} in version {number}." for i in range(PARTS)))


def write(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Replace, remove, publish and compact; returns the last version of each document."""
    chance, until, number = random.Random(seed), time.monotonic() + seconds, 0
    promised: dict[str, int] = {}
    with Memory.open(folder, write=True) as memory:
        while time.monotonic() < until:
            number += 1
            name = f"d{chance.randrange(DOCUMENTS)}"
            if chance.random() < 0.2 and name in promised:
                assert memory.remove([name]) == 1
                del promised[name]
            else:
                memory.put([version(name, number)])
                promised[name] = number
            if chance.random() < 0.2:
                memory.publish()
            if chance.random() < 0.02:
                memory.compact()
    return {"versions": promised, "changes": number}


def read(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Look at documents and search; returns how often. Raises AssertionError for a torn answer."""
    chance, until, answers = random.Random(seed), time.monotonic() + seconds, 0
    newest = dict.fromkeys((f"d{i}" for i in range(DOCUMENTS)), 0)
    with Memory.open(folder) as memory:
        while time.monotonic() < until:
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
        assert memory.verify() == []
    return {"answers": answers, "seen": len([n for n in newest.values() if n])}


def _whole(passage: Passage) -> tuple[int, int]:
    """Part and version that a passage says it is, once it is seen to be one."""
    said = _SAID.fullmatch(passage.text)
    assert said is not None, passage
    assert said[2] == passage.document, passage
    return int(said[1]), int(said[3])


if __name__ == "__main__":
    does = {"write": write, "read": read}[sys.argv[1]]
    print(json.dumps(does(Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))))  # noqa: T201
