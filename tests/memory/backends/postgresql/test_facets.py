"""A filter finds the same documents on a server and in a folder."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spanmem.core.errors import InputError
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.contract import DIM, make_entry
from spanmem.memory.store import Memory

TEXTS = (
    *("2021", "2021-05-03", "2021-05", "3 May 2021", "05/03/2021", "25/03/2021", "03/25/2021"),
    *(
        "03.05.2021",
        "20210503",
        "1,200",
        "-3.5",
        "(320.50)",
        "007",
        "1.10",
        "1.1",
        "true",
    ),
    *(
        " FALSE",
        "n/a",
        "",
        " ",
        "de",
        "Äpfel",
        "2021-05-03T10:00:00Z",
        "May 2021",
        "5/6/21",
        "50%",
        "'; --",
        "2021\ud800",
        "3 May 2021\udfff",
    ),
)
NUMBERS = (True, False, 0, 1, 2021, 20210503, 1200, 1.0, 1.1, -3.5, 1e300, 2**62, 2**63 - 1)
KEYS = ("year", "b c", "Ü", "k" * 3000)


def _value(rng: random.Random) -> str | int | float:
    return rng.choice((rng.choice(TEXTS), rng.choice(TEXTS), rng.choice(NUMBERS)))


def _criterion(rng: random.Random) -> Any:
    kind = rng.random()
    if kind < 0.4:
        return _value(rng) if kind < 0.3 else [_value(rng), _value(rng)]
    if kind < 0.55:
        return {"ne": _value(rng)}
    return {sign: _value(rng) for sign in rng.sample(["gt", "gte", "lt", "lte"], 2)}


def _found(memory: Memory | ServerMemory, where: Mapping[str, Any]) -> object:
    try:
        ids = [info.id for info in memory.list_documents(where=where, limit=100)]
        return ids, memory.count_documents(where=where), memory.uncompared(where)
    except InputError as error:
        return str(error)


def test_filters_mean_what_they_mean_in_a_folder(memory: ServerMemory, tmp_path: Path) -> None:
    rng = random.Random(2)
    entries = [
        make_entry(f"d{i}", "Text.", metadata={k: _value(rng) for k in rng.sample(KEYS, 3)})
        for i in range(40)
    ]
    with Memory.create(tmp_path / "folder", encoder="test", dim=DIM) as folder:
        for store in (folder, memory):
            store.put(entries)
        for _ in range(80):
            where = {key: _criterion(rng) for key in rng.sample(KEYS, rng.choice([1, 1, 2]))}
            assert _found(memory, where) == _found(folder, where), where


def test_other_dates_of_a_key_tell_whether_the_day_comes_first(memory: ServerMemory) -> None:
    memory.put([make_entry("a", "x", metadata={"date": "03/05/2021"})])
    where = {"date": {"lt": "2021-04-01"}}
    assert [d.id for d in memory.list_documents(where=where)] == []
    (notice,) = memory.uncompared(where)
    assert "1 document was left out" in notice
    memory.put([make_entry("b", "x", metadata={"date": "05/25/2021"})])
    assert [d.id for d in memory.list_documents(where=where)] == ["a"]
    memory.put([make_entry("b", "x", metadata={"date": "25/05/2021"})])
    assert [d.id for d in memory.list_documents(where=where)] == []
    assert memory.uncompared(where) == ()
