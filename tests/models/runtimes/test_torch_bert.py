"""BERT in torch alone computes what the libraries compute, and leaves them what it cannot."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from spanmem.models import bundled
from spanmem.models.runtimes.protocol import Ids, RuntimeOptions
from spanmem.models.runtimes.registry import load_sentences, load_spans
from spanmem.models.runtimes.tokenized import TokenizedRuntime
from spanmem.models.runtimes.torch_bert import load_bert
from spanmem.models.runtimes.torch_bert import load_sentences as load_plain_sentences
from spanmem.models.runtimes.torch_bert import load_spans as load_plain_spans
from spanmem.models.runtimes.torch_runtime import TorchRuntime
from tests.models.runtimes.numpy_bert import NumpyBert
from tests.models.tiny import WORDS, write_encoder, write_json, write_reader

CPU = RuntimeOptions("cpu")


def batch(vocabulary: int) -> tuple[Ids, Ids, Ids]:
    """Two rows of unlike length, with two segments."""
    ids = np.random.default_rng(1).integers(0, vocabulary, (2, 40))
    mask, types = np.ones_like(ids), np.zeros_like(ids)
    mask[1, 25:] = 0
    types[:, 10:] = mask[:, 10:]
    return ids, mask, types


def in_single_precision(runtime: Any) -> TorchRuntime:
    """The runtime, computed as on a CPU without bfloat16."""
    inner: Any = runtime.runtime if isinstance(runtime, TokenizedRuntime) else runtime
    assert isinstance(inner, TorchRuntime)
    inner.module.float()
    return inner


@pytest.mark.parametrize("name", ["tiny", "bundled"])
def test_logits_are_those_of_transformers(name: str, tiny_reader: Path) -> None:
    folder = tiny_reader if name == "tiny" else bundled("reader")
    ours, theirs = (
        in_single_precision(load_spans(folder, name, RuntimeOptions("cpu", backend=backend)))
        for backend in ("torch", "transformers")
    )
    assert type(ours.module) is not type(theirs.module)
    assert ours.max_length == theirs.max_length
    inputs = batch(len(ours.tokenizer))
    present = inputs[1] == 1
    np.testing.assert_allclose(
        ours.run(*inputs)[present], theirs.run(*inputs)[present], atol=1e-3, rtol=1e-5
    )


def test_logits_and_vectors_are_those_of_another_implementation(
    tmp_path: Path, tiny_reader: Path
) -> None:
    inputs = batch(len(WORDS))
    present = inputs[1] == 1
    spans = in_single_precision(load_spans(tiny_reader, "tiny", CPU))
    numpy_spans = NumpyBert(tiny_reader)
    np.testing.assert_allclose(
        spans.run(*inputs)[present], numpy_spans.run(*inputs)[present], atol=1e-4
    )
    folder = write_encoder(tmp_path / "encoder")
    sentences = in_single_precision(load_sentences(folder, "tiny", CPU))
    np.testing.assert_allclose(sentences.run(*inputs), NumpyBert(folder).run(*inputs), atol=1e-5)


def test_hidden_states_have_a_row_for_each_token(tiny_reader: Path) -> None:
    checkpoint = load_bert(tiny_reader)
    assert checkpoint is not None
    ids, mask, types = (torch.from_numpy(array) for array in batch(len(WORDS)))
    assert checkpoint.bert(ids, mask, types).shape == (2, 40, 32)
    assert sorted(checkpoint.rest) == ["qa_outputs.bias", "qa_outputs.weight"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden_act", "relu"),
        ("model_type", "roberta"),
        ("position_embedding_type", "relative_key"),
        ("is_decoder", True),
        ("quantization_config", {"quant_method": "x"}),
    ],
)
def test_what_is_not_plain_is_left_to_the_libraries(
    tiny_reader: Path, tmp_path: Path, key: str, value: Any
) -> None:
    folder = shutil.copytree(tiny_reader, tmp_path / "copy")
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", {**config, key: value})
    assert load_plain_spans(folder, "copy", CPU, tokenizer=None) is None
    assert load_plain_spans(tiny_reader, "tiny", CPU, tokenizer=None) is not None


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("broken", [True, False])
def test_what_cannot_be_read_is_left_to_the_libraries_which_say_why(
    tmp_path: Path, file: str, broken: bool
) -> None:
    folder = write_reader(tmp_path / "tiny")
    if broken:
        (folder / file).write_bytes((folder / file).read_bytes()[:40])
    else:
        (folder / file).unlink()
    assert load_bert(folder) is None


def test_a_model_without_a_span_head_is_no_span_reader(tiny_encoder: Path) -> None:
    assert load_plain_spans(tiny_encoder, "tiny", CPU, tokenizer=None) is None


def test_a_tokenizer_that_knows_more_tokens_is_left_to_be_refused(
    tiny_reader: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_reader, tmp_path / "copy")
    table = json.loads((folder / "tokenizer.json").read_text())
    table["model"]["vocab"]["more"] = len(table["model"]["vocab"])
    write_json(folder / "tokenizer.json", table)
    assert load_plain_spans(folder, "copy", CPU, tokenizer=None) is None


@pytest.mark.parametrize(
    "layout",
    [
        {"pooling": "cls", "include_prompt": False},
        {"include_prompt": False},
        {"modules": ("Transformer", "Pooling", "Dense")},
    ],
)
def test_more_than_a_mean_is_left_to_the_libraries(tmp_path: Path, layout: dict[str, Any]) -> None:
    folder = write_encoder(tmp_path / "encoder", **layout)
    assert load_plain_sentences(folder, "tiny", CPU) is None


def test_the_length_is_read_where_new_and_old_folders_keep_it(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder")
    old = load_plain_sentences(folder, "tiny", CPU)
    write_json(folder / "sentence_bert_config.json", {"transformer_task": "feature-extraction"})
    tokenizer = json.loads((folder / "tokenizer_config.json").read_text())
    write_json(folder / "tokenizer_config.json", {**tokenizer, "model_max_length": 21})
    new = load_plain_sentences(folder, "tiny", CPU)
    assert old is not None
    assert new is not None
    assert (old.max_length, new.max_length) == (48, 21)


def test_layers_see_few_numbers_of_tokens_whatever_rows_are_long(tiny_reader: Path) -> None:
    runtime = in_single_precision(load_spans(tiny_reader, "tiny", CPU))
    seen: set[tuple[int, ...]] = set()
    layer: Any = runtime.module.get_submodule("bert.layers.0.intermediate")
    layer.register_forward_hook(lambda _, inputs, __: seen.add(tuple(inputs[0].shape)))
    counts: set[int] = set()
    for rows in (1, 5, 7):
        for length in range(1, runtime.max_length + 1, 2):
            ids = np.ones((rows, length), np.int64)
            assert runtime.run(ids, ids, 0 * ids).shape == (rows, length, 2)
            counts.add(rows * length)
    assert len(seen) <= 128 // 4 + max(counts) // 16
    assert len(seen) < len(counts) / 2
    assert {len(shape) for shape in seen} == {2}


def test_what_fills_up_changes_nothing(tiny_reader: Path) -> None:
    runtime = in_single_precision(load_spans(tiny_reader, "tiny", CPU))
    reference = NumpyBert(tiny_reader)
    for rows, length in ((1, 1), (1, 5), (1, 16), (3, 7), (5, 39), (7, 33)):
        ids = np.random.default_rng(length).integers(0, len(WORDS), (rows, length))
        inputs = ids, np.ones_like(ids), ids % 2
        np.testing.assert_allclose(runtime.run(*inputs), reference.run(*inputs), atol=1e-4)
