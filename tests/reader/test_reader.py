"""A span reader is a model, run by any runtime, with windows to read in."""

from __future__ import annotations

import json
import logging
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from spanmem.core.errors import InputError, ModelError
from spanmem.core.records import Passage
from spanmem.models.runtimes.protocol import Floats, Ids
from spanmem.models.runtimes.torch_runtime import TorchRuntime
from spanmem.reader.calibration import Calibration
from spanmem.reader.provenance import question_hashes
from spanmem.reader.reader import ReadRequest, SpanReader
from spanmem.reader.training.checkpoints import load_base
from spanmem.reader.windows import Windows
from tests.models.runtimes.numpy_bert import NumpyBert

TEXT = "The River flows to the sea. The Mill was built in the north."
WINDOWS = Windows(size=128, overlap=8)


def passage(text: str) -> Passage:
    return Passage(document="d", start=0, end=len(text), text=text)


REQUEST = ReadRequest("where was the Mill built ?", (passage(TEXT),))
Place = tuple[int, int, int]


def places(reader: SpanReader, request: ReadRequest = REQUEST) -> list[Place]:
    return [(s.passage, s.start, s.end) for s in reader.read([request])[0].spans]


def load(folder: Path, **options: Any) -> SpanReader:
    return SpanReader.load(folder, device="cpu", windows=WINDOWS, **options)


def test_a_long_passage_is_read_to_its_end(base: Path) -> None:
    text = " ".join(["the river flows to the sea ."] * 60)
    starts = [start for _, start, _ in places(load(base), ReadRequest("who ?", (passage(text),)))]
    assert min(starts) < 400
    assert max(starts) > len(text) - 400


def test_other_windows_are_another_reader_over_the_same_model(base: Path) -> None:
    reader = load(base)
    long = ReadRequest("who ?", (passage(" ".join([TEXT] * 20)),))
    before = reader.read([long])
    narrow = reader.with_windows(Windows(size=100, overlap=4, max_answer_tokens=1))
    assert narrow.runtime is reader.runtime
    assert (narrow.name, narrow.calibration, narrow.provenance) == (
        reader.name,
        reader.calibration,
        reader.provenance,
    )
    assert all(len(span.text.split()) == 1 for span in narrow.read([long])[0].spans)
    assert narrow.read([long]) != before
    assert (reader.windows, reader.read([long])) == (WINDOWS, before)


def test_windows_can_be_changed_while_others_read(base: Path) -> None:
    reader = load(base)
    requests = [ReadRequest(f"what {i} ?", (passage(TEXT * 5),)) for i in range(40)]

    def read(request: ReadRequest) -> list[Place]:
        reader.with_windows(Windows(size=100, overlap=4))
        return places(reader, request)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, requests)) == [places(reader, r) for r in requests]


def test_no_window_is_longer_than_the_model_reads(base: Path) -> None:
    lengths: list[int] = []

    class Measuring(NumpyBert):
        def run(self, ids: Ids, mask: Ids, types: Ids) -> Floats:
            lengths.append(ids.shape[1])
            return super().run(ids, mask, types)

    reader = SpanReader(Measuring(base), name="measuring", windows=Windows(size=512, overlap=8))
    reader.read([ReadRequest("who ?", (passage(" ".join([TEXT] * 20)),))])
    assert max(lengths) == 128


def test_rows_of_a_batch_are_alike_and_few(base: Path) -> None:
    shapes: list[tuple[int, ...]] = []

    class Measuring(NumpyBert):
        def run(self, ids: Ids, mask: Ids, types: Ids) -> Floats:
            shapes.append(ids.shape)
            return super().run(ids, mask, types)

    reader = SpanReader(Measuring(base), name="measuring", windows=WINDOWS)
    texts = [TEXT * n for n in (1, 5, 2, 1, 4, 1)]
    reader.read([ReadRequest("who ?", tuple(map(passage, texts)))])
    assert all(rows * length <= 512 or rows == 1 for rows, length in shapes)
    assert [length for _, length in shapes] == sorted((n for _, n in shapes), reverse=True)


@pytest.mark.parametrize("other", ["transformers", "numpy"])
def test_it_reads_alike_whatever_runs_the_model(base: Path, other: str) -> None:
    ours = load(base)
    theirs = (
        load(base, backend="transformers")
        if other == "transformers"
        else SpanReader(NumpyBert(base), name="numpy", windows=WINDOWS)
    )
    for reader in (ours, theirs):
        if isinstance(reader.runtime, TorchRuntime):
            reader.runtime.module.float()
    requests = [REQUEST, ReadRequest("what flows ?", REQUEST.passages * 3), ReadRequest("x", ())]
    for mine, yours in zip(ours.read(requests), theirs.read(requests), strict=True):
        assert [(s.passage, s.start, s.end) for s in mine.spans] == [
            (s.passage, s.start, s.end) for s in yours.spans
        ]
        assert [s.score for s in mine.spans] == pytest.approx(
            [s.score for s in yours.spans], abs=1e-3
        )
        assert mine.nulls == pytest.approx(yours.nulls, abs=1e-3)


def test_threads_are_the_runtime_s_own(base: Path) -> None:
    runtime: Any = load(base, threads=3).runtime
    assert runtime.threads == 3


def test_a_copy_under_another_name_has_the_same_weights(base: Path, tmp_path: Path) -> None:
    mine = load(shutil.copytree(base, tmp_path / "mine"))
    assert mine.name == load(base).name.replace(f"{base.name}@", "mine@")


def test_calibration_and_provenance_come_with_the_folder(
    base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = shutil.copytree(base, tmp_path / "mine")
    weights = load(folder).name.rpartition("@")[2]
    Calibration(2.5, 0.5, {"margin": 1.0}).save(
        folder,
        {},
        weights=weights,
        calibrated_on={"b.jsonl": "11ee"},
        questions=question_hashes(["Who calibrated?"]).tolist(),
    )
    (folder / "spanmem.json").write_text(json.dumps({"data_sha256": {"a.jsonl": "00ff"}}))
    reader = load(folder)
    assert reader.calibration.retrieval_weight == 2.5
    assert reader.provenance.files == {"a.jsonl": "00ff"}
    assert reader.provenance.calibrated_on == {"b.jsonl": "11ee"}
    assert reader.provenance.seen(["who calibrated", "who trained"]).tolist() == [True, False]
    assert not caplog.records
    # The folder goes on to a model of other weights.
    state = load_file(folder / "model.safetensors")
    state["qa_outputs.bias"] += 1
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    retrained = [load(folder) for _ in range(2)][1]
    assert retrained.calibration == Calibration()
    assert not retrained.provenance.seen(["who calibrated"]).any()
    assert [record.getMessage().count("not used") for record in caplog.records] == [1]


def test_without_a_trained_head_it_can_be_trained_but_not_asked(base: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(base, tmp_path / "bare")
    state = load_file(base / "model.safetensors")
    trunk = {key: tensor for key, tensor in state.items() if not key.startswith("qa_outputs")}
    save_file(trunk, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"no trained span head.*spanmem train reader"):
        load(folder)
    model: Any = load_base(str(folder))[0]
    assert model.qa_outputs.weight.shape == (2, 32)


def test_the_article_s_bare_name_is_spanbert_s_with_bert_s_cased_vocabulary_and_its_licence(
    base: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """SpanBERT's repository as it is, bare config and pickled tensors, in the hub's cache."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("spanmem.models.hub._warned_of", set())
    homes = [
        tmp_path / f"models--{name}"
        for name in ("SpanBERT--spanbert-base-cased", "google-bert--bert-base-cased")
    ]
    for home in homes:
        (home / "refs").mkdir(parents=True)
        (home / "refs" / "main").write_text("abc123")
        (home / "snapshots" / "abc123").mkdir(parents=True)
    spanbert, bert = (home / "snapshots" / "abc123" for home in homes)
    config = json.loads((base / "config.json").read_text())
    (spanbert / "config.json").write_text(
        json.dumps({k: v for k, v in config.items() if k not in ("model_type", "architectures")})
    )
    torch.save(load_file(base / "model.safetensors"), spanbert / "pytorch_model.bin")
    shutil.copy(base / "vocab.txt", bert)
    with caplog.at_level(logging.WARNING):
        reader = load(Path("spanbert-base-cased"))
        tokenizer: Any = load_base("SpanBERT/spanbert-base-cased")[1]
    assert reader.name.startswith("abc123@")
    assert places(reader) == places(load(base))
    assert tokenizer.tokenize("The the") == ["The", "the"]
    assert [record.getMessage() for record in caplog.records] == [
        "SpanBERT/spanbert-base-cased is licensed CC-BY-NC 4.0: not for commercial use"
    ]


def test_a_model_that_cannot_be_had_is_refused(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="no such folder"):
        load(Path("/nowhere/at/all"))
    with pytest.raises(ModelError, match=r"no config\.json"):
        load(tmp_path)
    with pytest.raises(InputError, match="not available here"):
        SpanReader.load(base, device="cuda:99")


def test_a_foreign_tokenizer_is_refused(base: Path, tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text((base / "vocab.txt").read_text() + "more\n")
    with pytest.raises(ModelError, match="do not belong together"):
        load(base, tokenizer=str(tmp_path))


def test_logits_of_padding_are_read_by_nobody(base: Path) -> None:
    class Blurred(NumpyBert):
        """Gives the padding the best scores of all."""

        def run(self, ids: Ids, mask: Ids, types: Ids) -> Floats:
            return np.where(mask[..., None] == 1, super().run(ids, mask, types), 1e6).astype("f4")

    request = ReadRequest("who ?", (passage(TEXT), passage("the sea")))
    clean = SpanReader(NumpyBert(base), name="clean", windows=WINDOWS)
    blurred = SpanReader(Blurred(base), name="blurred", windows=WINDOWS)
    assert blurred.read([request]) == clean.read([request])
