"""A tokenizer and a model small enough to make on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

VOCABULARY = """
[PAD] [UNK] [CLS] [SEP] [MASK] . , ? ( ) the river flows to sea in town who what where when built
bridge old mill was it of and a long new year north south wall ##s ##ed ##er ##ing The River Mill
1 2 3 9 ##1 ##2 ##9 years ##ern water wheel stone
"""
WORDS = VOCABULARY.split()
SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 128,
    "vocab_size": len(WORDS),
}


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny, randomly initialized, cased span reader."""
    import torch
    from transformers import BertConfig, BertForQuestionAnswering, BertTokenizer

    folder = tmp_path_factory.mktemp("tiny")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    tokenizer: Any = BertTokenizer.from_pretrained(folder, do_lower_case=False)
    torch.manual_seed(7)
    config: Any = BertConfig(**SIZES, initializer_range=0.2)
    BertForQuestionAnswering(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tokenizer(base: Path) -> Any:
    from spanmem.reader.training.checkpoints import load_base as load_for_training

    return load_for_training(str(base))[1]
