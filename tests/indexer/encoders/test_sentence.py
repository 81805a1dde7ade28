"""Encoders as E5, BGE, GTE, Arctic and Nomic publish them give the library's own vectors.

Tiny random models in the layouts of the hub: E5 and GTE have a mean and no file that names prompts;
BGE and Arctic take the vector of `[CLS]`; of all, Arctic and Nomic alone name prompts.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spanmem.core.encoder_names import same_space
from spanmem.core.errors import InputError, ModelError
from spanmem.core.records import Prompts
from spanmem.indexer.encoders.sentence import SentenceEncoder
from spanmem.models import bundled
from spanmem.models.runtimes.tokenized import TokenizedRuntime
from spanmem.models.runtimes.transformers import SentenceTransformerRuntime
from tests.models.tiny import SIZES, write_encoder, write_json

TEXTS = [
    "where was the old mill built ?",
    "The River flows to the sea . " * 20,
    "",
    "Zürich, 漢字 and a [SEP]",
]
SEARCH = "the long year : "
"""In words of the tiny vocabulary, so that two prompts do not both become unknown tokens."""
LAYOUTS: dict[str, dict[str, Any]] = {
    "e5": {},
    "bge": {"pooling": "cls", "settings": {}},
    "gte": {},
    "arctic": {"pooling": "cls", "prompts": {"query": SEARCH}},
    "nomic": {
        "modules": ("Transformer", "Pooling"),
        "prompts": {"query": "what ", "passage": "town ", "Classification": "mill "},
    },
    "named": {"prompts": {"query": "what ", "document": "town "}},
    "instructor": {
        "prompts": {"query": SEARCH, "document": "town mill "},
        "include_prompt": False,
    },
}
FAST = {"e5", "gte", "nomic", "named", "bge", "arctic"}
Array = NDArray[np.float32]


def in_single_precision(encoder: SentenceEncoder) -> SentenceEncoder:
    """The encoder, computed as on a CPU without bfloat16."""
    _module(encoder.runtime, fast=isinstance(encoder.runtime, TokenizedRuntime)).float()
    return encoder


def _module(runtime: Any, *, fast: bool) -> Any:
    return runtime.runtime.module if fast else runtime.model


def measure(folder: Path) -> Any:
    """The same model in the library."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": "float32"})


@pytest.mark.parametrize("name", LAYOUTS)
def test_vectors_are_those_that_the_library_gives_both_sides(name: str, tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / name, **LAYOUTS[name])
    encoder, model = in_single_precision(SentenceEncoder(folder, device="cpu")), measure(folder)
    kind = TokenizedRuntime if name in FAST else SentenceTransformerRuntime
    assert isinstance(encoder.runtime, kind)
    prompts = LAYOUTS[name].get("prompts", {})
    passage = prompts.get("document", prompts.get("passage", ""))
    assert encoder.prompts == Prompts(prompts.get("query", ""), passage)
    np.testing.assert_allclose(
        encoder.encode_queries(TEXTS),
        model.encode_query(TEXTS, normalize_embeddings=True),
        atol=1e-5,
    )
    # `encode_document` itself overlooks a prompt named `passage`, behind an empty `document`.
    documents = (
        model.encode(TEXTS, prompt_name="passage", normalize_embeddings=True)
        if "passage" in prompts
        else model.encode_document(TEXTS, normalize_embeddings=True)
    )
    np.testing.assert_allclose(encoder.encode_passages(TEXTS), documents, atol=1e-5)
    apart = np.abs(encoder.encode_queries(TEXTS) - encoder.encode_passages(TEXTS)).max()
    assert (apart > 1e-2) == bool(prompts)


@pytest.mark.parametrize("name", ["e5", "bge", "arctic", "instructor"])
def test_prompts_that_are_given_go_before_the_model_s_own(name: str, tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / name, **LAYOUTS[name])
    encoder = in_single_precision(
        SentenceEncoder(folder, device="cpu", query_prompt="when ", passage_prompt="bridge ")
    )
    model = measure(folder)
    assert encoder.prompts == Prompts("when ", "bridge ")
    np.testing.assert_allclose(
        encoder.encode_queries(TEXTS),
        model.encode(TEXTS, prompt="when ", normalize_embeddings=True),
        atol=1e-5,
    )
    np.testing.assert_allclose(
        encoder.encode_passages(TEXTS),
        model.encode(TEXTS, prompt="bridge ", normalize_embeddings=True),
        atol=1e-5,
    )


def test_an_empty_prompt_takes_the_model_s_own_away(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "named", **LAYOUTS["named"])
    encoder = SentenceEncoder(folder, device="cpu", query_prompt="", passage_prompt="")
    assert encoder.prompts == Prompts()
    np.testing.assert_array_equal(encoder.encode_queries(TEXTS), encoder.encode_passages(TEXTS))


def test_prompts_outlive_a_folder_that_the_library_has_saved_again(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "nomic", **LAYOUTS["nomic"])
    measure(folder).save_pretrained(str(tmp_path / "saved"), create_model_card=False)
    saved = json.loads((tmp_path / "saved" / "config_sentence_transformers.json").read_text())
    assert saved["prompts"]["document"] == ""
    before, after = (
        in_single_precision(SentenceEncoder(tmp_path / name, device="cpu"))
        for name in ("nomic", "saved")
    )
    assert after.prompts == before.prompts == Prompts("what ", "town ")
    np.testing.assert_allclose(
        before.encode_passages(TEXTS), after.encode_passages(TEXTS), atol=1e-5
    )


def test_the_bundled_encoder_computes_what_the_library_does() -> None:
    ours = in_single_precision(SentenceEncoder(device="cpu"))
    assert isinstance(ours.runtime, TokenizedRuntime)
    assert ours.prompts == Prompts()
    expected: Array = measure(bundled("encoder")).encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(ours.encode_passages(TEXTS), expected, atol=1e-4)


@pytest.mark.parametrize("layout", ["e5", "bge", "instructor"])
def test_the_first_dimensions_are_those_that_the_library_keeps(layout: str, tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / layout, **LAYOUTS[layout])
    whole, cut = (
        in_single_precision(SentenceEncoder(folder, device="cpu", dimensions=n)) for n in (None, 12)
    )
    assert (cut.dim, cut.name) == (12, f"{whole.name}:12")
    model = measure(folder)
    expected = model.encode_query(TEXTS, truncate_dim=12, normalize_embeddings=True)
    np.testing.assert_allclose(cut.encode_queries(TEXTS), expected, atol=1e-5)
    assert SentenceEncoder(folder, device="cpu", dimensions=whole.dim).name == whole.name


@pytest.mark.parametrize("layout", ["e5", "instructor"])
def test_dimensions_that_a_folder_was_saved_with_are_kept(layout: str, tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / layout, **LAYOUTS[layout])
    path = folder / "config_sentence_transformers.json"
    settings = json.loads(path.read_text()) if path.is_file() else {}
    whole = SentenceEncoder(folder, device="cpu")
    write_json(path, {**settings, "truncate_dim": 12})
    cut = in_single_precision(SentenceEncoder(folder, device="cpu"))
    assert (cut.dim, cut.name) == (12, f"{whole.name}:12")
    expected = measure(folder).encode_query(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(cut.encode_queries(TEXTS), expected, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(cut.encode_passages(TEXTS), axis=1), 1, atol=1e-5)
    for dimensions, name in ((20, f"{whole.name}:20"), (32, whole.name)):
        other = SentenceEncoder(folder, device="cpu", dimensions=dimensions)
        assert (other.dim, other.name) == (dimensions, name)


@pytest.mark.parametrize("length", [514, None])
def test_texts_are_cut_at_the_positions_that_are_there(length: int | None, tmp_path: Path) -> None:
    """RoBERTa's layout: positions begin behind the padding's number."""
    from transformers import CamembertConfig, CamembertModel

    folder = write_encoder(tmp_path / "camembert")
    sizes: dict[str, Any] = SIZES | {"max_position_embeddings": 40}
    config: Any = CamembertConfig(**sizes, type_vocab_size=1, pad_token_id=0)
    CamembertModel(config).save_pretrained(folder)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": length})
    encoder = SentenceEncoder(folder, device="cpu")
    assert encoder.runtime.max_length == 39
    long, longer = encoder.encode_passages(["the mill " * 30, "the mill " * 300])
    np.testing.assert_allclose(long, longer, atol=1e-2)


def test_the_name_tells_what_changes_vectors(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "e5")
    name = SentenceEncoder(folder, device="cpu").name
    write_json(folder / "1_Pooling" / "config.json", {"pooling_mode": "cls"})
    other = SentenceEncoder(folder, device="cpu").name
    assert name != other
    assert not same_space(name, other)


def test_a_memory_of_a_time_when_names_told_weights_alone_can_be_asked(tmp_path: Path) -> None:
    name = SentenceEncoder(write_encoder(tmp_path / "e5"), device="cpu").name
    assert same_space(name.partition("+")[0], name)
    assert "+" not in SentenceEncoder(device="cpu").name


def test_more_dimensions_than_there_are_are_refused(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "small")
    with pytest.raises(InputError, match=r"of 32 numbers.* asks for 33; give 32 or fewer"):
        SentenceEncoder(folder, device="cpu", dimensions=33)


def test_the_last_token_s_vector_is_taken_where_the_model_says_so(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "last", prompts={"query": "Instruct: find the mill\nQuery:"})
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps({"embedding_dimension": 32, "pooling_mode": "lasttoken"}))
    encoder, model = in_single_precision(SentenceEncoder(folder, device="cpu")), measure(folder)
    assert isinstance(encoder.runtime, SentenceTransformerRuntime)
    for ours, theirs in (
        (encoder.encode_queries(TEXTS), model.encode_query(TEXTS, normalize_embeddings=True)),
        (encoder.encode_passages(TEXTS), model.encode_document(TEXTS, normalize_embeddings=True)),
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_threads_are_the_runtime_s_own() -> None:
    runtime: Any = SentenceEncoder(device="cpu", threads=3).runtime
    assert runtime.runtime.threads == 3


def test_texts_of_a_batch_are_alike_and_few(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = SentenceEncoder(device="cpu", passage_prompt="passage: ")
    batches: list[list[int]] = []

    def embed(texts: list[str], *, prompt: str, task: str) -> Array:
        batches.append([len(prompt + text) for text in texts])
        lengths = np.array([[len(text)] for text in texts], np.float32)
        return np.repeat(lengths, encoder.dim, axis=1)

    monkeypatch.setattr(encoder.runtime, "embed", embed)
    texts = ["x" * n for n in (5, 4000, 400, 80, 400, 7)] * 9
    vectors = encoder.encode_passages(texts)
    assert vectors[:, 0].tolist() == [len(text) for text in texts]
    lengths = [length for batch in batches for length in batch]
    assert lengths == sorted(lengths, reverse=True)
    budget, limit = encoder.runtime.batch_tokens, encoder.runtime.max_length
    for batch in batches:
        assert len(batch) * min(limit, 2 + batch[0] // 4) <= budget


def test_a_copy_of_a_folder_under_another_name_has_the_same_weights(tmp_path: Path) -> None:
    shutil.copytree(bundled("encoder"), tmp_path / "mine")
    ours, mine = SentenceEncoder(), SentenceEncoder(tmp_path / "mine")
    assert mine.name.startswith(f"{ours.name.replace('encoder@', 'mine@')}+")
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
