"""Tiny models that the tests of this room share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.tiny import write_encoder, write_reader


@pytest.fixture(scope="session")
def tiny_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny, randomly initialized, cased span reader."""
    return write_reader(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny, randomly initialized sentence encoder."""
    return write_encoder(tmp_path_factory.mktemp("models") / "encoder")
