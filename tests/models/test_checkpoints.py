"""Checkpoints laid out as the published ones are, with small random weights."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from spanmem.core.errors import ModelError
from spanmem.models.checkpoints import load_tokenizer, quiet
from spanmem.models.runtimes.protocol import RuntimeOptions
from spanmem.models.runtimes.registry import load_spans
from tests.models.tiny import WORDS

State = dict[str, Any]
IDS = np.arange(5, 29).reshape(2, 12)


def logits(folder: Path, *, tokenizer: str | None = None) -> Any:
    """What a reader in a folder says of a fixed batch."""
    runtime = load_spans(folder, str(folder), RuntimeOptions("cpu"), tokenizer=tokenizer)
    return runtime.run(IDS, np.ones_like(IDS), np.zeros_like(IDS))


def lay_out(base: Path, folder: Path, state: State) -> Path:
    """A checkpoint with `state` as `pytorch_model.bin`, and with nothing else but a bare config."""
    folder.mkdir()
    config = json.loads((base / "config.json").read_text())
    for key in ("model_type", "architectures", "transformers_version", "dtype"):
        config.pop(key, None)
    (folder / "config.json").write_text(json.dumps(config))
    torch.save(state, folder / "pytorch_model.bin")
    return folder


@pytest.fixture(scope="module")
def state(tiny_reader: Path) -> State:
    return load_file(tiny_reader / "model.safetensors")


@pytest.fixture(scope="module")
def expected(tiny_reader: Path) -> Any:
    return logits(tiny_reader)


def test_a_bare_config_and_pickled_tensors_with_a_tokenizer_named_apart(
    tiny_reader: Path, state: State, expected: Any, tmp_path: Path
) -> None:
    folder = lay_out(tiny_reader, tmp_path / "spanbert", state)
    np.testing.assert_allclose(logits(folder, tokenizer=str(tiny_reader)), expected, atol=2e-2)


@pytest.mark.parametrize(
    ("old", "new"),
    [("bert.", ""), ("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta")],
)
def test_old_names_of_weights(
    tiny_reader: Path, state: State, expected: Any, tmp_path: Path, old: str, new: str
) -> None:
    renamed = {key.replace(old, new): tensor for key, tensor in state.items()}
    assert renamed.keys() != state.keys()
    extra = {"cls.predictions.bias": torch.zeros(3)}
    folder = lay_out(tiny_reader, tmp_path / "old", {**renamed, **extra})
    np.testing.assert_allclose(logits(folder, tokenizer=str(tiny_reader)), expected, atol=2e-2)


def test_a_missing_head_is_told_with_the_way_to_train_it(
    tiny_reader: Path, state: State, tmp_path: Path
) -> None:
    bare = {key: tensor for key, tensor in state.items() if not key.startswith("qa_outputs")}
    folder = lay_out(tiny_reader, tmp_path / "pretrained", bare)
    with pytest.raises(ModelError, match=r"no trained span head.*spanmem train reader"):
        logits(folder, tokenizer=str(tiny_reader))


def test_missing_weights_are_told_from_a_missing_head(
    tiny_reader: Path, state: State, tmp_path: Path
) -> None:
    torn = {key: tensor for key, tensor in state.items() if "layer.1." not in key}
    with pytest.raises(ModelError, match=r"lacks 16 weights.*layer\.1\."):
        logits(lay_out(tiny_reader, tmp_path / "torn", torn), tokenizer=str(tiny_reader))


def test_weights_that_do_not_fit_the_configuration_are_refused(
    tiny_reader: Path, state: State, tmp_path: Path
) -> None:
    folder = lay_out(tiny_reader, tmp_path / "wide", state)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "hidden_size": 64}))
    with pytest.raises(ModelError, match=r"do not fit its config\.json"):
        logits(folder, tokenizer=str(tiny_reader))


def test_a_pickle_that_would_run_code_is_refused(
    tiny_reader: Path, state: State, tmp_path: Path
) -> None:
    folder = lay_out(tiny_reader, tmp_path / "evil", state)
    witness = tmp_path / "ran"

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (witness,)

    torch.save({"x": Evil()}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="cannot be read as tensors"):
        logits(folder, tokenizer=str(tiny_reader))
    assert not witness.exists()


@pytest.mark.parametrize(
    ("file", "length", "message"),
    [
        ("config.json", None, r"is no model: it has no config\.json"),
        ("config.json", 20, r"its config\.json cannot be used"),
        ("model.safetensors", None, r"has neither model\.safetensors nor pytorch_model\.bin"),
        ("model.safetensors", 10_000, "cannot be read as tensors"),
        ("tokenizer.json", 40, "no tokenizer could be loaded"),
    ],
)
def test_what_is_missing_or_cut_off_is_told_in_one_line(
    tiny_reader: Path, tmp_path: Path, file: str, length: int | None, message: str
) -> None:
    folder = shutil.copytree(tiny_reader, tmp_path / "copy")
    if length is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes((folder / file).read_bytes()[:length])
    with pytest.raises(ModelError, match=message) as caught:
        logits(folder)
    assert "\n" not in str(caught.value)


def test_a_vocabulary_with_capitals_is_read_as_it_stands(tiny_reader: Path, tmp_path: Path) -> None:
    shutil.copy(tiny_reader / "vocab.txt", tmp_path)
    assert load_tokenizer(None, tmp_path, 999).tokenize("The the") == ["The", "the"]


def test_a_vocabulary_without_capitals_is_read_in_lower_case(
    tiny_reader: Path, tmp_path: Path
) -> None:
    words = (tiny_reader / "vocab.txt").read_text().replace("The", "xa").replace("River", "xb")
    (tmp_path / "vocab.txt").write_text(words.replace("Mill", "xc"))
    assert load_tokenizer(None, tmp_path, 999).tokenize("THE Mill") == ["the", "mill"]


def test_no_tokenizer_and_no_network_says_what_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"brings no tokenizer .* --tokenizer"):
        load_tokenizer(None, tmp_path, 999)


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused(tiny_reader: Path) -> None:
    assert len(load_tokenizer(None, tiny_reader, len(WORDS))) == len(WORDS)
    with pytest.raises(ModelError, match="do not belong together"):
        load_tokenizer(None, tiny_reader, len(WORDS) - 1)


def test_a_named_tokenizer_goes_before_the_model_s_own(tiny_reader: Path, tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text((tiny_reader / "vocab.txt").read_text() + "extra\n")
    assert len(load_tokenizer(str(tmp_path), tiny_reader, 999)) == len(WORDS) + 1


def test_transformers_talks_again_after_a_load(tiny_reader: Path) -> None:
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_info()
    transformers_logging.enable_progress_bar()
    try:
        with quiet():
            assert transformers_logging.get_verbosity() == logging.ERROR
            assert not transformers_logging.is_progress_bar_enabled()
        logits(tiny_reader, tokenizer=str(tiny_reader))
        assert transformers_logging.get_verbosity() == logging.INFO
        assert transformers_logging.is_progress_bar_enabled()
        quiet()
        assert transformers_logging.get_verbosity() == logging.ERROR
    finally:
        transformers_logging.set_verbosity_warning()
        transformers_logging.enable_progress_bar()


def test_nothing_is_printed_while_a_model_is_loaded(
    tiny_reader: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logits(tiny_reader, tokenizer=str(tiny_reader))
    assert capfd.readouterr() == ("", "")
