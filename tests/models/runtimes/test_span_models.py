"""What families of span readers do differently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from spanmem.models.runtimes.protocol import RuntimeOptions
from spanmem.models.runtimes.span_models import as_span_model, has_segments, position_limit
from spanmem.models.runtimes.transformers import load_spans
from tests.models.families import write_family

CPU = RuntimeOptions("cpu")


def rows(lengths: tuple[int, ...], *, pad: int, most: int = 90) -> tuple[Any, Any, Any]:
    """Random rows of these lengths; the second half of each is the second segment."""
    random = np.random.default_rng(4)
    ids = np.full((len(lengths), max(lengths)), pad, np.int64)
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    for row, length in enumerate(lengths):
        ids[row, :length] = random.integers(20, most, length)
        mask[row, :length] = 1
        types[row, length // 2 : length] = 1
    return ids, mask, types


@pytest.mark.parametrize(("name", "pad"), [("mobilebert", 0), ("big_bird", 0), ("longformer", 1)])
def test_a_row_has_its_logits_in_any_company_also_where_the_library_sees_the_padding(
    name: str, pad: int, tmp_path: Path
) -> None:
    model = write_family(name, tmp_path)
    runtime = load_spans(tmp_path, name, CPU, tokenizer=None)
    runtime.module.float()
    lengths = (200, 37, 200, 150)  # BigBird attends sparsely from 145 on
    ids, mask, types = rows(lengths, pad=pad)
    separator = model.config.sep_token_id if name != "mobilebert" else 3
    for row, length in enumerate(lengths):
        ids[row, [8, 9, length - 1]] = separator
    output = runtime.run(ids, mask, types)
    for row, length in enumerate(lengths):
        extra: dict[str, Any] = {}
        if name == "big_bird":
            model.bert.set_attention_type("block_sparse")
        if name != "longformer":
            extra["token_type_ids"] = torch.from_numpy(types[row : row + 1, :length])
        with torch.inference_mode():
            alone = model(torch.from_numpy(ids[row : row + 1, :length]), **extra)
        for column, logits in enumerate((alone.start_logits[0], alone.end_logits[0])):
            seen = np.abs(logits.numpy()) < 1e5  # BigBird takes the question out by a million
            np.testing.assert_allclose(
                output[row, :length, column][seen], logits.numpy()[seen], atol=2e-3
            )


@pytest.mark.parametrize(
    ("kind", "sizes", "limit"),
    [
        ("Bert", {"max_position_embeddings": 40}, 40),
        ("Roberta", {"max_position_embeddings": 40, "pad_token_id": 1, "type_vocab_size": 1}, 38),
        ("MPNet", {"max_position_embeddings": 40}, 38),
        ("DebertaV2", {"max_position_embeddings": 40}, 40),
        ("T5", {"d_model": 32, "num_layers": 1, "d_kv": 8, "d_ff": 8, "num_heads": 4}, None),
    ],
)
def test_positions_limit_a_row(kind: str, sizes: dict[str, Any], limit: int | None) -> None:
    import transformers

    common = {"vocab_size": 40, "num_hidden_layers": 1, "num_attention_heads": 4}
    if kind != "T5":
        sizes = {**sizes, "hidden_size": 32, "intermediate_size": 32, **common}
    else:
        sizes = {**sizes, "vocab_size": 40, "decoder_start_token_id": 0}
    model = getattr(transformers, f"{kind}ForQuestionAnswering")(
        getattr(transformers, f"{kind}Config")(**sizes)
    ).eval()
    assert position_limit(model) == limit
    if limit is not None:
        arrays = [torch.from_numpy(x) for x in rows((limit,), pad=0, most=39)]
        with torch.inference_mode():
            assert as_span_model(model)(*arrays).shape == (1, limit, 2)
    assert has_segments(model) == (kind == "Bert")
