"""A tokenizer and a model small enough to make on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.models.tiny import write_reader


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny, randomly initialized, cased span reader."""
    return write_reader(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tokenizer(base: Path) -> Any:
    from spanmem.models.checkpoints import load_tokenizer
    from tests.models.tiny import WORDS

    return load_tokenizer(None, base, len(WORDS))
