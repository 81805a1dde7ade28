"""The extra `train` is asked for before anything is loaded, and what to install is said."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.training.retriever import RetrieverTraining
from spanmem.indexer.training.retriever import train as train_retriever
from spanmem.models.training import extra
from spanmem.models.training.extra import require_training
from spanmem.reader.training.fine_tuning import ReaderTraining
from spanmem.reader.training.fine_tuning import train as train_reader
from spanmem.reader.training.pretraining import Pretraining, pretrain


def hide(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let libraries look as if they were not installed."""

    def find_spec(name: str) -> ModuleSpec | None:
        return None if name in names else importlib.util.find_spec(name)

    monkeypatch.setattr(extra, "find_spec", find_spec)


def test_with_the_extra_nothing_is_said() -> None:
    require_training()


def test_each_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "accelerate", "tensorboard")
    with pytest.raises(InputError) as caught:
        require_training()
    assert str(caught.value) == (
        "training needs accelerate and tensorboard; install it with `pip install 'spanmem[train]'`"
    )


def test_every_training_asks_before_it_reads_its_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hide(monkeypatch, "tensorboard")
    places: dict[str, Any] = {
        "base": "none",
        "data": (tmp_path / "none",),
        "output": tmp_path / "out",
        "checkpoints": tmp_path / "checkpoints",
    }
    with pytest.raises(InputError, match="training needs tensorboard"):
        train_reader(ReaderTraining(**places))
    with pytest.raises(InputError, match="training needs tensorboard"):
        pretrain(Pretraining(**places))
    with pytest.raises(InputError, match="training needs tensorboard"):
        train_retriever(RetrieverTraining(**places))
    assert not (tmp_path / "checkpoints").exists()
