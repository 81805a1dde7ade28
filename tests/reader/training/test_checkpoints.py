"""A reader to train is opened with a span head, and what was trained is an ordinary folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from spanmem.core.errors import ModelError
from spanmem.models.training.checkpoints import StartWeights
from spanmem.reader.training.checkpoints import load_base, save_reader


def test_a_reader_goes_on_with_its_head(base: Path) -> None:
    model, tokenizer = load_base(str(base))
    head: Any = model.qa_outputs
    assert torch.equal(head.weight, load_file(base / "model.safetensors")["qa_outputs.weight"])
    assert len(tokenizer) == model.config.vocab_size


def test_what_is_no_reader_yet_gets_a_new_head(base: Path, tmp_path: Path) -> None:
    folder = tmp_path / "headless"
    shutil.copytree(base, folder)
    state = load_file(base / "model.safetensors")
    bare = {key: tensor for key, tensor in state.items() if not key.startswith("qa_outputs")}
    save_file(bare, folder / "model.safetensors", metadata={"format": "pt"})
    model, _ = load_base(str(folder))
    head: Any = model.qa_outputs
    assert head.weight.shape == (2, 32)
    assert head.weight.abs().sum() > 0


def test_a_short_name_of_a_sentence_encoder_is_found_as_in_the_other_trainings(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    home = tmp_path / "models--sentence-transformers--all-MiniLM-L6-v2"
    shutil.copytree(base, home / "snapshots" / "abc123")
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc123")
    model, _ = load_base("all-MiniLM-L6-v2")
    assert model.config.hidden_size == 32


def test_messages_name_the_base_as_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(ModelError, match="some/name is a vit model, which cannot mark spans"):
        load_base(StartWeights("some/name", tmp_path))


def test_a_saved_reader_is_half_as_precise_and_leaves_the_trained_one_as_it_is(
    base: Path, tmp_path: Path
) -> None:
    model, tokenizer = load_base(str(base))
    save_reader(model, tokenizer, tmp_path / "out", {"steps": 3})
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    state = load_file(tmp_path / "out" / "model.safetensors")
    assert {tensor.dtype for tensor in state.values()} == {torch.float16}
    facts = json.loads((tmp_path / "out" / "spanmem.json").read_text())
    assert (facts["kind"], facts["steps"]) == ("reader", 3)
    again, words = load_base(str(tmp_path / "out"))
    assert torch.equal(again.state_dict()["qa_outputs.weight"].half(), state["qa_outputs.weight"])
    assert words.get_vocab() == tokenizer.get_vocab()
