"""The indexes are only views: lost, stale or altered, they are made anew from the rows."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanmem.memory.store import Memory
from spanmem.memory.views import indexes
from spanmem.memory.views.indexes import Indexes, IndexLost, altered_files, load_indexes
from spanmem.memory.views.lexical import LexicalIndex
from tests.memory.conftest import Opener, entry, find

Damage = Callable[[Path], object]


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


DAMAGES: dict[str, Damage] = {
    "no views at all": lambda v: shutil.rmtree(v),
    "no current": lambda v: (v / "CURRENT").unlink(),
    "current names nothing": lambda v: (v / "CURRENT").write_text("g999"),
    "no manifest": lambda v: next(v.glob("g*/manifest.json")).unlink(),
    "half a manifest": lambda v: next(v.glob("g*/manifest.json")).write_text("{"),
    "no vectors": lambda v: next(v.glob("g*/*.faiss")).unlink(),
    "vectors cut short": lambda v: os.truncate(next(v.glob("g*/*.faiss")), 40),
    "words cut short": lambda v: os.truncate(next(v.glob("g*/lexical/*.term")), 1),
    "numbers too long": lambda v: _append(next(v.glob("g*/*.npy"))),
    "no words": lambda v: shutil.rmtree(next(v.glob("g*/lexical"))),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
@pytest.mark.parametrize("write", [False, True])
def test_lost_views_are_made_anew(filled: Opener, path: Path, damage: Damage, write: bool) -> None:
    with Memory.open(path) as memory:
        expected = {q: find(memory, q) for q in ("old mill", "It ground rye.", "Katze")}
    damage(path / "views")
    with Memory.open(path, write=write) as memory:
        assert {q: find(memory, q) for q in expected} == expected
        if damage is not DAMAGES["no views at all"]:
            assert "made anew" in memory.notices[0]
    if write:
        with Memory.open(path) as memory:
            assert memory.notices == ()
            assert memory.verify() == []


def test_bytes_altered_under_the_same_size_are_found(filled: Opener, path: Path) -> None:
    file = next((path / "views").glob("g*/*.faiss"))
    altered = bytearray(file.read_bytes())
    altered[-1] ^= 1
    file.write_bytes(bytes(altered))
    with Memory.open(path) as memory:
        assert memory.verify() == [f"view file {file.name} was altered"]


def changed(path: Path, **changes: Any) -> None:
    """Give the manifest other values; None takes one away."""
    (file,) = path.glob("views/g*/manifest.json")
    manifest = {**json.loads(file.read_text()), **changes}
    file.write_text(json.dumps({k: v for k, v in manifest.items() if v is not None}))


def test_a_manifest_says_what_the_folder_holds(filled: Opener, path: Path) -> None:
    filled().close()
    published = load_indexes(path)
    assert published is not None
    assert published.folder is not None
    assert published.manifest is not None
    assert published.folder.name == f"g{published.generation}"
    files = {p for p in published.folder.rglob("*") if p.is_file() and p.suffix != ".lock"}
    names = {p.relative_to(published.folder).as_posix() for p in files} - {"manifest.json"}
    assert published.manifest["files"].keys() == names
    assert [len(segment.numbers) for segment in published.segments] == [4]
    assert len(published.lexical) == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 99}, "its format is 99, not 3"),
        ({"format": None}, "manifest cannot be read"),
        ({"files": None, "dense": None}, "the manifest lacks dense, files"),
        ({"generation": "soon"}, "invalid literal"),
        ({"dense": {"dense-0.faiss": {"kind": "flat"}}}, "effort"),
        ({"dense": {"dense-9.faiss": {}}}, "dense-9.faiss"),
    ],
)
def test_a_manifest_that_makes_no_sense_loses_the_index(
    filled: Opener, path: Path, changes: dict[str, Any], message: str
) -> None:
    filled().close()
    changed(path, **changes)
    with pytest.raises(IndexLost, match=message):
        load_indexes(path)


def test_where_none_were_published_there_are_none(tmp_path: Path) -> None:
    assert load_indexes(tmp_path) is None


def test_a_folder_that_is_replaced_while_it_is_read_is_read_anew(
    filled: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled() as writer:
        real = indexes._load

        def load(folder: Path) -> Indexes:
            monkeypatch.setattr(indexes, "_load", real)
            writer.put([entry("new", "The river is long.")])
            writer.publish()
            return real(folder)  # which is gone now

        monkeypatch.setattr(indexes, "_load", load)
        published = load_indexes(path)
        assert published is not None
        assert published.generation == writer.generation
        assert len(published.lexical) == 5


def test_what_is_always_replaced_is_given_up(
    filled: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled().close()
    attempts: list[Path] = []

    def load(folder: Path) -> Indexes:
        attempts.append(folder)
        (path / "views" / "CURRENT").write_text(f"g{len(attempts)}00")
        raise IndexLost("it was replaced")

    monkeypatch.setattr(indexes, "_load", load)
    with pytest.raises(IndexLost, match="it was replaced"):
        load_indexes(path)
    assert len(attempts) == 5


def test_what_lies_on_no_disk_cannot_have_been_altered() -> None:
    assert altered_files(Indexes(1, (), LexicalIndex(None))) == []
