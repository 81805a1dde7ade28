"""Graphs are made once for each model's contents and kept, and of nothing but plain BERTs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from spanmem.core.errors import InputError, ModelError
from spanmem.models.runtimes import graphs
from spanmem.models.runtimes.graphs import Graph, open_graph
from spanmem.models.runtimes.kept import CACHE_VARIABLE
from tests.models.runtimes.fast import with_engine, write_ranges
from tests.models.tiny import SIZES, write_encoder, write_json

pytestmark = with_engine("onnxruntime")


def test_what_is_not_installed_has_no_version() -> None:
    assert graphs.installed_version("spanmem-nobody") is None


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def opened(folder: Path, **options: str) -> Graph:
    graph = open_graph(folder, "spans", options.get("precision", "float32"), "tiny")  # type: ignore[arg-type]
    assert graph is not None
    return graph


def test_it_is_built_once(tiny_reader: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened(tiny_reader)
    assert isinstance(first.source, Path)
    assert [*cache.iterdir()] == [first.source.parent]
    assert (first.width, first.max_length) == (SIZES["hidden_size"], 128)
    monkeypatch.delattr(graphs, "_build")
    assert opened(tiny_reader).source == first.source


def test_other_contents_have_another(tiny_reader: Path, cache: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(tiny_reader, copy)
    assert opened(copy).source == opened(tiny_reader).source
    ranges = write_ranges(copy)
    whole = opened(copy, precision="int8").source
    assert whole != opened(copy).source
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert opened(copy).source != opened(tiny_reader).source
    with pytest.raises(InputError, match=r"int8: .*is missing .*or belongs to others"):
        opened(copy, precision="int8")
    assert ranges.layers


def test_where_nothing_can_be_kept_it_is_held(
    tiny_reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, os.devnull)
    assert isinstance(opened(tiny_reader).source, bytes)


def test_of_a_full_disk_nothing_is_left(
    tiny_reader: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "keep_folder", lambda path, fill: False)
    assert isinstance(opened(tiny_reader).source, bytes)


def test_what_is_no_plain_bert_has_none(tiny_encoder: Path, cache: Path, tmp_path: Path) -> None:
    assert open_graph(tmp_path, "spans", "float32", "it") is None
    assert open_graph(tiny_encoder, "spans", "float32", "it") is None  # it has no span head
    folder = write_encoder(tmp_path / "dense", modules=("Transformer", "Pooling", "Dense"))
    assert open_graph(folder, "sentences", "float32", "it") is None
    copy = tmp_path / "copy"
    shutil.copytree(tiny_encoder, copy)
    write_json(copy / "config.json", {**SIZES, "model_type": "bert", "hidden_act": "relu"})
    assert open_graph(copy, "sentences", "float32", "it") is None


def test_void_weights_are_refused(tiny_reader: Path, cache: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    copy = tmp_path / "copy"
    shutil.copytree(tiny_reader, copy)
    state = load_file(copy / "model.safetensors")
    state["qa_outputs.bias"] = torch.tensor([float("nan"), 0])
    save_file(state, copy / "model.safetensors")
    with pytest.raises(ModelError, match="not finite"):
        open_graph(copy, "spans", "float32", "void")
