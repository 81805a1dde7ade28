"""Where an encoder comes from, and what is said when it cannot be had."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from spanmem.core.errors import InputError, ModelError
from spanmem.core.records import Passage
from spanmem.indexer.encoders.encoder import passage_text
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.indexer.encoders.plain import PlainEncoder, load_plain
from spanmem.indexer.encoders.sentence import SentenceEncoder
from spanmem.models import bundled

TEXTS = [
    "How long?",
    "The warranty of the lamp lasts two years. " * 40,
    "",
    "Zürich, 漢字 and a [SEP]",
]


def in_sentence_transformers(folder: Path) -> NDArray[np.float32]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": "float32"})
    found: NDArray[np.float32] = model.encode(TEXTS, normalize_embeddings=True)
    return found


def test_the_plain_model_computes_what_sentence_transformers_does() -> None:
    ours, measure = SentenceEncoder(device="cpu"), in_sentence_transformers(bundled("encoder"))
    assert isinstance(ours._model, PlainEncoder)
    ours._model = load_plain(bundled("encoder"))  # in float32 on every machine
    np.testing.assert_allclose(ours.encode_passages(TEXTS), measure, atol=1e-4)


def test_what_is_not_plain_is_left_to_sentence_transformers(tmp_path: Path) -> None:
    folder = shutil.copytree(bundled("encoder"), tmp_path / "cls")
    pooling = json.loads((folder / "1_Pooling" / "config.json").read_text())
    pooling["pooling_mode"] = "cls"
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    ours = SentenceEncoder(folder, device="cpu")
    assert not isinstance(ours._model, PlainEncoder)
    np.testing.assert_allclose(
        ours.encode_passages(TEXTS), in_sentence_transformers(folder), atol=2e-2
    )


def test_a_copy_of_a_folder_under_another_name_has_the_same_weights(tmp_path: Path) -> None:
    shutil.copytree(bundled("encoder"), tmp_path / "mine")
    ours, mine = SentenceEncoder(), SentenceEncoder(tmp_path / "mine")
    assert mine.name == ours.name.replace("encoder@", "mine@")
    np.testing.assert_array_equal(
        mine.encode_passages(["a lamp"]), ours.encode_passages(["a lamp"])
    )


def test_what_is_no_folder_and_no_hub_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        SentenceEncoder(tmp_path / "gone")


def test_a_hub_name_that_cannot_be_fetched_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"sentence-transformers/no-such-model .* check name"):
        SentenceEncoder("no-such-model")


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no weights|is no sentence-transformers model"):
        SentenceEncoder(tmp_path)


def test_a_device_that_is_not_here_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(InputError, match="--device cpu"):
        SentenceEncoder(device="cuda")


def test_the_title_is_encoded_with_the_text() -> None:
    plain = Passage(document="d", start=0, end=3, text="It.")
    titled = Passage(document="d", start=0, end=3, text="It.", title="Lamp")
    assert (passage_text(plain), passage_text(titled)) == ("It.", "Lamp\nIt.")


def test_hashing_is_the_same_on_every_machine() -> None:
    row = HashEncoder(16).encode_passages(["two lamps"])[0]
    assert [round(float(x), 4) for x in row] == PINNED


PINNED = [0, 0.6124, 0, 0, 0, 0, 0, 0, 0.6124, 0.4082, 0.2041, 0, -0.2041, 0, 0, 0]
