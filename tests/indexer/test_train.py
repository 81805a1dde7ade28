"""A retriever learns from pairs what its start weights do not know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from spanmem.indexer.encoder import SentenceEncoder
from spanmem.indexer.plain import PlainEncoder
from spanmem.indexer.train import RetrieverTraining, train

THINGS = (
    ("lamp", "glow"), ("kettle", "boil"), ("ferry", "sail"), ("mill", "grind"),
    ("clock", "tick"), ("bell", "ring"), ("kite", "soar"), ("drill", "bore"),
    ("oven", "bake"), ("pump", "suck"), ("saw", "cut"), ("fan", "blow"),
)  # fmt: skip
"""Questions ask by the one word, passages answer by the other: only training can join them."""
WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", "what", "does", "it", "The", "for"),
    *("years", "would", "here", "and", "in", "town", "red", "blue", "green", "old", "new", "Shop"),
    *(word for pair in THINGS for word in pair),
)
COLORS = ("red", "blue", "green", "old", "new")


def row(number: int) -> dict[str, Any]:
    asked, said = THINGS[number % len(THINGS)]
    color = COLORS[number // len(THINGS) % len(COLORS)]
    context = f"here it would {said} for years in town . {color}"
    wrong = THINGS[(number + 1) % len(THINGS)][1]
    return {
        "id": str(number),
        "title": "Shop",
        "context": context,
        "question": f"what does the {color} {asked} ?",
        "answers": {"text": [said], "answer_start": [context.index(said)]},
        "negatives": [["Shop", f"here it would {wrong} for years in town . {color}"]],
    }


@pytest.fixture(scope="module")
def spanbert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small random weights in the layout of SpanBERT's releases."""
    from transformers import BertConfig, BertForPreTraining

    folder = tmp_path_factory.mktemp("spanbert")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    config: Any = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    torch.manual_seed(3)
    state = BertForPreTraining(config).state_dict()
    table = config.to_dict()
    for key in ("model_type", "architectures", "transformers_version", "dtype"):
        table.pop(key, None)
    (folder / "config.json").write_text(json.dumps(table))
    torch.save(state, folder / "pytorch_model.bin")
    return folder


@pytest.fixture
def config(spanbert: Path, tmp_path: Path) -> RetrieverTraining:
    data = tmp_path / "rows.jsonl"
    rows = [row(i) for i in range(len(THINGS) * len(COLORS))]
    rows += [{**r, "title": "Held out"} for r in rows[: len(THINGS)]]
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return RetrieverTraining(
        base=str(spanbert),
        data=(data,),
        output=tmp_path / "out",
        checkpoints=tmp_path / "checkpoints",
        # Keeps the article "Held out" out, and "Shop" in.
        held_out_articles=0.5,
        epochs=4,
        batch=8,
        learning_rate=1e-3,
        max_length=32,
        bf16=False,
        threads=1,
    )


def test_recall_rises_on_a_base_in_spanbert_s_layout(config: RetrieverTraining) -> None:
    result = train(config.model_copy(update={"epochs": 14.0}))
    assert result.recall_before is not None
    assert result.recall is not None
    assert result.recall_before < 40
    assert result.recall > 90
    assert result.steps > 90
    encoder = SentenceEncoder(config.output, device="cpu")
    assert isinstance(encoder._model, PlainEncoder)
    asked = encoder.encode([f"what does the red {thing} ?" for thing, _ in THINGS])
    said = encoder.encode([f"here it would {word} for years in town ." for _, word in THINGS])
    assert ((asked @ said.T).argmax(1) == np.arange(len(THINGS))).mean() > 0.9
