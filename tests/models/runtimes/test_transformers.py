"""Models of other kinds than BERT, as `transformers` and `sentence-transformers` run them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from spanmem.core.errors import ModelError
from spanmem.models.runtimes.protocol import RuntimeOptions
from spanmem.models.runtimes.transformers import load_sentences, load_spans, span_runtime
from tests.models.tiny import SIZES, write_encoder, write_json, write_tokenizer

CPU = RuntimeOptions("cpu")
IDS = np.arange(5, 29).reshape(2, 12)
MASK = np.ones_like(IDS)
TYPES = (IDS % 12 > 5).astype(np.int64)


def span_model(kind: str, folder: Path) -> Any:
    """A tiny span reader of some architecture, with its tokenizer, written to `folder`."""
    import transformers

    write_tokenizer(folder)
    torch.manual_seed(3)
    sizes: dict[str, Any] = {**SIZES, "initializer_range": 0.2}
    if kind == "DistilBert":
        sizes = {"vocab_size": SIZES["vocab_size"], "dim": 32, "n_layers": 2, "n_heads": 4}
        sizes |= {"hidden_dim": 64, "max_position_embeddings": 128, "initializer_range": 0.2}
    if kind == "Roberta":
        sizes |= {"type_vocab_size": 1, "pad_token_id": 0}
    if kind == "Electra":
        sizes |= {"embedding_size": 32}
    config = getattr(transformers, f"{kind}Config")(**sizes)
    model = getattr(transformers, f"{kind}ForQuestionAnswering")(config).eval()
    model.save_pretrained(folder)
    return model


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "DistilBert", "Electra"])
def test_any_architecture_with_a_span_head_is_run(kind: str, tmp_path: Path) -> None:
    model = span_model(kind, tmp_path)
    runtime = load_spans(tmp_path, kind, CPU, tokenizer=None)
    runtime.module.float()
    inputs = {"input_ids": torch.from_numpy(IDS), "attention_mask": torch.from_numpy(MASK)}
    if kind in ("Bert", "Electra"):
        inputs["token_type_ids"] = torch.from_numpy(TYPES)
    with torch.inference_mode():
        expected = model(**inputs)
    output = runtime.run(IDS, MASK, TYPES)
    np.testing.assert_allclose(output[..., 0], expected.start_logits, atol=1e-5)
    np.testing.assert_allclose(output[..., 1], expected.end_logits, atol=1e-5)


def test_a_model_at_hand_is_run_as_long_as_its_tokenizer_allows(tmp_path: Path) -> None:
    model = span_model("Bert", tmp_path)
    tokenizer = write_tokenizer(tmp_path)
    assert span_runtime(model, tokenizer).max_length == 128
    tokenizer.model_max_length = 50
    assert span_runtime(model, tokenizer).max_length == 50


def test_a_model_that_marks_no_spans_is_refused(tmp_path: Path) -> None:
    from transformers import ViTConfig

    ViTConfig().save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="it is a vit model, which cannot mark spans"):
        load_spans(tmp_path, "it", CPU, tokenizer=None)


def test_both_sides_take_their_own_route_through_a_router(tmp_path: Path) -> None:
    """A model that encodes questions otherwise than documents."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Router

    trunk = SentenceTransformer(str(write_encoder(tmp_path / "trunk")), device="cpu")
    torch.manual_seed(5)
    router = Router.for_query_document([Dense(32, 8)], [Dense(32, 8)])
    SentenceTransformer(modules=[*trunk, router]).save_pretrained(str(tmp_path / "asymmetric"))
    runtime = load_sentences(tmp_path / "asymmetric", "it", CPU)
    model = runtime.model.float()
    query, document = (
        runtime.embed(["the mill"], prompt="", task=task) for task in ("query", "document")
    )
    assert query.shape == (1, 8)
    assert not np.allclose(query, document, atol=1e-2)
    np.testing.assert_allclose(
        query, model.encode_query(["the mill"], normalize_embeddings=True), atol=1e-5
    )
    np.testing.assert_allclose(
        document, model.encode_document(["the mill"], normalize_embeddings=True), atol=1e-5
    )


def test_a_model_without_token_types_or_mask_is_run(tmp_path: Path) -> None:
    """A bag of static vectors, which knows neither rows nor padding."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    tokenizer = write_tokenizer(tmp_path).backend_tokenizer
    torch.manual_seed(5)
    module = StaticEmbedding(tokenizer, embedding_dim=16)
    SentenceTransformer(modules=[module]).save_pretrained(str(tmp_path / "static"))
    runtime = load_sentences(tmp_path / "static", "it", CPU)
    vectors = runtime.embed(["the mill", "the river flows"], prompt="", task="document")
    assert vectors.shape == (2, 16)
    assert runtime.dim == 16
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_what_the_library_cannot_open_is_refused_in_one_line(tmp_path: Path) -> None:
    write_json(tmp_path / "modules.json", [{"idx": 0, "name": "0", "path": "", "type": "no.Such"}])
    with pytest.raises(ModelError, match="it is no sentence-transformers model") as caught:
        load_sentences(tmp_path, "it", CPU)
    assert "\n" not in str(caught.value)
