"""Copies of a service that goes on serving, and services made from them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spanmem.apps.web.backup import back_up, restore
from spanmem.apps.web.child import Worker
from spanmem.apps.web.files import PREFIX
from spanmem.apps.web.jobs import NewFile
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service
from spanmem.core.errors import InputError
from spanmem.memory.store import Memory

from .conftest import SETTINGS

Build = Callable[..., Service]


def upload(service: Service, name: str, text: str) -> None:
    kept = service.files.keep_bytes(name, text.encode())
    service.jobs.add("support", "index", files=[NewFile(PREFIX + name, kept)])
    worker = Worker(SETTINGS, service.database, service.files, service.memories.place, "one")
    assert worker.step()


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory, build: Build) -> Iterator[Service]:
    """A service with a key, an upload and a remembered turn, not stopped."""
    with build(tmp_path_factory.mktemp("serving"), "support", "other") as service:
        service.keys.add(Kind.ADMIN, "Ann")
        upload(service, "lamp.txt", "The lamp costs 5 crowns.")
        service.memories.qa("support").ask("How long is the warranty?", scope="ann")
        yield service


@pytest.fixture
def copy(serving: Service, tmp_path: Path) -> Path:
    back_up(serving.data, SETTINGS, tmp_path / "copy")
    return tmp_path / "copy"


def test_all_that_was_acknowledged_is_in_the_copy_and_answers_again(
    serving: Service, copy: Path, tmp_path: Path
) -> None:
    report = restore(copy, tmp_path / "again")
    assert report.memories == ("other", "support")
    with Service(SETTINGS, tmp_path / "again") as again:
        assert [key.name for key in again.keys.all()] == ["Ann"]
        qa = again.memories.qa("support")
        assert qa.search("lamp costs")[0].passage.text == "The lamp costs 5 crowns."
        assert [turn.question for turn in qa.turns("ann")] == ["How long is the warranty?"]
        original = again.uploads.of("support", ["upload/lamp.txt"])["upload/lamp.txt"]
        assert again.files.path(original.sha256).read_text() == "The lamp costs 5 crowns."
        for name in ("support", "other"):
            with Memory.open(again.memories.place(name)) as memory:
                assert memory.verify() == []
    assert (tmp_path / "again").stat().st_mode & 0o077 == 0
    hits = serving.memories.qa("support").search("lamp costs")
    assert hits[0].passage.document == "upload/lamp.txt"


def test_a_copy_is_taken_while_turns_are_remembered(serving: Service, tmp_path: Path) -> None:
    qa, stop = serving.memories.qa("other"), threading.Event()

    def ask() -> None:
        number = 0
        while not stop.is_set():
            qa.ask(f"When was mill {number} built?", scope="busy")
            number += 1

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        before = [turn.id for turn in qa.turns("busy")]
        back_up(serving.data, SETTINGS, tmp_path / "copy")
    finally:
        stop.set()
        thread.join()
    restore(tmp_path / "copy", tmp_path / "again")
    with Memory.open(tmp_path / "again" / "memories" / "other.memory") as memory:
        kept = [turn.id for turn in memory.turns("busy")]
        assert kept[: len(before)] == before
        assert memory.verify() == []


def test_a_later_copy_takes_the_place_of_an_earlier_one(serving: Service, copy: Path) -> None:
    old = {path.name: path.stat().st_ino for path in (copy / "files").rglob("*") if path.is_file()}
    upload(serving, "ferry.txt", "The ferry costs 90 crowns.")
    back_up(serving.data, SETTINGS, copy)
    new = {path.name: path.stat().st_ino for path in (copy / "files").rglob("*") if path.is_file()}
    assert len(new) == 2
    assert old.items() <= new.items()  # what was there is no second time on the disk
    assert not copy.with_name("copy.old").exists()
    assert not copy.with_name("copy.new").exists()


@pytest.mark.parametrize("damage", ["altered", "missing", "manifest", "outside"])
def test_a_copy_that_is_not_as_it_was_made_is_refused(
    copy: Path, tmp_path: Path, damage: str
) -> None:
    rows = copy / "memories" / "support.memory" / "rows.sqlite"
    manifest = copy / "manifest.json"
    if damage == "altered":
        rows.write_bytes(rows.read_bytes()[:-1] + b"!")
    elif damage == "missing":
        rows.unlink()
    elif damage == "manifest":
        manifest.write_text("{}")
    else:
        table = json.loads(manifest.read_text())
        table["files"]["../../evil"] = {"sha256": "0", "bytes": 1}
        manifest.write_text(json.dumps(table))
    with pytest.raises(InputError, match="take another copy"):
        restore(copy, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_nothing_is_overwritten_that_is_no_copy_or_no_empty_folder(
    serving: Service, copy: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="is no earlier copy"):
        back_up(serving.data, SETTINGS, tmp_path / "mine")
    with pytest.raises(InputError, match="holds something already"):
        restore(copy, tmp_path / "mine")
    with pytest.raises(InputError, match="holds no service"):
        back_up(tmp_path / "mine", SETTINGS, tmp_path / "out")
    with pytest.raises(InputError, match="is no copy of a service"):
        restore(tmp_path / "mine", tmp_path / "again")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "mine"


def test_a_memory_that_is_not_sound_is_told_and_the_earlier_copy_stays(
    serving: Service, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (copy / "manifest.json").read_bytes()
    monkeypatch.setattr(Memory, "verify", lambda _self: ["1 turns lack their vector"])
    with pytest.raises(InputError, match="'other' is not sound: 1 turns lack"):
        back_up(serving.data, SETTINGS, copy)
    assert (copy / "manifest.json").read_bytes() == before
