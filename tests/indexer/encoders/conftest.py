"""A tiny encoder that the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.tiny import write_encoder


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny, randomly initialized sentence encoder; copy it to change it."""
    return write_encoder(tmp_path_factory.mktemp("models") / "encoder")
