"""Start weights: one rule for their names, and the fast kernels in the model made of them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import MODEL_FOR_QUESTION_ANSWERING_MAPPING, BertConfig, BertForMaskedLM

from spanmem.core.errors import ModelError
from spanmem.models import bundled
from spanmem.models.training.checkpoints import StartWeights, fetch_base, load_for_training
from spanmem.models.training.dropout import BulkDropout


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache, with no network behind it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def cached(hub: Path, owner: str, name: str) -> Path:
    """The folder of a model as a download leaves it."""
    home = hub / f"models--{owner}--{name}"
    folder = home / "snapshots" / "abc123"
    folder.mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc123")
    (folder / "config.json").write_text("{}")
    return folder


@pytest.mark.parametrize(
    ("base", "owner", "name"),
    [
        ("all-MiniLM-L6-v2", "sentence-transformers", "all-MiniLM-L6-v2"),
        ("someone/all-MiniLM-L6-v2", "someone", "all-MiniLM-L6-v2"),
        ("spanbert-base-cased", "SpanBERT", "spanbert-base-cased"),
    ],
)
def test_a_name_means_the_same_checkpoint_to_all_trainings(
    hub: Path, base: str, owner: str, name: str
) -> None:
    folder = cached(hub, owner, name)
    assert fetch_base(base) == StartWeights(base, folder)


def test_a_folder_is_taken_as_it_is_and_none_means_the_bundled_encoder(tmp_path: Path) -> None:
    assert fetch_base(str(tmp_path)) == StartWeights(str(tmp_path), tmp_path)
    assert fetch_base(None) == StartWeights("the bundled encoder", bundled("encoder"))


def test_a_name_that_nobody_has_is_said_with_its_owner(hub: Path) -> None:
    with pytest.raises(ModelError, match=r"sentence-transformers/no-such.*check name and network"):
        fetch_base("no-such")


def test_a_licence_that_forbids_trade_is_said(hub: Path, caplog: pytest.LogCaptureFixture) -> None:
    card = cached(hub, "someone", "guarded") / "README.md"
    card.write_text("---\nlicense: cc-by-nc-4.0\n---\n")
    with caplog.at_level(logging.WARNING):
        fetch_base("someone/guarded")
    assert "someone/guarded is licensed cc-by-nc-4.0" in caplog.text


def reader(dropout: float) -> Any:
    """The bundled reader, opened to be trained."""
    start = StartWeights("reader", bundled("reader"))
    heads = MODEL_FOR_QUESTION_ANSWERING_MAPPING
    return load_for_training(start, heads, task="", new=("nothing",), dropout=dropout)


def test_a_model_in_training_has_bulk_dropout_on_its_hidden_states_alone() -> None:
    model = reader(0.2)
    layers = {(type(m), m.p) for m in model.modules() if isinstance(m, nn.Dropout)}
    assert (BulkDropout, 0.2) in layers
    assert {layer for layer, _ in layers} == {BulkDropout}
    assert model.config.attention_probs_dropout_prob == 0


def test_it_has_the_fast_attention_and_full_precision() -> None:
    model = reader(0.0)
    fast = "sdpa" if torch.cuda.is_available() else "spanmem"
    assert model.config._attn_implementation == fast
    assert {p.dtype for p in model.parameters()} == {torch.float32}


def test_what_lacks_more_than_its_head_cannot_be_trained() -> None:
    start = StartWeights("the reader", bundled("reader"))
    heads = {BertConfig: BertForMaskedLM}
    with pytest.raises(ModelError, match=r"the reader lacks \d+ weights.*cls\."):
        load_for_training(start, heads, task="", new=("nothing",), dropout=0.1)
    load_for_training(start, heads, task="", new=("cls.",), dropout=0.1)
