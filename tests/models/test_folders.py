"""A folder that lacks something is refused in one line that says what, and the way out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from spanmem.core.errors import ModelError
from spanmem.indexer.encoders.sentence import SentenceEncoder
from spanmem.models.folders import check_downloaded, check_sentence_folder
from spanmem.models.runtimes.protocol import RuntimeOptions
from spanmem.models.runtimes.registry import load_spans
from spanmem.reader.training.checkpoints import load_base
from tests.models.tiny import write_json

_MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@pytest.fixture
def folder(tiny_encoder: Path, tmp_path: Path) -> Path:
    """A copy that may be broken."""
    return Path(shutil.copytree(tiny_encoder, tmp_path / "broken"))


def refusal(folder: Path) -> str:
    """The line in which an encoder is refused."""
    with pytest.raises(ModelError) as caught:
        SentenceEncoder(folder, device="cpu")
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(folder))
    return line


def test_a_whole_folder_is_taken(folder: Path) -> None:
    check_sentence_folder(folder, "it")


@pytest.mark.parametrize(
    "name", ["model.safetensors", "pytorch_model.bin", "tokenizer.json", "spm.model"]
)
def test_a_pointer_of_git_lfs_is_no_file(folder: Path, name: str) -> None:
    (folder / name).write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n"
    )
    assert f"{name} is a pointer of Git LFS" in refusal(folder)


@pytest.mark.parametrize("config", [True, False])
def test_a_module_that_is_named_and_not_there_is_missed(folder: Path, config: bool) -> None:
    modules = json.loads((folder / "modules.json").read_text())
    dense = {"idx": 9, "name": "9", "path": "9_Dense", "type": "sentence_transformers.models.Dense"}
    write_json(folder / "modules.json", [*modules, dense])
    if config:
        write_json(folder / "9_Dense" / "config.json", {"in_features": 32, "out_features": 8})
    name = "model.safetensors" if config else "config.json"
    assert f"lacks 9_Dense/{name}, which its modules.json names; fetch" in refusal(folder)


def test_a_pooling_without_its_settings_is_missed(folder: Path) -> None:
    shutil.rmtree(folder / "1_Pooling")
    assert "lacks 1_Pooling/config.json" in refusal(folder)


def test_an_adapter_alone_is_no_model(tmp_path: Path) -> None:
    write_json(tmp_path / "adapter_config.json", {"base_model_name_or_path": "some/base"})
    with pytest.raises(ModelError, match=r"it holds an adapter .* changes, some/base; merge both"):
        check_downloaded(tmp_path, "it")
    write_json(tmp_path / "config.json", {})
    check_downloaded(tmp_path, "it")


@pytest.mark.parametrize("modules", [True, False])
def test_an_encoder_without_tokenizer_is_refused(folder: Path, modules: bool) -> None:
    for path in (*folder.glob("tokenizer*"), *folder.glob("vocab*")):
        path.unlink()
    if not modules:
        (folder / "modules.json").unlink()
    assert "brings no tokenizer" in refusal(folder)


@pytest.mark.parametrize("modules", [True, False])
def test_a_tokenizer_that_knows_no_word_is_refused(folder: Path, modules: bool) -> None:
    table = json.loads((folder / "tokenizer.json").read_text())
    table["model"]["vocab"] = {mark: number for number, mark in enumerate(_MARKS)}
    write_json(folder / "tokenizer.json", table)
    (folder / "vocab.txt").unlink(missing_ok=True)
    if not modules:
        (folder / "modules.json").unlink()
    assert "knows no ordinary word" in refusal(folder)


def test_damaged_files_are_told_in_one_line(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"cut")
    assert "is no sentence-transformers model" in refusal(folder)


def test_a_reader_that_lacks_as_much_is_refused(tiny_reader: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_reader, tmp_path / "reader")
    table = json.loads((folder / "tokenizer.json").read_text())
    table["model"]["vocab"] = {mark: number for number, mark in enumerate(_MARKS)}
    write_json(folder / "tokenizer.json", table)
    with pytest.raises(ModelError, match="knows no ordinary word"):
        load_spans(folder, "it", RuntimeOptions("cpu"))
    write_json(folder / "adapter_config.json", {})
    (folder / "config.json").unlink()
    with pytest.raises(ModelError, match="it holds an adapter"):
        load_spans(folder, "it", RuntimeOptions("cpu"))


def test_weights_that_were_not_fetched_are_no_base_of_a_training(
    tiny_reader: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_reader, tmp_path / "base")
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(ModelError, match=r"model\.safetensors is a pointer of Git LFS"):
        load_base(str(folder))
