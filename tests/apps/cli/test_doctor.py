"""`spanmem doctor` says what computes the models, and what to install."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spanmem.models.runtimes import choice, engines
from spanmem.models.runtimes.kept import CACHE_VARIABLE
from tests.models.tiny import write_encoder

if TYPE_CHECKING:
    from tests.conftest import Cli

MODEL_FREE = "--encoder", "hash-64", "--reader", "overlap"


def test_it_names_machine_versions_and_cache(cli: Cli, tmp_path: Path) -> None:
    done = cli("doctor", *MODEL_FREE, models=True)
    assert done.code == 0
    for start in ("installed: python ", "processor: ", "cache: none", "reader: overlap, which"):
        assert f"\n{start}" in f"\n{done.out}"
    assert f"name a folder by {CACHE_VARIABLE}" in done.out


def test_it_says_what_to_install(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    table = cli("doctor", *MODEL_FREE, "--json", models=True).json
    assert "pip install 'spanmem[fast]'" in table["advice"][0]
    assert table["reader"]["backend"] is None
    assert table["cache"] is None
    assert table["cores"] >= 1


def test_it_shows_what_was_measured(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_encoder = write_encoder(tmp_path / "tiny")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(choice, "_LEAST_BYTES", 0)
    options = "--encoder", tiny_encoder, "--reader", "overlap", "--threads", "1"
    done = cli("doctor", *options, models=True)
    if any(map(engines.is_installed, engines.ENGINES)):
        assert "passages of 160 tokens a second: torch " in done.out
        assert any(path.suffix == ".json" for path in tmp_path.iterdir())
        table = cli("doctor", *options, "--json", models=True).json
        assert len(table["encoder"]["measured"]) >= 2
    else:
        assert f"encoder: {tiny_encoder} by torch\n" in done.out
    assert os.fspath(tmp_path) in done.out
