"""What a damaged database still gives, of this format and of the one before."""

from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import FormatTooNew
from spanmem.memory.maintenance.salvage import SavedTurn, Wreck
from spanmem.memory.migrations import FORMAT
from spanmem.memory.store import Memory
from spanmem.memory.turn_contract import make_turn
from spanmem.memory.turn_records import read_turn
from tests.memory.conftest import DIM, Opener, entry, vector

FIXTURES = Path(__file__).parent.parent / "fixtures"
PAGE = 4096


@pytest.fixture
def path(create: Opener, path: Path) -> Path:
    with create() as memory:
        memory.put([entry(f"d{i}", f"Text of d{i}.", title=f"Title {i}") for i in range(40)])
        for number in range(40):
            turn = make_turn(f"t{number:02}", number, answer="Yes. " * 99)
            turn = turn if number % 2 else replace(turn, evidence=())
            memory.add_turn(turn, vector(f"{number}"))
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with tarfile.open(FIXTURES / "format_1.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "m"


def change(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path / "rows.sqlite")) as connection, connection:
        connection.execute(sql, values)


def spoil(path: Path, name: str) -> None:
    """Overwrite the page that a table or an index begins with."""
    with closing(sqlite3.connect(path / "rows.sqlite")) as connection:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = connection.execute(sql, (name,)).fetchone()
    with (path / "rows.sqlite").open("r+b") as rows:
        rows.seek((page - 1) * PAGE)
        rows.write(b"\xa5" * PAGE)


def saved(path: Path, dim: int = DIM) -> list[SavedTurn]:
    with closing(Wreck(path)) as wreck:
        return list(wreck.turns(dim))


def ids(turns: list[SavedTurn]) -> list[str]:
    return [read_turn(turn.row).id for turn in turns]


def test_all_of_a_sound_one_is_saved_in_its_order(path: Path) -> None:
    with closing(Wreck(path)) as wreck:
        assert len(list(wreck.documents())) == 40
        assert len(list(wreck.passages(DIM))) == 40
        assert (wreck.suspects, wreck.dim(), wreck.meta("encoder")) == (set(), DIM, "test")
        counts = [wreck.count(name) for name in ("documents", "passages", "turns")]
    assert counts == [40, 40, 40]
    turns = saved(path)
    assert ids(turns) == [f"t{i:02}" for i in range(40)]
    assert [turn.vector is not None for turn in turns] == [bool(i % 2) for i in range(40)]
    with Memory.open(path) as memory:
        assert [read_turn(turn.row) for turn in turns] == memory.turns("ann")


def test_without_their_vectors_turns_stay_that_need_none(path: Path) -> None:
    spoil(path, "turn_vectors")
    assert ids(saved(path)) == [f"t{i:02}" for i in range(0, 40, 2)]


@pytest.mark.parametrize("index", ["turns_scope", "turns_answer", "sqlite_sequence"])
def test_what_is_told_twice_may_be_lost_once(path: Path, index: str) -> None:
    spoil(path, index)
    assert len(saved(path)) == 40


def test_a_part_of_the_turns_is_lost_alone(path: Path) -> None:
    data = (path / "rows.sqlite").read_bytes()
    page = data.find(b"Question t20?") // PAGE
    with (path / "rows.sqlite").open("r+b") as rows:
        rows.seek(page * PAGE)
        rows.write(b"\xa5" * PAGE)
    turns = ids(saved(path))
    assert 25 < len(turns) < 40
    assert turns == sorted(turns)
    assert "t20" not in turns


def test_a_turn_that_cannot_be_read_is_left_out(path: Path) -> None:
    change(path, "UPDATE turns SET carried = 'x' WHERE id = 't07'")
    change(path, "UPDATE turn_vectors SET vector = x'00' WHERE sequence = 10")
    assert ids(saved(path)) == [f"t{i:02}" for i in range(40) if i not in (7, 9)]


def test_a_newer_one_is_not_damaged(path: Path) -> None:
    change(path, f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(FormatTooNew, match=f"format {FORMAT + 1}"):
        Wreck(path)


def test_of_the_format_before_all_turns_are_saved_in_the_order_of_their_times(old: Path) -> None:
    with closing(sqlite3.connect(old / "rows.sqlite")) as connection:
        sql = "SELECT id, question FROM turns ORDER BY created_at, id"
        expected: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
    turns = saved(old, 32)
    assert ids(turns) == [name for name, _ in expected]
    assert [turn.row[3] for turn in turns] == [question for _, question in expected]
    assert [turn.row[0] for turn in turns] == list(range(1, 15))


def test_of_the_format_before_turns_are_told_by_their_index_too(old: Path) -> None:
    spoil(old, "turns_scope")
    assert len(saved(old, 32)) == 14
