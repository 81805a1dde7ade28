"""A damaged database: what is told about it, and what can be saved of it."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from spanmem.core.errors import InputError, MemoryDamaged, MemoryLocked, MemoryNotFound
from spanmem.core.records import Evidence, Turn
from spanmem.memory.maintenance.recover import prospects
from spanmem.memory.store import Memory
from tests.memory.conftest import DIM, Opener, entry, vector

DOCUMENTS = 120
PAGE = 4096


EVIDENCE = Evidence(document="-", start=0, end=3, text="Yes", passage="-", passage_text="Yes")


def texts(number: int) -> list[str]:
    return [f"Passage {at} of document {number}. " + "It is long. " * 60 for at in range(6)]


def turn(number: int) -> Turn:
    return Turn(
        id=f"{number:032x}",
        scope="ann",
        question=f"Question {number}?",
        answer="Yes, " * 100,
        kind="answer",
        confidence=0.9,
        created_at=f"2026-01-01T10:{number:02}:00.000000+00:00",
        evidence=(EVIDENCE,) if number % 2 else (),
    )


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory that no test damages; each damages a copy of its own."""
    path = tmp_path_factory.mktemp("sound") / "m"
    with Memory.create(path, encoder="test", dim=DIM) as memory:
        memory.put([entry(f"d{i}", *texts(i), title=f"Title {i}") for i in range(DOCUMENTS)])
        for i in range(30):
            memory.add_turn(turn(i), vector(f"Question {i}?"))
    return path


@pytest.fixture
def filled(sound: Path, path: Path) -> Path:
    return shutil.copytree(sound, path)


def rows(path: Path) -> Path:
    return path / "rows.sqlite"


def overwrite(path: Path, *pages: int) -> None:
    with rows(path).open("r+b") as file:
        for page in pages:
            file.seek(page * PAGE)
            file.write(b"\xa5" * PAGE)


def pages(path: Path) -> int:
    return rows(path).stat().st_size // PAGE


def root(path: Path, name: str) -> int:
    """Where a table begins, counted from 0."""
    with closing(sqlite3.connect(rows(path))) as connection:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        return int(connection.execute(sql, (name,)).fetchone()[0]) - 1


def check_sound(path: Path, *, turns: bool = True) -> None:
    """What was saved is true, is found, and says itself where something is missing."""
    with Memory.open(path) as memory:
        assert memory.verify() == []
        whole = memory.digests([f"d{i}" for i in range(DOCUMENTS)])
        for document in memory.documents():
            number = int(document.id[1:])
            stored = [p.text for p in memory.passages(document.id)]
            assert set(stored) <= set(texts(number))
            if whole[document.id]:
                assert stored == texts(number)
        for passage in memory.passages():
            hits = memory.search("", vector(passage.text), k=1, mode="dense")
            assert hits[0].passage == passage
            break
        for found in memory.turns("ann") if turns else ():
            assert found == turn(int(found.id, 16))


def test_a_sound_memory_is_left_as_it_is(filled: Path) -> None:
    before = rows(filled).read_bytes()
    found = Memory.recover(filled)
    assert (found.documents, found.passages, found.turns) == (DOCUMENTS, 6 * DOCUMENTS, 30)
    assert (found.lost_documents, found.lost_passages, found.lost_turns) == (0, 0, 0)
    assert (found.incomplete, found.kept) == ((), "")
    assert rows(filled).read_bytes() == before
    assert not (filled / "damaged").exists()


def test_opening_says_what_is_wrong_and_how_far_recovering_gets(filled: Path) -> None:
    os.truncate(rows(filled), pages(filled) // 2 * PAGE)
    with pytest.raises(MemoryDamaged, match="malformed") as caught:
        Memory.open(filled)
    found = Memory.recover(filled)
    assert 0 < found.passages < 6 * DOCUMENTS
    told = f"can save {found.documents} documents with {found.passages} passages"
    assert told in str(caught.value)
    assert "spanmem memory recover --memory" in str(caught.value)
    check_sound(filled)


def test_one_lost_page_costs_what_stood_on_it(filled: Path) -> None:
    whole = rows(filled).read_bytes()
    overwrite(filled, whole.find(b"Passage 3 of document 50.") // PAGE)
    with Memory.open(filled) as memory, pytest.raises(MemoryDamaged, match="memory recover"):
        list(memory.passages())
    found = Memory.recover(filled)
    assert (found.documents, found.lost_documents, found.turns) == (DOCUMENTS, 0, 30)
    assert found.lost_passages is not None
    assert 1 <= found.lost_passages <= 8
    assert found.passages == 6 * DOCUMENTS - found.lost_passages
    assert "d50" in found.incomplete
    assert len(found.incomplete) <= 4
    assert (filled / "damaged" / "rows.sqlite").read_bytes() != whole
    check_sound(filled)


def test_an_altered_letter_is_not_taken_over(filled: Path) -> None:
    with closing(sqlite3.connect(rows(filled))) as connection, connection:
        connection.execute("UPDATE passages SET text = 'forged' WHERE number = 7")
    found = Memory.recover(filled)
    assert (found.lost_passages, found.incomplete) == (1, ("d1",))
    check_sound(filled)


Damage = Callable[[Path], None]
BROKEN: dict[str, Damage] = {
    "table of documents": lambda path: overwrite(path, root(path, "documents")),
    "index of documents": lambda path: overwrite(path, root(path, "sqlite_autoindex_documents_1")),
    "table of passages": lambda path: overwrite(path, root(path, "passages")),
    "all indexes": lambda path: overwrite(
        path, *(root(path, f"passages_{name}") for name in ("document", "key", "generation"))
    ),
    "sequence": lambda path: overwrite(path, root(path, "sqlite_sequence")),
    "turns": lambda path: overwrite(path, root(path, "turns")),
    "vectors of turns": lambda path: overwrite(path, root(path, "turn_vectors")),
    "index of turns": lambda path: overwrite(path, root(path, "turns_scope")),
    "last third": lambda path: os.truncate(rows(path), pages(path) * 2 // 3 * PAGE),
}


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("compacted", [False, True])
def test_whatever_is_lost_the_rest_is_saved(filled: Path, damage: Damage, compacted: bool) -> None:
    if compacted:
        with Memory.open(filled, write=True) as memory:
            memory.compact()
    damage(filled)
    found = Memory.recover(filled)
    check_sound(filled)
    expected = {
        "table of passages": (DOCUMENTS, 0, 30),
        "turns": (DOCUMENTS, 6 * DOCUMENTS, 0),
        "vectors of turns": (DOCUMENTS, 6 * DOCUMENTS, 15),
        "last third": (found.documents, found.passages, found.turns),
    }
    name = next(key for key, value in BROKEN.items() if value is damage)
    saved = (found.documents, found.passages, found.turns)
    assert saved == expected.get(name, (DOCUMENTS, 6 * DOCUMENTS, 30))


def test_random_damage_never_makes_an_unsound_memory(filled: Path) -> None:
    whole = rows(filled).read_bytes()
    chance = random.Random(5)
    for _ in range(12):
        rows(filled).write_bytes(whole)
        overwrite(filled, *chance.sample(range(1, pages(filled)), 3))
        with rows(filled).open("r+b") as file:
            for _ in range(20):
                file.seek(chance.randrange(PAGE, len(whole)))
                file.write(chance.randbytes(2))
        Memory.recover(filled, encoder="test")
        check_sound(filled, turns=False)  # no checksum stands beside their words
        for name in ("damaged", "views"):
            shutil.rmtree(filled / name, ignore_errors=True)


def test_wherever_it_was_cut_off_the_rest_is_saved(create: Opener, path: Path) -> None:
    with create() as memory:
        memory.put([entry(f"d{i}", *texts(i)) for i in range(20)])
        memory.add_turn(turn(0), vector("Question 0?"))
    whole = rows(path).read_bytes()
    saved = 0
    for size in range(5 * PAGE, len(whole), len(whole) // 25 + 77):
        rows(path).write_bytes(whole[:size])
        told = prospects(path)
        found = Memory.recover(path, encoder="test")
        assert f"{found.documents} documents with {found.passages} passages" in told
        check_sound(path)
        saved = max(saved, found.passages)
        for name in ("damaged", "views"):
            shutil.rmtree(path / name, ignore_errors=True)
    assert saved > 90


def change(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(rows(path))) as connection, connection:
        connection.execute(sql, values)


PLACE = '{"document": 1, "start": 0, "end": 1, "text": "", "passage": "", "passage_text": ""}'


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("evidence", v) for v in ("nope", "5", "{}", "[5]", "[" * 9**5, f"[{PLACE}]")),
        ("confidence", "much"),
        ("carried", "{}"),
        ("carried", "[1]"),
        ("vector", b"short"),
    ],
)
def test_a_turn_that_is_not_whole_is_named_and_dropped(
    filled: Path, column: str, value: object
) -> None:
    table = "turn_vectors" if column == "vector" else "turns"
    own = "sequence = (SELECT sequence FROM turns WHERE id = ?)"
    change(filled, f"UPDATE {table} SET {column} = ? WHERE {own}", value, turn(3).id)
    with Memory.open(filled, write=True) as memory:
        assert len(memory.verify()) == 1
        with pytest.raises(MemoryDamaged, match=f"turn '{turn(3).id}' .*spanmem memory recover"):
            memory.search_turns("ann", vector("Question 3?"), k=30)
        if column != "vector":
            assert turn(3).id in memory.verify()[0]
            for use in (memory.turns, lambda scope: memory.turn(scope, turn(3).id)):
                with pytest.raises(MemoryDamaged, match="is not what it must be"):
                    use("ann")
            with pytest.raises(MemoryDamaged):
                memory.forget(documents=["d5"])
            assert memory.counts() == (DOCUMENTS, 6 * DOCUMENTS)
    found = Memory.recover(filled)
    assert (found.turns, found.lost_turns, found.incomplete) == (29, 1, ())
    check_sound(filled)


@pytest.mark.parametrize("value", ["nope", "5", '{"year": NaN}', ""])
def test_metadata_that_cannot_be_read_are_named_and_dropped(filled: Path, value: str) -> None:
    change(filled, "UPDATE documents SET metadata = ? WHERE id = 'd7'", value)
    text = texts(7)[0]
    with Memory.open(filled) as memory:
        assert memory.verify() == ["metadata of 1 documents cannot be read, the first is 'd7'"]
        uses: list[Callable[[], object]] = [
            lambda: list(memory.documents()),
            lambda: memory.search(text, vector(text), k=5),
        ]
        if value in ("nope", ""):
            uses.append(lambda: memory.search(text, None, k=5, where={"year": 1940}))
        for use in uses:
            with pytest.raises(MemoryDamaged, match="spanmem memory recover"):
                use()
    found = Memory.recover(filled)
    assert (found.documents, found.lost_passages, found.incomplete) == (DOCUMENTS, 0, ("d7",))
    check_sound(filled)


@pytest.mark.parametrize("key", ["dim", "generation"])
def test_a_number_that_is_none_is_damage(filled: Path, key: str) -> None:
    change(filled, "UPDATE meta SET value = 'x' WHERE key = ?", key)
    with pytest.raises(MemoryDamaged, match=f"its {key} is 'x', no number"):
        Memory.open(filled)
    Memory.recover(filled)
    check_sound(filled)


def test_what_lies_in_the_log_is_saved_too(filled: Path) -> None:
    with Memory.open(filled, write=True) as memory:
        memory.put([entry("late", "Written last of all.")])
        log = Path(f"{rows(filled)}-wal").read_bytes()
        main = rows(filled).read_bytes()
    rows(filled).write_bytes(main)
    Path(f"{rows(filled)}-wal").write_bytes(log)
    overwrite(filled, main.find(b"Passage 3 of document 50.") // PAGE)
    assert Memory.recover(filled).documents == DOCUMENTS + 1
    with Memory.open(filled) as memory:
        assert [p.text for p in memory.passages("late")] == ["Written last of all."]


def test_the_kind_of_index_is_kept(filled: Path) -> None:
    with Memory.open(filled, write=True) as memory:
        memory.compact("hnsw")
    overwrite(filled, root(filled, "turns"))
    Memory.recover(filled)
    with Memory.open(filled) as memory:
        assert memory.stats()["index"]["wanted"] == "hnsw"


def test_without_its_name_the_encoder_must_be_given(filled: Path) -> None:
    overwrite(filled, root(filled, "meta"))
    with pytest.raises(InputError, match="--encoder"):
        Memory.recover(filled)
    assert Memory.recover(filled, encoder="test").passages == 6 * DOCUMENTS
    check_sound(filled)


def test_what_an_earlier_recovery_kept_is_not_overwritten(filled: Path) -> None:
    overwrite(filled, root(filled, "turns"))
    Memory.recover(filled)
    overwrite(filled, root(filled, "documents"))
    with pytest.raises(InputError, match="earlier recovery"):
        Memory.recover(filled)


@pytest.mark.parametrize("lost", [1, None])
def test_where_nothing_can_be_read_nothing_is_lost_either(filled: Path, lost: int | None) -> None:
    """The first page tells where each table begins."""
    whole = rows(filled).read_bytes()
    lost_bytes = len(whole) if lost is None else lost * PAGE
    rows(filled).write_bytes(b"x" * lost_bytes + whole[lost_bytes:])
    with pytest.raises(MemoryDamaged, match=r"nothing in rows\.sqlite can be read"):
        Memory.recover(filled)
    assert rows(filled).read_bytes().startswith(b"xxxx")


def test_it_needs_a_memory_that_no_one_writes_to(filled: Path, tmp_path: Path) -> None:
    with pytest.raises(MemoryNotFound):
        Memory.recover(tmp_path / "none")
    with Memory.open(filled, write=True), pytest.raises(MemoryLocked):
        Memory.recover(filled)


def test_forgetting_reaches_what_was_kept_aside(filled: Path) -> None:
    overwrite(filled, root(filled, "turns"))
    Memory.recover(filled)
    with Memory.open(filled, write=True) as memory:
        memory.forget(documents=["d50"])
    held = b"".join(p.read_bytes() for p in filled.rglob("*") if p.is_file())
    assert b"of document 50." not in held
