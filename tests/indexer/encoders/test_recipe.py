"""What makes vectors is digested; what only describes it otherwise is not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import ModelError
from spanmem.indexer.encoders.recipe import read_dimensions, recipe_digest
from tests.models.tiny import write_json

SETTINGS = "config_sentence_transformers.json"


def changed(path: Path, **changes: Any) -> None:
    """Some keys of a JSON file set."""
    write_json(path, {**json.loads(path.read_text()), **changes})


def without_normalization(folder: Path) -> None:
    write_json(folder / "modules.json", json.loads((folder / "modules.json").read_text())[:2])


@pytest.fixture
def folder(tiny_encoder: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(tiny_encoder, tmp_path / "copy"))


@pytest.mark.parametrize(
    "change",
    [
        lambda f: changed(f / "1_Pooling" / "config.json", pooling_mode_max_tokens=True),
        lambda f: changed(f / "1_Pooling" / "config.json", include_prompt=False),
        lambda f: write_json(f / "1_Pooling" / "config.json", {"pooling_mode": "cls"}),
        lambda f: changed(f / "sentence_bert_config.json", do_lower_case=True),
        lambda f: changed(f / "tokenizer.json", normalizer={"type": "Lowercase"}),
        lambda f: (f / "modules.json").unlink(),
    ],
)
def test_what_changes_vectors_changes_it(folder: Path, change: Callable[[Path], object]) -> None:
    before = recipe_digest(folder)
    change(folder)
    assert recipe_digest(folder) != before


@pytest.mark.parametrize(
    "change",
    [
        without_normalization,
        lambda f: write_json(f / "1_Pooling" / "config.json", {"pooling_mode": "mean"}),
        lambda f: changed(f / "tokenizer.json", truncation=None, padding=None),
        lambda f: changed(f / "sentence_bert_config.json", max_seq_length=32),
        lambda f: write_json(f / SETTINGS, {"prompts": {"query": "q "}, "truncate_dim": 8}),
    ],
)
def test_what_is_told_elsewhere_or_changes_nothing_does_not(
    folder: Path, change: Callable[[Path], object]
) -> None:
    before = recipe_digest(folder)
    change(folder)
    assert recipe_digest(folder) == before


@pytest.mark.parametrize("text", ["{", "[]", *(f'{{"truncate_dim": {n}}}' for n in ("0", "true"))])
def test_dimensions_that_are_none_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / SETTINGS).write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=SETTINGS):
        read_dimensions(tmp_path)


def test_dimensions_are_read_where_they_are_told(tmp_path: Path) -> None:
    assert read_dimensions(tmp_path) is None
    for kept in (None, 256):
        write_json(tmp_path / SETTINGS, {"truncate_dim": kept})
        assert read_dimensions(tmp_path) == kept
