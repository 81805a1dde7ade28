"""What contradicts itself is told, each in its line; nothing is where all is well."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.memory.maintenance.verify import index, sizes
from spanmem.memory.store import Memory
from spanmem.memory.turn_contract import make_turn
from tests.memory.conftest import Opener, vector


@pytest.fixture
def path(filled: Opener, path: Path) -> Path:
    with filled() as memory:
        memory.add_turn(make_turn("t1", 1), vector("Q"))
        memory.supersede("t1", make_turn("t2", 2, kind="correction"), vector("Q"))
        memory.add_turn(make_turn("t3", 3, answer=None), vector("Q"))
    return path


FAULTS = {
    "UPDATE passages SET document = 99 WHERE number = 1": ["1 passages belong to no document"],
    "DELETE FROM passages WHERE number = 1": [
        "the dense view holds 1 passages that are not stored",
        "the lexical view holds 4 passages, not 3",
    ],
    "INSERT INTO removed VALUES (1, 1)": ["1 passages are there though they were removed"],
    "UPDATE passages SET vector = x'00' WHERE number = 1": [
        "1 vectors have another length than the encoder's"
    ],
    "UPDATE passages SET vector = zeroblob(16) WHERE number = 1": ["1 vectors are not of length 1"],
    "UPDATE passages SET vector = x'007E0000000000000000000000000000' WHERE number = 1": [
        "1 vectors are not finite"
    ],
    "UPDATE passages SET vector = x'00FC0000000000000000000000000000' WHERE number = 2": [
        "1 vectors are not finite"
    ],
    "UPDATE turn_vectors SET vector = x'007C0000000000000000000000000000' WHERE sequence = 2": [
        "1 turns' vectors are not finite"
    ],
    "UPDATE passages SET text = 'forged' WHERE number = 1": [
        "1 passages are not what their key says"
    ],
    "UPDATE passages SET generation = 9 WHERE number = 1": ["1 passages are newer than the memory"],
    "UPDATE documents SET metadata = '5' WHERE id = 'mill'": [
        "metadata of 1 documents cannot be read, the first is 'mill'"
    ],
    "UPDATE turns SET evidence = '5' WHERE id = 't1'": [
        "1 turns cannot be read, the first is 't1'"
    ],
    "UPDATE turns SET carried = '[5]' WHERE id = 't1'": [
        "1 turns cannot be read, the first is 't1'"
    ],
    "UPDATE turns SET supersedes = 'gone' WHERE id = 't2'": [
        "1 turns supersede one that is not there"
    ],
    "UPDATE turn_vectors SET vector = x'0000' WHERE sequence = 1": [
        "1 turns' vectors have another length than the encoder's"
    ],
    "UPDATE turn_vectors SET changed = 9": ["2 turns are newer than the memory"],
    "DELETE FROM turn_vectors WHERE sequence = 2": ["1 turns lack their vector"],
    "UPDATE turn_vectors SET live = 1": ["1 turns' vectors belong to no such turn"],
    "UPDATE turn_vectors SET correction = 0": ["1 turns' vectors belong to no such turn"],
    "UPDATE turn_vectors SET scope = 'bob'": ["2 turns' vectors belong to no such turn"],
    "INSERT INTO turn_vectors VALUES (3, 'ann', 0, 1, 1, zeroblob(16))": [
        "1 turns' vectors belong to no such turn"
    ],
}


@pytest.mark.parametrize(("fault", "lines"), FAULTS.items())
def test_each_contradiction_is_told(path: Path, fault: str, lines: list[str]) -> None:
    with Memory.open(path) as memory:
        assert memory.verify() == []
        memory._database._writing_connection().execute("PRAGMA foreign_keys = OFF")
        with memory._database.change() as cursor:
            cursor.execute(fault)
        problems = memory.verify()
    assert [line for line in lines if line not in problems] == []


def test_an_altered_view_is_told(path: Path) -> None:
    (view,) = path.glob("views/*/dense-0.faiss")
    data = view.read_bytes()
    view.write_bytes(data[:-4] + b"\1\1\1\1")
    with Memory.open(path) as memory:
        assert "view file dense-0.faiss was altered" in memory.verify()


def test_sizes_count_what_there_is(path: Path) -> None:
    with Memory.open(path) as memory:
        table = sizes(path, memory._rows, memory._turns)
        facts = index(memory._rows, memory._indexes.published)
    assert table.pop("bytes") > 0
    assert table == {"documents": 3, "passages": 4, "turns": 3, "scopes": 1}
    assert facts == {
        "wanted": "auto",
        "segments": 1,
        "passages": {"flat": 4},
        "recall_at_10": 1.0,
    }
