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

from spanmem.core.errors import InputError, ModelError
from spanmem.core.records import Passage
from spanmem.models import bundled
from spanmem.reader.model import load_reader
from spanmem.reader.plain import PlainReader, load_plain
from spanmem.reader.reader import ReadRequest, SpanReader
from spanmem.reader.training.checkpoints import load_base as load_for_training

TEXT = "The River flows to the sea. The Mill was built in the north."
REQUEST = ReadRequest(
    "where was the Mill built ?", (Passage(document="d", start=0, end=len(TEXT), text=TEXT),)
)


def answers(folder: Path, **options: Any) -> list[tuple[int, int, float]]:
    reader = SpanReader.load(folder, window=128, overlap=8, device="cpu", **options)
    return [(s.start, s.end, s.score) for s in reader.read([REQUEST])[0].spans]


def lay_out(base: Path, folder: Path, state: dict[str, Any], *, config: bool = True) -> Path:
    """A checkpoint with `state` as `pytorch_model.bin`, and with nothing else but a bare config."""
    folder.mkdir()
    table = json.loads((base / "config.json").read_text())
    for key in ("model_type", "architectures", "transformers_version", "dtype"):
        table.pop(key, None)
    if config:
        (folder / "config.json").write_text(json.dumps(table))
    torch.save(state, folder / "pytorch_model.bin")
    return folder


@pytest.fixture(scope="module")
def state(base: Path) -> dict[str, Any]:
    return load_file(base / "model.safetensors")


def same(found: list[tuple[int, int, float]], expected: list[tuple[int, int, float]]) -> bool:
    return [f[:2] for f in found] == [e[:2] for e in expected] and np.allclose(
        [f[2] for f in found], [e[2] for e in expected], atol=1e-5
    )


def test_bare_config_and_pickled_tensors_with_a_tokenizer_named_apart(
    base: Path, state: dict[str, Any], tmp_path: Path
) -> None:
    folder = lay_out(base, tmp_path / "spanbert", state)
    assert same(answers(folder, tokenizer=str(base)), answers(base))


def test_cased_vocabulary_stays_cased(base: Path, state: dict[str, Any], tmp_path: Path) -> None:
    folder = lay_out(base, tmp_path / "spanbert", state)
    shutil.copy(base / "vocab.txt", folder)
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    assert same(answers(folder), answers(base))
    (folder / "tokenizer_config.json").unlink()
    tokenizer: Any = load_reader(folder).tokenizer
    assert tokenizer.tokenize("The the") == ["The", "the"]


def test_vocabulary_without_capitals_is_read_in_lower_case(
    base: Path, state: dict[str, Any], tmp_path: Path
) -> None:
    folder = lay_out(base, tmp_path / "uncased", state)
    words = (base / "vocab.txt").read_text().replace("The", "xa").replace("River", "xb")
    (folder / "vocab.txt").write_text(words.replace("Mill", "xc"))
    tokenizer: Any = load_reader(folder).tokenizer
    assert tokenizer.tokenize("THE Mill") == ["the", "mill"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("bert.", ""), ("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta")],
)
def test_old_names_of_weights(
    base: Path, state: dict[str, Any], tmp_path: Path, old: str, new: str
) -> None:
    renamed = {key.replace(old, new): tensor for key, tensor in state.items()}
    assert renamed.keys() != state.keys()
    folder = lay_out(base, tmp_path / "old", {**renamed, "cls.predictions.bias": torch.zeros(3)})
    assert same(answers(folder, tokenizer=str(base)), answers(base))


def test_without_a_trained_head_it_can_be_trained_but_not_asked(
    base: Path, state: dict[str, Any], tmp_path: Path
) -> None:
    bare = {key: tensor for key, tensor in state.items() if not key.startswith("qa_outputs")}
    folder = lay_out(base, tmp_path / "pretrained", bare)
    with pytest.raises(ModelError, match=r"no trained span head.*spanmem train reader"):
        load_reader(folder, tokenizer=str(base))
    model, _ = load_for_training(str(folder), tokenizer=str(base))
    head: Any = model.qa_outputs
    assert head.weight.shape == (2, 32)


def test_missing_weights_are_told_from_a_missing_head(
    base: Path, state: dict[str, Any], tmp_path: Path
) -> None:
    torn = {key: tensor for key, tensor in state.items() if "layer.1." not in key}
    with pytest.raises(ModelError, match=r"lacks 16 weights.*layer\.1\."):
        load_reader(lay_out(base, tmp_path / "torn", torn), tokenizer=str(base))


def test_no_tokenizer_and_no_network_says_what_to_name(
    base: Path, state: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="--tokenizer"):
        load_reader(lay_out(base, tmp_path / "spanbert", state))


@pytest.mark.parametrize("name", ["SpanBERT/spanbert-large-cased", "spanbert-large-cased"])
def test_hub_names_are_looked_up_and_said_to_be_out_of_reach(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"SpanBERT/spanbert-large-cased.*check name and network"):
        load_reader(name)


def test_a_hub_snapshot_is_read_like_any_folder(
    base: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The hub's own cache layout, as a download leaves it, opened without a network."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    home = tmp_path / "models--someone--reader"
    shutil.copytree(base, home / "snapshots" / "abc123")
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc123")
    assert load_reader("someone/reader").name.startswith("abc123@")


def test_the_article_s_bare_name_is_spanbert_s_with_bert_s_cased_vocabulary_and_its_licence(
    base: Path,
    state: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """SpanBERT's repository as it is, bare config and pickled tensors, in the hub's cache."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    homes = {
        name: tmp_path / f"models--{name}"
        for name in ("SpanBERT--spanbert-base-cased", "google-bert--bert-base-cased")
    }
    for home in homes.values():
        (home / "refs").mkdir(parents=True)
        (home / "snapshots").mkdir()
        (home / "refs" / "main").write_text("abc123")
    spanbert, bert = (home / "snapshots" / "abc123" for home in homes.values())
    lay_out(base, spanbert, {**state, "cls.predictions.bias": torch.zeros(3)})
    bert.mkdir()
    shutil.copy(base / "vocab.txt", bert)
    (bert / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    with caplog.at_level(logging.WARNING):
        _, tokenizer = load_for_training("spanbert-base-cased")
        load_for_training("SpanBERT/spanbert-base-cased")
    cased: Any = tokenizer
    assert cased.tokenize("The the") == ["The", "the"]
    assert same(answers(Path("spanbert-base-cased")), answers(base))
    assert [r.getMessage() for r in caplog.records] == [
        "SpanBERT/spanbert-base-cased is licensed CC-BY-NC 4.0: not for commercial use"
    ]


def test_a_pickle_that_would_run_code_is_refused(
    base: Path, state: dict[str, Any], tmp_path: Path
) -> None:
    folder = lay_out(base, tmp_path / "evil", state)
    witness = tmp_path / "ran"

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (witness,)

    torch.save({"x": Evil()}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="cannot be read as tensors"):
        load_reader(folder, tokenizer=str(base))
    assert not witness.exists()


def test_what_is_no_model_is_refused_in_one_line(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        load_reader(tmp_path)
    with pytest.raises(ModelError, match="no such folder"):
        load_reader("/nowhere/at/all")
    folder = tmp_path / "cut"
    shutil.copytree(base, folder)
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="cannot be read as tensors") as caught:
        load_reader(folder)
    assert "\n" not in str(caught.value)


def test_a_foreign_tokenizer_is_refused(base: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    words = (base / "vocab.txt").read_text() + "more\n"
    (other / "vocab.txt").write_text(words)
    with pytest.raises(ModelError, match="do not belong together"):
        load_reader(base, tokenizer=str(other))


def test_an_absent_device_is_refused(base: Path) -> None:
    with pytest.raises(InputError, match="not available here"):
        load_reader(base, device="mps" if not torch.backends.mps.is_available() else "cuda:99")


def test_non_commercial_licence_is_said_once(
    base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "nc"
    shutil.copytree(base, folder)
    (folder / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n")
    with caplog.at_level(logging.WARNING):
        load_reader(folder)
        load_reader(folder)
    assert [r.getMessage() for r in caplog.records] == [
        f"{folder} is licensed cc-by-nc-4.0: not for commercial use"
    ]


@pytest.mark.parametrize("which", ["tiny", "bundled"])
def test_the_plain_model_computes_what_transformers_does(
    which: str, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = base if which == "tiny" else bundled("reader")
    requests = [REQUEST, ReadRequest("what flows ?", REQUEST.passages * 3), ReadRequest("x", ())]
    plain = SpanReader.load(folder, window=128, overlap=8, device="cpu")
    assert isinstance(plain.model, PlainReader)
    monkeypatch.setattr("spanmem.reader.plain.load_plain", lambda _: None)
    measure = SpanReader.load(folder, window=128, overlap=8, device="cpu")
    assert not isinstance(measure.model, PlainReader)
    assert measure.name == plain.name
    for reader in (plain, measure):
        reader.model.float()
    for ours, theirs in zip(plain.read(requests), measure.read(requests), strict=True):
        assert [(s.passage, s.start, s.end) for s in ours.spans] == [
            (s.passage, s.start, s.end) for s in theirs.spans
        ]
        assert [s.score for s in ours.spans] == pytest.approx(
            [s.score for s in theirs.spans], abs=1e-3
        )
        assert ours.nulls == pytest.approx(theirs.nulls, abs=1e-3)


@pytest.mark.parametrize(
    ("key", "value"),
    [("hidden_act", "relu"), ("model_type", "roberta"), ("position_embedding_type", "relative")],
)
def test_what_is_not_plain_is_left_to_transformers(
    base: Path, tmp_path: Path, key: str, value: str
) -> None:
    shutil.copytree(base, tmp_path / "other")
    table = json.loads((base / "config.json").read_text())
    (tmp_path / "other" / "config.json").write_text(json.dumps({**table, key: value}))
    assert load_plain(tmp_path / "other") is None
    assert load_plain(base) is not None
