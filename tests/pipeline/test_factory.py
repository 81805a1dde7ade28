"""What settings name: built-in stores, encoders and readers, and those that packages bring."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError, MemoryNotFound, ModelError
from spanmem.core.records import Document, Turn
from spanmem.core.times import now
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.database import FILE
from spanmem.memory.store import Memory
from spanmem.pipeline.factory import (
    copied_memory,
    load_encoder,
    load_reader,
    memory_path,
    memory_source,
    open_store,
)
from spanmem.pipeline.settings import Settings
from spanmem.reader.overlap import OverlapReader
from tests.rooms import ROOT

Install = Callable[..., None]
SKY = """
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.database import FILE
from spanmem.memory.store import Memory
from spanmem.reader.overlap import OverlapReader

class SkyReader(OverlapReader):
    def __init__(self, name, settings):
        self.name = f"{name} of {settings.answer.top_k}"

class SkyEncoder(HashEncoder):
    def __init__(self, name, settings):
        super().__init__(64)
        self.name = f"{name} for {settings.index.words}"

def open_sky(url, settings):
    return Memory.open(url.removeprefix("sky://"))
"""
PLUGINS = {
    "spanmem.stores": {"sky": "sky_all:open_sky"},
    "spanmem.readers": {"sky": "sky_all:SkyReader"},
    "spanmem.encoders": {"sky": "sky_all:SkyEncoder"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    encoder = HashEncoder()
    with Memory.create(tmp_path / "m", encoder=encoder.name, dim=encoder.dim) as memory:
        text = "The mill was built in 1912."
        build([Document(id="mill", title="Mill", text=text)], memory, encoder)
    return tmp_path / "m"


def tell(memory: Memory, answer: str) -> None:
    """Remember an answer."""
    place: dict[str, Any] = {"scope": "ann", "question": "Which?", "kind": "imported"}
    turn = Turn(id=answer, answer=answer, confidence=1.0, created_at=now(), **place)
    memory.add_turn(turn, HashEncoder().encode_queries(["Which?"])[0])


def reader_settings(model: str) -> Settings:
    return Settings.load({"reader": {"model": model}})


def encoder_settings(model: str) -> Settings:
    return Settings.load({"encoder": {"model": model}})


def test_names_without_a_model_are_built_in() -> None:
    assert load_encoder(encoder_settings("hash-64")).name == "hash-64"
    assert isinstance(load_reader(reader_settings("overlap")), OverlapReader)


def test_none_is_the_bundled_model() -> None:
    assert load_encoder(Settings()).dim == 384
    assert load_reader(Settings()).calibration.weights


def test_a_folder_or_an_unknown_name_goes_to_the_models(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nowhere"):
        load_reader(reader_settings(str(tmp_path / "nowhere")))
    with pytest.raises(ModelError, match="nowhere"):
        load_encoder(encoder_settings(str(tmp_path / "nowhere")))


def test_a_package_brings_readers_and_encoders_by_name(install: Install) -> None:
    install("sky", PLUGINS, SKY, "sky_all")
    assert load_reader(reader_settings("sky")).name == "sky of 5"
    assert load_reader(reader_settings("sky:large/v2")).name == "sky:large/v2 of 5"
    assert load_encoder(encoder_settings("sky:x")).name == "sky:x for 100"


def test_what_no_package_brings_is_told_with_what_there_is(install: Install) -> None:
    install("sky", PLUGINS, SKY, "sky_all")
    with pytest.raises(ModelError) as caught:
        load_reader(reader_settings("sun:large"))
    assert str(caught.value) == (
        "sun:large: no installed package brings the reader 'sun' (known: overlap, sky); install "
        "one that does, or give a folder or a hub name"
    )
    with pytest.raises(ModelError, match=r"the encoder 'sun' \(known: hash-N, sky\)"):
        load_encoder(encoder_settings("sun:large"))


def test_a_folder_with_a_colon_in_its_name_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sun:large").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError) as caught:
        load_reader(reader_settings("sun:large"))
    assert "installed package" not in str(caught.value)


def test_a_store_is_a_folder_or_what_a_scheme_opens(install: Install, folder: Path) -> None:
    for source in (folder, str(folder)):
        store = open_store(source, Settings())
        assert isinstance(store, Memory)
        store.close()
    install("sky", PLUGINS, SKY, "sky_all")
    for scheme in ("sky", "SKY"):
        store = open_store(f"{scheme}://{folder}".replace("SKY", "sky"), Settings())
        assert store.counts() == (1, 1)
        store.close()
    with pytest.raises(MemoryNotFound):
        open_store(folder / "nothing", Settings())


def test_an_unknown_scheme_is_told_with_those_there_are(install: Install) -> None:
    with pytest.raises(InputError, match=r"no installed package opens sun:// .*\(known: postgr"):
        open_store("sun://host/m", Settings())
    install("sky", PLUGINS, SKY, "sky_all")
    with pytest.raises(InputError) as caught:
        open_store("SUN://host/m", Settings())
    assert str(caught.value) == (
        "SUN://host/m: no installed package opens sun:// stores (known: postgresql://, "
        "sky://); install one that does, or name a folder"
    )


def test_the_memory_is_what_the_settings_name() -> None:
    named = Settings.load({"memory": {"path": "docs.memory"}})
    assert (memory_source(named), memory_path(named)) == ("docs.memory", Path("docs.memory"))
    remote = Settings.load({"memory": {"path": "sky://host/m"}})
    assert memory_source(remote) == "sky://host/m"
    with pytest.raises(InputError, match="sky://host/m is no folder"):
        memory_path(remote)
    for of in (memory_source, memory_path):
        with pytest.raises(InputError, match="which memory"):
            of(Settings())


def test_what_is_stored_in_a_copy_leaves_the_memory_as_it_was(folder: Path) -> None:
    encoder = HashEncoder()
    with copied_memory(folder) as copy, Memory.open(copy, write=True) as memory:
        build([Document(id="new", title="", text="New.")], memory, encoder)
        assert memory.counts()[0] == 2
    assert not copy.exists()
    with Memory.open(folder) as memory:
        assert memory.counts()[0] == 1


def test_a_copy_leaves_an_open_memory_its_locks(folder: Path) -> None:
    """Without them a process that looks takes the log along, and with it what is told later."""
    count = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1])\n"
        "print(*connection.execute('SELECT count(*) FROM turns').fetchone())\n"
        "connection.close()"
    )

    def counted_elsewhere() -> str:
        command = [sys.executable, "-c", count, str(folder / FILE)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with Memory.open(folder) as memory:
        tell(memory, "Berg")
        with copied_memory(folder) as copy, Memory.open(copy) as copied:
            assert [turn.answer for turn in copied.turns("ann")] == ["Berg"]
        assert counted_elsewhere() == "1"
        tell(memory, "in 1912")
        assert counted_elsewhere() == "2"


def test_nothing_is_imported_before_it_is_named() -> None:
    code = (
        "import sys\n"
        "from spanmem.pipeline.factory import load_encoder, load_reader, open_store\n"
        "from spanmem.pipeline.settings import Settings\n"
        "load_encoder(Settings.load({'encoder': {'model': 'hash-64'}}))\n"
        "print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {*run.stdout.split()} & {
        "torch",
        "faiss",
        "tantivy",
        "transformers",
        "spanmem.memory.store",
        "spanmem.reader.reader",
        "spanmem.indexer.encoders.sentence",
    }
