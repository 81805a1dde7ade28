"""Files of weights as they are published, shared out, wrapped, exported, or closed to this user."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from spanmem.core.errors import ModelError
from spanmem.models.device import fingerprint
from spanmem.models.runtimes.protocol import RuntimeOptions
from spanmem.models.runtimes.registry import load_spans
from spanmem.models.weights import load_tensors, weights_files
from spanmem.reader.reader import SpanReader
from spanmem.reader.windows import Windows

WHOLE = "model.safetensors"


def shared_out(base: Path, folder: Path, *, pickled: bool = False, parts: int = 3) -> list[Path]:
    """A copy of a reader whose weights are in parts with an index, as large ones are published."""
    shutil.copytree(base, folder)
    state = load_file(base / WHOLE)
    (folder / WHOLE).unlink()
    stem, suffix = ("pytorch_model", ".bin") if pickled else ("model", ".safetensors")
    names = sorted(state)
    places: dict[str, str] = {}
    for part in range(parts):
        own = {name: state[name].contiguous() for name in names[part::parts]}
        file = f"{stem}-{part + 1:05}-of-{parts:05}{suffix}"
        if pickled:
            torch.save(own, folder / file)
        else:
            save_file(own, folder / file, metadata={"format": "pt"})
        places |= dict.fromkeys(own, file)
    index = {"metadata": {"total_size": 1}, "weight_map": places}
    (folder / f"{stem}{suffix}.index.json").write_text(json.dumps(index))
    return [folder / name for name in sorted(set(places.values()))]


@pytest.mark.parametrize("pickled", [False, True])
def test_parts_are_read_as_the_whole_is(tiny_reader: Path, tmp_path: Path, pickled: bool) -> None:
    parts = shared_out(tiny_reader, tmp_path / "parts", pickled=pickled)
    assert list(weights_files(tmp_path / "parts")) == parts
    ids = np.arange(5, 29).reshape(2, 12)
    whole, shared = (
        load_spans(folder, "it", RuntimeOptions("cpu")).run(ids, np.ones_like(ids), ids * 0)
        for folder in (tiny_reader, tmp_path / "parts")
    )
    np.testing.assert_allclose(shared, whole, atol=2e-2)


def test_a_reader_in_parts_is_named_by_all_of_them(tiny_reader: Path, tmp_path: Path) -> None:
    parts = shared_out(tiny_reader, tmp_path / "parts")
    name = SpanReader.load(tmp_path / "parts", device="cpu", windows=Windows(128, 8)).name
    assert name == f"parts@{fingerprint(parts)}"
    state = load_file(parts[-1])
    save_file({k: v + 1 for k, v in state.items()}, parts[-1], metadata={"format": "pt"})
    assert SpanReader.load(tmp_path / "parts", device="cpu", windows=Windows(128, 8)).name != name


def test_a_missing_part_is_named(tiny_reader: Path, tmp_path: Path) -> None:
    parts = shared_out(tiny_reader, tmp_path / "parts")
    parts[1].unlink()
    with pytest.raises(ModelError, match=rf"lacks 1 of the 3 parts.*{parts[1].name}; fetch"):
        load_spans(tmp_path / "parts", "it", RuntimeOptions("cpu"))


@pytest.mark.parametrize(
    "index", ["{", "[]", "{}", '{"weight_map": {}}', '{"weight_map": {"a": "../x.bin"}}']
)
def test_an_index_that_names_no_parts_is_refused(tmp_path: Path, index: str) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with pytest.raises(ModelError, match="fetch it again"):
        weights_files(tmp_path)


def test_one_whole_goes_before_parts_and_safetensors_before_pickles(tmp_path: Path) -> None:
    files = [tmp_path / "pytorch_model.bin", tmp_path / WHOLE]
    for file in files:
        file.write_bytes(b"")
        assert weights_files(tmp_path) == (file,)


@pytest.mark.parametrize("wrapper", ["module.", "_orig_mod.", "module._orig_mod."])
def test_what_wrapped_a_model_in_training_is_taken_off_its_names(
    tiny_reader: Path, tmp_path: Path, wrapper: str
) -> None:
    state = load_file(tiny_reader / WHOLE)
    torch.save({wrapper + name: x for name, x in state.items()}, tmp_path / "pytorch_model.bin")
    assert load_tensors(tmp_path).keys() == state.keys()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("adapter_config.json", "adapter.* alone.*merge_and_unload"),
        ("onnx/model.onnx", "weights for ONNX alone"),
        ("model.onnx", "weights for ONNX alone"),
        ("openvino/openvino_model.xml", "weights for OpenVINO alone"),
        ("tf_model.h5", "weights for TensorFlow alone"),
        ("flax_model.msgpack", "weights for Flax alone"),
        ("q4.gguf", "weights for GGUF alone"),
        ("notes.txt", "is no model"),
    ],
)
def test_a_folder_without_weights_that_are_read_says_the_way_out(
    tmp_path: Path, file: str, message: str
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("{}")
    with pytest.raises(ModelError, match=message) as caught:
        load_spans(tmp_path, "it", RuntimeOptions("cpu"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("closed", [WHOLE, "config.json"])
def test_what_this_user_may_not_read_is_told_as_such(
    tiny_reader: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    whole = Path.open

    def refusing(self: Path, *args: Any, **options: Any) -> Any:
        if self.name == closed:
            raise PermissionError(13, "Permission denied")
        return whole(self, *args, **options)

    monkeypatch.setattr(Path, "open", refusing)
    with pytest.raises(ModelError, match=rf"{closed} cannot be read: permission denied; give"):
        load_spans(tiny_reader, "it", RuntimeOptions("cpu", backend="transformers"))
