"""A small memory without models, and a service that answers from it over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import spanmem

TEXTS = {
    "warranty.txt": "The warranty of the lamp lasts two years. It does not cover the bulb.",
    "ferry.txt": "The ferry to Hven costs 90 crowns. Dogs travel free.",
    "river.txt": "The Danube ends in Ukraine.",
    "mill.txt": "The mill was built in 1912.",
}
SETTINGS = spanmem.Settings.load(overrides={"encoder.model": "hash-256", "reader.model": "overlap"})


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("memory")
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    spanmem.index(
        [folder / name for name in TEXTS], into=folder / "m.memory", settings=SETTINGS
    ).close()
    return folder / "m.memory"


@pytest.fixture(scope="session")
def qa(memory: Path) -> Iterator[spanmem.QA]:
    with spanmem.QA(memory, settings=SETTINGS) as qa:
        yield qa
